"""Reads of offers, named as questions."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.applications import queries as applications
from app.errors import ServiceError
from app.offers.lifecycle import EXPECTED
from app.offers.models import Offer, OfferException


async def offers_of_guardian(session: AsyncSession, bureau: str, person: UUID) -> list[Offer]:
    """A guardian's own children's offers, newest first."""
    children = await applications.children_of_guardian(session, bureau, person)
    rows = await session.scalars(
        select(Offer).where(col(Offer.bureau) == bureau, col(Offer.child).in_(children)).order_by(col(Offer.id).desc())
    )
    return list(rows)


async def offer_by_id(session: AsyncSession, bureau: str, offer_id: UUID) -> Offer:
    """An offer as it stands; raises `access.not_found`."""
    offer = await session.get(Offer, (bureau, offer_id))
    if offer is None:
        raise ServiceError("access.not_found", "offer", action="offer.read")
    return offer


async def offers_of_school(
    session: AsyncSession, bureau: str, round_id: UUID, school: str, after: UUID | None, limit: int
) -> list[Offer]:
    """A page of the offers on which a school counts in a round: not those that are only proposed, were given up or
    became another school's."""
    query = select(Offer).where(
        col(Offer.bureau) == bureau,
        col(Offer.round) == round_id,
        col(Offer.school) == school,
        col(Offer.status).in_(EXPECTED),
    )
    if after is not None:
        query = query.where(col(Offer.id) > after)
    return list(await session.scalars(query.order_by(col(Offer.id)).limit(limit)))


async def admitted_in_pass(
    session: AsyncSession, bureau: str, round_id: UUID, pass_number: int, runs: Sequence[UUID]
) -> set[UUID]:
    """The applications that left a round's market in this pass because two persons gave them a place beside one of
    these runs, which stand. Beside a void one nobody has left: whoever declined there is in the market again."""
    rows = await session.scalars(
        select(col(OfferException.application))
        .join(Offer, (col(Offer.bureau) == col(OfferException.bureau)) & (col(Offer.id) == col(OfferException.id)))
        .where(
            col(OfferException.bureau) == bureau,
            col(OfferException.round) == round_id,
            col(OfferException.pass_number) == pass_number,
            col(Offer.run).in_(runs),
        )
    )
    return set(rows)


async def exception_of(session: AsyncSession, offer: Offer) -> OfferException | None:
    """Why the offer stands beside the result, if it does."""
    return await session.get(OfferException, (offer.bureau, offer.id))
