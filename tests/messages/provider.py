"""A little SMS provider on a loopback socket, which keeps to the contract of app.gateways.sms until it is told not to.

It checks every signature, sends a message once for each id, and remembers all that reached it.
"""

import asyncio
import hmac
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.clock import now
from app.gateways.sms import sign

KEY, SECRET = "fictitious-key", "fictitious secret of a test"
HEAD = "HTTP/1.1 {status} said\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{more}\r\n"


class Fault(StrEnum):
    """What it does instead of answering. TAKE_AND_…: the message is taken first. OTHER_ID, WITHOUT_ID: a lie."""

    HANG = "hang"
    TAKE_AND_HANG = "take_and_hang"
    TRICKLE = "trickle"
    ERROR = "error"
    RESET = "reset"
    TAKE_AND_RESET = "take_and_reset"
    REDIRECT = "redirect"
    REFUSE = "refuse"
    NO_JSON = "no_json"
    TOO_LONG = "too_long"
    OTHER_ID = "other_id"
    WITHOUT_ID = "without_id"
    ODD_STATUS = "odd_status"


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(repr=False)
class Provider:
    """`sent`: what each id was sent with, once; `asked`: how often it was handed in. `status` is what receipts say of
    everything but the ids in `receipts`. `fault` stands until it is taken away, or for `faults_left` requests."""

    port: int = 0
    fault: Fault | None = None
    faults_left: int = -1
    status: str = "delivered"
    receipts: dict[str, str] = field(default_factory=dict)
    sent: dict[str, tuple[str, str]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    requests: list[Request] = field(default_factory=list)
    taken: asyncio.Event = field(default_factory=asyncio.Event)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/sms/v1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await _read(reader)
            self.requests.append(request)
            await self._answer(request, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        fault = self._fault_now()
        if fault in (None, Fault.TAKE_AND_HANG, Fault.TAKE_AND_RESET, Fault.OTHER_ID, Fault.WITHOUT_ID):
            status, said = self._said(request)
            self.taken.set()
        else:
            status, said = 500, {}
        if fault in (Fault.HANG, Fault.TAKE_AND_HANG):
            await self.closing.wait()
            await _write(writer, status, json.dumps(said).encode(), "")
        elif fault in (Fault.RESET, Fault.TAKE_AND_RESET):
            writer.transport.abort()
        elif fault is Fault.TRICKLE:
            for byte in b"HTTP/1.1 200 said\r\n" * 100:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.05)
        else:
            await _write(writer, *self._altered(fault, status, said))

    def _fault_now(self) -> Fault | None:
        if self.faults_left == 0:
            self.fault = None
        self.faults_left -= self.faults_left > 0
        return self.fault

    def _altered(self, fault: Fault | None, status: int, said: dict[str, Any]) -> tuple[int, bytes, str]:
        match fault:
            case Fault.REDIRECT:
                return 307, b"{}", f"Location: http://127.0.0.1:{self.port}/elsewhere\r\n"
            case Fault.REFUSE:
                return 422, b"{}", ""
            case Fault.NO_JSON:
                return 200, b"<html>", ""
            case Fault.TOO_LONG:
                return 200, b" " * 100_000, ""
            case Fault.OTHER_ID:
                said = {**said, "id": "01990000-0000-7000-8000-000000000000"}
            case Fault.WITHOUT_ID:
                said = {"id": said["id"]}
            case Fault.ODD_STATUS:
                # About whatever message was asked after.
                status, said = 200, {"id": self.requests[-1].path.rpartition("/")[2], "status": "perhaps"}
        return status, json.dumps(said).encode(), ""

    def _said(self, request: Request) -> tuple[int, dict[str, Any]]:
        if not _signed(request):
            return 401, {}
        if request.method == "POST" and request.path == "/sms/v1/messages":
            given = json.loads(request.body)
            self.asked[given["id"]] += 1
            self.sent.setdefault(given["id"], (given["to"], given["text"]))
            return 202, {"id": given["id"], "accepted": f"theirs-{given['id']}"}
        id_ = request.path.removeprefix("/sms/v1/messages/")
        if request.method != "GET" or id_ not in self.sent:
            return 404, {}
        return 200, {"id": id_, "status": self.receipts.get(id_, self.status)}


def _signed(request: Request) -> bool:
    stamp = request.headers.get("x-timestamp", "")
    right = sign(SECRET.encode(), stamp, request.method, request.path, request.body)
    fresh = stamp.isdecimal() and abs(int(stamp) - now().timestamp()) < 300
    known = request.headers.get("x-key") == KEY
    return known and fresh and hmac.compare_digest(right, request.headers.get("x-signature", ""))


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    return Request(method, path, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


async def _write(writer: asyncio.StreamWriter, status: int, body: bytes, more: str) -> None:
    head = HEAD.format(status=status, length=len(body), more=f"Connection: close\r\n{more}")
    writer.write(head.encode() + body)
    await writer.drain()


@asynccontextmanager
async def provider(port: int = 0) -> AsyncIterator[Provider]:
    """A provider that listens; on the way out nothing of it is left."""
    held = Provider()
    server = await asyncio.start_server(held.serve, "127.0.0.1", port)
    held.port = server.sockets[0].getsockname()[1]
    try:
        yield held
    finally:
        server.close()
        held.closing.set()
        await asyncio.sleep(0.01)
