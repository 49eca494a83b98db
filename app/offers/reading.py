"""Offers opened for whoever may read them."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import APPROVAL, CASEWORK, GUARDIAN, Target, authorize
from app.actor import Actor
from app.applications.reading import child_names
from app.errors import ServiceError
from app.journal import service as journal
from app.offers import queries
from app.offers.models import Offer
from app.offers.placement_schemas import PlacementOut
from app.offers.schemas import OfferOpened, OfferOut, SchoolOfferOut, SchoolOfferPage
from app.offers.within_year import placement_of
from app.rounds import queries as rounds
from app.vault import Place, Vault, unseal

# Who reads the sealed words: whom they concern, and the two who act upon them.
OPENED_FOR = (GUARDIAN, CASEWORK, APPROVAL)


async def own_offers(session: AsyncSession, actor: Actor) -> list[OfferOut]:
    """The actor's own children's offers, newest first."""
    rows = await queries.offers_of_guardian(session, actor.bureau, actor.person)
    return [OfferOut.model_validate(row, from_attributes=True) for row in rows]


async def read_offer(session: AsyncSession, vault: Vault, actor: Actor, offer_id: UUID) -> tuple[OfferOpened, Actor]:
    """One offer for its family or the bureau, and the role in which it was read; the caller journals a reading by
    staff. A school reads its own list instead, which shows no rank."""
    row = await queries.offer_by_id(session, actor.bureau, offer_id)
    actor = authorize(actor, "offer.read", Target(actor.bureau, tuple(row.guardians), tuple(row.schools)))
    words: dict[str, str | None] = {"destination": None, "withdrawal_reason": None, "exception_reason": None}
    if actor.role in OPENED_FOR:
        given = await queries.exception_of(session, row)
        envelopes = row.destination, row.withdrawal_reason, given.reason if given is not None else None
        sealed = zip(words, envelopes, strict=True)
        words = {column: await _opened(session, vault, row, column, envelope) for column, envelope in sealed}
    plain = OfferOut.model_validate(row, from_attributes=True)
    return OfferOpened(**plain.model_dump(), **words), actor


async def read_placement(session: AsyncSession, actor: Actor, offer_id: UUID) -> tuple[PlacementOut, Actor]:
    """How a place within the year was found, and the role in which it was read; raises `access.*`."""
    row = await queries.offer_by_id(session, actor.bureau, offer_id)
    actor = authorize(actor, "placement.read", Target(actor.bureau, tuple(row.guardians), tuple(row.schools)))
    found = await placement_of(session, actor.bureau, offer_id)
    if found is None:
        raise ServiceError("access.not_found", "offer", action="placement.read")
    return PlacementOut.model_validate(found, from_attributes=True), actor


async def school_offers(
    session: AsyncSession, vault: Vault, actor: Actor, school: str, round_id: UUID, after: UUID | None, limit: int
) -> SchoolOfferPage:
    """A page of the children whom a school expects, with their names; one journal entry for each child shown."""
    actor = authorize(actor, "offer.report", Target(actor.bureau, schools=(school,)))
    await rounds.round_by_id(session, actor.bureau, round_id)
    rows = await queries.offers_of_school(session, actor.bureau, round_id, school, after, limit)
    names = await child_names(session, vault, actor.bureau, [row.child for row in rows])
    await journal.record_all(
        session, [journal.entry(actor, "offer", "read", f"offer:{row.id}", "-", "read") for row in rows]
    )
    shown = [
        SchoolOfferOut.model_validate(
            {
                "id": row.id,
                "child_name": names.get(row.child),
                "status": row.status,
                "answered_at": row.answered_at,
                "reported_at": row.reported_at,
            }
        )
        for row in rows
    ]
    return SchoolOfferPage(offers=shown, next=rows[-1].id if len(rows) == limit else None)


async def _opened(session: AsyncSession, vault: Vault, row: Offer, column: str, envelope: bytes | None) -> str | None:
    if envelope is None:
        return None
    words: str = unseal(await vault.key_of(session, row.bureau, row.child), envelope, Place("offer", column, row.id))
    return words
