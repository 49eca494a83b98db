"""Messages, each to one person about one object; the words that only that person reads; the numbers they are sent to;
and whom an officer reached in person."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from app.database import TIMESTAMPTZ, BureauRow, PersonalRow, belongs, one_of
from app.messages.lifecycle import MessageStatus
from app.messages.vocabulary import Way as Way


class Message(PersonalRow, table=True):
    """`object` is `type:id`; `kind` and `parameters` (nothing personal) make its words, see messages.toml. `guardians`
    may know of it, `person` alone reads it. `accepted` is the provider's id; all times are the database's."""

    __table_args__ = (
        one_of("status", MessageStatus),
        CheckConstraint("person = ANY (guardians)", name="person_may_know_of_it"),
        CheckConstraint(
            "status NOT IN ('sent', 'delivered') OR (sent_at IS NOT NULL AND accepted IS NOT NULL)",
            name="sent_with_time",
        ),
        CheckConstraint("(status = 'delivered') = (delivered_at IS NOT NULL)", name="delivered_with_time"),
        CheckConstraint("(status = 'failed') = (failure IS NOT NULL)", name="failed_with_reason"),
        UniqueConstraint("bureau", "kind", "object", "person", name="message_once"),
        belongs("person", "person"),
        Index("inbox_of_a_person", "bureau", "person", "id"),
        Index("messages_about_an_object", "bureau", "object"),
        Index(
            "messages_not_proven",
            "bureau",
            "id",
            postgresql_where=text("status <> 'delivered' AND read_at IS NULL"),
        ),
    )
    person: UUID
    kind: str = Field(sa_type=Text)
    object: str = Field(sa_type=Text)
    parameters: dict[str, Any] = Field(sa_type=JSONB)
    status: str = Field(default=MessageStatus.POSTED.value, sa_type=Text)
    accepted: str | None = Field(default=None, sa_type=Text)
    failure: str | None = Field(default=None, sa_type=Text)
    posted_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
    sent_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)
    delivered_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)
    read_at: datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)


class MessageWords(BureauRow, table=True):
    """The personal parameters of a message (`id` is the message's), sealed with its person's key: for that person's
    eyes, and never sent outside."""

    __tablename__ = "message_words"
    __table_args__ = (belongs("message", "id"),)
    person: UUID
    sealed: bytes = Field(sa_type=LargeBinary)


class MessageCall(PersonalRow, table=True):
    """An officer reached the message's person and told them. Written once, never changed."""

    __tablename__ = "message_call"
    __table_args__ = (
        one_of("way", Way),
        UniqueConstraint("bureau", "message", name="one_call_per_message"),
        belongs("message", "message"),
        belongs("person", "recorded_by"),
    )
    message: UUID
    way: str = Field(sa_type=Text)
    recorded_by: UUID
    recorded_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})


class PersonPhone(PersonalRow, table=True):
    """Where a person (`id`) is sent messages, sealed with that person's key; `guardians` is the person alone."""

    __tablename__ = "person_phone"
    __table_args__ = (belongs("person", "id"),)
    sealed: bytes = Field(sa_type=LargeBinary)
    changed_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
