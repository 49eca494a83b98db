"""`manifest.json`: how applicants are ranked and seats reserved, and the digests that fix it all before the draw."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from app.allocation.canonical import canonical_file, canonical_json, line_of, read_object
from app.allocation.text import DIGEST, IDENTIFIER, Kind, Refused, matches, sha256

MANIFEST = "manifest.json"
FORMAT = "allocation-bundle/1"
SUITE = "sha256"
TICKET = "ticket"
TABLES = ("applicants.csv", "choices.csv", "fallbacks.csv", "programmes.csv", "reserves.csv")

_RESERVED = ("ticket", "applicant", "rank", "programme", "lottery_unit", "groups", "fallback", "seat", "filled")
_VALUE = Kind(
    r"(?=.{1,200}\Z)(?:0|[1-9][0-9]*)(?:-(?:0|[1-9][0-9]*))*",
    "value must be non-negative integers separated by -, at most 200 characters",
)


@dataclass(frozen=True, slots=True)
class Header:
    """What a manifest fixes besides its digests.

    `order`: 1 to 8 of `name<`, `name>` or `ticket`. `ticket`: per-applicant or per-programme. `reserves`:
    reserved-first or open-first. `draw_name` where the order has a ticket, and only there. `families`: root of the
    families' Merkle tree. `parent`: SHA-256 of the parent pass's manifest file, in a later pass only.
    """

    round: str
    order: tuple[str, ...]
    ticket: str
    reserves: str
    draw_name: str | None = None
    families: str | None = None
    parent: str | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the keys, in order; the ticket is none."""
        return tuple(entry[:-1] for entry in self.order if entry != TICKET)


@dataclass(frozen=True, slots=True)
class Draw:
    """A public draw: the root that was published before it, and its result such as `4-0-7`."""

    root: str
    value: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as read: header, digest of each table's file, root, and the draw once there is one."""

    header: Header
    files: Mapping[str, str]
    root: str
    draw: Draw | None


def root_of(header: Header, files: Mapping[str, str]) -> str:
    """The root, which binds everything that was fixed before the draw (section "Input")."""
    return sha256(canonical_json(_fixed(header, files)))


def write_manifest(header: Header, files: Mapping[str, str], draw: Draw | None) -> bytes:
    """The manifest's file, in canonical form; nothing is checked here: whoever writes reads back."""
    fields = _fixed(header, files) | {"root": root_of(header, files)}
    if draw is not None:
        fields["draw"] = {"root": draw.root, "value": draw.value}
    return canonical_file(fields)


def read_manifest(data: bytes) -> Manifest:
    """The manifest in this file; raises Refused for a broken sentence. Digests and roots are not compared here."""
    fields = read_object(MANIFEST, data)
    for field in fields:
        if field not in _RULES:
            refuse(data, field, f"{ascii(field)[:80]} is unknown")
    for field, rule in _RULES.items():
        if field in fields:
            reason = rule(fields[field])
            if reason is not None:
                refuse(data, field, f"{field} {reason}")
        elif field not in _OPTIONAL:
            refuse(data, field, f"{field} is missing")
    has_ticket = TICKET in fields["order"]
    if has_ticket != ("draw_name" in fields):
        refuse(data, "draw_name", "draw_name must be given where the order has a ticket, and only there")
    if "draw" in fields and not has_ticket:
        refuse(data, "draw", "draw must be given only where the order has a ticket")
    draw = Draw(**fields["draw"]) if "draw" in fields else None
    return Manifest(_header(fields), fields["files"], fields["root"], draw)


def refuse(data: bytes, field: str, reason: str) -> NoReturn:
    """Refuse the manifest, naming the line on which a field stands (line 1 where it is missing)."""
    raise Refused(MANIFEST, line_of(data.decode("utf-8"), field), reason)


def _header(fields: Mapping[str, Any]) -> Header:
    return Header(
        round=fields["round"],
        order=tuple(fields["order"]),
        ticket=fields["ticket"],
        reserves=fields["reserves"],
        draw_name=fields.get("draw_name"),
        families=fields.get("families"),
        parent=fields.get("parent"),
    )


def _fixed(header: Header, files: Mapping[str, str]) -> dict[str, Any]:
    fields = {
        "format": FORMAT,
        "round": header.round,
        "suite": SUITE,
        "order": header.order,
        "ticket": header.ticket,
        "reserves": header.reserves,
        "files": dict(files),
    }
    optional = {"draw_name": header.draw_name, "families": header.families, "parent": header.parent}
    return fields | {field: value for field, value in optional.items() if value is not None}


def _is(kind: Kind) -> Callable[[object], str | None]:
    return lambda value: None if matches(kind, value) else kind.rule


def _one_of(*values: str) -> Callable[[object], str | None]:
    return _is(Kind("|".join(map(re.escape, values)), f"must be {' or '.join(values)}"))


def _order(value: object) -> str | None:
    if not isinstance(value, list) or not 1 <= len(value) <= 8:
        return "must be a list of 1 to 8 entries"
    entry = Kind("ticket|[a-z_]{1,64}[<>]", "")
    if not all(matches(entry, item) for item in value):
        return "must hold keys' names of 1 to 64 of a-z_ with < or > after each, or ticket"
    names = [item if item == TICKET else item[:-1] for item in value]
    if len(set(names)) != len(names):
        return "must not name a key or the ticket twice"
    if any(item != TICKET and item[:-1] in _RESERVED for item in value):
        return f"must not use the name of a column as a key: {', '.join(_RESERVED)}"
    return None


def _files(value: object) -> str | None:
    if not isinstance(value, dict) or sorted(value) != list(TABLES):
        return f"must have exactly {', '.join(TABLES)}"
    broken = [file for file in TABLES if not matches(DIGEST, value[file])]
    return f"{broken[0]} {DIGEST.rule}" if broken else None


def _draw(value: object) -> str | None:
    if not isinstance(value, dict) or sorted(value) != ["root", "value"]:
        return "must have exactly root and value"
    if not matches(DIGEST, value["root"]):
        return f"root {DIGEST.rule}"
    return None if matches(_VALUE, value["value"]) else _VALUE.rule


_RULES: Mapping[str, Callable[[object], str | None]] = {
    "format": _one_of(FORMAT),
    "round": _is(IDENTIFIER),
    "suite": _one_of(SUITE),
    "order": _order,
    "ticket": _one_of("per-applicant", "per-programme"),
    "reserves": _one_of("reserved-first", "open-first"),
    "files": _files,
    "root": _is(DIGEST),
    "draw_name": _is(Kind(r"[\x20-\x7e]{1,200}", "must be 1 to 200 characters from 0x20 to 0x7E")),
    "families": _is(DIGEST),
    "parent": _is(DIGEST),
    "draw": _draw,
}
_OPTIONAL = ("draw_name", "families", "parent", "draw")
