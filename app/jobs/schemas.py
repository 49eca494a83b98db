"""API shapes of jobs."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from app.jobs.lifecycle import JobStatus


class JobOut(BaseModel):
    """How far a job is. `done` of `total` is live and may be absent; `failure` is a code or the types of an error."""

    id: UUID
    kind: str
    object: str
    status: JobStatus
    attempt: int = Field(ge=0)
    created_at: datetime
    finished_at: datetime | None
    failure: str | None
    done: int | None = None
    total: int | None = None


class Requeued(BaseModel):
    id: UUID
    status: JobStatus
