"""Reading one's messages, and what officers see and do: how far messages are, whom nobody reached, and that somebody
was reached in person."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.clock import uuid7
from app.database import database_now
from app.journal import service as journal
from app.messages import queries
from app.messages.models import Message, MessageCall, Way
from app.messages.phone import number_of
from app.messages.queries import Standing
from app.vault import Vault

KNOWN = text(
    "UPDATE message SET read_at = transaction_timestamp()"
    " WHERE bureau = :bureau AND person = :person AND object = :object AND read_at IS NULL"
)
UNREAD, READ, NOT_REACHED = "unread", "read", "not_reached"


async def mark_read(session: AsyncSession, actor: Actor, message_id: UUID) -> datetime:
    """The person has read it: since when, by the database's time at the first reading. Raises `access.*`."""
    row = await queries.message_by_id(session, actor.bureau, message_id)
    actor = authorize(actor, "message.read", Target(actor.bureau, (row.person,)))
    read = await session.execute(
        update(Message)
        .where(col(Message.bureau) == actor.bureau, col(Message.id) == message_id, col(Message.read_at).is_(None))
        .values(read_at=func.transaction_timestamp())
        .returning(col(Message.read_at))
        .execution_options(synchronize_session=False)
    )
    at = read.scalar_one_or_none()
    if at is not None:
        await journal.record(session, actor, "message", "read", f"message:{message_id}", UNREAD, READ)
        return at
    kept = select(col(Message.read_at)).where(col(Message.bureau) == actor.bureau, col(Message.id) == message_id)
    return await session.scalar(kept) or await database_now(session)


async def mark_known(session: AsyncSession, actor: Actor, object_: str) -> None:
    """The actor shows by an act that it knows what its own messages about an object say: that is to have read them.
    The journal holds the act."""
    await session.execute(KNOWN, {"bureau": actor.bureau, "person": actor.person, "object": object_})


async def standings_about(session: AsyncSession, actor: Actor, object_: str) -> list[Standing]:
    """How far every message about an object is, without its words."""
    authorize(actor, "message.follow", Target(actor.bureau))
    return await queries.about(session, actor.bureau, object_)


async def not_reached(
    session: AsyncSession,
    actor: Actor,
    kind: str | None,
    about_type: str | None,
    hours: int,
    after: UUID | None,
    limit: int,
) -> list[Standing]:
    """The call list: a page of the persons whom a message of so many hours ago has not provably reached."""
    authorize(actor, "message.call", Target(actor.bureau))
    return await queries.not_reached(session, actor.bureau, actor.person, kind, about_type, hours, after, limit)


async def contact(session: AsyncSession, vault: Vault, actor: Actor, message_id: UUID) -> tuple[str | None, Actor]:
    """The number of the message's person, unmasked for an officer who calls, and the role in which it was read; the
    caller journals it."""
    row = await queries.message_by_id(session, actor.bureau, message_id)
    actor = authorize(actor, "message.call", Target(actor.bureau, tuple(row.guardians)))
    return await number_of(session, vault, actor.bureau, row.person), actor


async def record_call(session: AsyncSession, actor: Actor, message_id: UUID, way: Way) -> datetime:
    """The officer has told the message's person: since when. Said again, the first record stands."""
    row = await queries.message_by_id(session, actor.bureau, message_id)
    actor = authorize(actor, "message.call", Target(actor.bureau, tuple(row.guardians)))
    values = {
        "bureau": actor.bureau,
        "id": uuid7(),
        "guardians": row.guardians,
        "schools": [],
        "message": message_id,
        "way": way.value,
        "recorded_by": actor.person,
    }
    made = insert(MessageCall).values(values).on_conflict_do_nothing(constraint="one_call_per_message")
    at: datetime | None = await session.scalar(made.returning(col(MessageCall.recorded_at)))
    if at is not None:
        await journal.record(session, actor, "message", "call", f"message:{message_id}", NOT_REACHED, way.value)
        return at
    kept = select(col(MessageCall.recorded_at)).where(
        col(MessageCall.bureau) == actor.bureau, col(MessageCall.message) == message_id
    )
    return (await session.scalars(kept)).one()
