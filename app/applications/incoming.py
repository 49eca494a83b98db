"""Forms that come to an office: received first, with number, pages and the database's time, and then nothing is lost.

A town's office and the bureau's caseworkers receive forms; a school does not, because no school sees a family's wishes.
Handing in is the act that keeps the deadline; what was received waits in a list, with a day, until it is entered and
checked (incoming_entry.py) or another person has settled it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.accounts.queries import organisation_target
from app.actor import Actor
from app.applications import queries
from app.applications.lifecycle import INCOMING, IncomingEvent, IncomingStatus
from app.applications.models import IncomingItem
from app.applications.origin import Brought, SettledFor
from app.applications.submit import open_round
from app.clock import uuid7
from app.database import table
from app.errors import ServiceError
from app.journal import service as journal
from app.schools.queries import CHINA

ENTERED_WITHIN = timedelta(days=3)  # assumption: days after receipt by which an item is to be entered and checked
RECEIVED_ONCE = "item_received_once"


@dataclass(frozen=True)
class Arrival:
    """What an office receives: `number` is its own, as it stands stamped on the form."""

    office: str
    brought: Brought
    number: str
    pages: int


async def office_target(session: AsyncSession, bureau: str, office: str) -> Target:
    """Whose business an office's items are; raises `access.not_found` for what is neither the bureau nor a town's or
    another office."""
    return Target(bureau) if office == bureau else await organisation_target(session, bureau, office)


async def register(session: AsyncSession, actor: Actor, round_id: UUID, arrival: Arrival) -> UUID:
    """Receive a form, now; the same number again is the same item. Raises `application.round_not_open`,
    `application.deadline_passed`, `intake.number_used`, `access.*`."""
    actor = authorize(actor, "intake.register", await office_target(session, actor.bureau, arrival.office))
    known = await _known(session, actor.bureau, round_id, arrival)
    if known is not None:
        return known
    held = await open_round(session, actor.bureau, round_id)
    values = values_of(actor, arrival.office, held.now) | {
        "round": round_id,
        "origin": arrival.brought.value,
        "number": arrival.number,
        "pages": arrival.pages,
    }
    once = insert(table(IncomingItem)).values(values).on_conflict_do_nothing(constraint=RECEIVED_ONCE)
    made = await session.scalar(once.returning(col(IncomingItem.id)))
    if made is None:  # somebody at the next desk was faster
        known = await _known(session, actor.bureau, round_id, arrival)
        assert known is not None
        return known
    await journal.record(session, actor, "incoming", "register", f"incoming:{made}", after=INCOMING.initial)
    return UUID(str(made))


def values_of(actor: Actor, office: str, received_at: datetime) -> dict[str, Any]:
    """What every new item begins with."""
    return {
        "bureau": actor.bureau,
        "id": uuid7(),
        "guardians": [],
        "schools": [] if office == actor.bureau else [office],
        "office": office,
        "due_on": received_at.astimezone(CHINA).date() + ENTERED_WITHIN,
        "status": INCOMING.initial.value,
        "registered_by": actor.person,
    }


async def _known(session: AsyncSession, bureau: str, round_id: UUID, arrival: Arrival) -> UUID | None:
    """The item that stands under this number; raises `intake.number_used` where it has other pages."""
    row = (
        await session.execute(
            select(col(IncomingItem.id), col(IncomingItem.pages)).where(
                col(IncomingItem.bureau) == bureau,
                col(IncomingItem.round) == round_id,
                col(IncomingItem.office) == arrival.office,
                col(IncomingItem.origin) == arrival.brought.value,
                col(IncomingItem.number) == arrival.number,
            )
        )
    ).one_or_none()
    if row is None:
        return None
    if row.pages != arrival.pages:
        raise ServiceError("intake.number_used", "number")
    return UUID(str(row.id))


async def held_item(session: AsyncSession, actor: Actor, item_id: UUID, action: str) -> tuple[IncomingItem, Actor]:
    """The item, held FOR UPDATE, and the actor in the role that permits this; raises `access.*`."""
    query = select(IncomingItem).where(col(IncomingItem.bureau) == actor.bureau, col(IncomingItem.id) == item_id)
    item = await session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if item is None:
        raise ServiceError("access.not_found", "item", action=action)
    return item, authorize(actor, action, target_of(item))


def target_of(item: IncomingItem) -> Target:
    """Its office's; once it is submitted, its guardian's as well, who does not act on it by office."""
    return Target(item.bureau, tuple(item.guardians), towns=tuple(item.schools))


async def move(
    session: AsyncSession, actor: Actor, item: IncomingItem, event: IncomingEvent, **values: Any
) -> IncomingStatus:
    """Move a held item and write what goes with it, with one entry of the journal; raises TransitionRefused."""
    after = INCOMING.next(IncomingStatus(item.status), event)
    await session.execute(
        update(table(IncomingItem))
        .where(col(IncomingItem.bureau) == item.bureau, col(IncomingItem.id) == item.id)
        .values(status=after.value, **values)
    )
    await journal.record(session, actor, "incoming", event.value, f"incoming:{item.id}", item.status, after)
    return after


async def settle(session: AsyncSession, actor: Actor, item_id: UUID, reason: SettledFor) -> None:
    """Say why an item needs no entering; the person who received it cannot. Raises `intake.same_person`, `access.*`."""
    item, actor = await held_item(session, actor, item_id, "intake.settle")
    await queries.checkable_round(session, actor.bureau, item.round)
    if item.registered_by == actor.person:
        raise ServiceError("intake.same_person", "item")
    await move(session, actor, item, IncomingEvent.SETTLE, settled_by=actor.person, settled_for=reason.value)
