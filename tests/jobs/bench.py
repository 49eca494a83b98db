"""What the tests of jobs ask of the two databases, and a worker inside the test's own loop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from app.actor import Actor
from app.cache import Cache
from app.database import Database
from app.jobs import service
from app.jobs.queries import JobState, job_by_id
from app.jobs.work import Handler, Work
from app.jobs.worker import Timing, run_worker
from app.journal import service as journal
from app.journal.queries import entries_before
from app.settings import Settings

# A lease short enough for a test and long enough for a machine that others use too.
QUICK = Timing(
    heartbeat=timedelta(seconds=2),
    poll=timedelta(seconds=0.5),
    retry=timedelta(seconds=0.2),
    grace=timedelta(seconds=0.5),
)


def new_kind() -> str:
    """A kind that no other test's worker takes."""
    return f"test-{uuid4().hex[:12]}"


@dataclass(frozen=True)
class Bench:
    """One bureau's officer, who asks for jobs and looks at them."""

    database: Database
    workers: Database
    officer: Actor

    async def ask(self, kind: str, **arguments: Any) -> UUID:
        async with self.database.transaction(self.officer) as session:
            return (await service.enqueue(session, self.officer, kind, "round:r1", arguments)).id

    async def state(self, job: UUID) -> JobState:
        async with self.database.transaction(self.officer) as session:
            return await job_by_id(session, self.officer, job)

    async def actions(self, job: UUID) -> list[str]:
        """What the journal says of the job, oldest first."""
        async with self.database.transaction(self.officer) as session:
            entries = await entries_before(session, self.officer.bureau, None, f"job:{job}", 100)
        return [entry.action for entry in reversed(entries)]

    async def effects(self, job: UUID) -> int:
        return (await self.actions(job)).count("worker:test:effect")

    async def entries(self, kind: str) -> list[str]:
        """The statuses of the queue's entries of this kind."""
        async with self.workers.transaction() as session:
            rows = await session.scalars(
                text("SELECT status::text FROM queue.pgqueuer WHERE entrypoint = :kind ORDER BY id"), {"kind": kind}
            )
            return list(rows)

    async def reaches(self, job: UUID, status: str, attempt: int | None = None, seconds: float = 10) -> JobState:
        """The job once it has this status (and attempt); fails after `seconds`."""

        async def reached() -> bool:
            state = await self.state(job)
            return state.status == status and attempt in (None, state.attempt)

        await until(reached, seconds)
        return await self.state(job)


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    end = perf_counter() + seconds
    while not await condition():
        assert perf_counter() < end, "it did not come about in time"
        await asyncio.sleep(0.03)


async def leave_effect(work: Work) -> None:
    """The one effect of a test's job, written with the job's end."""
    async with work.conclude() as session:
        await journal.record(session, work.actor, "test", "effect", f"job:{work.job}")


@asynccontextmanager
async def working(
    settings: Settings, handlers: Mapping[str, Handler], timing: Timing = QUICK
) -> AsyncIterator[asyncio.Task[None]]:
    stop, cache = asyncio.Event(), Cache(settings.redis_url)
    worker = asyncio.create_task(
        run_worker(settings.worker_database_url, handlers, cache, processes=1, timing=timing, stop=stop)
    )
    try:
        yield worker
    finally:
        stop.set()
        await asyncio.wait({worker})
        await cache.close()
