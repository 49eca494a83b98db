"""Cases in officers' hands."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, func, text
from sqlmodel import Field

from app.casework.lifecycle import HoldStatus, Work
from app.database import TIMESTAMPTZ, BureauRow, belongs, one_of


class CaseHold(BureauRow, table=True):
    """An officer has taken one kind of work on a case until it gives it back, hands it over, or its lease ends.

    No family sees who: its own page says since when its papers are being checked.
    """

    __tablename__ = "case_hold"
    __table_args__ = (
        one_of("work", Work),
        one_of("status", HoldStatus),
        CheckConstraint("(status = 'held') = (ended_at IS NULL)", name="ended_when_it_ended"),
        Index(
            "one_officer_per_case",
            "bureau",
            "application",
            "work",
            unique=True,
            postgresql_where=text("status = 'held'"),
        ),
        belongs("application", "application"),
        belongs("person", "officer"),
    )
    application: UUID
    work: str = Field(sa_type=Text)
    officer: UUID
    status: str = Field(default=HoldStatus.HELD.value, sa_type=Text)
    taken_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
    until: datetime = Field(sa_type=TIMESTAMPTZ)
    ended_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)
