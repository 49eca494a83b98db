"""Reads of messages, named as questions. A notice is proven once it was delivered by SMS, read in the portal, or told
in person: all three at the database's time, whichever came first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Text, Uuid, any_, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.errors import ServiceError
from app.messages.lifecycle import MessageStatus
from app.messages.models import Message, MessageCall, MessageWords, PersonPhone
from app.messages.moves import Sent

WAITING = (MessageStatus.POSTED, MessageStatus.SENT)


@dataclass(frozen=True)
class Standing:
    """How far a message is, for the bureau: no words of it. `family_reached_at` is the earliest proof towards anybody
    about the same object."""

    message: Message
    reached_at: datetime | None
    family_reached_at: datetime | None
    has_phone: bool


async def proven_since(
    session: AsyncSession, bureau: str, kinds: Collection[str], objects: Sequence[str]
) -> dict[str, datetime | None]:
    """Since when a family has proven notice of one of these kinds about each object (`type:id`); None where nobody of
    it has.

    A deadline that runs against a family starts no sooner. For the bureau, the worker, and the family itself.
    """
    return {**dict.fromkeys(objects), **await posted_and_proven(session, bureau, kinds, objects)}


async def posted_and_proven(
    session: AsyncSession, bureau: str, kinds: Collection[str], objects: Sequence[str]
) -> dict[str, datetime | None]:
    """As `proven_since`, of those objects alone about which a message of one of these kinds was written."""
    rows = await session.execute(
        select(col(Message.object), func.min(_earliest(Message, MessageCall)))
        .outerjoin(MessageCall, _of(Message, MessageCall))
        .where(
            col(Message.bureau) == bureau,
            col(Message.kind).in_(kinds),
            col(Message.object) == any_(literal(list(objects), ARRAY(Text))),
        )
        .group_by(col(Message.object))
    )
    return {row[0]: row[1] for row in rows.all()}


async def undelivered(session: AsyncSession, bureau: str, ids: Sequence[UUID]) -> list[Sent]:
    """Of these messages, those that wait for the provider, in the order of their ids."""
    rows = await session.scalars(
        select(Message)
        .where(
            col(Message.bureau) == bureau,
            col(Message.id) == any_(literal(list(ids), ARRAY(Uuid))),
            col(Message.status).in_(WAITING),
        )
        .order_by(col(Message.id))
    )
    return [Sent.of(row) for row in rows]


async def inbox(
    session: AsyncSession, bureau: str, person: UUID, before: UUID | None, limit: int
) -> list[tuple[Message, bytes | None]]:
    """A page of the person's own messages, newest first, each with its sealed words."""
    query = (
        select(Message, col(MessageWords.sealed))
        .outerjoin(
            MessageWords, (col(MessageWords.bureau) == col(Message.bureau)) & (col(MessageWords.id) == col(Message.id))
        )
        .where(col(Message.bureau) == bureau, col(Message.person) == person)
    )
    if before is not None:
        query = query.where(col(Message.id) < before)
    rows = await session.execute(query.order_by(col(Message.id).desc()).limit(limit))
    return [(message, sealed) for message, sealed in rows.all()]


async def message_by_id(session: AsyncSession, bureau: str, message: UUID) -> Message:
    """Raises `access.not_found`."""
    row = await session.scalar(select(Message).where(col(Message.bureau) == bureau, col(Message.id) == message))
    if row is None:
        raise ServiceError("access.not_found", "message", action="message")
    return row


async def about(session: AsyncSession, bureau: str, object_: str) -> list[Standing]:
    """Every message about an object, oldest first."""
    query = _standings(bureau).where(col(Message.object) == object_).order_by(col(Message.id))
    return await _read(session, query)


async def not_reached(
    session: AsyncSession,
    bureau: str,
    officer: UUID,
    kind: str | None,
    about_type: str | None,
    hours: int,
    after: UUID | None,
    limit: int,
) -> list[Standing]:
    """A page of the messages that are older than so many hours and not proven towards their person, oldest first;
    never those of the officer's own family. `about_type` is the type of the object."""
    query = _standings(bureau).where(
        col(Message.status) != MessageStatus.DELIVERED.value,
        col(Message.read_at).is_(None),
        col(MessageCall.id).is_(None),
        col(Message.posted_at) <= func.transaction_timestamp() - func.make_interval(0, 0, 0, 0, hours),
        ~col(Message.guardians).contains([officer]),
    )
    if kind is not None:
        query = query.where(col(Message.kind) == kind)
    if about_type is not None:
        query = query.where(func.split_part(col(Message.object), ":", 1) == about_type)
    if after is not None:
        query = query.where(col(Message.id) > after)
    return await _read(session, query.order_by(col(Message.id)).limit(limit))


def _earliest(message: type[Message], call: type[MessageCall]) -> ColumnElement[datetime | None]:
    """LEAST passes over what is NULL."""
    return func.least(col(message.delivered_at), col(message.read_at), col(call.recorded_at))


def _of(message: type[Message], call: type[MessageCall]) -> ColumnElement[bool]:
    return (col(call.bureau) == col(message.bureau)) & (col(call.message) == col(message.id))


def _standings(bureau: str) -> Select[Message, datetime | None, datetime | None, bool]:
    other, call = aliased(Message), aliased(MessageCall)
    of_family = (
        select(func.min(_earliest(other, call)))
        .select_from(other)
        .outerjoin(call, _of(other, call))
        .where(
            col(other.bureau) == col(Message.bureau),
            col(other.kind) == col(Message.kind),
            col(other.object) == col(Message.object),
        )
        .scalar_subquery()
    )
    phone = (col(PersonPhone.bureau) == col(Message.bureau)) & (col(PersonPhone.id) == col(Message.person))
    return (
        select(Message, _earliest(Message, MessageCall), of_family, col(PersonPhone.id).is_not(None))
        .outerjoin(MessageCall, _of(Message, MessageCall))
        .outerjoin(PersonPhone, phone)
        .where(col(Message.bureau) == bureau)
    )


async def _read(
    session: AsyncSession, query: Select[Message, datetime | None, datetime | None, bool]
) -> list[Standing]:
    return [Standing(*row) for row in (await session.execute(query)).all()]
