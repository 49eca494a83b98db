"""API shapes of officers' work."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from app.casework.lifecycle import Work


class WaitingOut(BaseModel):
    """A line of the queue, without names. `subject`: the objection or correction, else the application. `due`: the end
    of the working days given to this work. `officer`, `hold` and `until`: who has taken it, if anybody has."""

    application: UUID
    work: Work
    subject: UUID
    since: datetime
    due: datetime
    overdue: bool
    town: str
    hold: UUID | None
    officer: UUID | None
    until: datetime | None


class QueuePage(BaseModel):
    """Oldest first; `next` is the `after` of the next page."""

    waiting: list[WaitingOut]
    next: str | None


class CountOut(BaseModel):
    """What waits of one kind in one town, how much of it is taken, and how much has waited too long."""

    work: Work
    town: str
    waiting: int
    held: int
    overdue: int
    oldest: datetime


class HoldOut(BaseModel):
    """A case in an officer's hands until `until`, unless it is given back or handed over."""

    id: UUID
    application: UUID
    work: Work
    officer: UUID
    taken_at: datetime
    until: datetime


class HandOver(BaseModel):
    """The colleague, by the id of the person."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"officer": "01990000-0000-7000-8000-000000000009"}]}
    )
    officer: UUID
