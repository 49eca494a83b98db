"""Whoever gives up a place drawn at a private school ranks last in the public order of the same stage and year."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.actor import Actor
from app.applications.anew import decide_anew
from app.offers.lifecycle import GAVE_UP, OfferStatus
from app.offers.models import Offer
from app.rounds.rows import RoundRow
from app.rounds.vocabulary import RoundKind
from app.vault import Vault


async def rank_anew(
    session: AsyncSession, vault: Vault, actor: Actor, offer: Offer, row: RoundRow, after: OfferStatus
) -> None:
    """Decide the child's public applications anew where an act has given a private place up, or taken it again."""
    if row.kind is RoundKind.PRIVATE and (OfferStatus(offer.status) in GAVE_UP) != (after in GAVE_UP):
        await decide_anew(session, vault, actor, [offer.child])
