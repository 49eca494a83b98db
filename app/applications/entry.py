"""One child has one place in an entry: the rounds of one stage and year together.

`offers` publishes who holds one, for the features below it, as an SQL function (revisions 0018, 0016).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Uuid, any_, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.applications.models import Child

# Rounds over what the others left: whoever has a place has no business in them.
FOR_THE_UNPLACED = ("late", "within_year")
SEATS = text(
    "SELECT child, offer, round, answered FROM seats_in_entry(:bureau, :stage, :year, CAST(:children AS uuid[]))"
)
TAKEN = text("SELECT programme, taken FROM seats_taken(:bureau, :round)")

GAVE_UP = text("SELECT child FROM gave_up_in_entry(:bureau, :stage, :year, CAST(:children AS uuid[]))")


@dataclass(frozen=True)
class Seat:
    """A place that a child holds in an entry, as far as the transaction sees it. `answered`: its family can no longer
    lose it by silence, and the round that gave it has ended its answers."""

    child: UUID
    offer: UUID
    round: UUID
    answered: bool


async def seats_in_entry(
    session: AsyncSession, bureau: str, stage: str, year: int, children: Sequence[UUID]
) -> list[Seat]:
    """The places that these children hold in the entry: at most one each."""
    values = {"bureau": bureau, "stage": stage, "year": year, "children": list(children)}
    return [Seat(**row._mapping) for row in await session.execute(SEATS, values)]


async def gave_up_in_entry(
    session: AsyncSession, bureau: str, stage: str, year: int, children: Sequence[UUID]
) -> frozenset[UUID]:
    """Which of these children gave up a place drawn in a private round of the entry; never by silence."""
    values = {"bureau": bureau, "stage": stage, "year": year, "children": list(children)}
    return frozenset(await session.scalars(GAVE_UP, values))


async def seats_taken(session: AsyncSession, bureau: str, round_id: UUID) -> dict[str, int]:
    """Programme → how many of its planned seats are held by offers of the round, as `offers` publishes it."""
    rows = await session.execute(TAKEN, {"bureau": bureau, "round": round_id})
    return {row.programme: row.taken for row in rows}


async def hold_children(session: AsyncSession, bureau: str, children: Sequence[UUID]) -> None:
    """Hold these children, in the order of their ids: whoever gives one of them a place in another round waits."""
    await session.execute(
        select(col(Child.id))
        .where(col(Child.bureau) == bureau, col(Child.id) == any_(literal(list(children), ARRAY(Uuid))))
        .order_by(col(Child.id))
        .with_for_update(key_share=True)
    )
