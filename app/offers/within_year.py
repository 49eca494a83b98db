"""What differs of an offer within the year: no deadline, and no waiting for better."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.applications import queries as applications
from app.applications.within_year import bound_from
from app.database import database_now
from app.errors import ServiceError
from app.offers.lifecycle import OfferEvent, OfferStatus
from app.offers.models import Offer, OfferPlacement
from app.rounds.rows import RoundRow


def refuse_answer(offer: Offer, event: OfferEvent) -> None:
    """A family accepts or declines; silence keeps the place until the bureau takes it back by two persons, and what
    was declined may be another child's. Raises `placement.waits_for_nothing`, `placement.given_up`."""
    if event is OfferEvent.WAIT:
        raise ServiceError("placement.waits_for_nothing", "answer")
    if offer.status == OfferStatus.DECLINED:
        raise ServiceError("placement.given_up", "answer")


async def wait_again(session: AsyncSession, offer: Offer, row: RoundRow) -> None:
    """Whoever declines stays an open case, and its days without a place begin anew."""
    place_by = bound_from(await database_now(session), row.place_within_days or 0)
    await applications.renew_bounds(session, offer.bureau, offer.application, place_by)


async def placement_of(session: AsyncSession, bureau: str, offer_id: UUID) -> OfferPlacement | None:
    """How a place within the year was found."""
    return await session.get(OfferPlacement, (bureau, offer_id))
