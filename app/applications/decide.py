"""Assess cases by the round's ruleset and store each finding as a decision; singly and by list alike."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.applications.assessment import Assessed, assess, ruleset_of
from app.applications.children import KnownChild
from app.applications.form import Form
from app.applications.lifecycle import ASSESSMENT, AssessmentEvent, Outcome
from app.applications.models import Application, Decision
from app.applications.queries import HeldRound, ruleset_in_force
from app.clock import uuid7
from app.database import table
from app.journal import service as journal
from app.schools import queries as schools
from app.vault import Place, seal


@dataclass(frozen=True)
class Case:
    """An application to be decided: `checks` maps kinds of evidence to where their check stands; one that `is_new`
    has no decision yet."""

    application: UUID
    child: KnownChild
    form: Form
    checks: dict[str, str]
    outcome: Outcome
    is_new: bool = False


async def decide_and_store(
    session: AsyncSession, actor: Actor, held: HeldRound, cases: list[Case]
) -> list[dict[str, Any]]:
    """Decide each case and store it; answers the journal's entries, for the caller to write with its own."""
    published = await ruleset_in_force(session, actor.bureau, held.ruleset)
    ruleset = ruleset_of(published.text)
    communities = {name for case in cases for name in _communities(case.form)}
    catchments = await schools.catchment_schools(session, actor.bureau, held.stage, held.as_of, communities)
    numbers = await _last_numbers(session, actor.bureau, [case.application for case in cases if not case.is_new])
    decisions, outcomes, entries = [], [], []
    for case in cases:
        found = assess(case.form, case.checks, ruleset, held.as_of, catchments, case.child.disputed)
        outcome = after_finding(case.outcome, found.event)
        number = numbers.get(case.application, 0) + 1
        decisions.append(_row(actor, held, case, found, outcome, number, published.digest))
        outcomes.append({"of_bureau": actor.bureau, "of_application": case.application, "found": outcome.value})
        entries.append(
            journal.entry(
                actor,
                "application",
                "assess",
                f"application:{case.application}",
                case.outcome.value,
                f"{outcome.value} {found.digest}",
            )
        )
    await session.execute(insert(table(Decision)), decisions)
    await _set_outcomes(session, outcomes)
    return entries


def after_finding(outcome: Outcome, event: AssessmentEvent) -> Outcome:
    """The outcome after a finding; a settled refusal is reopened first, and a renewed refusal waits for a person."""
    if outcome is Outcome.NOT_ELIGIBLE:
        outcome = ASSESSMENT.next(outcome, AssessmentEvent.REOPEN)
    return ASSESSMENT.next(outcome, event)


def _communities(form: Form) -> list[str]:
    return [name for name in (form.residence_community, form.registration_community) if name]


async def _last_numbers(session: AsyncSession, bureau: str, applications: list[UUID]) -> dict[UUID, int]:
    if not applications:
        return {}
    rows = await session.execute(
        select(col(Decision.application), func.max(col(Decision.number)).label("number"))
        .where(col(Decision.bureau) == bureau, col(Decision.application).in_(applications))
        .group_by(col(Decision.application))
    )
    return {row.application: row.number for row in rows}


async def _set_outcomes(session: AsyncSession, outcomes: list[dict[str, Any]]) -> None:
    statement = (
        update(table(Application))
        .where(col(Application.bureau) == bindparam("of_bureau"), col(Application.id) == bindparam("of_application"))
        .values(outcome=bindparam("found"))
    )
    connection = await session.connection()
    await connection.execute(statement, outcomes)


def _row(
    actor: Actor, held: HeldRound, case: Case, found: Assessed, outcome: Outcome, number: int, digest: str
) -> dict[str, Any]:
    decision = uuid7()
    return {
        "bureau": actor.bureau,
        "id": decision,
        "guardians": list(case.child.guardians),
        "schools": [],
        "application": case.application,
        "number": number,
        "ruleset": held.ruleset,
        "ruleset_digest": digest,
        "as_of": held.as_of,
        "outcome": outcome.value,
        "kind": found.kind,
        "missing": list(found.missing),
        "rights": found.rights,
        "keys_elsewhere": found.keys_elsewhere,
        "groups": list(found.groups),
        "facts": seal(case.child.key, found.facts, Place("decision", "facts", decision)),
        "trace": seal(case.child.key, found.decisions, Place("decision", "trace", decision)),
        "reason": None,
        "digest": found.digest,
        "decided_by": actor.person,
    }
