"""A late round over the seats that a concluded round of the same entry has left (domain, section 3).

Its programmes are as large as there, with the seats that children hold settled, and with them what the round within the
year has given meanwhile; so what may still be given in all together never exceeds the plan. From its plan to its
conclusion nobody is placed in its grades within the year. The database wants the round before concluded, followed once,
and its held seats fixed.
"""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.errors import ServiceError
from app.offers.lifecycle import HOLDS_A_SEAT
from app.offers.models import Offer
from app.offers.vocabulary import WITHIN_YEAR
from app.rounds import queries as rounds
from app.rounds.lifecycle import RoundStatus
from app.rounds.rows import RoundRow
from app.rounds.service import RoundPlan, plan_round
from app.rounds.vocabulary import RoundKind
from app.schools import queries as schools
from app.schools.planned import Left, carried_as, carry, settled_when_carried
from app.vault import Vault

BEFORE = (RoundKind.MAIN, RoundKind.LATE)


@dataclass(frozen=True)
class SeatsLeft:
    """What a round has left, by programme; `digest` is what planning confirms. `concluded`: it can be planned now."""

    round: UUID
    rows: tuple[Left, ...]
    concluded: bool
    digest: str

    @property
    def left(self) -> int:
        return sum(row.left for row in self.rows)


async def seats_left(session: AsyncSession, actor: Actor, round_id: UUID) -> SeatsLeft:
    """The figures over which a late round would be held; changes nothing. Raises `late.nothing_left_by`."""
    authorize(actor, "round.plan", Target(actor.bureau))
    return await _left(session, await rounds.round_by_id(session, actor.bureau, round_id))


async def plan_late_round(
    session: AsyncSession, vault: Vault, actor: Actor, round_id: UUID, plan: RoundPlan, digest: str
) -> RoundRow:
    """Plan a late round over exactly the figures of the dry run; stage and year are those of the round before.

    Raises `late.not_concluded`, `late.followed_already`, `late.figures_changed`, and what `plan_round` raises.
    """
    actor = authorize(actor, "round.plan", Target(actor.bureau))
    before = await rounds.answerable_round(session, actor.bureau, round_id)
    await rounds.hold_within_year(session, actor.bureau, before.stage, before.year)
    found = await _left(session, before)
    if not found.concluded:
        raise ServiceError("late.not_concluded", "round")
    if found.digest != digest:
        raise ServiceError("late.figures_changed", "digest")
    late = replace(
        plan,
        kind=RoundKind.LATE,
        follows=before.id,
        stage=before.stage,
        year=before.year,
        demonstration=before.demonstration,
        place_within_days=None,
    )
    row = await plan_round(session, vault, actor, late)
    await carry(session, actor, row.id, before.id, before.code, found.rows)
    return row


async def _left(session: AsyncSession, row: RoundRow) -> SeatsLeft:
    if row.kind not in BEFORE:
        raise ServiceError("late.nothing_left_by", "round")
    rows = tuple(await _stock(session, row))
    figures = [[str(row.id)], *([one.plan.id, one.plan.seats, one.held] for one in rows)]
    digest = hashlib.sha256(json.dumps(figures, separators=(",", ":")).encode()).hexdigest()
    return SeatsLeft(row.id, rows, row.status is RoundStatus.CONCLUDED, digest)


async def _stock(session: AsyncSession, row: RoundRow) -> list[Left]:
    """What of each programme is taken now, beside what was settled when the round was planned.

    For a late round that is negative where more seats came back since in the rounds before it than it gave: a seat that
    a concluded round has lost again is the next one's to give.
    """
    held = await session.execute(
        select(col(Offer.programme), func.count().label("children"))
        .where(col(Offer.bureau) == row.bureau, col(Offer.round) == row.id, col(Offer.status).in_(HOLDS_A_SEAT))
        .group_by(col(Offer.programme))
    )
    taken = Counter[str]({one.programme: one.children for one in held})
    plans = await schools.programmes_of_round(session, row.bureau, row.id)
    if row.follows is None:
        given = await _given_within_year(session, row)
        return [Left(plan, taken[plan.id] + given[plan.school, plan.grade]) for plan in plans]
    before = await _stock(session, await rounds.round_by_id(session, row.bureau, row.follows))
    now = {carried_as(one.plan.id): one.plan.settled + one.held for one in before}
    then = await settled_when_carried(session, row.bureau, row.id)
    return [Left(plan, taken[plan.id] + now[plan.id] - then[plan.id]) for plan in plans]


async def _given_within_year(session: AsyncSession, row: RoundRow) -> Counter[tuple[str, int]]:
    """(school, grade) → children placed within the year of a main round's entry.

    They take a seat off each programme of the grade there, since it is not known which one they sit in.
    """
    query = select(col(Offer.round), col(Offer.school), col(Offer.programme)).where(
        col(Offer.bureau) == row.bureau,
        col(Offer.stage) == row.stage,
        col(Offer.year) == row.year,
        col(Offer.seat) == WITHIN_YEAR,
        col(Offer.status).in_(HOLDS_A_SEAT),
    )
    offers = (await session.execute(query)).all()
    grades = {
        plan.id: plan.grade
        for round_id in sorted({offer.round for offer in offers})
        for plan in await schools.programmes_of_round(session, row.bureau, round_id)
    }
    return Counter((offer.school, grades[offer.programme]) for offer in offers)
