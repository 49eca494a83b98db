"""Offers opened for whoever may read them."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import SCHOOL_OFFICE, Target, authorize
from app.actor import Actor
from app.applications.reading import child_names
from app.errors import ServiceError
from app.journal import service as journal
from app.offers import queries
from app.offers.schemas import OfferOut, SchoolOfferOut, SchoolOfferPage
from app.vault import Vault


async def own_offers(session: AsyncSession, actor: Actor) -> list[OfferOut]:
    """The actor's own children's offers, newest first."""
    rows = await queries.offers_of_guardian(session, actor.bureau, actor.person)
    return [OfferOut.model_validate(row, from_attributes=True) for row in rows]


async def read_offer(session: AsyncSession, actor: Actor, offer_id: UUID) -> OfferOut:
    """One offer for its family or the bureau; a school reads its own list instead, which shows no rank."""
    row = await queries.offer_by_id(session, actor.bureau, offer_id)
    actor = authorize(actor, "offer.read", Target(actor.bureau, tuple(row.guardians), tuple(row.schools)))
    if actor.role == SCHOOL_OFFICE:
        raise ServiceError("access.forbidden", action="offer.read")
    return OfferOut.model_validate(row, from_attributes=True)


async def school_offers(
    session: AsyncSession, vault: Vault, actor: Actor, school: str, round_id: UUID, after: UUID | None, limit: int
) -> SchoolOfferPage:
    """A page of a school's list with the children's names; one journal entry for each child shown."""
    actor = authorize(actor, "offer.report", Target(actor.bureau, schools=(school,)))
    rows = await queries.offers_of_school(session, actor.bureau, round_id, school, after, limit)
    names = await child_names(session, vault, actor.bureau, [row.child for row in rows])
    await journal.record_all(
        session, [journal.entry(actor, "offer", "read", f"offer:{row.id}", row.status, "read") for row in rows]
    )
    shown = [
        SchoolOfferOut.model_validate(
            {
                "id": row.id,
                "child_name": names[row.child],
                "status": row.status,
                "answered_at": row.answered_at,
                "reported_at": row.reported_at,
            }
        )
        for row in rows
    ]
    return SchoolOfferPage(offers=shown, next=rows[-1].id if len(rows) == limit else None)
