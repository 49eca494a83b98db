"""A worker in the test's own loop, on the real queue."""

import asyncio
import os
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from uuid import UUID

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from app.cache import Cache
from app.database import Database
from app.jobs import queue, service
from app.jobs.work import Work
from app.journal import service as journal
from app.settings import Settings
from tests.jobs.bench import Bench, leave_effect, new_kind, until, working
from tests.jobs.computing import burn, die_once
from tests.world import World

PLANTED = "PLANTED-NAME-OF-A-CHILD"


async def test_an_idle_worker_begins_within_a_second_and_does_a_job_once(bench: Bench, settings: Settings) -> None:
    kind, begun, times = new_kind(), asyncio.Event(), list[float]()

    async def handler(work: Work) -> None:
        times.append(perf_counter())
        begun.set()
        await leave_effect(work)

    async with working(settings, {kind: handler}):
        await bench.reaches(await bench.ask(kind), "done")
        await asyncio.sleep(0.6)
        times.clear()
        asked = perf_counter()
        job = await bench.ask(kind)
        await bench.reaches(job, "done")

        async def gone() -> bool:
            return await bench.entries(kind) == []

        await until(gone)
    assert len(times) == 1 and times[0] - asked < 1
    assert await bench.actions(job) == [
        "test:job:enqueue",
        "worker:job:claim",
        "worker:job:finish",
        "worker:test:effect",
    ]


async def test_a_duplicate_entry_with_two_workers_has_one_effect(bench: Bench, settings: Settings) -> None:
    kind = new_kind()

    async def handler(work: Work) -> None:
        await asyncio.sleep(0.3)
        await leave_effect(work)

    job = await bench.ask(kind)
    async with bench.database.transaction(bench.officer) as session:
        for _ in range(2 * service.ATTEMPTS):
            await queue.put(session, kind, bench.officer.bureau, job)
    async with working(settings, {kind: handler}), working(settings, {kind: handler}):
        await bench.reaches(job, "done")
        async with bench.database.transaction(bench.officer) as session:
            await queue.put(session, kind, bench.officer.bureau, job)

        async def settled() -> bool:
            return await bench.entries(kind) == []

        await until(settled)
    assert await bench.effects(job) == 1 and (await bench.state(job)).attempt == 1


async def test_a_handler_that_fails_leaves_the_type_of_its_error_and_none_of_its_words(
    bench: Bench, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    kind = new_kind()

    async def handler(_: Work) -> None:
        try:
            raise KeyError(PLANTED)
        except KeyError:
            raise ValueError(PLANTED) from None

    job = await bench.ask(kind)
    with capture_logs() as events:
        async with working(settings, {kind: handler}):
            state = await bench.reaches(job, "failed")

            async def held() -> bool:
                return await bench.entries(kind) == ["failed"]

            await until(held)
    assert state.failure == "ValueError < KeyError" and state.attempt == 1
    async with bench.workers.transaction() as session:
        rows = await session.scalars(
            text("SELECT row_to_json(l)::text FROM queue.pgqueuer_log l WHERE entrypoint = :kind"), {"kind": kind}
        )
        assert PLANTED not in "".join(rows)
    assert [event["error"] for event in events if event["event"] == "job_error"] == ["ValueError < KeyError"]
    assert PLANTED not in str(events) + caplog.text


async def test_an_error_that_passes_is_tried_again_and_what_it_wrote_is_undone(
    bench: Bench, settings: Settings
) -> None:
    kind = new_kind()

    async def handler(work: Work) -> None:
        async with work.conclude() as session:
            await journal.record(session, work.actor, "test", "effect", f"job:{work.job}")
            if work.attempt < 3:
                raise ConnectionResetError

    job = await bench.ask(kind)
    async with working(settings, {kind: handler}):
        state = await bench.reaches(job, "done")
    assert state.attempt == 3 and await bench.effects(job) == 1


async def test_an_error_that_never_passes_ends_after_the_fifth_attempt(bench: Bench, settings: Settings) -> None:
    kind = new_kind()

    async def handler(_: Work) -> None:
        raise TimeoutError

    job = await bench.ask(kind)
    async with working(settings, {kind: handler}):
        state = await bench.reaches(job, "failed")
    assert (state.attempt, state.failure) == (service.ATTEMPTS, "TimeoutError")


async def test_computation_in_a_process_lets_the_loop_go_on(bench: Bench, settings: Settings) -> None:
    kind, pids, ticks = new_kind(), list[int](), list[float]()

    async def tick() -> None:
        while True:
            ticks.append(perf_counter())
            await asyncio.sleep(0.02)

    async def handler(work: Work) -> None:
        pids.append(await work.in_process(burn, 0.0))
        ticking = asyncio.create_task(tick())
        pids.append(await work.in_process(burn, 1.0))
        ticking.cancel()

    async with working(settings, {kind: handler}):
        await bench.reaches(await bench.ask(kind), "done")
    assert os.getpid() not in pids and len(ticks) > 15
    assert max(later - earlier for earlier, later in pairwise(ticks)) < 0.5


async def test_a_process_killed_in_mid_computation_is_replaced(
    bench: Bench, settings: Settings, tmp_path: Path
) -> None:
    kind = new_kind()

    async def handler(work: Work) -> None:
        await work.in_process(die_once, str(tmp_path / "mark"))

    async with working(settings, {kind: handler}):
        state = await bench.reaches(await bench.ask(kind), "done")
    assert state.attempt == 2


async def test_a_handler_works_for_its_requester_and_sees_its_bureau_alone(
    bench: Bench, settings: Settings, world: World, database: Database, worker_database: Database
) -> None:
    kind, seen = new_kind(), list[tuple[UUID, str, str, list[str]]]()

    async def handler(work: Work) -> None:
        async with work.database.transaction(work.actor) as session:
            bureaus = list(await session.scalars(text("SELECT DISTINCT bureau FROM job")))
        seen.append((work.actor.person, work.actor.role, work.actor.source, bureaus))

    elsewhere = await World.make(database, world.vault, f"98{world.bureau[2:]}")
    other = Bench(database, worker_database, elsewhere.staff["allocation"])
    async with working(settings, {kind: handler}):
        for asking in (bench, other):
            await asking.reaches(await asking.ask(kind), "done")
    assert seen == [(b.officer.person, "worker", "worker", [b.officer.bureau]) for b in (bench, other)]


async def test_progress_reaches_the_cache(bench: Bench, settings: Settings) -> None:
    kind, cache = new_kind(), Cache(settings.redis_url)

    async def handler(work: Work) -> None:
        await work.progress(5, 7)

    job = await bench.ask(kind)
    async with working(settings, {kind: handler}):
        await bench.reaches(job, "done")
    assert await cache.progress(str(job)) == (5, 7)
    await cache.close()


async def test_a_worker_that_is_told_to_end_hands_its_job_to_the_next(bench: Bench, settings: Settings) -> None:
    kind = new_kind()

    async def endless(_: Work) -> None:
        await asyncio.sleep(60)

    job = await bench.ask(kind)
    async with working(settings, {kind: endless}):
        await bench.reaches(job, "running")
        ended = perf_counter()
    assert perf_counter() - ended < 5
    assert await bench.entries(kind) == ["queued"]
    async with working(settings, {kind: leave_effect}):
        state = await bench.reaches(job, "done")
    assert state.attempt == 2 and await bench.effects(job) == 1


async def test_a_handler_that_will_not_end_does_not_take_its_entry_with_it(bench: Bench, settings: Settings) -> None:
    kind, release = new_kind(), asyncio.Event()

    async def stubborn(_: Work) -> None:
        while not release.is_set():
            with suppress(asyncio.CancelledError):
                await release.wait()

    job = await bench.ask(kind)
    async with working(settings, {kind: stubborn}):
        await bench.reaches(job, "running")
    release.set()
    assert await bench.entries(kind) == ["picked"]
    async with working(settings, {kind: leave_effect}):
        await bench.reaches(job, "done")
    assert await bench.effects(job) == 1


async def test_a_worker_leaves_alone_what_it_has_no_handler_for(bench: Bench, settings: Settings) -> None:
    kind, unknown = new_kind(), new_kind()
    waiting = await bench.ask(unknown)
    async with working(settings, {kind: leave_effect}):
        await bench.reaches(await bench.ask(kind), "done")
    assert (await bench.state(waiting)).status == "queued"


async def test_a_worker_that_lost_its_connection_ends_with_an_error(bench: Bench, settings: Settings) -> None:
    kind = new_kind()
    async with working(settings, {kind: leave_effect}) as worker:
        await bench.reaches(await bench.ask(kind), "done")
        async with bench.workers.transaction() as session:
            await session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'tongjiao-queue' AND datname = current_database()"
                )
            )
        with pytest.raises(ConnectionError, match="connection to the queue"):
            await asyncio.wait_for(asyncio.shield(worker), 8)


async def test_old_entries_of_the_log_are_cleared_and_young_ones_kept(bench: Bench) -> None:
    old, young = new_kind(), new_kind()
    await bench.ask(old)
    await bench.ask(young)
    async with bench.workers.transaction() as session:
        for table, age in (("pgqueuer_log", "created = created"), ("pgqueuer", "updated = updated")):
            more = ", aggregated = true" if table == "pgqueuer_log" else ", status = 'failed'"
            await session.execute(
                text(f"UPDATE queue.{table} SET {age} - interval '31 days'{more} WHERE entrypoint = :k"), {"k": old}
            )
    await queue.clear_old(bench.workers)
    async with bench.workers.transaction() as session:
        rows = await session.execute(
            text(
                "SELECT entrypoint FROM queue.pgqueuer_log WHERE entrypoint = ANY(:kinds) UNION ALL"
                " SELECT entrypoint FROM queue.pgqueuer WHERE entrypoint = ANY(:kinds)"
            ),
            {"kinds": [old, young]},
        )
        assert [row[0] for row in rows] == [young, young]
