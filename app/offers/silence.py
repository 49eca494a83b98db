"""What silence means, and until when a family may break it (ADR 0014).

Nobody is taken at its silence before it provably knows that it is asked: until then its offer stays open, through
passes and past the end of the round, and holds its seat.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.database import database_now
from app.errors import ServiceError
from app.offers.lifecycle import OfferEvent, OfferStatus
from app.offers.models import Offer
from app.offers.moves import held_offers, move
from app.offers.notices import told_since
from app.offers.vocabulary import BY_REDRESS
from app.rounds.deadlines import ANSWER_DAYS
from app.rounds.lifecycle import RoundStatus
from app.rounds.notice import family_deadline
from app.rounds.rows import RoundRow
from app.rounds.vocabulary import Silence

STILL_OPEN_AFTER = (RoundStatus.ANSWERED, RoundStatus.CONCLUDED)


async def lapse(session: AsyncSession, actor: Actor, row: RoundRow, run: UUID | None = None) -> int:
    """Take every family at its silence whose time is over; answers how many. The round is held.

    `run`: the one whose answer time the round ends now: to its offers silence means what the round has published.
    Whoever was told after a pass had ended keeps the place by silence: later passes, and other rounds of the entry,
    have gone on in the belief that the child has it.
    """
    silent = await held_offers(session, actor.bureau, col(Offer.round) == row.id, col(Offer.status) == OfferStatus.OPEN)
    told, now = await told_since(session, silent), await database_now(session)
    lapses = [(offer, _silence(row, offer, run)) for offer in silent if _is_over(row, told[offer.id], now)]
    return len(await move(session, actor, lapses, lapsed=True, settled_in=row.pass_number))


def _silence(row: RoundRow, offer: Offer, run: UUID | None) -> OfferEvent:
    # Silence does not undo what mended the bureau's own error.
    declines = row.silence is Silence.DECLINE and offer.run == run and offer.seat != BY_REDRESS
    return OfferEvent.LAPSE_DECLINE if declines else OfferEvent.LAPSE_ACCEPT


async def refuse_too_late(session: AsyncSession, offer: Offer, row: RoundRow, now: datetime) -> None:
    """Raise `offer.answers_closed` after the round's time and the family's own, and `offer.answers_paused` while a
    pass is built on the places as they stand."""
    if row.answers_until is not None and row.status is RoundStatus.FINAL and now <= row.answers_until:
        return
    if offer.status != OfferStatus.OPEN and not _answered_late(offer, row):
        raise ServiceError("offer.answers_closed", "answer")
    if row.answers_until is None or (row.status is not RoundStatus.FINAL and row.status not in STILL_OPEN_AFTER):
        raise ServiceError("offer.answers_paused", "answer")
    if _is_over(row, (await told_since(session, [offer]))[offer.id], now):
        raise ServiceError("offer.answers_closed", "answer")


def _answered_late(offer: Offer, row: RoundRow) -> bool:
    """Who answers in time may change its mind in that time; who answers late, in its own."""
    at, until = offer.answered_at, row.answers_until
    return offer.settled_in == row.pass_number and at is not None and until is not None and at > until


def _is_over(row: RoundRow, told_at: datetime | None, now: datetime) -> bool:
    assert row.answers_until is not None, "an offer opens with a deadline for its answer"
    until = family_deadline(row, row.answers_until, told_at, ANSWER_DAYS)
    return until is not None and now > until
