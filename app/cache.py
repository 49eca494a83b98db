"""Valkey or Redis: limits and live progress. Everything in it may be lost, slow or wrong; nothing depends on it.

Keys and values hold no personal data: an address stands as a keyed digest, because addresses are few enough to be
tried one by one.
"""

import hashlib
import hmac
import secrets
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from structlog import get_logger

WAIT_SECONDS = 0.5
UNAVAILABLE = (RedisError, OSError, TimeoutError)
log = get_logger()


class Cache:
    """`key` makes the digests of what is counted; processes that count together share it."""

    def __init__(self, url: str, key: bytes = b"") -> None:
        self._key = key or secrets.token_bytes(32)
        self._redis: Any = Redis.from_url(
            url, socket_timeout=WAIT_SECONDS, socket_connect_timeout=WAIT_SECONDS, decode_responses=True
        )

    async def close(self) -> None:
        await self._redis.aclose()

    async def alive(self) -> bool:
        try:
            return bool(await self._redis.ping())
        except UNAVAILABLE:
            return False

    async def count(self, name: str, subject: str, seconds: int) -> int:
        """How often `subject` did `name` within this window, this time included; 0 where the cache does not answer
        (limits then rest)."""
        key = self._limit(name, subject)
        try:
            # In one step: a counter without an end would lock its subject out for good.
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.set(key, 0, ex=seconds, nx=True)
                pipe.incr(key)
                return int((await pipe.execute())[1])
        except UNAVAILABLE:
            log.warning("cache_unavailable", use=name)
            return 0

    async def counted(self, name: str, subject: str) -> int:
        """As `count`, without counting."""
        try:
            hits = await self._redis.get(self._limit(name, subject)) or "0"
        except UNAVAILABLE:
            log.warning("cache_unavailable", use=name)
            return 0
        return int(hits) if hits.isdecimal() else 0

    def _limit(self, name: str, subject: str) -> str:
        return f"limit:{name}:{hmac.new(self._key, subject.encode(), hashlib.sha256).hexdigest()[:32]}"

    async def put_progress(self, job: str, done: int, total: int) -> None:
        try:
            await self._redis.set(f"progress:{job}", f"{done}/{total}", ex=3600)
        except UNAVAILABLE:
            log.warning("cache_unavailable", use="progress")

    async def progress(self, job: str) -> tuple[int, int] | None:
        """(done, total) of a running job, or None where nothing is known."""
        try:
            value = await self._redis.get(f"progress:{job}")
        except UNAVAILABLE:
            return None
        done, _, total = (value or "").partition("/")
        return (int(done), int(total)) if done.isdecimal() and total.isdecimal() else None
