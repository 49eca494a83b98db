"""The append-only trail and the receipts; the database refuses UPDATE, DELETE and TRUNCATE on the trail."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, LargeBinary, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from app.database import TIMESTAMPTZ, BureauRow

NEVER_BLANK = ("role", "action", "object", "before", "after", "request")


class JournalEntry(BureauRow, table=True):
    """One transition, refusal or reading. No personal data: `object` is `type:id`, states are words of a machine."""

    __tablename__ = "journal_entry"
    __table_args__ = tuple(
        CheckConstraint(f"{column} ~ '[^[:space:]]'", name=f"{column}_not_blank") for column in NEVER_BLANK
    )
    at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.clock_timestamp()})
    person: UUID
    account: UUID
    role: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    object: str = Field(sa_type=Text)
    before: str = Field(sa_type=Text)
    after: str = Field(sa_type=Text)
    request: str = Field(sa_type=Text)


class Receipt(SQLModel, table=True):
    """What an account was answered under an idempotency key (the key belongs to the account)."""

    bureau: str = Field(primary_key=True, sa_type=Text)
    account: UUID = Field(primary_key=True)
    key: str = Field(primary_key=True, sa_type=Text)
    person: UUID
    body_digest: bytes = Field(sa_type=LargeBinary)
    answer: dict[str, Any] = Field(sa_type=JSONB)
    at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
