"""What is done to an offer: the school's report; the family's answer and the bureau's withdrawal stand beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.clock import uuid7
from app.database import database_now, table
from app.errors import ServiceError
from app.offers.answer import answer
from app.offers.arrived import count
from app.offers.leaving import hold_classes, record_left
from app.offers.lifecycle import REPORTS, OfferEvent, OfferStatus
from app.offers.models import Offer, Pupil
from app.offers.moves import held_list, move
from app.offers.vocabulary import WITHIN_YEAR
from app.offers.withdrawal import propose_withdrawal, withdraw
from app.rounds.lifecycle import RoundStatus
from app.rounds.rows import RoundRow

__all__ = ["Report", "answer", "propose_withdrawal", "report", "withdraw"]
AFTER_ANSWERS = (RoundStatus.ANSWERED, RoundStatus.CONCLUDED)


@dataclass(frozen=True)
class Report:
    """What a school reports of one offered child."""

    offer: UUID
    event: OfferEvent


async def report(session: AsyncSession, actor: Actor, school: str, reports: Sequence[Report]) -> int:
    """A school reports who arrived, by list, all or nothing; an arrived child becomes a pupil, counted in a class
    where its school has reported any, and no longer where it was one before.

    Raises `offer.not_a_report`, `offer.listed_twice`, `offer.answers_open`, `offer.still_waits`, `access.not_found`
    for a child of another school.
    """
    actor = authorize(actor, "offer.report", Target(actor.bureau, schools=(school,)))
    events = {item.offer: item.event for item in reports}
    if any(event not in REPORTS for event in events.values()):
        raise ServiceError("offer.not_a_report", "report")
    if len(events) != len(reports):
        raise ServiceError("offer.listed_twice", "reports")
    held = await held_list(session, actor.bureau, school, list(events))
    for offer, row in held:  # whose guardian the actor is, is reported by somebody else
        authorize(actor, "offer.report", Target(actor.bureau, tuple(offer.guardians), (school,)))
        _refuse_too_early(offer, row, events[offer.id])
    now = await database_now(session)
    moves = [(offer, events[offer.id]) for offer, _ in held]
    await hold_classes(session, [offer for offer, event in moves if event is OfferEvent.REPORT_ARRIVED])
    after = await move(session, actor, moves, reported_at=now)
    arrived = [(offer, row) for offer, row in held if after[offer.id] is OfferStatus.ARRIVED]
    pupils = [_pupil(offer) for offer, _ in arrived]
    await record_left(session, actor, [offer for offer, _ in arrived])
    await count(session, actor, arrived)
    if pupils:
        await session.execute(insert(table(Pupil)), pupils)
    return len(after)


def _refuse_too_early(offer: Offer, row: RoundRow, event: OfferEvent) -> None:
    """Not before families have answered; and while a later pass may come, a school's word does not end a wait."""
    if row.status not in AFTER_ANSWERS and offer.seat != WITHIN_YEAR:
        raise ServiceError("offer.answers_open", "report")
    may_move_on = offer.status == OfferStatus.WAITING and row.status is not RoundStatus.CONCLUDED
    if may_move_on and event is not OfferEvent.REPORT_ARRIVED:
        raise ServiceError("offer.still_waits", "report")


def _pupil(offer: Offer) -> dict[str, Any]:
    return {
        "bureau": offer.bureau,
        "id": uuid7(),
        "guardians": offer.guardians,
        "schools": [offer.school],
        "child": offer.child,
        "school": offer.school,
        "offer": offer.id,
    }
