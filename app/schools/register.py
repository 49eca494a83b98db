"""What stands in the bureau's register, as an import needs it: rows by key, and the places that rows refer to."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import inspect, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.errors import ServiceError
from app.schools.layouts import Layout
from app.schools.models import Community, Prospectus, School, Town
from app.schools.rows import Key, Values

HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended('schools:' || :bureau, 0))")
HOLD_ROUND = text(
    "SELECT code, stage, as_of, status, demonstration, kind, year"
    " FROM hold_round(CAST(:bureau AS text), CAST(:round AS uuid))"
)
PLANNED = "planned"


@dataclass(frozen=True)
class HeldRound:
    """A round held against moving on until this transaction ends."""

    id: UUID
    code: str
    stage: str
    as_of: date
    status: str
    demonstration: bool
    kind: str
    year: int


@dataclass(frozen=True)
class Places:
    """Towns, communities and schools by id, every row that ever stood; `prospectuses`: (kindergarten, year) of what
    is published."""

    towns: dict[str, Values]
    communities: dict[str, Values]
    schools: dict[str, Values]
    prospectuses: frozenset[tuple[str, int]] = field(default_factory=frozenset)


async def hold(session: AsyncSession, bureau: str) -> None:
    """One change of the bureau's register at a time, until the transaction ends."""
    await session.execute(HOLD, {"bureau": bureau})


async def hold_round(session: AsyncSession, bureau: str, round_id: UUID) -> HeldRound:
    """The round FOR SHARE, through what `rounds` publishes; raises `access.not_found`."""
    row = (await session.execute(HOLD_ROUND, {"bureau": bureau, "round": round_id})).one_or_none()
    if row is None:
        raise ServiceError("access.not_found", "round")
    return HeldRound(round_id, *row)


async def hold_planned_round(session: AsyncSession, bureau: str, round_id: UUID) -> HeldRound:
    """As `hold_round`; raises `schools.round_not_planned` once the round is published."""
    held = await hold_round(session, bureau, round_id)
    if held.status != PLANNED:
        raise ServiceError("schools.round_not_planned", "round", status=held.status)
    return held


async def standing(session: AsyncSession, bureau: str, layout: Layout) -> dict[Key, Values]:
    """Every row of the layout's table, by key."""
    rows = await _rows(session, bureau, layout.model)
    return {tuple(row[field] for field in layout.key): row for row in rows}


async def places(session: AsyncSession, bureau: str) -> Places:
    """What rows may refer to."""
    towns, communities, schools = [
        {row["id"]: row for row in await _rows(session, bureau, model)} for model in (Town, Community, School)
    ]
    filed = await session.execute(
        select(col(Prospectus.school), col(Prospectus.year)).where(
            col(Prospectus.bureau) == bureau, col(Prospectus.published_at).is_not(None)
        )
    )
    return Places(towns, communities, schools, frozenset((row.school, row.year) for row in filed))


async def _rows(session: AsyncSession, bureau: str, model: type[Any]) -> list[Values]:
    table = inspect(model).local_table
    rows = await session.execute(select(table).where(col(model.bureau) == bureau))
    return [dict(row) for row in rows.mappings()]
