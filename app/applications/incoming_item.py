"""The table of forms that came by another way than the portal; a part of models.py, which names it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.applications.lifecycle import IncomingStatus
from app.applications.origin import SettledFor
from app.database import TIMESTAMPTZ, PersonalRow, belongs, one_of


class IncomingItem(PersonalRow, table=True):
    """A form as an office (a town, named in `schools`, or the bureau) or the platform received it, under its number
    there. The database writes `received_at`, the platform's excepted; it never changes. `sealed` is what was entered,
    under a key of the item's own, until it is checked. `differences`: fields in which two persons read it differently,
    or why the platform's line is refused."""

    __tablename__ = "incoming_item"
    __table_args__ = (
        one_of("status", IncomingStatus),
        CheckConstraint("origin IN ('platform', 'counter', 'paper')", name="origin_known"),
        one_of("settled_for", SettledFor),
        CheckConstraint("(origin = 'platform') = (pages IS NULL)", name="paper_has_pages"),
        CheckConstraint("pages BETWEEN 1 AND 500", name="pages_plausible"),
        CheckConstraint("checked_by <> entered_by", name="checked_by_another"),
        CheckConstraint("settled_by <> registered_by", name="settled_by_another"),
        CheckConstraint("status <> 'checked' OR application IS NOT NULL", name="checked_is_submitted"),
        CheckConstraint("origin <> 'paper' OR status <> 'checked' OR checked_by IS NOT NULL", name="paper_is_checked"),
        CheckConstraint("(status = 'settled') = (settled_for IS NOT NULL)", name="settled_says_why"),
        UniqueConstraint("bureau", "round", "office", "origin", "number", name="item_received_once"),
        Index("items_of_a_round", "bureau", "round", "status"),
        belongs("admission_round", "round"),
        belongs("organisation", "office"),
        belongs("application", "application"),
    )
    round: UUID
    office: str = Field(sa_type=Text)
    origin: str = Field(sa_type=Text)
    number: str = Field(sa_type=Text)
    pages: int | None = None
    received_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
    due_on: date
    status: str = Field(default=IncomingStatus.REGISTERED.value, sa_type=Text)
    registered_by: UUID
    entered_by: UUID | None = None
    checked_by: UUID | None = None
    settled_by: UUID | None = None
    settled_for: str | None = Field(default=None, sa_type=Text)
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    content: bytes | None = Field(default=None, sa_type=LargeBinary)
    differences: list[str] = Field(default_factory=list, sa_type=ARRAY(Text), sa_column_kwargs={"server_default": "{}"})
    application: UUID | None = None
    version: int | None = None
    form_digest: str | None = Field(default=None, sa_type=Text)
