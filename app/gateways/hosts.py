"""Which addresses a gateway may send to: the one of its setting, if this environment allows it (F-16, T-19)."""

import asyncio
import socket
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from app.settings import BadSettings, Environment


def refuse_host(environment: Environment, url: str, setting: str) -> None:
    """Raises BadSettings, which names the `setting`: a process that is not production reaches nobody but this machine,
    by number, because a name may lead anywhere (F-16); production is never silent by sending to itself."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise BadSettings(f"cannot start: {setting}: not a URL") from None
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.query or parts.fragment:
        raise BadSettings(f"cannot start: {setting}: must be http(s)://host[:port][/path] and nothing else")
    if environment is not Environment.PRODUCTION:
        if not _is_loopback(host):
            raise BadSettings(f"cannot start: {setting}: outside production only a loopback address by number")
    elif _is_loopback(host) or _is_this_machine(host):
        raise BadSettings(f"cannot start: {setting}: in production not a loopback address")
    elif parts.scheme != "https":
        raise BadSettings(f"cannot start: {setting}: in production https alone")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_this_machine(host: str) -> bool:
    """Further ways to name it: localhost, 0.0.0.0, mapped addresses, numbers that are no plain address (127.1)."""
    name = host.rstrip(".")
    try:
        address = ip_address(name)
    except ValueError:
        last = name.rpartition(".")[2]
        return last in ("localhost", "localdomain") or not last[:1].isalpha()
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address.is_loopback or address.is_unspecified or (mapped is not None and _is_this_machine(str(mapped)))


async def leads_astray(url: str) -> bool:
    """Whether the name of a good URL leads, as it resolves now, to this machine or to no host at all."""
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    addresses = [ip_address(str(address[0]).partition("%")[0]) for *_, address in found]
    return not addresses or any(
        address.is_link_local or address.is_multicast or _is_this_machine(str(address)) for address in addresses
    )
