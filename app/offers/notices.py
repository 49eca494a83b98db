"""What families are told of their places: written in the transaction of the act, each child's name for its own
family alone."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.actor import Actor
from app.applications.reading import child_names
from app.messages.post import Notice, post
from app.messages.queries import proven_since
from app.messages.vocabulary import one_line
from app.offers.models import Offer
from app.offers.vocabulary import BESIDE_THE_RESULT
from app.rounds.notice import BETTER_PLACE, LIST_FINAL, LIST_PROPOSED, NO_PLACE_PROPOSED, about_place, title_of
from app.rounds.publish import Placed, ProposedList
from app.rounds.rows import RoundRow
from app.vault import Vault

ADMITTED, REDRESSED, WITHDRAWN = "admitted_by_exception", "place_in_redress", "place_withdrawn"
# Each of them asks a family to answer.
ASK_FOR_AN_ANSWER = (LIST_FINAL, ADMITTED, REDRESSED)


class Place(Protocol):
    """An offer, or what a list has for a child."""

    @property
    def child(self) -> UUID: ...
    @property
    def guardians(self) -> Sequence[UUID]: ...


def about(offer: Offer) -> str:
    """The object of the messages that tell of an offer: what a run gave, or the offer itself beside every run."""
    if offer.seat in BESIDE_THE_RESULT or offer.run is None:
        return f"offer:{offer.id}"
    return about_place(offer.run, offer.application)


async def tell_proposed(
    session: AsyncSession,
    vault: Vault,
    actor: Actor,
    row: RoundRow,
    listed: ProposedList,
    new: Collection[Placed],
    held: Collection[UUID],
) -> None:
    """Tell every family what the list has for its child, a place or none. In a later pass those whose place stays
    are not told again; `held` are the applications whose `new` place takes over one that they hold."""

    def words(place: Placed) -> str:
        if place.programme is None:
            return NO_PLACE_PROPOSED
        return BETTER_PLACE if place.application in held else LIST_PROPOSED

    told = [*new, *(place for place in listed.placements if place.programme is None)]
    notices = [(words(place), about_place(listed.run, place.application), place) for place in told]
    await tell(session, vault, actor, row, notices, until=row.objections_until)


async def tell(
    session: AsyncSession,
    vault: Vault,
    actor: Actor,
    row: RoundRow,
    told: Iterable[tuple[str, str, Place]],
    until: datetime | None = None,
) -> None:
    """Tell every guardian of each place: (kind of message, object, place). `until` for the kinds that name a time."""
    told = list(told)
    names = await child_names(session, vault, actor.bureau, [place.child for _, _, place in told])
    parameters: dict[str, Any] = {"round": title_of(row)}
    if until is not None:
        parameters["until"] = until.isoformat()
    notices = [
        Notice(kind, object_, person, parameters, {"child": one_line(names[place.child])}, tuple(place.guardians))
        for kind, object_, place in told
        for person in place.guardians
    ]
    await post(session, vault, actor, notices)


async def tell_of_offers(
    session: AsyncSession,
    vault: Vault,
    actor: Actor,
    row: RoundRow,
    kind: str,
    offers: Sequence[Offer],
    until: datetime | None = None,
    named: Callable[[Offer], str] = about,
) -> None:
    """Tell the families of these offers; `named` gives the object of each."""
    await tell(session, vault, actor, row, [(kind, named(offer), offer) for offer in offers], until)


async def told_since(session: AsyncSession, offers: Sequence[Offer]) -> dict[UUID, datetime | None]:
    """Since when the family of each of these offers of a round provably knows that it is asked for an answer."""
    if not offers:
        return {}
    named = {offer.id: about(offer) for offer in offers}
    proven = await proven_since(session, offers[0].bureau, ASK_FOR_AN_ANSWER, sorted(set(named.values())))
    return {id_: proven[name] for id_, name in named.items()}
