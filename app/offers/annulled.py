"""What holds when two persons annul a result, whether it was only proposed or final already (ADR 0015).

What no family has taken is void: proposed offers, and open ones. What a family has taken stands, and so does what two
persons gave beside the result, and what a child has left another round of the entry for (ADR 0017). A new freeze counts
the seats that are held, and leaves their children out.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.applications.entry import hold_children
from app.offers.lifecycle import HOLDS_A_SEAT, OfferEvent, OfferStatus
from app.offers.models import Offer
from app.offers.moves import among, held_offers, move
from app.offers.notices import tell_of_offers
from app.offers.vocabulary import BESIDE_THE_RESULT
from app.rounds import departures, publish
from app.rounds import queries as rounds
from app.rounds.lifecycle import RoundStatus
from app.vault import Vault

ANNULLED, STANDS = "place_annulled", "place_stands"
UNTAKEN = (OfferStatus.PROPOSED, OfferStatus.OPEN)


async def annul(session: AsyncSession, vault: Vault, actor: Actor, act_id: UUID, digest: str) -> int:
    """The second person annuls draw and result, and every family concerned is told what becomes of its place. Whoever
    waited for a place that was only proposed in a later pass has again what it would have left. Answers how many
    offers are void."""
    round_id = await publish.annul(session, actor, act_id, digest)
    row = await rounds.round_by_id(session, actor.bureau, round_id)
    held = await held_offers(session, actor.bureau, col(Offer.round) == round_id, col(Offer.status).in_(HOLDS_A_SEAT))
    whole = row.status is RoundStatus.RANKED
    left_for = await _left_for(session, held) if whole else frozenset[UUID]()
    void = [offer for offer in held if offer.id not in left_for and _is_void(offer, whole)]
    await move(session, actor, [(offer, OfferEvent.VOID) for offer in void])
    left = [offer.replaces for offer in void if offer.replaces is not None]
    restored = await held_offers(session, actor.bureau, among(left))
    await move(session, actor, [(offer, _restored(offer)) for offer in restored])
    await tell_of_offers(session, vault, actor, row, ANNULLED, void)
    if whole:
        waiting = [offer for offer in held if offer.status == OfferStatus.WAITING]
        await move(session, actor, [(offer, OfferEvent.SETTLE) for offer in waiting])
        await tell_of_offers(session, vault, actor, row, STANDS, [offer for offer in held if offer not in void])
    return len(void)


async def _left_for(session: AsyncSession, held: Sequence[Offer]) -> frozenset[UUID]:
    """Whom no message has reached has an open place for all that, and another round has gone on in the belief that it
    stands. The children are held against a freeze there that would go on so just now."""
    unanswered = [offer for offer in held if offer.status == OfferStatus.OPEN]
    if not unanswered:
        return frozenset()
    bureau = unanswered[0].bureau
    await hold_children(session, bureau, [offer.child for offer in unanswered])
    return await departures.left_for(session, bureau, [offer.id for offer in unanswered])


def _is_void(offer: Offer, whole: bool) -> bool:
    if offer.status == OfferStatus.PROPOSED:
        return True
    return whole and offer.status in UNTAKEN and offer.seat not in BESIDE_THE_RESULT


def _restored(offer: Offer) -> OfferEvent:
    """Whether the offer waited for an answer or for a better place."""
    return OfferEvent.RESTORE_OPEN if offer.settled_in is None else OfferEvent.RESTORE
