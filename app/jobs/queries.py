"""Reads of jobs, named as questions."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import ALLOCATION, APPROVAL, Target, authorize
from app.actor import Actor
from app.errors import ServiceError
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
