"""Workers as processes: killed, stopped past their lease and woken, told to end (F-04)."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from time import perf_counter
from uuid import UUID

import pytest

from app.cache import Cache
from app.errors import ServiceError
from app.jobs import service
from app.jobs.work import Work
from app.settings import Settings
from tests.jobs.bench import Bench, leave_effect, new_kind, until, working

# Not with -m: each process of the pool would first import what the worker's main module imports.
SCRIPT = "from tests.jobs.script import main; main()"
Start = Callable[[str], Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def start(settings: Settings) -> AsyncIterator[Start]:
    """Starts a worker and waits until it says that it works; what still runs afterwards is killed."""
    started: list[asyncio.subprocess.Process] = []

    async def one(kind: str) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", SCRIPT, kind),
            cwd=Path(__file__).parents[2],
            env={**os.environ, "TEST_WORKER_URL": settings.worker_database_url, "REDIS_URL": settings.redis_url},
            stderr=asyncio.subprocess.PIPE,
        )
        started.append(process)
        assert process.stderr is not None
        assert b"worker_started" in await asyncio.wait_for(process.stderr.readline(), 30)
        return process

    yield one
    for process in started:
        if process.returncode is None:
            process.kill()
            await asyncio.wait_for(process.wait(), 5)


async def test_what_a_killed_worker_held_is_done_by_another_with_one_effect(
    bench: Bench, settings: Settings, start: Start
) -> None:
    kind = new_kind()
    worker = await start(kind)
    job = await bench.ask(f"{kind}.slow", seconds=60)
    child = await computing_child(settings, await bench.ask(f"{kind}.computing", seconds=60.0))
    await bench.reaches(job, "running", 1)
    worker.kill()
    await asyncio.wait_for(worker.wait(), 5)
    async with working(settings, {f"{kind}.slow": leave_effect}):
        state = await bench.reaches(job, "done", seconds=8)
    assert state.attempt == 2
    with pytest.raises(ServiceError) as refusal:
        async with bench.workers.transaction(bench.officer) as session:
            await service.finish(session, bench.officer, job, 1)
    assert refusal.value.code == "jobs.stale"
    assert await bench.effects(job) == 1
    await until(ended(child), 3)


async def test_a_worker_stopped_past_its_lease_and_woken_changes_nothing(
    bench: Bench, settings: Settings, start: Start
) -> None:
    kind, may_end = new_kind(), asyncio.Event()

    async def second(work: Work) -> None:
        await may_end.wait()
        await leave_effect(work)

    worker = await start(kind)
    job = await bench.ask(f"{kind}.slow", seconds=1.5)
    await bench.reaches(job, "running", 1)
    os.kill(worker.pid, signal.SIGSTOP)
    async with working(settings, {f"{kind}.slow": second}):
        await bench.reaches(job, "running", 2)
        os.kill(worker.pid, signal.SIGCONT)
        assert worker.stderr is not None
        said = await asyncio.wait_for(worker.stderr.readuntil(b"left"), 8)
        assert b'"job_error"' in said and b"ServiceError" in said
        await asyncio.sleep(0.3)
        # The entry under which the second works is still there: were it killed now, the job would not be lost.
        assert await bench.entries(f"{kind}.slow") == ["picked"]
        assert (await bench.state(job)).status == "running" and await bench.effects(job) == 0
        may_end.set()
        await bench.reaches(job, "done", 2)
    assert await bench.effects(job) == 1


async def test_a_worker_told_to_end_in_mid_computation_ends_and_hands_the_job_back(
    bench: Bench, settings: Settings, start: Start
) -> None:
    kind = new_kind()
    worker = await start(kind)
    job = await bench.ask(f"{kind}.computing", seconds=60.0)
    child = await computing_child(settings, job)
    worker.terminate()
    told = perf_counter()
    assert await asyncio.wait_for(worker.wait(), 10) == 0
    assert perf_counter() - told < 5
    assert await bench.entries(f"{kind}.computing") == ["queued"]
    await until(ended(child), 3)


async def computing_child(settings: Settings, job: UUID) -> int:
    """The number of the process that computes for the job, once it does."""
    cache = Cache(settings.redis_url)

    async def known() -> bool:
        return await cache.progress(str(job)) is not None

    await until(known, 20)
    progress = await cache.progress(str(job))
    await cache.close()
    assert progress is not None and progress[0] != 0
    return progress[0]


def ended(pid: int) -> Callable[[], Awaitable[bool]]:
    stat = Path(f"/proc/{pid}/stat")

    def gone() -> bool:
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"

    async def has_ended() -> bool:
        return gone()

    return has_ended
