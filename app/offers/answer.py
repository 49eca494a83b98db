"""The family's answer, changeable until the deadline."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications import queries as applications
from app.applications.entry import hold_children
from app.applications.lifecycle import Outcome
from app.database import database_now
from app.errors import ServiceError
from app.messages.service import mark_known
from app.offers import within_year
from app.offers.giving_up import rank_anew
from app.offers.lifecycle import ANSWERS, OfferEvent, OfferStatus
from app.offers.models import Offer
from app.offers.moves import held_offer, move
from app.offers.notices import about
from app.offers.silence import refuse_too_late
from app.offers.vocabulary import BESIDE_THE_RESULT, WITHIN_YEAR
from app.rounds.departures import placed_elsewhere
from app.rounds.lifecycle import RoundStatus
from app.rounds.notice import public_runs
from app.rounds.rows import RoundRow
from app.vault import Place, Vault, seal


async def answer(
    session: AsyncSession, vault: Vault, actor: Actor, offer_id: UUID, event: OfferEvent, destination: str | None
) -> OfferStatus:
    """Accept for good, accept and keep waiting, or decline saying where the child will study (compulsory age).

    May be changed until the deadline, which is later for a family that learned of it late (ADR 0014); within the year
    there is none, and who declines waits for another place (ADR 0018). Raises `offer.not_an_answer`,
    `offer.answers_closed`, `offer.answers_paused`, `offer.answered_for_good`, `offer.round_over`,
    `offer.destination_needed`, `offer.placed_elsewhere`, `offer.deferred`, `exception.waits_for_nothing`,
    `placement.*`.
    """
    if event not in ANSWERS:
        raise ServiceError("offer.not_an_answer", "answer")
    offer, row = await held_offer(session, actor.bureau, offer_id)
    actor = authorize(actor, "offer.answer", Target(actor.bureau, tuple(offer.guardians)))
    now = await database_now(session)
    if offer.seat == WITHIN_YEAR:
        within_year.refuse_answer(offer, event)
    else:
        await refuse_too_late(session, offer, row, now)
    _refuse_taking_back(offer, row, event)
    await _refuse_beside(session, offer, event)
    if offer.status == OfferStatus.DECLINED and event is not OfferEvent.DECLINE:
        await _refuse_a_second_place(session, offer, row)
    sealed = None
    if event is OfferEvent.DECLINE:
        place = (destination or "").strip()
        if offer.seat == WITHIN_YEAR:
            await within_year.wait_again(session, offer, row)
        elif not place:
            raise ServiceError("offer.destination_needed", "destination")
        if place:
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
    # Nobody is called who has answered; and the own time of a family that answers late has begun at the latest now.
    await mark_known(session, actor, about(offer))
    await rank_anew(session, vault, actor, offer, row, moved[offer.id])
    return moved[offer.id]


async def _refuse_beside(session: AsyncSession, offer: Offer, event: OfferEvent) -> None:
    """What stands beside the result, or has outlived it (ADR 0015), is in no market: it waits for nothing, and is not
    taken up again."""
    outlived = offer.run is not None and offer.run not in await public_runs(session, offer.bureau, offer.round)
    if event is OfferEvent.WAIT and (outlived or offer.seat in BESIDE_THE_RESULT):
        raise ServiceError("exception.waits_for_nothing", "answer")
    if outlived and offer.status == OfferStatus.DECLINED and event is not OfferEvent.DECLINE:
        raise ServiceError("offer.answered_for_good", "answer")


async def _refuse_a_second_place(session: AsyncSession, offer: Offer, row: RoundRow) -> None:
    """A place given up may be taken again, unless another round of the entry has given the child one meanwhile, or
    its entry has been put off."""
    await hold_children(session, row.bureau, [offer.child])
    if await placed_elsewhere(session, row, [offer.child]):
        raise ServiceError("offer.placed_elsewhere", "answer")
    outcomes = await applications.outcomes_of(session, row.bureau, [offer.application])
    if outcomes[offer.application] is Outcome.DEFERRED:
        raise ServiceError("offer.deferred", "answer")


def _refuse_taking_back(offer: Offer, row: RoundRow, event: OfferEvent) -> None:
    """What a later pass was built on stands: a seat given up is given away, a place taken for good waits no more. Once
    the round is over its seats are the late round's, or within the year (ADR 0018)."""
    given_up = offer.status == OfferStatus.DECLINED and event is not OfferEvent.DECLINE
    if given_up and row.status is RoundStatus.CONCLUDED and offer.seat != WITHIN_YEAR:
        raise ServiceError("offer.round_over", "answer")
    if offer.settled_in is None or offer.settled_in == row.pass_number:
        return
    waits_again = offer.status == OfferStatus.ACCEPTED and event is OfferEvent.WAIT
    if offer.status == OfferStatus.DECLINED or waits_again:
        raise ServiceError("offer.answered_for_good", "answer")
