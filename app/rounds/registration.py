"""Public and private schools register at the same time (公民同招; domain, sections 2 and 3).

The main and the private rounds of one entry (a stage and a year) open and close together: a private round that opened
earlier would take children before the public one had begun, one that closed later those who had lost there.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.calendar import COUNTY_TIME
from app.errors import ServiceError
from app.journal import service as journal
from app.rounds.lifecycle import RoundEvent, RoundStatus
from app.rounds.models import AdmissionRound
from app.rounds.moves import held_round, move_round
from app.rounds.rows import about
from app.rounds.vocabulary import RoundKind

TOGETHER = (RoundKind.MAIN, RoundKind.PRIVATE)
EXTENDED = (RoundStatus.PLANNED, RoundStatus.PUBLISHED, RoundStatus.OPEN, RoundStatus.CLOSED)
ONE_AFTER_ANOTHER = text("SELECT pg_advisory_xact_lock(hashtextextended(:entry, 0))")


async def refuse_another_window(session: AsyncSession, row: AdmissionRound) -> None:
    """Raises `round.registration_apart` where a round of the other kind of the entry opens or closes at another time:
    the public ones, or, while none is, the plan made last, so that a plan given up binds nobody.

    Plans and publications of one entry wait for each other, so that two cannot both be the first.
    """
    if row.kind not in TOGETHER:
        return
    await session.execute(ONE_AFTER_ANOTHER, {"entry": f"registration:{row.bureau}:{row.stage}:{row.year}"})
    others = [other for other in await _of_entry(session, row) if other.kind != row.kind]
    public = [other for other in others if other.status != RoundStatus.PLANNED]
    for other in public or others[-1:]:
        different = [field for field in ("opens_at", "closes_at") if getattr(other, field) != getattr(row, field)]
        if different:
            raise ServiceError("round.registration_apart", different[0], known=other.code, **window_of(other))


def window_of(row: AdmissionRound) -> dict[str, Any]:
    """In words of the county's time."""
    return {name: getattr(row, name).astimezone(COUNTY_TIME).isoformat() for name in ("opens_at", "closes_at")}


async def held_together(
    session: AsyncSession, bureau: str, round_id: UUID
) -> tuple[AdmissionRound, list[AdmissionRound]]:
    """The round, and those that close with it because one of them is private; all held FOR UPDATE, by id, so that two
    extensions do not wait for each other. Raises `access.not_found`."""
    query = select(AdmissionRound).where(col(AdmissionRound.bureau) == bureau, col(AdmissionRound.id) == round_id)
    seen = await session.scalar(query)
    group = {round_id} | ({other.id for other in await _of_entry(session, seen)} if seen is not None else set())
    rows = {id_: await held_round(session, bureau, id_) for id_ in sorted(group)}
    row = rows.pop(round_id)
    others = [other for other in rows.values() if other.closes_at == row.closes_at]
    if row.kind in TOGETHER and RoundKind.PRIVATE in (row.kind, *(other.kind for other in others)):
        return row, others
    return row, []


def refuse_apart(others: list[AdmissionRound]) -> None:
    """Raises `round.extended_apart` where one that closes with the round can no longer close later."""
    for other in others:
        if other.status not in EXTENDED:
            raise ServiceError("round.extended_apart", "round", known=other.code)


def as_payload(others: list[AdmissionRound]) -> list[dict[str, Any]]:
    """What two persons confirm of those that are extended with a round."""
    return [{"round": str(other.id), "status": other.status, "from": other.closes_at.isoformat()} for other in others]


async def close_later(session: AsyncSession, actor: Actor, row: AdmissionRound, closes_at: datetime) -> None:
    """A held round closes later; one already closed is open again until then."""
    before, row.closes_at = row.closes_at, closes_at
    row.version += 1
    await session.flush()
    change = (before.isoformat(), closes_at.isoformat())
    await journal.record(session, actor, "round", "extend", about(row.id), *change)
    if row.status == RoundStatus.CLOSED:
        await move_round(session, actor, row, RoundEvent.REOPEN)


async def _of_entry(session: AsyncSession, row: AdmissionRound) -> list[AdmissionRound]:
    """The other main and private rounds of the entry."""
    query = select(AdmissionRound).where(
        col(AdmissionRound.bureau) == row.bureau,
        col(AdmissionRound.stage) == row.stage,
        col(AdmissionRound.year) == row.year,
        col(AdmissionRound.kind).in_(TOGETHER),
        col(AdmissionRound.id) != row.id,
    )
    return list(await session.scalars(query.order_by(col(AdmissionRound.id))))
