"""API shapes of messages, numbers and calls."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from app.messages.lifecycle import WORDS, MessageStatus
from app.messages.models import Way
from app.messages.queries import Standing


class PhoneIn(BaseModel):
    """A mobile number: 11 digits of the mainland, or +852, +853, +886 with its own."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"phone": "+852 5555 0100"}]})
    phone: SecretStr = Field(min_length=8, max_length=40)


class PhoneOut(BaseModel):
    """Masked; both null where no number was given."""

    phone: str | None
    changed_at: datetime | None


class MessageOut(BaseModel):
    """A message as its person reads it."""

    id: UUID
    kind: str
    object: str
    text_zh: str
    text_en: str
    status: MessageStatus
    status_zh: str
    status_en: str
    posted_at: datetime
    read_at: datetime | None


class MessagePage(BaseModel):
    """Newest first; `next` is the `before` of the next page, absent on the last."""

    messages: list[MessageOut]
    next: UUID | None


class ReadOut(BaseModel):
    read_at: datetime


class StandingOut(BaseModel):
    """How far a message is, without its words. `reached_at`: the earliest proof towards this person (delivered, read,
    told); `family_reached_at`: towards anybody about the same object."""

    id: UUID
    kind: str
    object: str
    person: UUID
    status: MessageStatus
    status_zh: str
    status_en: str
    posted_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    reached_at: datetime | None
    family_reached_at: datetime | None
    has_phone: bool

    @classmethod
    def of(cls, standing: Standing) -> "StandingOut":
        row, (zh, en) = standing.message, WORDS[MessageStatus(standing.message.status)]
        return cls(
            id=row.id,
            kind=row.kind,
            object=row.object,
            person=row.person,
            status=MessageStatus(row.status),
            status_zh=zh,
            status_en=en,
            posted_at=row.posted_at,
            sent_at=row.sent_at,
            delivered_at=row.delivered_at,
            read_at=row.read_at,
            reached_at=standing.reached_at,
            family_reached_at=standing.family_reached_at,
            has_phone=standing.has_phone,
        )


class StandingPage(BaseModel):
    """Oldest first; `next` is the `after` of the next page, absent on the last."""

    messages: list[StandingOut]
    next: UUID | None


class ContactOut(BaseModel):
    """The whole number; null where none was given."""

    phone: str | None


class CallIn(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"way": "phone"}]})
    way: Way


class CallOut(BaseModel):
    reached_at: datetime
