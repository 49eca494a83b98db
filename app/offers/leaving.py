"""A pupil that moves within the year leaves its school by arriving at another: until then it keeps its place, and then
its record there ends, in one step of the database (revision 0027), which this journals."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.applications.queries import Arrival
from app.journal import service as journal
from app.offers.lifecycle import OFFER, OfferEvent, OfferStatus
from app.offers.models import NOT_YET_ARRIVED, Offer, Pupil
from app.offers.vocabulary import LeftBecause
from app.schools.class_register import hold_year, record_departures

PUPIL = "pupil"


async def schools_kept(session: AsyncSession, bureau: str, arrivals: Sequence[Arrival]) -> dict[UUID, str]:
    """Application → the school that its child attends by the very offer from which it asks to move, while no other
    is offered to it."""
    moving = {one.moves_from: one.applicant.application for one in arrivals if one.moves_from is not None}
    offered = select(col(Offer.leaves)).where(
        col(Offer.bureau) == bureau, col(Offer.leaves).in_(moving), col(Offer.status).in_(NOT_YET_ARRIVED)
    )
    rows = await session.execute(
        select(col(Pupil.offer), col(Pupil.school)).where(
            col(Pupil.bureau) == bureau,
            col(Pupil.offer).in_(moving),
            col(Pupil.offer).not_in(offered),
            col(Pupil.left_at).is_(None),
        )
    )
    return {moving[row.offer]: row.school for row in rows}


async def hold_classes(session: AsyncSession, arriving: Sequence[Offer]) -> None:
    """Hold the classes of the years of those who leave another school, before any of them is counted."""
    for bureau, year in sorted({(offer.bureau, offer.year) for offer in arriving if offer.leaves is not None}):
        await hold_year(session, bureau, year)


async def record_left(session: AsyncSession, actor: Actor, arrived: Sequence[Offer]) -> None:
    """Journal the records of pupils that have ended because these children have arrived."""
    rows = list(
        await session.scalars(
            select(Pupil)
            .where(col(Pupil.bureau) == actor.bureau, col(Pupil.left_for).in_([offer.id for offer in arrived]))
            .order_by(col(Pupil.id))
        )
    )
    entries: list[dict[str, Any]] = []
    for row in rows:
        why = LeftBecause(row.left_because or "")
        entries.append(journal.entry(actor, "pupil", "leave", f"pupil:{row.id}", PUPIL, why.value))
        if why is not LeftBecause.WENT_UP:
            after = OFFER.next(OfferStatus.ARRIVED, OfferEvent.LEAVE)
            named = f"offer:{row.offer}"
            entries.append(journal.entry(actor, "offer", OfferEvent.LEAVE.value, named, OfferStatus.ARRIVED, after))
    await journal.record_all(session, entries)
    await record_departures(session, actor, Counter(row.left_class for row in rows if row.left_class is not None))
