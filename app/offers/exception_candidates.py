"""Twins who may be admitted by exception: whom the round's runs parted, as their offers stand now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.applications import queries as applications
from app.database import database_now
from app.offers.exception_headroom import Headroom, headroom
from app.offers.lifecycle import HOLDS_A_SEAT, OfferStatus
from app.offers.models import Offer
from app.offers.vocabulary import BESIDE_THE_RESULT
from app.rounds.departures import placed_elsewhere
from app.rounds.lifecycle import RoundStatus
from app.rounds.rows import RoundRow
from app.rounds.twins import PartedTwins, parted_twins
from app.schools import queries as schools
from app.schools.queries import ProgrammeSeats

# An exception changes what a family has not yet settled; whoever gave a place up, or was reported on, has.
UNSETTLED = (OfferStatus.OPEN, OfferStatus.ACCEPTED, OfferStatus.WAITING)
PAST = (OfferStatus.SUPERSEDED, OfferStatus.VOID)


@dataclass(frozen=True)
class Candidate:
    """`offer`: what the child has now, if anything. `beside`: its twins' offers that hold a seat at the programme.

    `refused`: the code of the reason why no exception is possible, None where one is.
    """

    twins: PartedTwins
    headroom: Headroom
    offer: Offer | None
    beside: tuple[Offer, ...]
    refused: str | None

    @property
    def guardians(self) -> tuple[UUID, ...]:
        """Of all the children concerned."""
        return tuple({one for twin in (self.twins.missed, *self.twins.placed) for one in twin.guardians})


async def candidates(session: AsyncSession, row: RoundRow) -> list[Candidate]:
    """Everyone parted from a twin in the round, by programme, as things stand now."""
    found = await parted_twins(session, row.bureau, row.id)
    concerned = {twin.application for twins in found for twin in (twins.missed, *twins.placed)}
    offers = await standing_offers(session, row, sorted(concerned))
    plans = {plan.id: plan for plan in await schools.programmes_of_round(session, row.bureau, row.id)}
    admitted = await admitted_beside(session, row)
    children = [twins.missed.child for twins in found]
    elsewhere = await placed_elsewhere(session, row, children)
    deferred = await applications.deferred_in_round(session, row.bureau, row.id)
    now = await database_now(session)
    made = []
    for twins in found:
        room = _room(plans[twins.programme], row.stage, twins.seats, admitted.get(twins.programme, 0))
        placed = {twin.application for twin in twins.placed}
        beside = [o for o in offers if o.application in placed and o.programme == twins.programme]
        own = [o for o in offers if o.application == twins.missed.application]
        refused = _refusal(row, now, twins, room, own, beside)
        if twins.missed.child in elsewhere:
            refused = refused or "exception.placed_elsewhere"
        if twins.missed.application in deferred:
            refused = refused or "exception.deferred"
        made.append(Candidate(twins, room, own[0] if own else None, tuple(filter(_holds, beside)), refused))
    return sorted(made, key=lambda one: (one.twins.programme, one.twins.missed.application))


def _room(plan: ProgrammeSeats, stage: str, frozen: int, admitted: int) -> Headroom:
    """What was frozen may be less than the plan: an annulled result has left some of its places standing."""
    drawn = max(frozen, plan.seats)
    return headroom(plan, stage, drawn, admitted)


def _refusal(
    row: RoundRow,
    now: datetime,
    twins: PartedTwins,
    room: Headroom,
    own: Sequence[Offer],
    beside: Sequence[Offer],
) -> str | None:
    if row.status is not RoundStatus.FINAL or row.answers_until is None or now > row.answers_until:
        return "exception.not_now"
    if any(offer.seat in BESIDE_THE_RESULT for offer in own):
        return "exception.admitted_already"
    if own and own[0].status not in UNSETTLED:
        return "exception.place_settled"
    if own and own[0].rank <= twins.rank:
        return "exception.better_placed"
    if own and own[0].status == OfferStatus.WAITING and twins.rank > 1:
        return "exception.waits_for_better"
    if not any(map(_holds, beside)):
        return "exception.twin_gone"
    if twins.passed_over:
        return "exception.passes_over"
    return None if room.left else "exception.no_headroom"


def _holds(offer: Offer) -> bool:
    return offer.status in HOLDS_A_SEAT


async def standing_offers(session: AsyncSession, row: RoundRow, applications: Sequence[UUID]) -> list[Offer]:
    """What stands of the offers of these applications, the newest first."""
    rows = await session.scalars(
        select(Offer)
        .where(col(Offer.bureau) == row.bureau, col(Offer.round) == row.id, col(Offer.status).not_in(PAST))
        .where(col(Offer.application) == any_(literal(list(applications), ARRAY(Uuid))))
        .order_by(col(Offer.id).desc())
        .execution_options(populate_existing=True)
    )
    return list(rows)


async def admitted_beside(session: AsyncSession, row: RoundRow) -> dict[str, int]:
    """Programme → how many hold a place there beside the result."""
    rows = await session.execute(
        select(col(Offer.programme), func.count())
        .where(col(Offer.bureau) == row.bureau, col(Offer.round) == row.id)
        .where(col(Offer.seat).in_(BESIDE_THE_RESULT), col(Offer.status).in_(HOLDS_A_SEAT))
        .group_by(col(Offer.programme))
    )
    return {row.programme: row[1] for row in rows}
