"""A little data platform on a socket that plays all offices, keeps to openapi/registers.json, and breaks it on demand.

It checks every signature and takes no nonce twice. Its keys are known to everybody: it holds nothing but what is
fictitious, and settings of production refuse a loopback address.
"""

import asyncio
import base64
import hmac
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from typing import Annotated, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import FastAPI, Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.clock import now
from app.demo.register_faults import Fault, Faults, SubjectFault
from app.demo.register_holdings import Holdings, altered
from app.gateways.answers import Catalogue
from app.gateways.register_records import RECORDS
from app.gateways.register_shapes import QueryIn, QuestionIn, answers_of, path_of
from app.gateways.register_signatures import answer_text, request_signature

KEY, SECRET = "fictitious-bureau", "fictitious secret of the registers"
SIGNING, STRANGER = (
    Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())
    for name in ("fictitious platform", "fictitious stranger")
)
PUBLIC_KEY = base64.b64encode(SIGNING.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
FRESH_SECONDS = 300
DESCRIPTION = """What the service asks of the provincial data platform: one catalogue for each register.

A request is signed: `X-Key` names the shared secret, `X-Date` is the time in Unix seconds, `X-Nonce` is used once, and
`X-Signature` is the hex HMAC-SHA-256 over these lines, joined by line feeds: `registers/1 request`, X-Date, X-Nonce,
method, path, and the body's SHA-256 in hex. An answer of 200 is signed too: `X-Signature` is the base64 of the
platform's Ed25519 signature over `registers/1 answer`, its own X-Date, the request's X-Nonce, the status, the path,
and the body's SHA-256 in hex. Whatever is not so signed, or dated more than two minutes off, is no answer."""


@dataclass
class Platform:
    """`asked`: questions by catalogue and person's number; `bodies`: what came in and went out, where `keeps`.
    `hanging`: a request is kept waiting."""

    holdings: Holdings
    faults: Faults = field(default_factory=Faults)
    keeps: bool = False
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    bodies: list[tuple[Catalogue, bytes, bytes]] = field(default_factory=list)
    hanging: asyncio.Event = field(default_factory=asyncio.Event)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    _nonces: set[str] = field(default_factory=set)
    _earlier: tuple[bytes, dict[str, str]] | None = None

    async def answer(self, catalogue: Catalogue, request: Request, query: QueryIn) -> Response:
        """The answer to one query, or what the faults make of it."""
        body = await request.body()
        if not self._is_signed(request, body):
            return Response(status_code=401)
        fault = self.faults.of_request()
        if fault is Fault.HUNG:
            self.hanging.set()
            await self.closing.wait()
        said = self._said(catalogue, query)
        nonce, path = request.headers["X-Nonce"], request.url.path
        headers = signed(SIGNING, nonce, path, said)
        earlier, self._earlier = self._earlier, (said, headers)
        if fault is not None:
            return _faulty(fault, said, headers, nonce, path, earlier)
        if self.keeps:
            self.bodies.append((catalogue, body, said))
        return _json(said, headers)

    def _is_signed(self, request: Request, body: bytes) -> bool:
        given = {name: request.headers.get(name, "") for name in ("X-Key", "X-Date", "X-Nonce", "X-Signature")}
        right = request_signature(
            SECRET.encode(), given["X-Date"], given["X-Nonce"], request.method, request.url.path, body
        )
        fresh = given["X-Date"].isdecimal() and abs(int(given["X-Date"]) - now().timestamp()) <= FRESH_SECONDS
        good = given["X-Key"] == KEY and fresh and hmac.compare_digest(right, given["X-Signature"])
        if not good or given["X-Nonce"] in self._nonces:
            return False
        self._nonces.add(given["X-Nonce"])
        return True

    def _said(self, catalogue: Catalogue, query: QueryIn) -> bytes:
        today, results = now().date(), []
        for question in query.questions:
            self.asked[catalogue.value, question.number] += 1
            results += self._results(catalogue, question, today)
        said = {"id": str(query.id), "catalogue": catalogue.value, "results": results}
        return json.dumps(said, ensure_ascii=False, default=date.isoformat).encode()

    def _results(self, catalogue: Catalogue, question: QuestionIn, today: date) -> list[dict[str, Any]]:
        record = self.holdings.record(catalogue, question)
        result = {"id": str(question.id), "state": "found", "valid_on": today, "record": record}
        if record is None:
            result["state"] = "not_found"
        match self.faults.of_subject(catalogue.value, question.number):
            case SubjectFault.MISMATCH if record is not None:
                return [{**result, "record": altered(record)}]
            case SubjectFault.NOT_FOUND | SubjectFault.MISMATCH:
                return [{**result, "state": "not_found", "record": None}]
            case SubjectFault.UNAVAILABLE:
                return [{**result, "state": "unavailable", "valid_on": None, "record": None}]
            case SubjectFault.BAD_RECORD:
                return [{**result, "state": "found", "record": {"nothing": "of the kind"}}]
            case SubjectFault.TWICE:
                return [result, {**result, "state": "not_found", "record": None}]
            case SubjectFault.STALE:
                return [{**result, "valid_on": today - timedelta(days=400)}]
        return [result]


def signed(key: Ed25519PrivateKey, nonce: str, path: str, said: bytes, seconds: int = 0) -> dict[str, str]:
    """The headers of an answer, dated so many seconds from now."""
    stamp = str(int(now().timestamp()) + seconds)
    signature = key.sign(answer_text(stamp, nonce, 200, path, said))
    return {"X-Date": stamp, "X-Signature": base64.b64encode(signature).decode()}


def _json(said: bytes, headers: dict[str, str]) -> Response:
    return Response(said, media_type="application/json", headers=headers)


def _faulty(
    fault: Fault,
    said: bytes,
    headers: dict[str, str],
    nonce: str,
    path: str,
    earlier: tuple[bytes, dict[str, str]] | None,
) -> Response:
    other = said.replace(json.loads(said)["id"].encode(), b"00000000-0000-4000-8000-000000000000")
    makes: dict[Fault, Callable[[], Response]] = {
        Fault.MALFORMED: lambda: _json(b"<html>", signed(SIGNING, nonce, path, b"<html>")),
        Fault.FORGED: lambda: _json(said, signed(STRANGER, nonce, path, said)),
        Fault.UNSIGNED: lambda: _json(said, {}),
        Fault.REPLAYED: lambda: _json(*(earlier or (said, {}))),
        Fault.OLD: lambda: _json(said, signed(SIGNING, nonce, path, said, -3600)),
        Fault.OTHER: lambda: _json(other, signed(SIGNING, nonce, path, other)),
        Fault.REDIRECT: lambda: Response(status_code=307, headers={"Location": path, **headers}),
        Fault.TOO_LONG: lambda: _json(b" " * 2_000_000, signed(SIGNING, nonce, path, b" " * 2_000_000)),
        Fault.CUT: lambda: Response(said[: len(said) // 2], headers={**headers, "Content-Length": str(len(said))}),
    }
    return makes.get(fault, lambda: Response(status_code=500))()


class FaultsIn(BaseModel):
    """`always`: a fault of every request, null to end it. `requests`, `subjects`: of a thousand each."""

    model_config = ConfigDict(extra="forbid")
    always: Fault | None = None
    requests: int = Field(default=0, ge=0, le=1000)
    subjects: int = Field(default=0, ge=0, le=1000)


def create_registers(platform: Platform) -> FastAPI:
    """The platform over HTTP; `PUT /faults`, which is no part of the contract, says what is to go wrong."""
    service = FastAPI(title="Registers 登记核验", version="1", description=DESCRIPTION, docs_url=None, redoc_url=None)
    for catalogue in RECORDS:
        service.post(
            path_of(catalogue),
            operation_id=f"query_{catalogue.value.replace('.', '_')}",
            response_model=answers_of(catalogue),
            responses={
                401: {"description": "Not signed by a key that is known, not now, or with a nonce used before."}
            },
        )(_operation(platform, catalogue))

    @service.put("/faults", include_in_schema=False)
    async def put_faults(wanted: FaultsIn) -> FaultsIn:
        platform.faults.always = wanted.always
        platform.faults.requests, platform.faults.subjects = wanted.requests, wanted.subjects
        return wanted

    return service


def contract() -> dict[str, Any]:
    """openapi/registers.json: what a data platform has to offer, as the little one does."""
    return create_registers(Platform(Holdings({}))).openapi()


def _operation(platform: Platform, catalogue: Catalogue) -> Callable[..., Any]:
    async def query_catalogue(
        request: Request,
        query: QueryIn,
        x_key: Annotated[str, Header()],
        x_date: Annotated[str, Header(pattern="^[0-9]{1,12}$")],
        x_nonce: Annotated[str, Header(pattern="^[0-9a-f]{32}$")],
        x_signature: Annotated[str, Header(pattern="^[0-9a-f]{64}$")],
    ) -> Response:
        return await platform.answer(catalogue, request, query)

    query_catalogue.__doc__ = f"Ask the catalogue {catalogue.value} about up to 200 persons."
    return query_catalogue
