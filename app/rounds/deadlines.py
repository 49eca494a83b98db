"""Deadlines: compared with the database's time, extended by two persons, never brought forward.

Only a demonstration brings its own forward, by an act that the journal names as the demonstration's; the database
refuses it for any other round.
"""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import two_person
from app.accounts.access import APPROVAL, RULES, Target, authorize
from app.accounts.two_person import TwoPersonAct
from app.actor import Actor
from app.applications import queries as applications
from app.applications.remedies import OBJECTION_DAYS as OBJECTION_DAYS
from app.calendar import end_of_working_days, published_years
from app.database import database_now
from app.errors import ServiceError
from app.journal import service as journal
from app.rounds.lifecycle import RoundEvent, RoundStatus
from app.rounds.models import AdmissionRound
from app.rounds.moves import held_round, require
from app.rounds.registration import as_payload, close_later, held_together, refuse_apart
from app.rounds.rows import RoundRow, about, round_of, row_of
from app.rounds.watching import watch_at_once

EXTEND = "extend_round"
ANSWER_DAYS = 5
DEMONSTRATION = "demo"
EXTENDED_WHILE = (RoundStatus.PUBLISHED, RoundStatus.OPEN)


class Deadline(StrEnum):
    """What a demonstration may bring forward to now."""

    OPENS_AT = "opens_at"
    CLOSES_AT = "closes_at"
    OBJECTIONS_UNTIL = "objections_until"
    DRAW_AT = "draw_at"
    ANSWERS_UNTIL = "answers_until"
    PLACE_BY = "place_by"


async def refuse_before(session: AsyncSession, moment: datetime | None, field: str) -> None:
    """Raise `round.too_early` until the moment has come by the database's time."""
    if moment is None or await database_now(session) < moment:
        raise ServiceError("round.too_early", field, until=moment.isoformat() if moment else "-")


async def objection_deadline(session: AsyncSession, row: AdmissionRound) -> datetime:
    """The end of the fifth working day from now; raises `round.holidays_missing`."""
    return await _working_days(session, row, OBJECTION_DAYS)


async def answer_deadline(session: AsyncSession, row: AdmissionRound | RoundRow) -> datetime:
    """The end of the fifth working day from now (an assumption of this service); raises `round.holidays_missing`."""
    return await _working_days(session, row, ANSWER_DAYS)


async def propose_extension(
    session: AsyncSession, actor: Actor, round_id: UUID, closes_at: datetime, reason: str
) -> TwoPersonAct:
    """Propose that a round closes later, and with it those that are registered together with it.

    Raises `round.not_later`, `round.extended_apart`, `round.reason_missing`.
    """
    actor = authorize(actor, "round.propose_extension", Target(actor.bureau))
    row, others = await held_together(session, actor.bureau, round_id)
    await _refuse_extension(session, actor, row, closes_at)
    refuse_apart(others)
    payload = _payload(row, others, closes_at.isoformat(), stated(reason))
    return await two_person.propose(session, actor, EXTEND, about(row.id), payload, (RULES, APPROVAL))


async def extend(session: AsyncSession, actor: Actor, act_id: UUID, digest: str) -> RoundRow:
    """The second person extends the round and those registered together with it; one already closed is open again
    until the new deadline."""
    actor = authorize(actor, "round.extend", Target(actor.bureau))
    act = await two_person.find(session, actor.bureau, act_id, EXTEND)
    row, others = await held_together(session, actor.bureau, round_of(act.object))
    payload = _payload(row, others, act.payload["closes_at"], act.payload["reason"])
    await two_person.approve(session, actor, act_id, EXTEND, digest, payload)
    closes_at = datetime.fromisoformat(act.payload["closes_at"])
    await _refuse_extension(session, actor, row, closes_at)
    refuse_apart(others)
    for one in (row, *others):
        await close_later(session, actor, one, closes_at)
    return row_of(row)


async def bring_forward(session: AsyncSession, actor: Actor, round_id: UUID, deadline: Deadline) -> RoundRow:
    """Let a deadline of a demonstration be now; `place_by` is that of every child still waiting for its place.

    Raises `round.not_a_demonstration`, `round.no_deadline`.
    """
    actor = replace(authorize(actor, "round.bring_forward", Target(actor.bureau)), source=DEMONSTRATION)
    row = await held_round(session, actor.bureau, round_id)
    if not row.demonstration:
        raise ServiceError("round.not_a_demonstration", "round")
    if deadline is Deadline.PLACE_BY:
        return await _place_now(session, actor, row)
    before, now = getattr(row, deadline.value), await database_now(session)
    if before is None or before < now:
        raise ServiceError("round.no_deadline", deadline.value)
    setattr(row, deadline.value, now)
    row.version += 1
    await session.flush()
    change = (f"{deadline.value} {before.isoformat()}", f"{deadline.value} {now.isoformat()}")
    await journal.record(session, actor, "round", "bring_forward", about(row.id), *change)
    return row_of(row)


async def _place_now(session: AsyncSession, actor: Actor, row: AdmissionRound) -> RoundRow:
    now = await database_now(session)
    moved = await applications.bring_bounds_forward(session, row.bureau, row.id, now)
    if not moved:
        raise ServiceError("round.no_deadline", Deadline.PLACE_BY.value)
    await watch_at_once(session, actor, row)
    change = (f"{moved} cases", f"{Deadline.PLACE_BY.value} {now.isoformat()}")
    await journal.record(session, actor, "round", "bring_forward", about(row.id), *change)
    return row_of(row)


def stated(reason: str) -> str:
    """The reason, if there is one; raises `round.reason_missing`."""
    if not reason.strip():
        raise ServiceError("round.reason_missing", "reason")
    return reason.strip()


async def _working_days(session: AsyncSession, row: AdmissionRound | RoundRow, days: int) -> datetime:
    now = await database_now(session)
    return end_of_working_days(now, days, published_years(), row.demonstration).at


async def _refuse_extension(session: AsyncSession, actor: Actor, row: AdmissionRound, closes_at: datetime) -> None:
    if row.status not in EXTENDED_WHILE:
        require(actor, row, RoundEvent.REOPEN)
    if closes_at <= row.closes_at or closes_at <= await database_now(session):
        raise ServiceError("round.not_later", "closes_at", until=row.closes_at.isoformat())


def _payload(row: AdmissionRound, others: list[AdmissionRound], closes_at: str, reason: str) -> dict[str, Any]:
    whole = {"status": row.status, "from": row.closes_at.isoformat(), "closes_at": closes_at, "reason": reason}
    return {**whole, "together": as_payload(others)}
