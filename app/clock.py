"""The only caller of the system clock. Deadlines never use it: they are compared in the database."""

from datetime import UTC, datetime
from time import perf_counter

from uuid_utils.compat import uuid7

__all__ = ["now", "perf_counter", "uuid7"]


def now() -> datetime:
    """The host's time, for logs, expiries of caches and names of files; never for a right or a deadline."""
    return datetime.now(UTC)
