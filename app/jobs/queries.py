"""Reads of jobs, named as questions."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.accounts.access import ALLOCATION, APPROVAL, Target, authorize
from app.actor import Actor
from app.errors import ServiceError
from app.jobs.lifecycle import JobStatus
from app.jobs.models import Job

ALLOCATE = "allocate"


@dataclass(frozen=True)
class JobState:
    """How far a job is; `failure` is a code or the types of an error."""

    id: UUID
    kind: str
    object: str
    status: str
    attempt: int
    created_at: datetime
    finished_at: datetime | None
    failure: str | None


async def job_by_id(session: AsyncSession, actor: Actor, job_id: UUID) -> JobState:
    """The job, for the bureau's officers and auditors. An allocation does not exist for anyone but its officers and
    the approver (design, decision 13). Raises `access.not_found`, `access.forbidden`."""
    authorize(actor, "job.read", Target(actor.bureau))
    row = await session.scalar(select(Job).where(col(Job.bureau) == actor.bureau, col(Job.id) == job_id))
    if row is None or (row.kind == ALLOCATE and not {ALLOCATION, APPROVAL} & set(actor.duties)):
        raise ServiceError("access.not_found", "job")
    return JobState(row.id, row.kind, row.object, row.status, row.attempt, row.created_at, row.finished_at, row.failure)


async def is_followed(session: AsyncSession, bureau: str, job_id: UUID) -> bool:
    """Whether a later job of the same kind about the same object waits or runs."""
    this, later = aliased(Job), aliased(Job)
    query = (
        select(col(later.id))
        .join(this, and_(col(this.bureau) == bureau, col(this.id) == job_id))
        .where(
            col(later.bureau) == bureau,
            col(later.kind) == col(this.kind),
            col(later.object) == col(this.object),
            col(later.id) > job_id,
            col(later.status).in_((JobStatus.QUEUED, JobStatus.RUNNING)),
        )
        .limit(1)
    )
    return await session.scalar(query) is not None
