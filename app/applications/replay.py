"""A round's children by another activated ruleset: whose outcome or keys would change, and why. Nothing is written but
that it was looked at; the round is neither held nor touched.

The facts are those stored with the decision that counts, one for each way in which schools hold the child's right. Both
rulesets decide them anew, on the day of that decision, the other one moved to the round's year (difference.py).
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications import queries
from app.applications.assessment import ruleset_of
from app.applications.models import Application, Decision
from app.eligibility.difference import Difference, replayed
from app.eligibility.facts import Facts
from app.eligibility.ruleset import Ruleset
from app.errors import ServiceError
from app.journal import service as journal
from app.vault import Place, Vault, unseal


@dataclass(frozen=True)
class Side:
    """What changes at these schools, none where the child has no right anywhere."""

    schools: tuple[str, ...]
    difference: Difference


@dataclass(frozen=True)
class Changed:
    application: UUID
    ruleset: str
    sides: tuple[Side, ...]


@dataclass(frozen=True)
class Replayed:
    """`seen`: how many applications of the page were decided by both; where the next page begins, if any."""

    ruleset: str
    seen: int
    changed: tuple[Changed, ...]
    next: UUID | None


async def replay_round(
    session: AsyncSession, vault: Vault, actor: Actor, round_id: UUID, ruleset_id: str, after: UUID | None, limit: int
) -> Replayed:
    """Decide a page of a round's submitted applications by another ruleset; each child listed is journalled as read.

    Raises `access.*`, `round.ruleset_inactive`, `round.ruleset_unfit` for one of another stage. Nobody sees a child of
    their own.
    """
    actor = authorize(actor, "ruleset.replay", Target(actor.bureau))
    await queries.refuse_unknown_round(session, actor.bureau, round_id)
    new = await _active(session, actor.bureau, ruleset_id)
    page = await queries.applications_after(session, actor.bureau, round_id, None, after, limit)
    others = [row for row in page if actor.person not in row.guardians]
    decisions = await _decisions(session, actor.bureau, others)
    names = sorted({decision.ruleset for decision in decisions.values()})
    olds = {name: await _active(session, actor.bureau, name) for name in names}
    if any(old.text.stage != new.text.stage for old in olds.values()):
        raise ServiceError("round.ruleset_unfit", "ruleset", ruleset=ruleset_id)
    keys = await vault.keys_of(session, actor.bureau, [row.child for row in others])
    found = []
    for row in others:
        decision = decisions.get(row.id)
        sides = () if decision is None else _sides(decision, keys[row.child], olds[decision.ruleset], new)
        if decision is not None and sides:
            found.append(Changed(row.id, decision.ruleset, sides))
    entries = [
        journal.entry(actor, "application", "replay", f"application:{one.application}", "-", new.digest)
        for one in found
    ]
    await journal.record_all(session, entries)
    return Replayed(new.id, len(decisions), tuple(found), page[-1].id if len(page) == limit else None)


async def _active(session: AsyncSession, bureau: str, ruleset_id: str) -> Ruleset:
    kept = await queries.active_ruleset(session, bureau, ruleset_id)
    if not kept.active:
        raise ServiceError("round.ruleset_inactive", "ruleset", ruleset=ruleset_id)
    return ruleset_of(kept.text)


async def _decisions(session: AsyncSession, bureau: str, rows: list[Application]) -> dict[UUID, Decision]:
    """Application → the decision that counts."""
    found = await session.scalars(
        select(Decision)
        .where(col(Decision.bureau) == bureau, col(Decision.application).in_([row.id for row in rows]))
        .ext(distinct_on(col(Decision.application)))
        .order_by(col(Decision.application), col(Decision.number).desc())
    )
    return {decision.application: decision for decision in found}


def _sides(decision: Decision, key: bytes, old: Ruleset, new: Ruleset) -> tuple[Side, ...]:
    facts: list[Any] = unseal(key, decision.facts, Place("decision", "facts", decision.id))
    trace: list[Any] = unseal(key, decision.trace, Place("decision", "trace", decision.id))
    sides = []
    for held, told in zip(facts, trace, strict=True):
        difference = replayed(Facts.from_json(held), old, new, decision.as_of)
        if difference is not None:
            sides.append(Side(tuple(told["schools"]), difference))
    return tuple(sides)
