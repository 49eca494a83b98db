"""Structured logs: one JSON object a line, without personal data.

A request is logged by its route's name, never by its path or query; errors by type, code and place, never by their
arguments. Database errors hide their parameters (engine) and DETAIL (see `terse`). Of what a library logs or
warns nothing stays but where it did so: its words may quote a value.
"""

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from traceback import walk_tb

import structlog
from structlog.typing import EventDict, WrappedLogger

PERMITTED = {
    "event", "level", "timestamp", "logger", "request", "method", "route", "status", "milliseconds", "error", "code",
    "use", "job", "kind", "attempt", "bureau", "environment", "address", "step", "seconds", "count", "where",
}  # fmt: skip
OURS = Path(__file__).parent
# Uvicorn gives these handlers of its own, which print messages and tracebacks.
SERVER_LOGGERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")
QUIET = ("uvicorn.access", "sqlalchemy.engine", "httpx")


def only_permitted(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Drop every field that is not on the list: a new field is a reviewed decision."""
    return {key: value for key, value in event.items() if key in PERMITTED}


class WithoutWords(logging.Formatter):
    """A library's record: level, logger, place, and the types of its exception."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "event": "library",
            "level": record.levelname.lower(),
            "logger": record.name,
            "where": f"{record.module}:{record.lineno}",
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = terse(record.exc_info[1])
        return json.dumps(line, sort_keys=True)


def configure(level: str = "INFO") -> None:
    """Route structlog, the standard library's loggers and warnings to standard error as JSON lines."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_permitted,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        # As it is now, not as it was: whoever runs us may have put another in its place and closed the former.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(WithoutWords())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name in SERVER_LOGGERS:
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = True
        server.setLevel(logging.WARNING)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what caused it, six at most."""
    current: BaseException | None = error
    for _ in range(6):
        if current is None:
            return
        yield current
        current = current.__cause__ or current.__context__


def terse(error: BaseException) -> str:
    """What of an exception may be logged: the types of its chain and, from the database, the SQLSTATE."""
    parts = []
    for cause in chain(error):
        state = getattr(cause, "sqlstate", None)
        parts.append(type(cause).__name__ + (f"[{state}]" if state else ""))
    return " < ".join(parts)


def where(error: BaseException) -> str:
    """The last line of ours that an exception passed, as file:line."""
    places = [(Path(frame.f_code.co_filename), line) for frame, line in walk_tb(error.__traceback__)]
    ours = [f"{path.relative_to(OURS)}:{line}" for path, line in places if path.is_relative_to(OURS)]
    return ours[-1] if ours else "-"
