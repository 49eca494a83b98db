"""Structured logs: one JSON object a line, without personal data.

A request is logged by its route's template, never by its path or query; errors by type and code, never by their
arguments. Database errors hide their parameters (engine) and DETAIL (see `terse`).
"""

import logging
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

PERMITTED = {
    "event", "level", "timestamp", "logger", "request", "method", "route", "status", "milliseconds", "error", "code",
    "use", "job", "kind", "attempt", "bureau", "environment", "address", "step", "seconds", "count", "where",
}  # fmt: skip


def only_permitted(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Drop every field that is not on the list: a new field is a reviewed decision."""
    return {key: value for key, value in event.items() if key in PERMITTED}


def configure(level: str = "INFO") -> None:
    """Route structlog and the standard library's loggers to standard error as JSON lines."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_permitted,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    # Libraries log addresses and statements at lower levels; they are kept to warnings and to their own words.
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s")
    for name in ("uvicorn.access", "sqlalchemy.engine", "httpx"):
        logging.getLogger(name).setLevel(logging.ERROR)


def terse(error: BaseException) -> str:
    """What of an exception may be logged: the types of its chain and, from the database, the SQLSTATE."""
    parts: list[str] = []
    current: BaseException | None = error
    while current is not None and len(parts) < 6:
        state = getattr(current, "sqlstate", None)
        parts.append(type(current).__name__ + (f"[{state}]" if state else ""))
        current = current.__cause__ or current.__context__
    return " < ".join(parts)
