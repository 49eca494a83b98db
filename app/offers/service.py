"""The family's answer, the school's report, the bureau's withdrawal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import two_person
from app.accounts.access import APPROVAL, AUDITOR, CASEWORK, Target, authorize
from app.accounts.two_person import TwoPersonAct
from app.actor import Actor
from app.clock import uuid7
from app.database import database_now, table
from app.errors import ServiceError
from app.journal import service as journal
from app.offers.lifecycle import ANSWERS, OFFER, REPORTS, OfferEvent, OfferStatus
from app.offers.models import Offer, Pupil
from app.offers.moves import held_list, held_offer, move
from app.rounds.lifecycle import RoundStatus
from app.rounds.rows import RoundRow
from app.vault import Place, Vault, seal

WITHDRAW = "withdraw_offer"
AFTER_ANSWERS = (RoundStatus.ANSWERED, RoundStatus.CONCLUDED)


@dataclass(frozen=True)
class Report:
    """What a school reports of one offered child."""

    offer: UUID
    event: OfferEvent


async def answer(
    session: AsyncSession, vault: Vault, actor: Actor, offer_id: UUID, event: OfferEvent, destination: str | None
) -> OfferStatus:
    """Accept for good, accept and keep waiting, or decline saying where the child will study (compulsory age).

    May be changed until the deadline. Raises `offer.not_an_answer`, `offer.answers_closed`,
    `offer.answered_for_good`, `offer.destination_needed`.
    """
    if event not in ANSWERS:
        raise ServiceError("offer.not_an_answer", "answer")
    offer, row = await held_offer(session, actor.bureau, offer_id)
    actor = authorize(actor, "offer.answer", Target(actor.bureau, tuple(offer.guardians)))
    now = await database_now(session)
    if row.status is not RoundStatus.FINAL or row.answers_until is None or now > row.answers_until:
        raise ServiceError("offer.answers_closed", "answer")
    _refuse_taking_back(offer, row, event)
    sealed = None
    if event is OfferEvent.DECLINE:
        place = (destination or "").strip()
        if not place:
            raise ServiceError("offer.destination_needed", "destination")
        key = await vault.key_of(session, actor.bureau, offer.child)
        sealed = seal(key, place, Place("offer", "destination", offer.id))
    settled_in = offer.settled_in if offer.status == ANSWERS[event] else row.pass_number
    moved = await move(
        session,
        actor,
        [(offer, event)],
        destination=sealed,
        answered_at=now,
        settled_in=settled_in,
        lapsed=False,
    )
    return moved[offer.id]


def _refuse_taking_back(offer: Offer, row: RoundRow, event: OfferEvent) -> None:
    """What a later pass was built on stands: a seat given up is given away, a place taken for good waits no more."""
    if offer.settled_in is None or offer.settled_in == row.pass_number:
        return
    waits_again = offer.status == OfferStatus.ACCEPTED and event is OfferEvent.WAIT
    if offer.status == OfferStatus.DECLINED or waits_again:
        raise ServiceError("offer.answered_for_good", "answer")


async def report(session: AsyncSession, actor: Actor, school: str, reports: Sequence[Report]) -> int:
    """A school reports who arrived, by list, all or nothing; an arrived child becomes a pupil.

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
    after = await move(session, actor, moves, reported_at=now)
    pupils = [_pupil(offer) for offer, _ in held if after[offer.id] is OfferStatus.ARRIVED]
    if pupils:
        await session.execute(insert(table(Pupil)), pupils)
    return len(after)


def _refuse_too_early(offer: Offer, row: RoundRow, event: OfferEvent) -> None:
    """Not before families have answered; and while a later pass may come, a school's word does not end a wait."""
    if row.status not in AFTER_ANSWERS:
        raise ServiceError("offer.answers_open", "report")
    may_move_on = offer.status == OfferStatus.WAITING and row.status is not RoundStatus.CONCLUDED
    if may_move_on and event is not OfferEvent.REPORT_ARRIVED:
        raise ServiceError("offer.still_waits", "report")


async def propose_withdrawal(session: AsyncSession, actor: Actor, offer_id: UUID, reason: str) -> TwoPersonAct:
    """The bureau proposes to withdraw a place, with its reason; a school never can. Raises `offer.pass_under_way`."""
    offer, row = await held_offer(session, actor.bureau, offer_id)
    actor = authorize(actor, "offer.propose_withdrawal", Target(actor.bureau, tuple(offer.guardians)))
    _refuse_within_a_pass(row)
    OFFER.next(OfferStatus(offer.status), OfferEvent.WITHDRAW)
    audience = (CASEWORK, APPROVAL, AUDITOR)
    return await two_person.propose(session, actor, WITHDRAW, f"offer:{offer.id}", _withdrawal(offer, reason), audience)


async def withdraw(session: AsyncSession, vault: Vault, actor: Actor, act_id: UUID, digest: str, reason: str) -> None:
    """The second person withdraws the place, repeating the reason that both have read; it is sealed for the family.

    Raises `act.*` (an offer changed meanwhile makes the act void), `offer.pass_under_way`.
    """
    act = await two_person.find(session, actor.bureau, act_id, WITHDRAW)
    offer, row = await held_offer(session, actor.bureau, UUID(act.object.partition(":")[2]))
    actor = authorize(actor, "offer.withdraw", Target(actor.bureau, tuple(offer.guardians)))
    _refuse_within_a_pass(row)
    await two_person.approve(session, actor, act_id, WITHDRAW, digest, _withdrawal(offer, reason))
    key = await vault.key_of(session, actor.bureau, offer.child)
    await move(
        session,
        actor,
        [(offer, OfferEvent.WITHDRAW)],
        withdrawal_act=act_id,
        withdrawal_reason=seal(key, reason, Place("offer", "withdrawal_reason", offer.id)),
        settled_in=row.pass_number,
    )


def _refuse_within_a_pass(row: RoundRow) -> None:
    """A pass is built on the places as they stood when it was frozen."""
    if row.status not in (RoundStatus.FINAL, *AFTER_ANSWERS):
        raise ServiceError("offer.pass_under_way", "offer")


def _withdrawal(offer: Offer, reason: str) -> dict[str, Any]:
    return {"offer": str(offer.id), "status": offer.status, "reason": journal.body_digest(reason).hex()}


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
