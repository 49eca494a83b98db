"""A child towards whom the bureau erred, and the place that is to mend it, as things stand now."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.applications import queries as applications
from app.applications.lifecycle import ApplicationStatus, Outcome
from app.errors import ServiceError
from app.journal import service as journal
from app.offers.exception_candidates import UNSETTLED, admitted_beside, standing_offers
from app.offers.exception_headroom import Headroom, headroom
from app.offers.lifecycle import HOLDS_A_SEAT, OfferStatus
from app.offers.models import Offer
from app.offers.queries import offer_by_id
from app.offers.vacancies import left_in_register
from app.offers.vocabulary import BESIDE_THE_RESULT, Ground
from app.rounds.departures import left_for_by, placed_elsewhere
from app.rounds.lifecycle import RoundStatus
from app.rounds.notice import public_runs
from app.rounds.objections import was_upheld
from app.rounds.rows import RoundRow
from app.schools import queries as schools
from app.schools.vocabulary import AGE_CLASS_WORDS, suits

# While a list is final and no pass is under way.
POSSIBLE_WHILE = (RoundStatus.FINAL, RoundStatus.ANSWERED, RoundStatus.CONCLUDED)
# A place that the bureau took back may have been taken back in error; one that a family gave up, or that its school has
# reported on, is settled.
MENDABLE = (*UNSETTLED, OfferStatus.WITHDRAWN)
TAKEN_BACK = (OfferStatus.WITHDRAWN, OfferStatus.VOID)


@dataclass(frozen=True)
class Wanted:
    """Who is to be given which place, and wherein the bureau erred."""

    application: UUID
    programme: str
    ground: Ground


@dataclass(frozen=True)
class Case:
    """`run`: the newest public one, beside which the place stands. `rank`: of the programme in the child's own list,
    1-based; one more than its length where it is not on it. `offer`: what the child has now, if it holds a seat.
    `excess`: by how many children the classes would stand above their limits; 0 within them."""

    application: UUID
    child: UUID
    guardians: tuple[UUID, ...]
    residence_community: str
    wanted: Wanted
    run: UUID
    rank: int
    outcome: str
    offer: Offer | None
    headroom: Headroom
    excess: int

    def payload(self, row: RoundRow, reason: str) -> dict[str, Any]:
        """What both persons name: whatever of it changes before the second has spoken makes the act void."""
        return {
            "round": str(row.id),
            "pass": row.pass_number,
            "run": str(self.run),
            "application": str(self.application),
            "programme": self.wanted.programme,
            "ground": self.wanted.ground.value,
            "outcome": self.outcome,
            "replaces": str(self.offer.id) if self.offer is not None else None,
            "replaced_status": self.offer.status if self.offer is not None else None,
            "class_limit": self.headroom.class_limit,
            "headroom": self.headroom.left,
            "excess": self.excess,
            "reason": journal.body_digest(reason).hex(),
        }


async def case_of(session: AsyncSession, row: RoundRow, wanted: Wanted) -> Case:
    """The case; raises `access.not_found`, `redress.not_now`, `redress.other_age_class`, `redress.no_ground`,
    `exception.admitted_already`, `exception.place_settled`, `exception.better_placed`, `exception.placed_elsewhere`."""
    application = await applications.application_by_id(session, row.bureau, wanted.application)
    plans = {plan.id: plan for plan in await schools.programmes_of_round(session, row.bureau, row.id)}
    if application.round != row.id or wanted.programme not in plans:
        raise ServiceError("access.not_found", "programme", action="redress.propose")
    if row.status not in POSSIBLE_WHILE:
        raise ServiceError("redress.not_now", "round")
    await _refuse_other_age_class(session, row, wanted, plans[wanted.programme].age_class)
    if application.status != ApplicationStatus.SUBMITTED or not await _erred(session, row, wanted, application.outcome):
        raise ServiceError("redress.no_ground", "ground")
    own = await standing_offers(session, row, [application.id])
    _refuse_settled(own, wanted)
    if application.child in await placed_elsewhere(session, row, [application.child]):
        raise ServiceError("exception.placed_elsewhere", "application")
    plan, admitted = plans[wanted.programme], await admitted_beside(session, row)
    room = replace(
        headroom(plan, row.stage, plan.seats, admitted.get(plan.id, 0)),
        register=None if plan.age_class else await left_in_register(session, row.bureau, row.year, plan),
        pass_may_come=row.status is not RoundStatus.CONCLUDED,
    )
    wishes = await applications.preferences_of(session, row.bureau, application.id)
    held = [offer for offer in own if offer.status in HOLDS_A_SEAT]
    return Case(
        application.id,
        application.child,
        tuple(application.guardians),
        application.residence_community,
        wanted,
        (await public_runs(session, row.bureau, row.id))[0],
        1 + (wishes.index(plan.id) if plan.id in wishes else len(wishes)),
        application.outcome,
        held[0] if held else None,
        room,
        max(0, room.excess(1)),
    )


async def _erred(session: AsyncSession, row: RoundRow, wanted: Wanted, outcome: str) -> bool:
    match wanted.ground:
        case Ground.OBJECTION_UPHELD:
            upheld = await was_upheld(session, row.bureau, row.id, wanted.application)
            return outcome != Outcome.DEFERRED and upheld
        case Ground.REFUSED_IN_ERROR:
            return outcome == Outcome.NOT_ELIGIBLE
        case Ground.CHECKED_IN_ERROR:
            return outcome == Outcome.ELIGIBLE
        case Ground.TAKEN_BACK_ELSEWHERE:
            return outcome == Outcome.ELIGIBLE and await _taken_back(session, row, wanted.application)


async def _taken_back(session: AsyncSession, row: RoundRow, application: UUID) -> bool:
    """Whether the bureau has taken back the place for which the child has last left the round."""
    offer = await left_for_by(session, row, application)
    if offer is None:
        return False
    return (await offer_by_id(session, row.bureau, offer)).status in TAKEN_BACK


async def _refuse_other_age_class(session: AsyncSession, row: RoundRow, wanted: Wanted, offered: str) -> None:
    decision = await applications.decision_of(session, row.bureau, wanted.application)
    if decision is not None and not suits(offered, decision.age_class):
        zh, en = AGE_CLASS_WORDS[offered]
        raise ServiceError("redress.other_age_class", "programme", class_zh=zh, class_en=en)


def _refuse_settled(own: list[Offer], wanted: Wanted) -> None:
    if any(offer.seat in BESIDE_THE_RESULT for offer in own):
        raise ServiceError("exception.admitted_already", "application")
    if own and own[0].status not in MENDABLE:
        raise ServiceError("exception.place_settled", "application")
    if own and own[0].status in HOLDS_A_SEAT and own[0].programme == wanted.programme:
        raise ServiceError("exception.better_placed", "programme")
