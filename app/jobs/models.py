"""Our own row for each job; the queue (pgqueuer, schema `queue`) carries nothing but its id."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from app.database import TIMESTAMPTZ, BureauRow, one_of
from app.jobs.lifecycle import JobStatus


class Job(BureauRow, table=True):
    """`attempt` is the fence: it grows at each claim, and a final write must name it."""

    __table_args__ = (one_of("status", JobStatus),)
    kind: str = Field(sa_type=Text)
    object: str = Field(sa_type=Text)
    arguments: dict[str, Any] = Field(sa_type=JSONB)
    status: str = Field(default=JobStatus.QUEUED.value, sa_type=Text)
    attempt: int = 0
    person: UUID
    account: UUID
    role: str = Field(sa_type=Text)
    request: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
    finished_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)
    failure: str | None = Field(default=None, sa_type=Text)
