"""One attempt at a job, from the claim to its end, and what then becomes of the queue's entry."""

import asyncio
from collections.abc import Mapping
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from uuid import UUID

from sqlalchemy.exc import TimeoutError as PoolTimeout
from structlog import get_logger

from app.actor import Actor
from app.cache import Cache
from app.database import Database
from app.errors import ServiceError
from app.jobs import service
from app.jobs.lifecycle import JobStatus
from app.jobs.models import Job
from app.jobs.processes import Processes
from app.jobs.work import Handler, Work
from app.lifecycle import TransitionRefused
from app.logs import terse

log = get_logger()
NOBODY = UUID(int=0)
# SQLSTATE classes of what passes by itself: connection, deadlock and serialisation, resources, operator, lock.
PASSING = ("08", "40", "53", "57", "55P03")


class Verdict(StrEnum):
    """SETTLED: the entry may go. FAILED: it is held. AGAIN, LATER: it goes back into the queue. LEFT: it is another
    worker's, or nobody can tell; untouched it is taken again when its heartbeat is old."""

    SETTLED = "settled"
    FAILED = "failed"
    AGAIN = "again"
    LATER = "later"
    LEFT = "left"


@dataclass
class Workshop:
    """What the attempts of one worker share; `running` are the handlers' tasks."""

    database: Database
    cache: Cache
    processes: Processes
    handlers: Mapping[str, Handler]
    running: set[asyncio.Task[None]] = field(default_factory=set)


async def attempt(shop: Workshop, bureau: str, job_id: UUID, entry: int) -> Verdict:
    """Claim the job, run its handler, write its end."""
    try:
        async with shop.database.transaction(Actor(bureau, NOBODY, NOBODY, role="worker")) as session:
            job = await service.claim(session, bureau, job_id, entry)
        if job.status == JobStatus.FAILED:
            log.error("job_exhausted", job=str(job_id), kind=job.kind, attempt=job.attempt, bureau=bureau)
            return Verdict.FAILED
        return await _carry_out(shop, job)
    except TransitionRefused:
        return Verdict.SETTLED
    except Exception as error:
        gone = isinstance(error, ServiceError) and error.code == "access.not_found"
        log.error("job_left", job=str(job_id), bureau=bureau, error=terse(error))
        return Verdict.SETTLED if gone else Verdict.LEFT


async def _carry_out(shop: Workshop, job: Job) -> Verdict:
    actor = service.requester(job)
    progress = partial(shop.cache.put_progress, str(job.id))
    work = Work(
        shop.database, job.id, job.kind, job.object, job.arguments, job.attempt, actor, progress, shop.processes
    )
    task = asyncio.create_task(shop.handlers[job.kind](work))
    shop.running.add(task)
    try:
        await asyncio.wait({task})
    finally:
        task.cancel()
        shop.running.discard(task)
    error = None if task.cancelled() else task.exception()
    verdict = _verdict_on(task, job)
    if error is not None:
        log.error("job_error", job=str(job.id), kind=job.kind, attempt=job.attempt, error=terse(error), step=verdict)
    return verdict if verdict is Verdict.LEFT else await _end(shop.database, work, verdict, error)


def _verdict_on(task: asyncio.Task[None], job: Job) -> Verdict:
    if task.cancelled():
        return Verdict.AGAIN
    error = task.exception()
    if error is None:
        return Verdict.SETTLED
    if _stale(error):
        return Verdict.LEFT
    return Verdict.LATER if passes(error) and job.attempt < job.attempt_limit else Verdict.FAILED


async def _end(database: Database, work: Work, verdict: Verdict, error: BaseException | None) -> Verdict:
    """Write the end under the attempt's token, or make sure that the attempt is still ours to hand back."""
    try:
        async with database.transaction(work.actor) as session:
            if verdict is Verdict.SETTLED:
                await service.finish(session, work.actor, work.job, work.attempt)
            elif verdict is Verdict.FAILED and error is not None:
                await service.fail(session, work.actor, work.job, work.attempt, failure_of(error))
            else:
                await service.hold_attempt(session, work.actor.bureau, work.job, work.attempt)
    except ServiceError as refusal:
        if not _stale(refusal):
            raise
        log.warning("job_stale", job=str(work.job), kind=work.kind, attempt=work.attempt)
        return Verdict.LEFT
    return verdict


def passes(error: BaseException) -> bool:
    """Whether the same work may well succeed later: a lost connection, a deadlock, a killed process of the pool."""
    state = getattr(getattr(error, "orig", error), "sqlstate", None) or ""
    lost = getattr(error, "connection_invalidated", False)
    return bool(lost) or state.startswith(PASSING) or isinstance(error, (OSError, PoolTimeout, BrokenProcessPool))


def failure_of(error: BaseException) -> str:
    """What of an error is kept and shown: its code, or the types of its chain; never its words."""
    return error.code if isinstance(error, ServiceError) else terse(error)


def _stale(error: BaseException) -> bool:
    return isinstance(error, ServiceError) and error.code == "jobs.stale"
