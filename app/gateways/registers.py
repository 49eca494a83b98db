"""The provincial data platform, behind which every register stands: one client, one host, many catalogues.

    POST {url}/v1/{office}/{catalogue}/queries     (openapi/registers.json)

A request carries X-Key, X-Date, X-Nonce and X-Signature, an answer X-Date and X-Signature (register_signatures). Only
an answer that is signed for this very request, dated now and of the right shape is believed; whatever else comes is no
answer. Each office has a breaker and a limit of its own, so that a silent one keeps nobody else waiting.
"""

import json
from asyncio import Semaphore, timeout
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from app.clock import now
from app.gateways.answers import Catalogue, Question, RegisterAnswer, Unavailable
from app.gateways.breaker import Breaker
from app.gateways.hosts import leads_astray, refuse_host
from app.gateways.register_shapes import QueryIn, QuestionIn, path_of, result_of
from app.gateways.register_signatures import answer_text, is_signed, request_signature
from app.settings import BadSettings, Environment, Settings

SETTING = "TONGJIAO_REGISTERS_URL"
SECONDS, CONNECT_SECONDS = 8.0, 2.0
AT_ONCE = 4  # requests to one office
LARGEST_ANSWER = 1_000_000
LATEST = timedelta(seconds=120)  # between our clock and the answer's date
STALEST = timedelta(days=31)  # of the entries that an answer shows


class RegisterGateway:
    """Raises BadSettings where this environment may not send to that host, or a setting is missing."""

    def __init__(self, settings: Settings, seconds: float = SECONDS, pause: float = 20.0) -> None:
        url, key, secret, public = (
            settings.registers_url,
            settings.registers_key,
            settings.registers_secret,
            settings.registers_public_key,
        )
        if url is None or key is None or secret is None or public is None:
            raise BadSettings(f"cannot start: {SETTING}, its _KEY, _SECRET and _PUBLIC_KEY belong together")
        refuse_host(settings.environment, url, SETTING)
        self._url = url if settings.environment is Environment.PRODUCTION else None
        self._key, self._secret = key, secret.get_secret_value().encode()
        self._public = Ed25519PublicKey.from_public_bytes(public.get_secret_value())
        parts = urlsplit(url)
        self._origin, self._path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
        self._seconds = seconds
        self._breakers: dict[str, Breaker] = defaultdict(lambda: Breaker(seconds=pause))
        self._gates: dict[str, Semaphore] = defaultdict(lambda: Semaphore(AT_ONCE))
        # No proxy and no .netrc from the environment: both would send elsewhere than the setting says.
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
            transport=httpx.AsyncHTTPTransport(retries=1, limits=httpx.Limits(max_connections=24)),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._client.aclose()

    async def ask(self, catalogue: Catalogue, questions: Sequence[Question]) -> dict[UUID, RegisterAnswer]:
        """See `answers.Registers`; up to register_shapes.MOST questions."""
        breaker = self._breakers[catalogue.office]
        async with self._gates[catalogue.office]:
            if not breaker.lets_through():
                raise Unavailable("the office has not answered lately")
            good = False
            try:
                found = await self._asked(catalogue, questions)
                good = True
            finally:
                breaker.note(good)
        return found

    async def _asked(self, catalogue: Catalogue, questions: Sequence[Question]) -> dict[UUID, RegisterAnswer]:
        query = QueryIn(id=uuid4(), questions=[_asked_of(question) for question in questions])
        body = await self._answered(self._path + path_of(catalogue), query.model_dump_json().encode())
        try:
            said = json.loads(body)
        except ValueError:
            raise Unavailable("the platform's answer is not JSON") from None
        if not isinstance(said, dict) or (said.get("id"), said.get("catalogue")) != (str(query.id), catalogue.value):
            raise Unavailable("the platform's answer is about another query")
        results = said.get("results")
        if not isinstance(results, list):
            raise Unavailable("the platform's answer has no results")
        return _believed(result_of(catalogue), results, {question.id for question in questions})

    async def _answered(self, path: str, body: bytes) -> bytes:
        stamp, nonce = str(int(now().timestamp())), uuid4().hex
        headers = {
            "X-Key": self._key,
            "X-Date": stamp,
            "X-Nonce": nonce,
            "X-Signature": request_signature(self._secret, stamp, nonce, "POST", path, body),
            "Content-Type": "application/json; charset=utf-8",
        }
        try:
            # A time-out of reading begins anew with every byte; this one does not.
            async with timeout(self._seconds):
                if self._url is not None and await leads_astray(self._url):
                    raise Unavailable("the platform's name leads elsewhere")
                async with self._client.stream("POST", self._origin + path, content=body, headers=headers) as answer:
                    said = await _limited(answer)
        except (httpx.HTTPError, TimeoutError, OSError):
            # From none: the error holds the request, and that holds names and numbers.
            raise Unavailable("the platform does not answer") from None
        if answer.status_code != httpx.codes.OK:
            raise Unavailable("the platform answers with an error")
        dated = answer.headers.get("X-Date", "")
        text = answer_text(dated, nonce, answer.status_code, path, said)
        if not is_signed(self._public, answer.headers.get("X-Signature", ""), text) or not _is_now(dated):
            raise Unavailable("the platform's answer is not signed for this request")
        return said


def _asked_of(question: Question) -> QuestionIn:
    return QuestionIn.model_validate(
        {
            "id": question.id,
            "about": question.about,
            "number_kind": question.number_kind,
            "number": question.number,
            "name": question.name,
            "as_of": question.as_of,
        }
    )


async def _limited(answer: httpx.Response) -> bytes:
    body = bytearray()
    async for part in answer.aiter_raw():
        body += part
        if len(body) > LARGEST_ANSWER:
            raise Unavailable("the platform's answer is too long")
    return bytes(body)


def _is_now(stamp: str) -> bool:
    plain = stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12
    return plain and abs(int(stamp) - now().timestamp()) <= LATEST.total_seconds()


def _believed(shape: Any, results: list[Any], asked: set[UUID]) -> dict[UUID, RegisterAnswer]:
    """Each by itself: one that is malformed, stale, said twice or not asked for is no answer, and spoils no other."""
    found: dict[UUID, RegisterAnswer] = {}
    twice: set[UUID] = set()
    today = now().date()
    for one in results:
        try:
            result = shape.model_validate(one)
        except ValidationError:
            continue
        twice |= {result.id} & found.keys()
        if result.id in asked and (answer := _answer(result, today)) is not None:
            found[result.id] = answer
    return {id_: answer for id_, answer in found.items() if id_ not in twice}


def _answer(result: Any, today: date) -> RegisterAnswer | None:
    if result.state == "unavailable" or result.valid_on is None or (result.state == "found") != bool(result.record):
        return None
    # The platform's day may have begun before ours.
    if not today - STALEST <= result.valid_on <= today + timedelta(days=1):
        return None
    record = None if result.record is None else result.record.model_dump(mode="json")
    return RegisterAnswer(record, result.valid_on)
