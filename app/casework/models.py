"""Cases in officers' hands, and what is asked about them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from app.casework.lifecycle import CorrectionStatus, HoldStatus, SiteCheckStatus, Task, Work
from app.database import TIMESTAMPTZ, BureauRow, PersonalRow, belongs, one_of


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


class SiteCheck(PersonalRow, table=True):
    """A school is asked to see originals (`kinds` of evidence) or to visit a home; `schools` names it alone. `sealed`,
    the child's name, and `finding` lie under a key of the row's own, which no family's context opens. `originals`:
    kind → Original."""

    __tablename__ = "site_check"
    __table_args__ = (
        one_of("task", Task),
        one_of("status", SiteCheckStatus),
        CheckConstraint("(task = 'originals') = (cardinality(kinds) > 0)", name="originals_are_named"),
        CheckConstraint(
            "status = 'asked' OR originals IS NOT NULL AND done_on IS NOT NULL AND recorded_by IS NOT NULL",
            name="recorded_is_whole",
        ),
        Index(
            "one_open_site_check",
            "bureau",
            "application",
            "school",
            "task",
            unique=True,
            postgresql_where=text("status = 'asked'"),
        ),
        Index("site_checks_of_a_school", "bureau", "school", "status"),
        belongs("application", "application"),
        belongs("organisation", "school"),
    )
    application: UUID
    school: str = Field(sa_type=Text)
    task: str = Field(sa_type=Text)
    kinds: list[str] = Field(sa_type=ARRAY(Text))
    status: str = Field(default=SiteCheckStatus.ASKED.value, sa_type=Text)
    due: datetime = Field(sa_type=TIMESTAMPTZ)
    sealed: bytes = Field(sa_type=LargeBinary)
    asked_by: UUID
    asked_at: datetime = Field(sa_type=TIMESTAMPTZ)
    originals: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    finding: bytes | None = Field(default=None, sa_type=LargeBinary)
    done_on: date | None = None
    recorded_by: UUID | None = None
    recorded_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)


class Correction(PersonalRow, table=True):
    """A family asks after the deadline that declared facts be corrected. `sealed`: the form as it is to be, and why;
    `answer`: the officer's; both under the child's key."""

    __table_args__ = (
        one_of("status", CorrectionStatus),
        CheckConstraint(
            "(status = 'requested') = (answer IS NULL) AND (status = 'requested') = (decided_by IS NULL)",
            name="decided_with_answer",
        ),
        Index(
            "one_open_correction",
            "bureau",
            "application",
            unique=True,
            postgresql_where=text("status = 'requested'"),
        ),
        belongs("application", "application"),
    )
    application: UUID
    status: str = Field(default=CorrectionStatus.REQUESTED.value, sa_type=Text)
    sealed: bytes = Field(sa_type=LargeBinary)
    answer: bytes | None = Field(default=None, sa_type=LargeBinary)
    requested_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
    decided_by: UUID | None = None
    decided_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)
