"""The HTTP edge: request ids, a limit on bodies, logs and counts by route, and errors as RFC 9457 problems.

Plain ASGI, because Starlette's BaseHTTPMiddleware buffers and breaks cancellation.
"""

import asyncio
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry, Counter, Histogram
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog import get_logger

from app.clock import perf_counter, uuid7
from app.errors import LANGUAGES, ServiceError
from app.lifecycle import TransitionRefused
from app.logs import terse

log = get_logger()
REGISTRY = CollectorRegistry()
REQUESTS = Counter("tongjiao_requests", "Requests answered", ["route", "method", "status"], registry=REGISTRY)
SECONDS = Histogram("tongjiao_request_seconds", "Time to answer", ["route", "method"], registry=REGISTRY)


class TooLarge(Exception):
    """The body passed the limit while it was read."""


class Edge:
    """Numbers each request, limits its body, and writes one log line and one count when it is answered."""

    def __init__(self, app: ASGIApp, body_limit: int) -> None:
        self.app, self.body_limit = app, body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {})["request_id"] = request_id = str(uuid7())
        started, status = perf_counter(), 500

        async def numbered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self.app(scope, await self.body_within_limit(scope, receive), numbered)
        except TooLarge:
            answer = problem(Request(scope), ServiceError("request.too_large"))
            await answer(scope, receive, numbered)
        finally:
            route = getattr(scope.get("route"), "path", "-")
            seconds = perf_counter() - started
            REQUESTS.labels(route, scope["method"], str(status)).inc()
            SECONDS.labels(route, scope["method"]).observe(seconds)
            log.info(
                "request",
                request=request_id,
                method=scope["method"],
                route=route,
                status=status,
                milliseconds=round(seconds * 1000, 1),
            )

    async def body_within_limit(self, scope: Scope, receive: Receive) -> Receive:
        """The whole body read before anything parses it, to be received once more; raises TooLarge."""
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > self.body_limit:
            raise TooLarge
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self.body_limit:
                raise TooLarge
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Message:
            return waiting.pop() if waiting else await receive()

        return again


def language_of(request: Request) -> str:
    """Chinese unless the caller asks for English first."""
    wanted = request.headers.get("accept-language", "zh").strip().lower()[:2]
    return wanted if wanted in LANGUAGES else "zh"


def problem(
    request: Request, error: ServiceError, errors: list[dict[str, str]] | None = None, **headers: str
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
    if error.status in (429, 503):
        headers["Retry-After"] = "5"
    headers["Content-Language"] = language
    return JSONResponse(body, error.status, headers=headers, media_type="application/problem+json")


FIELD_WORDS = {
    "missing": ("此项必填", "this field is required"),
    "extra_forbidden": ("没有此项", "there is no such field"),
    "string_pattern_mismatch": ("格式不对", "the form is not right"),
    "json_invalid": ("不是合法的JSON", "not valid JSON"),
}


def field_reasons(error: RequestValidationError, language: str) -> list[dict[str, str]]:
    """Each field at fault with a reason; never the value that was sent."""
    chinese = language == "zh"
    reasons = []
    for item in error.errors():
        words = FIELD_WORDS.get(item["type"])
        own = str(item.get("ctx", {}).get("reason", "")) if item["type"] == "value_error" else ""
        generic = "值不符合要求" if chinese else f"not acceptable ({item['type']})"
        reason = words[0 if chinese else 1] if words else own or generic
        reasons.append({"field": ".".join(str(part) for part in item["loc"]), "reason": reason})
    return reasons


def install_errors(app: FastAPI) -> None:
    """Every way to fail becomes a problem with a stable code."""

    @app.exception_handler(ServiceError)
    async def refused(request: Request, error: ServiceError) -> JSONResponse:
        return problem(request, error)

    @app.exception_handler(TransitionRefused)
    async def not_in_this_state(request: Request, error: TransitionRefused) -> JSONResponse:
        return problem(request, ServiceError("transition.refused", state=error.state.value, event=error.event.value))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return problem(request, ServiceError("request.invalid"), field_reasons(error, language_of(request)))

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> JSONResponse:
        codes = {404: "access.not_found", 401: "access.signed_out", 405: "request.method"}
        return problem(request, ServiceError(codes.get(error.status_code, "request.invalid"), action="-"))

    @app.exception_handler(PoolTimeout)
    @app.exception_handler(asyncio.TimeoutError)
    @app.exception_handler(ConnectionError)
    async def busy(request: Request, error: Exception) -> JSONResponse:
        log.warning("busy", request=str(request.state.request_id), error=terse(error))
        return problem(request, ServiceError("service.busy"))

    @app.exception_handler(DBAPIError)
    async def database_failed(request: Request, error: DBAPIError) -> JSONResponse:
        log.error("database_failed", request=str(request.state.request_id), error=terse(error))
        return problem(request, ServiceError("service.busy" if error.connection_invalidated else "service.failed"))

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> JSONResponse:
        log.error("failed", request=str(request.state.request_id), error=terse(error))
        return problem(request, ServiceError("service.failed"))
