"""Children who came within the year and are still without a place, by the day on which their bound passes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications import queries as applications
from app.applications.lifecycle import Outcome
from app.database import database_now
from app.errors import ServiceError
from app.offers.lifecycle import HOLDS_A_SEAT
from app.offers.models import Offer
from app.rounds import queries as rounds
from app.rounds.vocabulary import RoundKind


class WaitsFor(StrEnum):
    """Whose turn it is. The bound runs whoever it is: the list says it instead of stopping the clock."""

    PAPERS = "papers"
    DECISION = "decision"
    PLACE = "place"


WAITS = {
    Outcome.PENDING: WaitsFor.DECISION,
    Outcome.UNDETERMINED: WaitsFor.PAPERS,
    Outcome.REFUSAL_PROPOSED: WaitsFor.DECISION,
    Outcome.ELIGIBLE: WaitsFor.PLACE,
}


@dataclass(frozen=True)
class OpenCase:
    """A child without a place: to which grade it comes, by when it is to have one, and whether that has passed."""

    application: UUID
    grade: int
    residence_community: str
    place_by: datetime
    overdue: bool
    waits_for: WaitsFor


async def open_cases(session: AsyncSession, actor: Actor, round_id: UUID, days: int) -> list[OpenCase]:
    """The open cases of a round within the year whose bound has passed or passes in `days` days, the first first.

    Raises `access.not_found`, `placement.not_within_year`.
    """
    authorize(actor, "placement.follow", Target(actor.bureau))
    row = await rounds.round_by_id(session, actor.bureau, round_id)
    if row.kind is not RoundKind.WITHIN_YEAR:
        raise ServiceError("placement.not_within_year", "round")
    now = await database_now(session)
    placed = await session.scalars(
        select(col(Offer.application)).where(
            col(Offer.bureau) == actor.bureau, col(Offer.round) == round_id, col(Offer.status).in_(HOLDS_A_SEAT)
        )
    )
    until = now + timedelta(days)
    rows = await applications.bounded_after(session, actor.bureau, round_id, until, list(placed))
    return [
        OpenCase(
            one.id,
            one.grade if one.grade is not None else 0,
            one.residence_community,
            one.place_by,
            one.place_by <= now,
            WAITS[Outcome(one.outcome)],
        )
        for one in rows
        if one.place_by is not None
    ]
