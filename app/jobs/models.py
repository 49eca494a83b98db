"""Our own row for each job; the queue (pgqueuer, schema `queue`) carries nothing but its id."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from app.database import TIMESTAMPTZ, BureauRow, one_of
from app.jobs.lifecycle import JobStatus


class Job(BureauRow, table=True):
    """`attempt` is the fence: it grows at each claim, never shrinks, and a final write must name it.

    `entry` is the queue's entry under which it was claimed last.
    `arguments` hold ids and parameters, `failure` the types of an error: never personal data.
    """

    __table_args__ = (
        one_of("status", JobStatus),
        CheckConstraint("attempt BETWEEN 0 AND attempt_limit", name="attempts_within_limit"),
        CheckConstraint("(status = 'failed') = (failure IS NOT NULL)", name="failed_with_reason"),
        CheckConstraint("(status IN ('done', 'failed')) = (finished_at IS NOT NULL)", name="ended_with_time"),
    )
    kind: str = Field(sa_type=Text)
    object: str = Field(sa_type=Text)
    arguments: dict[str, Any] = Field(sa_type=JSONB)
    status: str = Field(default=JobStatus.QUEUED.value, sa_type=Text)
    attempt: int = 0
    attempt_limit: int
    entry: int | None = Field(default=None, sa_type=BigInteger)
    person: UUID
    account: UUID
    role: str = Field(sa_type=Text)
    request: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
    finished_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)
    failure: str | None = Field(default=None, sa_type=Text)
