"""Children without a place, by the day on which they are to have one: nobody ends as neither.

Within the year that day is the case's own bound. A round that is drawn is itself the case until its list is public;
from then on whoever has no place in the entry is to have one when school begins, in a later pass, by redress, in a late
round or within the year, whatever becomes of the round. A family that declined in words said where its child will
study; one that was silent, or whose place the bureau took back, did not.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications import queries as applications
from app.applications.lifecycle import Outcome
from app.database import database_now
from app.offers.lifecycle import HOLDS_A_SEAT, OfferStatus
from app.offers.models import Offer
from app.offers.vacancies import vacancies_of
from app.rounds import queries as rounds
from app.rounds.fallback import COMPULSORY
from app.rounds.lifecycle import RoundStatus
from app.rounds.rows import RoundRow
from app.rounds.vocabulary import RoundKind
from app.schools.queries import CHINA
from app.schools.vocabulary import Stage

SCHOOL_BEGINS = (9, 1)  # month and day of the entry's year
ENTRY_GRADES: dict[str, int] = {Stage.PRIMARY: 1, Stage.JUNIOR: 7}
LISTED = (RoundStatus.PROPOSED, RoundStatus.FINAL, RoundStatus.ANSWERED, RoundStatus.CONCLUDED)


class WaitsFor(StrEnum):
    """Whose turn it is. The bound runs whoever it is: the list says it instead of stopping the clock. `draw`: within
    the year, a round that is not concluded has the places of this grade to give first."""

    PAPERS = "papers"
    DECISION = "decision"
    PLACE = "place"
    DRAW = "draw"


WAITS = {
    Outcome.PENDING: WaitsFor.DECISION,
    Outcome.UNDETERMINED: WaitsFor.PAPERS,
    Outcome.REFUSAL_PROPOSED: WaitsFor.DECISION,
    Outcome.ELIGIBLE: WaitsFor.PLACE,
}


class Waiting(Protocol):
    """An application, as far as it matters here."""

    id: UUID
    outcome: str
    residence_community: str


@dataclass(frozen=True)
class OpenCase:
    """A child without a place: which grade it is to enter, by when it is to have one, and whether that has passed."""

    application: UUID
    grade: int
    residence_community: str
    place_by: datetime
    overdue: bool
    waits_for: WaitsFor


async def open_cases(session: AsyncSession, actor: Actor, round_id: UUID, days: int) -> list[OpenCase]:
    """The open cases of a round whose day has passed or comes within `days` days, the first first.

    None of a private round, nor of a stage that is not compulsory: nobody is owed a place there, unless a round within
    the year has said so. Raises `access.not_found`.
    """
    authorize(actor, "placement.follow", Target(actor.bureau))
    row = await rounds.round_by_id(session, actor.bureau, round_id)
    now = await database_now(session)
    if row.kind is RoundKind.WITHIN_YEAR:
        return await _within_year(session, row, now, now + timedelta(days))
    owed = row.stage in COMPULSORY and row.kind is not RoundKind.PRIVATE and row.status in LISTED
    due = datetime(row.year, *SCHOOL_BEGINS, tzinfo=CHINA)
    return await _after_a_list(session, row, due, now) if owed and due <= now + timedelta(days) else []


async def _within_year(session: AsyncSession, row: RoundRow, now: datetime, until: datetime) -> list[OpenCase]:
    placed = await session.scalars(
        select(col(Offer.application)).where(
            col(Offer.bureau) == row.bureau, col(Offer.round) == row.id, col(Offer.status).in_(HOLDS_A_SEAT)
        )
    )
    rows = await applications.bounded_after(session, row.bureau, row.id, until, list(placed))
    kept = {one.grade for one in await vacancies_of(session, row.bureau, row.id) if one.kept_for_draw}
    return [_case(one, one.grade or 0, one.place_by, now, kept) for one in rows if one.place_by is not None]


async def _after_a_list(session: AsyncSession, row: RoundRow, due: datetime, now: datetime) -> list[OpenCase]:
    waiting = await applications.waiting_in_round(session, row.bureau, row.id)
    offers = await session.execute(
        select(col(Offer.child), col(Offer.round), col(Offer.status), col(Offer.lapsed)).where(
            col(Offer.bureau) == row.bureau, col(Offer.stage) == row.stage, col(Offer.year) == row.year
        )
    )
    settled = set()
    for offer in offers:
        said_where = offer.round == row.id and offer.status == OfferStatus.DECLINED and not offer.lapsed
        if offer.status in HOLDS_A_SEAT or said_where:
            settled.add(offer.child)
    return [_case(one, ENTRY_GRADES[row.stage], due, now) for one in waiting if one.child not in settled]


def _case(one: Waiting, grade: int, place_by: datetime, now: datetime, kept: Collection[int] = frozenset()) -> OpenCase:
    """`kept`: grades whose places a draw gives first."""
    waits_for = WAITS[Outcome(one.outcome)]
    if waits_for is WaitsFor.PLACE and grade in kept:
        waits_for = WaitsFor.DRAW
    return OpenCase(one.id, grade, one.residence_community, place_by, place_by <= now, waits_for)
