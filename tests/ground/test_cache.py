"""The cache may be down, slow, flushed or wrong: limits rest, and nothing else changes (F-03)."""

import asyncio
from collections.abc import AsyncIterator
from time import perf_counter

import pytest
from redis.asyncio import Redis

from app.cache import Cache
from app.clock import uuid7
from app.settings import Settings
from tests.ground.serving import free_port, serving, silent_server
from tests.world import World

ADDRESS = "203.0.113.7"


@pytest.fixture
async def cache(settings: Settings) -> AsyncIterator[Cache]:
    cache = Cache(settings.redis_url)
    yield cache
    await cache.close()


@pytest.fixture
async def redis(settings: Settings) -> AsyncIterator[Redis]:
    redis = Redis.from_url(settings.redis_url, decode_responses=True)
    yield redis
    await redis.aclose()


async def test_with_the_cache_down_families_sign_in_and_stay_signed_in(settings: Settings, world: World) -> None:
    async with serving(settings, redis_url=f"redis://127.0.0.1:{free_port()}/0") as (api, _):
        headers = await api.sign_in(world.bureau, "parent-1")
        assert (await api.client.get("/me", headers=headers)).status_code == 200


async def test_a_cache_that_never_answers_delays_a_sign_in_by_a_moment_only(settings: Settings, world: World) -> None:
    async with silent_server() as port, serving(settings, redis_url=f"redis://127.0.0.1:{port}/0") as (api, _):
        begun = perf_counter()
        await api.sign_in(world.bureau, "parent-1")
        assert perf_counter() - begun < 1.5


async def test_without_an_answer_nothing_is_counted_or_known() -> None:
    cache = Cache(f"redis://127.0.0.1:{free_port()}/0")
    assert await cache.count("sign_in", ADDRESS, 60) == 0 and await cache.counted("sign_in", ADDRESS) == 0
    await cache.put_progress("job", 1, 2)
    assert await cache.progress("job") is None and not await cache.alive()


async def test_what_is_counted_ends_with_its_window(cache: Cache, redis: Redis) -> None:
    name = f"test-{uuid7()}"
    assert [await cache.count(name, ADDRESS, 60) for _ in range(3)] == [1, 2, 3]
    assert await cache.counted(name, ADDRESS) == 3
    [key] = [key async for key in redis.scan_iter(f"limit:{name}:*")]
    assert 0 < await redis.ttl(key) <= 60
    await redis.delete(key)
    assert await cache.counted(name, ADDRESS) == 0


async def test_one_window_is_one_second_long_if_it_is_meant_to_be(cache: Cache) -> None:
    subject = str(uuid7())
    assert await cache.count("test", subject, 1) == 1
    await asyncio.sleep(1.1)
    assert await cache.count("test", subject, 1) == 1


async def test_a_wrong_value_counts_as_none(cache: Cache, redis: Redis) -> None:
    name = f"test-{uuid7()}"
    await cache.count(name, ADDRESS, 60)
    [key] = [key async for key in redis.scan_iter(f"limit:{name}:*")]
    await redis.set(key, "not a number", ex=5)
    assert await cache.count(name, ADDRESS, 60) == 0 and await cache.counted(name, ADDRESS) == 0
    await redis.set(f"progress:{name}", "half", ex=5)
    assert await cache.progress(name) is None
    await redis.delete(key)


async def test_an_address_cannot_be_found_by_trying_all_of_them(settings: Settings, redis: Redis) -> None:
    first, second = Cache(settings.redis_url, b"k" * 32), Cache(settings.redis_url, b"l" * 32)
    subject = str(uuid7())
    await first.count("test", subject, 5)
    assert await Cache(settings.redis_url, b"k" * 32).counted("test", subject) == 1
    assert await second.counted("test", subject) == 0
    assert [key async for key in redis.scan_iter("*") if subject in key] == []


async def test_progress_is_told_while_it_lasts(cache: Cache) -> None:
    job = str(uuid7())
    assert await cache.progress(job) is None
    await cache.put_progress(job, 3, 10)
    assert await cache.progress(job) == (3, 10)


async def test_twenty_misses_are_enough_and_two_hundred_families_behind_one_address_are_not_too_many(
    settings: Settings, world: World
) -> None:
    async with serving(settings, sign_in_attempts_per_minute=20) as (api, service):
        service.state.cache = Cache(settings.redis_url)  # counts of its own
        for _ in range(200):
            answer = await api.client.post("/sessions", json={"bureau": world.bureau, "assertion": "parent-1"})
            assert answer.status_code == 201
        misses = [
            (await api.client.post("/sessions", json={"bureau": world.bureau, "assertion": f"guess-{n}"})).status_code
            for n in range(22)
        ]
        assert misses == [401] * 20 + [429] * 2
        refused = await api.client.post("/sessions", json={"bureau": world.bureau, "assertion": "parent-1"})
        assert refused.status_code == 429 and refused.json()["code"] == "access.too_many_attempts"
        assert refused.headers["retry-after"]
        await service.state.cache.close()
