"""The bureau takes a place back: two persons, with a reason in words for the family. A school never can."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import two_person
from app.accounts.access import APPROVAL, AUDITOR, CASEWORK, Target, authorize
from app.accounts.two_person import TwoPersonAct
from app.actor import Actor
from app.errors import ServiceError
from app.journal import service as journal
from app.offers.giving_up import rank_anew
from app.offers.lifecycle import OFFER, OfferEvent, OfferStatus
from app.offers.models import Offer
from app.offers.moves import held_offer, move
from app.offers.notices import WITHDRAWN, tell_of_offers
from app.offers.vocabulary import WITHIN_YEAR
from app.rounds.lifecycle import RoundStatus
from app.rounds.rows import RoundRow
from app.vault import Place, Vault, seal

WITHDRAW = "withdraw_offer"
POSSIBLE_WHILE = (RoundStatus.FINAL, RoundStatus.ANSWERED, RoundStatus.CONCLUDED)


async def propose_withdrawal(session: AsyncSession, actor: Actor, offer_id: UUID, reason: str) -> TwoPersonAct:
    """Propose to withdraw a place, with the reason. Raises `offer.pass_under_way`."""
    offer, row = await held_offer(session, actor.bureau, offer_id)
    actor = authorize(actor, "offer.propose_withdrawal", Target(actor.bureau, tuple(offer.guardians)))
    _refuse_within_a_pass(offer, row)
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
    _refuse_within_a_pass(offer, row)
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
    # An offer is withdrawn once, whatever was told of the place before.
    await tell_of_offers(session, vault, actor, row, WITHDRAWN, [offer], named=lambda offer: f"offer:{offer.id}")
    await rank_anew(session, vault, actor, offer, row, OfferStatus.WITHDRAWN)


def _refuse_within_a_pass(offer: Offer, row: RoundRow) -> None:
    """A pass is built on the places as they stood when it was frozen; within the year there is none."""
    if row.status not in POSSIBLE_WHILE and offer.seat != WITHIN_YEAR:
        raise ServiceError("offer.pass_under_way", "offer")


def _withdrawal(offer: Offer, reason: str) -> dict[str, Any]:
    return {"offer": str(offer.id), "status": offer.status, "reason": journal.body_digest(reason).hex()}
