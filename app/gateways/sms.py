"""The SMS provider: a small JSON contract over HTTP, one client, one host. A provider with another contract stands
behind an adapter that speaks this one.

    POST {url}/messages        {"id": ours, "to": "+8613…", "text": "…"}  → 2xx {"id": ours, "accepted": theirs}
    GET  {url}/messages/{id}   → 2xx {"id": ours, "status": "pending" | "delivered" | "failed"}, 404 where unknown

The provider sends a message once for each of our ids: sent again, it answers what it answered first. 422 means that
it never will. Each request is signed: `X-Signature` is the hex HMAC-SHA-256, under the shared secret, of X-Timestamp
(Unix seconds), method, path and the body's SHA-256 in hex, joined by line feeds; `X-Key` names the secret. The
number stands in the body alone, never in a path.
"""

import hashlib
import hmac
import json
from asyncio import timeout
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from app.clock import now
from app.gateways.answers import Delivery, Refused, Unavailable
from app.gateways.hosts import refuse_host
from app.settings import BadSettings, Settings

SECONDS = 8.0
CONNECT_SECONDS = 2.0
LARGEST_ANSWER = 16_384
LONGEST_ID = 64
SETTING = "TONGJIAO_SMS_URL"


@dataclass(frozen=True)
class _Answer:
    status: int
    body: bytes


class SmsGateway:
    """Raises BadSettings where this environment may not send to that host (F-16), or a setting is missing."""

    def __init__(self, settings: Settings, seconds: float = SECONDS) -> None:
        if settings.sms_url is None or settings.sms_key is None or settings.sms_secret is None:
            raise BadSettings(f"cannot start: {SETTING}, TONGJIAO_SMS_KEY and TONGJIAO_SMS_SECRET belong together")
        refuse_host(settings.environment, settings.sms_url, SETTING)
        self._key, self._secret = settings.sms_key, settings.sms_secret.get_secret_value().encode()
        parts = urlsplit(settings.sms_url)
        self._origin, self._path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
        self._seconds = seconds
        # No proxy and no .netrc from the environment: both would send elsewhere than the setting says.
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
            transport=httpx.AsyncHTTPTransport(retries=1, limits=httpx.Limits(max_connections=10)),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._client.aclose()

    async def send(self, message: UUID, phone: str, text: str) -> str:
        """The provider's id of the message; raises Unavailable, Refused."""
        answer = await self._ask("POST", "/messages", {"id": str(message), "to": phone, "text": text})
        if answer.status == httpx.codes.UNPROCESSABLE_ENTITY:
            raise Refused("the provider refuses this message")
        accepted = _said(answer, message).get("accepted")
        if not isinstance(accepted, str) or not 0 < len(accepted) <= LONGEST_ID or not accepted.isprintable():
            raise Unavailable("the provider's answer names no id")
        return accepted

    async def delivery(self, message: UUID) -> Delivery:
        """What became of the message; raises Unavailable."""
        answer = await self._ask("GET", f"/messages/{message}", None)
        if answer.status == httpx.codes.NOT_FOUND:
            return Delivery.PENDING
        try:
            return Delivery(str(_said(answer, message).get("status")))
        except ValueError:
            raise Unavailable("the provider's answer has no status of ours") from None

    async def _ask(self, method: str, path: str, said: dict[str, str] | None) -> _Answer:
        body = b"" if said is None else json.dumps(said, ensure_ascii=False).encode()
        path = self._path + path
        headers = self._signed(method, path, body)
        try:
            # A time-out of reading begins anew with every byte; this one does not.
            async with (
                timeout(self._seconds),
                self._client.stream(method, self._origin + path, content=body, headers=headers) as answer,
            ):
                return _Answer(answer.status_code, await _limited(answer))
        except (httpx.HTTPError, TimeoutError, OSError):
            # From none: the error holds the request, and that holds the number.
            raise Unavailable("the provider does not answer") from None

    def _signed(self, method: str, path: str, body: bytes) -> dict[str, str]:
        stamp = str(int(now().timestamp()))
        signature = sign(self._secret, stamp, method, path, body)
        return {
            "X-Key": self._key,
            "X-Timestamp": stamp,
            "X-Signature": signature,
            "Content-Type": "application/json; charset=utf-8",
        }


def sign(secret: bytes, stamp: str, method: str, path: str, body: bytes) -> str:
    """The signature of a request, in hex; both sides compute it."""
    message = "\n".join((stamp, method, path, hashlib.sha256(body).hexdigest()))
    return hmac.new(secret, message.encode(), hashlib.sha256).hexdigest()


async def _limited(answer: httpx.Response) -> bytes:
    body = bytearray()
    async for part in answer.aiter_raw():
        body += part
        if len(body) > LARGEST_ANSWER:
            raise Unavailable("the provider's answer is too long")
    return bytes(body)


def _said(answer: _Answer, message: UUID) -> dict[str, Any]:
    """The answer's JSON, which must speak of this very message; raises Unavailable. A redirect is no answer."""
    if not httpx.codes.is_success(answer.status):
        raise Unavailable("the provider answers with an error")
    try:
        said = json.loads(answer.body)
    except ValueError:
        raise Unavailable("the provider's answer is not JSON") from None
    if not isinstance(said, dict) or said.get("id") != str(message):
        raise Unavailable("the provider's answer is about another message")
    return said
