"""The one way in which offers change their status: held, asked of the machine, journalled.

The round is held before its offers by everybody: who moves a round goes on to its offers, and the other way round
two of them would wait for each other.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, any_, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.database import table
from app.errors import ServiceError
from app.journal import service as journal
from app.offers.lifecycle import EXPECTED, OFFER, OfferEvent, OfferStatus
from app.offers.models import Offer
from app.rounds import queries as rounds
from app.rounds.rows import RoundRow

ROUNDS = text("SELECT id, round FROM offer WHERE bureau = :bureau AND id = ANY(CAST(:offers AS uuid[]))")


async def held_offer(session: AsyncSession, bureau: str, offer_id: UUID) -> tuple[Offer, RoundRow]:
    """The offer, held FOR UPDATE, and its round, held FOR SHARE; raises `access.not_found`."""
    for round_id in (await _rounds_of(session, bureau, [offer_id])).values():
        row = await rounds.answerable_round(session, bureau, round_id)
        for offer in await held_offers(session, bureau, col(Offer.id) == offer_id):
            return offer, row
    raise ServiceError("access.not_found", "offer", action="offer")


async def held_list(
    session: AsyncSession, bureau: str, school: str, wanted: Sequence[UUID]
) -> list[tuple[Offer, RoundRow]]:
    """A school's offers as they are listed, each with its round; raises `access.not_found` where one is not its own."""
    known = await _rounds_of(session, bureau, wanted)
    rows = {id_: await rounds.answerable_round(session, bureau, id_) for id_ in sorted(set(known.values()))}
    held = await held_offers(session, bureau, col(Offer.school) == school, among(wanted))
    found = {offer.id: offer for offer in held}
    if any(id_ not in found for id_ in wanted):
        raise ServiceError("access.not_found", "offers", action="offer.report")
    return [(found[id_], rows[known[id_]]) for id_ in wanted]


async def held_offers(session: AsyncSession, bureau: str, *conditions: ColumnElement[bool]) -> list[Offer]:
    """Offers of a round that the caller holds, FOR UPDATE, in the order of their ids."""
    rows = await session.scalars(
        select(Offer)
        .where(col(Offer.bureau) == bureau, *conditions)
        .order_by(col(Offer.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(rows)


async def move(
    session: AsyncSession, actor: Actor, moves: Sequence[tuple[Offer, OfferEvent]], **values: Any
) -> dict[UUID, OfferStatus]:
    """Move held offers, each with its journal entry, and write `values` to all of them; raises TransitionRefused."""
    after = {offer.id: OFFER.next(OfferStatus(offer.status), event) for offer, event in moves}
    if not after:
        return after
    for status in sorted(set(after.values())):
        ids = [id_ for id_, now in after.items() if now is status]
        await session.execute(
            update(table(Offer))
            .where(col(Offer.bureau) == actor.bureau, among(ids))
            .values(status=status.value, schools=array([col(Offer.school)]) if status in EXPECTED else [], **values)
        )
    await journal.record_all(
        session,
        [
            journal.entry(actor, "offer", event.value, f"offer:{offer.id}", offer.status, after[offer.id].value)
            for offer, event in moves
        ],
    )
    return after


def among(offers: Sequence[UUID]) -> ColumnElement[bool]:
    """Offers of these ids, however many they are: one parameter."""
    return col(Offer.id) == any_(literal(list(offers), ARRAY(Uuid)))


async def _rounds_of(session: AsyncSession, bureau: str, offers: Sequence[UUID]) -> dict[UUID, UUID]:
    rows = await session.execute(ROUNDS, {"bureau": bureau, "offers": list(offers)})
    return {row.id: row.round for row in rows}
