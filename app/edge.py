"""The HTTP edge: request ids, a limit on bodies, logs and counts by route, and errors as RFC 9457 problems.

Plain ASGI, because Starlette's BaseHTTPMiddleware buffers and breaks cancellation. What a caller chooses freely
(paths, methods, field names) stands in no log and no count.
"""

import re
from collections.abc import Sequence
from typing import Any

import asyncpg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry, Counter, Histogram
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog import get_logger

from app.clock import perf_counter, uuid7
from app.errors import LANGUAGES, ServiceError
from app.failures import UNREACHABLE, refusal_of
from app.lifecycle import TransitionRefused
from app.logs import terse, where

log = get_logger()
REGISTRY = CollectorRegistry()
REQUESTS = Counter("tongjiao_requests", "Requests answered", ["route", "method", "status"], registry=REGISTRY)
SECONDS = Histogram("tongjiao_request_seconds", "Time to answer", ["route", "method"], registry=REGISTRY)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
GONE = 499  # no answer was begun: the caller has gone
FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
# Answers speak of persons: nothing between us and the caller keeps them, unless a route says that it may.
ALWAYS = {b"cache-control": b"no-store", b"x-content-type-options": b"nosniff"}


class TooLarge(Exception):
    """The body passed the limit while it was read."""


class CallerGone(Exception):
    """The connection was closed before the body was whole: nothing may act upon a part of it."""


class Edge:
    """Numbers each request, limits its body, and writes one log line and one count when it is answered.

    `streamed`: paths to which larger bodies may be posted, with their limits. Those are not read here, so that a
    route knows its caller before it takes a byte.
    """

    def __init__(self, app: ASGIApp, body_limit: int, streamed: Sequence[tuple[re.Pattern[str], int]] = ()) -> None:
        self.app, self.body_limit, self.streamed = app, body_limit, streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {})["request_id"] = request_id = str(uuid7())
        started, status = perf_counter(), 0

        async def numbered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = with_ours(message["headers"], request_id)
            await send(message)

        try:
            await self.app(scope, await self.body_within_limit(scope, receive), numbered)
        except CallerGone:
            pass
        except Exception as error:
            # Nothing goes further up, where a server would print the error's words.
            refusal = ServiceError("request.too_large") if isinstance(error, TooLarge) else refusal_of(error)
            if status == 0:
                await answer(Request(scope), refusal, error)(scope, receive, numbered)
            else:
                log.error("broke_off", request=request_id, error=terse(error), where=where(error))
        finally:
            count(scope, request_id, status or GONE, perf_counter() - started)

    async def body_within_limit(self, scope: Scope, receive: Receive) -> Receive:
        """The whole body read before anything parses it, to be received once more; raises TooLarge, CallerGone."""
        streamed = self.stream_limit(scope)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > (streamed or self.body_limit):
            raise TooLarge
        if streamed is not None:
            return counted(receive, streamed)
        body, more = bytearray(), True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise CallerGone
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self.body_limit:
                raise TooLarge
        waiting = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def again() -> Message:
            return waiting.pop() if waiting else await receive()

        return again

    def stream_limit(self, scope: Scope) -> int | None:
        """How much may be streamed to this path; None where bodies are read at once."""
        posted = scope.get("path", "") if scope["method"] == "POST" else ""
        return next((limit for pattern, limit in self.streamed if pattern.fullmatch(posted)), None)


def counted(receive: Receive, limit: int) -> Receive:
    """The same body as it comes; raises TooLarge once it passes the limit, CallerGone where it ends before its end."""
    count, whole = 0, False

    async def counting() -> Message:
        nonlocal count, whole
        message = await receive()
        if message["type"] == "http.disconnect" and not whole:
            raise CallerGone
        if message["type"] == "http.request":
            count += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if count > limit:
                raise TooLarge
        return message

    return counting


def with_ours(headers: list[tuple[bytes, bytes]], request_id: str) -> list[tuple[bytes, bytes]]:
    given = {name for name, _ in headers}
    added = [pair for pair in ALWAYS.items() if pair[0] not in given]
    return [*headers, *added, (b"x-request-id", request_id.encode())]


def count(scope: Scope, request_id: str, status: int, seconds: float) -> None:
    """One line and one count; the route stands by its operation's name."""
    held = scope.get("route")
    route = getattr(held, "operation_id", None) or getattr(held, "path", "-")
    method = scope["method"] if scope["method"] in METHODS else "other"
    REQUESTS.labels(route, method, str(status)).inc()
    SECONDS.labels(route, method).observe(seconds)
    milliseconds = round(seconds * 1000, 1)
    log.info("request", request=request_id, method=method, route=route, status=status, milliseconds=milliseconds)


def language_of(request: Request) -> str:
    """Chinese unless the caller asks for English first."""
    wanted = request.headers.get("accept-language", "zh").strip().lower()[:2]
    return wanted if wanted in LANGUAGES else "zh"


def answer(request: Request, refusal: ServiceError, error: Exception) -> JSONResponse:
    """The problem of a refusal; a failure that is no refusal of ours is logged by type and place, and so is a refusal
    by row-level security: the application's own check should have come first."""
    if refusal.status >= 500 or (refusal.code == "access.not_found" and refusal is not error):
        request_id = str(request.state.request_id)
        log.error("failed", request=request_id, code=refusal.code, error=terse(error), where=where(error))
    return problem(request, refusal)


def problem(
    request: Request,
    error: ServiceError,
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """An RFC 9457 problem in the caller's language: code, field, reason, remedy, request number."""
    language = language_of(request)
    body: dict[str, Any] = {
        "type": f"urn:tongjiao:error:{error.code}",
        "title": error.title(language),
        "status": error.status,
        "code": error.code,
        "remedy": error.remedy(language),
        "request": str(getattr(request.state, "request_id", "-")),
    }
    if error.field:
        body["field"] = error.field
    if errors:
        body["errors"] = errors
    headers = {**(headers or {}), "Content-Language": language}
    if error.status in (429, 503):
        headers["Retry-After"] = "5"
    return JSONResponse(body, error.status, headers=headers, media_type="application/problem+json")


FIELD_WORDS = {
    "missing": ("此项必填", "this field is required"),
    "extra_forbidden": ("没有此项", "there is no such field"),
    "string_pattern_mismatch": ("格式不对", "the form is not right"),
    "json_invalid": ("不是合法的JSON", "not valid JSON"),
}


def field_reasons(error: RequestValidationError, language: str) -> list[dict[str, str]]:
    """Each field at fault with a reason; never the value that was sent, nor a name that may be one."""
    chinese = language == "zh"
    reasons = []
    for item in error.errors():
        words = FIELD_WORDS.get(item["type"])
        own = str(item.get("ctx", {}).get("reason", "")) if item["type"] == "value_error" else ""
        generic = "值不符合要求" if chinese else f"not acceptable ({item['type']})"
        reason = words[0 if chinese else 1] if words else own or generic
        reasons.append({"field": ".".join(map(_named, item["loc"])), "reason": reason})
    return reasons


def _named(part: str | int) -> str:
    return str(part) if isinstance(part, int) or FIELD_NAME.fullmatch(part) else "?"


FAILURES = (
    ServiceError,
    TransitionRefused,
    DBAPIError,
    asyncpg.PostgresError,  # as it comes while connecting
    *UNREACHABLE,
    UnicodeEncodeError,
)


def install_errors(app: FastAPI) -> None:
    """Every way to fail becomes a problem with a stable code; what is not named here, the edge catches."""

    async def refused(request: Request, error: Exception) -> JSONResponse:
        return answer(request, refusal_of(error), error)

    for kind in FAILURES:
        app.exception_handler(kind)(refused)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return problem(request, ServiceError("request.invalid"), field_reasons(error, language_of(request)))

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> JSONResponse:
        codes = {404: "access.not_found", 401: "access.signed_out", 405: "request.method"}
        refusal = ServiceError(codes.get(error.status_code, "request.invalid"), action="-")
        return problem(request, refusal, headers=dict(error.headers or {}))
