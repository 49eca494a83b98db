"""The one way to another status: through the machine, under the row's lock, with one journal entry."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.journal import service as journal
from app.messages.lifecycle import MESSAGE, MessageEvent, MessageStatus
from app.messages.models import Message

TIMES = {MessageStatus.SENT: "sent_at", MessageStatus.DELIVERED: "delivered_at"}


@dataclass(frozen=True)
class Sent:
    """What the sending of a message needs to know of it."""

    id: UUID
    person: UUID
    kind: str
    parameters: Mapping[str, Any]
    status: MessageStatus

    @classmethod
    def of(cls, row: Message) -> "Sent":
        return cls(row.id, row.person, row.kind, row.parameters, MessageStatus(row.status))


async def move(
    session: AsyncSession, actor: Actor, message: Sent, event: MessageEvent, accepted: str | None, failure: str | None
) -> Sent:
    """The message as it stands afterwards. Where somebody moved it since it was read, their move stands: the provider
    says things twice, and later things first."""
    mine = col(Message.bureau) == actor.bureau, col(Message.id) == message.id
    row = (
        await session.scalars(
            select(Message).where(*mine).with_for_update(), execution_options={"populate_existing": True}
        )
    ).one()
    if row.status != message.status:
        return Sent.of(row)
    after = MESSAGE.next(message.status, event)
    values: dict[str, Any] = {"status": after.value, "failure": failure}
    if accepted is not None:
        values["accepted"] = accepted
    if after in TIMES:
        values[TIMES[after]] = func.transaction_timestamp()
    moved = await session.scalars(
        update(Message).where(*mine).values(values).returning(Message), execution_options={"populate_existing": True}
    )
    await journal.record(session, actor, "message", event.value, f"message:{message.id}", message.status, after)
    return Sent.of(moved.one())
