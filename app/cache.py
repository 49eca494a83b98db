"""Valkey or Redis: limits and live progress. Everything in it may be lost, slow or wrong; nothing depends on it.

Keys and values hold no personal data: an address stands as a keyed digest.
"""

import hashlib
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from structlog import get_logger

WAIT_SECONDS = 0.5
log = get_logger()


class Cache:
    def __init__(self, url: str) -> None:
        self._redis: Any = Redis.from_url(
            url, socket_timeout=WAIT_SECONDS, socket_connect_timeout=WAIT_SECONDS, decode_responses=True
        )

    async def close(self) -> None:
        await self._redis.aclose()

    async def alive(self) -> bool:
        try:
            return bool(await self._redis.ping())
        except (RedisError, OSError, TimeoutError):
            return False

    async def count(self, name: str, subject: str, seconds: int) -> int:
        """How often `subject` did `name` within this window; 0 where the cache does not answer (limits then rest)."""
        key = f"limit:{name}:{hashlib.sha256(subject.encode()).hexdigest()[:32]}"
        try:
            hits = int(await self._redis.incr(key))
            if hits == 1:
                await self._redis.expire(key, seconds)
            return hits
        except (RedisError, OSError, TimeoutError):
            log.warning("cache_unavailable", use=name)
            return 0

    async def put_progress(self, job: str, done: int, total: int) -> None:
        try:
            await self._redis.set(f"progress:{job}", f"{done}/{total}", ex=3600)
        except (RedisError, OSError, TimeoutError):
            log.warning("cache_unavailable", use="progress")

    async def progress(self, job: str) -> tuple[int, int] | None:
        """(done, total) of a running job, or None where nothing is known."""
        try:
            value = await self._redis.get(f"progress:{job}")
        except (RedisError, OSError, TimeoutError):
            return None
        done, _, total = (value or "").partition("/")
        return (int(done), int(total)) if done.isdecimal() and total.isdecimal() else None
