"""The verbs of a job. A worker's final write names the attempt that it belongs to; a later claim makes it stale."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.clock import uuid7
from app.errors import ServiceError
from app.jobs import queue
from app.jobs.lifecycle import JOB, JobEvent, JobStatus
from app.jobs.models import Job
from app.journal import service as journal
from app.lifecycle import TransitionRefused

ATTEMPTS = 5
EXHAUSTED = "attempts_exhausted"


async def enqueue(
    session: AsyncSession,
    actor: Actor,
    kind: str,
    object_: str,
    arguments: dict[str, Any],
    after: timedelta = timedelta(0),
) -> Job:
    """Ask for work in the caller's transaction, not to begin before `after` has passed: a rollback leaves neither the
    job nor its entry in the queue.

    The caller has authorised the act that needs it. `object_` is `type:id`; `arguments` are JSON without personal
    data. For the kind `allocate` the database wants the allocation duty.
    """
    values = {
        "bureau": actor.bureau,
        "id": uuid7(),
        "kind": kind,
        "object": object_,
        "arguments": arguments,
        "status": JOB.initial.value,
        "attempt": 0,
        "attempt_limit": ATTEMPTS,
        "person": actor.person,
        "account": actor.account,
        "role": actor.role,
        "request": actor.request,
    }
    job = (await session.scalars(insert(Job).values(values).returning(Job))).one()
    await queue.put(session, kind, actor.bureau, job.id, after)
    await journal.record(session, actor, "job", "enqueue", f"job:{job.id}", after=job.status)
    return job


def requester(job: Job) -> Actor:
    """For whom the worker works: the person who asked, in the worker's role."""
    return Actor(job.bureau, job.person, job.account, role="worker", source="worker", request=job.request)


async def claim(session: AsyncSession, bureau: str, job_id: UUID, entry: int) -> Job:
    """Begin the next attempt for this entry of the queue; `attempt` of the answer is the token of its final write.

    A job whose attempts are used up comes back failed. A running job is begun anew by its own entry alone, which
    the queue gives out again when a worker has died. Raises TransitionRefused for a duplicate entry, of a job that
    runs or has ended, and `access.not_found` for a job that does not exist.
    """
    job = await _held(session, bureau, job_id)
    status = JOB.next(JobStatus(job.status), JobEvent.CLAIM)
    if job.status == JobStatus.RUNNING and job.entry != entry:
        raise TransitionRefused(JOB.name, JobStatus.RUNNING, JobEvent.CLAIM)
    actor = requester(job)
    if job.attempt >= job.attempt_limit:
        await fail(session, actor, job.id, job.attempt, EXHAUSTED)
        await session.refresh(job)
        return job
    before = job.status
    claimed = await session.scalars(
        update(Job)
        .where(col(Job.bureau) == bureau, col(Job.id) == job_id)
        .values(attempt=col(Job.attempt) + 1, status=status.value, entry=entry)
        .returning(Job),
        execution_options={"populate_existing": True},
    )
    await journal.record(session, actor, "job", "claim", f"job:{job_id}", before, status.value)
    return claimed.one()


async def finish(session: AsyncSession, actor: Actor, job_id: UUID, attempt: int) -> None:
    """Done, by this attempt; said twice by the same attempt it is one act. Raises `jobs.stale` for an earlier one."""
    if await _end(session, actor, job_id, attempt, JobEvent.FINISH, None):
        await journal.record(session, actor, "job", "finish", f"job:{job_id}", JobStatus.RUNNING, JobStatus.DONE)


async def fail(session: AsyncSession, actor: Actor, job_id: UUID, attempt: int, failure: str) -> None:
    """Failed, by this attempt. `failure` is a code or the types of an error. Raises `jobs.stale`."""
    if await _end(session, actor, job_id, attempt, JobEvent.FAIL, failure):
        await journal.record(session, actor, "job", "fail", f"job:{job_id}", JobStatus.RUNNING, JobStatus.FAILED)


async def hold_attempt(session: AsyncSession, bureau: str, job_id: UUID, attempt: int) -> None:
    """Hold the job while its attempt is still the last one and running; raises `jobs.stale` where it is not."""
    job = await _held(session, bureau, job_id)
    if (job.status, job.attempt) != (JobStatus.RUNNING, attempt):
        raise ServiceError("jobs.stale", "attempt")


async def requeue(session: AsyncSession, actor: Actor, job_id: UUID) -> Job:
    """Give a failed job as many attempts again. The attempts already counted stay, or a stale worker could pass."""
    actor = authorize(actor, "job.requeue", Target(actor.bureau))
    job = await _held(session, actor.bureau, job_id)
    before, status = job.status, JOB.next(JobStatus(job.status), JobEvent.REQUEUE)
    job.status, job.failure, job.finished_at = status.value, None, None
    job.attempt_limit = job.attempt + ATTEMPTS
    await session.flush()
    await queue.put(session, job.kind, job.bureau, job.id)
    await journal.record(session, actor, "job", "requeue", f"job:{job.id}", before, status.value)
    return job


async def _held(session: AsyncSession, bureau: str, job_id: UUID) -> Job:
    job = await session.scalar(
        select(Job).where(col(Job.bureau) == bureau, col(Job.id) == job_id).with_for_update(),
        execution_options={"populate_existing": True},
    )
    if job is None:
        raise ServiceError("access.not_found", "job")
    return job


async def _end(
    session: AsyncSession, actor: Actor, job_id: UUID, attempt: int, event: JobEvent, failure: str | None
) -> bool:
    """The final write under its token; False where this very attempt had already written it."""
    status = JOB.next(JobStatus.RUNNING, event)
    mine = (col(Job.bureau) == actor.bureau, col(Job.id) == job_id, col(Job.attempt) == attempt)
    written = await session.scalar(
        update(Job)
        .where(*mine, col(Job.status) == JobStatus.RUNNING.value)
        .values(status=status.value, failure=failure, finished_at=func.transaction_timestamp())
        .returning(col(Job.id))
        .execution_options(synchronize_session=False)
    )
    if written is None and await session.scalar(select(col(Job.status)).where(*mine)) != status:
        raise ServiceError("jobs.stale", "attempt")
    return written is not None
