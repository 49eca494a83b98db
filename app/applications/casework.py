"""The caseworker's verbs: check evidence (singly or by list), confirm a refusal, override the rules by two persons.

Until the freeze a changed check is decided anew at once; afterwards the drawn bundle stands (decision 13).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts import two_person
from app.accounts.access import Target, authorize
from app.accounts.two_person import TwoPersonAct
from app.actor import Actor
from app.applications import queries
from app.applications.assessment import keys_by_override, ruleset_of
from app.applications.children import KnownChild
from app.applications.decide import Case, decide_and_store
from app.applications.form import read_form
from app.applications.lifecycle import ASSESSMENT, EVIDENCE, AssessmentEvent, EvidenceEvent, EvidenceStatus, Outcome
from app.applications.models import Application, Child, Decision, Evidence, NumberKind
from app.clock import uuid7
from app.database import database_now, table
from app.errors import ServiceError
from app.journal import service as journal
from app.vault import Place, Vault, seal, unseal

CHECKABLE = ("open", "closed", "ranked")
OVERRIDE = "override"


@dataclass(frozen=True)
class Check:
    """The result of looking at one piece of evidence."""

    application: UUID
    kind: str
    event: EvidenceEvent


async def check_evidence(
    session: AsyncSession, vault: Vault, actor: Actor, round_id: UUID, checks: Sequence[Check]
) -> dict[UUID, Outcome]:
    """Record checks and decide each application anew, by list; answers each one's new outcome.

    Raises `application.not_checkable` once the round is frozen, `application.no_such_evidence`.
    """
    actor = authorize(actor, "evidence.check", Target(actor.bureau))
    held = await queries.hold_round(session, actor.bureau, round_id)
    if held.status not in CHECKABLE:
        raise ServiceError("application.not_checkable", "round", status=held.status)
    applications = sorted({check.application for check in checks})
    rows = await _held(session, actor.bureau, round_id, applications)
    entries = await _mark(session, actor, checks)
    cases = await _cases(session, vault, actor.bureau, rows)
    entries += await decide_and_store(session, actor, held, cases)
    await journal.record_all(session, entries)
    outcomes = await session.execute(
        select(col(Application.id), col(Application.outcome)).where(
            col(Application.bureau) == actor.bureau, col(Application.id).in_(applications)
        )
    )
    return {row.id: Outcome(row.outcome) for row in outcomes}


async def confirm_refusal(session: AsyncSession, vault: Vault, actor: Actor, application_id: UUID, reason: str) -> None:
    """A person answers for a "no", in words of its own, sealed for the family. Raises `application.not_checkable`."""
    held = await queries.held_application(session, actor.bureau, application_id)
    actor = authorize(actor, "decision.confirm_refusal", held.target(actor.bureau))
    await _still_checkable(session, actor.bureau, held.round)
    outcome = ASSESSMENT.next(Outcome(held.outcome), AssessmentEvent.CONFIRM_REFUSAL)
    await _settle(session, vault, actor, held, outcome, reason, {})


async def propose_override(session: AsyncSession, actor: Actor, application_id: UUID, reason: str) -> TwoPersonAct:
    """Propose to admit a child beside the rules; both persons see the application's version and the reason's digest."""
    held = await queries.held_application(session, actor.bureau, application_id)
    actor = authorize(actor, "decision.propose_override", held.target(actor.bureau))
    await _still_checkable(session, actor.bureau, held.round)
    payload = _override_payload(held, reason)
    return await two_person.propose(
        session, actor, OVERRIDE, f"application:{held.id}", payload, ("casework", "approval", "auditor")
    )


async def override(session: AsyncSession, vault: Vault, actor: Actor, act_id: UUID, digest: str, reason: str) -> None:
    """The second person approves: the child is eligible and stands where those without a right stand."""
    act = await two_person.find(session, actor.bureau, act_id, OVERRIDE)
    held = await queries.held_application(session, actor.bureau, UUID(act.object.partition(":")[2]))
    actor = authorize(actor, "decision.override", held.target(actor.bureau))
    await _still_checkable(session, actor.bureau, held.round)
    await two_person.approve(session, actor, act_id, OVERRIDE, digest, _override_payload(held, reason))
    outcome = Outcome(held.outcome)
    if outcome is Outcome.NOT_ELIGIBLE:
        outcome = ASSESSMENT.next(outcome, AssessmentEvent.REOPEN)
    outcome = ASSESSMENT.next(outcome, AssessmentEvent.FIND_ELIGIBLE)
    round_row = await queries.hold_round(session, actor.bureau, held.round)
    ruleset = ruleset_of((await queries.ruleset_in_force(session, actor.bureau, round_row.ruleset)).text)
    await _settle(session, vault, actor, held, outcome, reason, keys_by_override(ruleset))


def _override_payload(held: queries.HeldApplication, reason: str) -> dict[str, Any]:
    return {"application": str(held.id), "version": held.version, "outcome": held.outcome,
            "reason": journal.body_digest(reason).hex()}  # fmt: skip


async def _still_checkable(session: AsyncSession, bureau: str, round_id: UUID) -> None:
    held = await queries.hold_round(session, bureau, round_id)
    if held.status not in CHECKABLE:
        raise ServiceError("application.not_checkable", "round", status=held.status)


async def _settle(
    session: AsyncSession,
    vault: Vault,
    actor: Actor,
    held: queries.HeldApplication,
    outcome: Outcome,
    reason: str,
    keys_elsewhere: dict[str, int],
) -> None:
    """Store a person's decision beside the rules' last finding, with its reason."""
    last = await queries.decision_of(session, actor.bureau, held.id)
    if last is None:
        raise ServiceError("application.not_checkable", "application", status=held.outcome)
    decision, key = uuid7(), await vault.key_of(session, actor.bureau, held.child)
    copied = {name: getattr(last, name) for name in ("guardians", "schools", "ruleset", "ruleset_digest", "as_of")}
    facts = unseal(key, last.facts, Place("decision", "facts", last.id))
    trace = unseal(key, last.trace, Place("decision", "trace", last.id))
    row = {
        **copied,
        "bureau": actor.bureau,
        "id": decision,
        "application": held.id,
        "number": last.number + 1,
        "outcome": outcome.value,
        "kind": last.kind,
        "missing": [],
        "rights": {},
        "keys_elsewhere": keys_elsewhere,
        "groups": [],
        "facts": seal(key, facts, Place("decision", "facts", decision)),
        "trace": seal(key, trace, Place("decision", "trace", decision)),
        "reason": seal(key, reason, Place("decision", "reason", decision)),
        "digest": journal.body_digest([last.digest, outcome.value, reason]).hex(),
        "decided_by": actor.person,
    }
    await session.execute(insert(table(Decision)), [row])
    await session.execute(
        update(table(Application))
        .where(col(Application.bureau) == actor.bureau, col(Application.id) == held.id)
        .values(outcome=outcome.value)
    )
    await journal.record(session, actor, "application", "settle", f"application:{held.id}", held.outcome, outcome.value)


async def _held(session: AsyncSession, bureau: str, round_id: UUID, applications: list[UUID]) -> list[Application]:
    """The applications, locked in the order of their ids so that two lists cannot block each other."""
    rows = await session.scalars(
        select(Application)
        .where(
            col(Application.bureau) == bureau, col(Application.round) == round_id, col(Application.id).in_(applications)
        )
        .order_by(col(Application.id))
        .with_for_update()
    )
    found = list(rows)
    if len(found) != len(applications):
        raise ServiceError("access.not_found", "applications", action="evidence.check")
    return found


async def _mark(session: AsyncSession, actor: Actor, checks: Sequence[Check]) -> list[dict[str, Any]]:
    """Move each piece of evidence; answers the journal's entries."""
    rows = await session.execute(
        select(col(Evidence.id), col(Evidence.application), col(Evidence.kind), col(Evidence.status)).where(
            col(Evidence.bureau) == actor.bureau,
            col(Evidence.application).in_({check.application for check in checks}),
        )
    )
    held = {(row.application, row.kind): row for row in rows}
    moved, entries = [], []
    for check in checks:
        row = held.get((check.application, check.kind))
        if row is None:
            raise ServiceError("application.no_such_evidence", "kind", kind=check.kind)
        status = EVIDENCE.next(EvidenceStatus(row.status), check.event)
        moved.append({"of_bureau": actor.bureau, "of_id": row.id, "now": status.value})
        name = f"evidence:{row.id}"
        entries.append(journal.entry(actor, "evidence", check.event.value, name, row.status, status.value))
    statement = (
        update(table(Evidence))
        .where(col(Evidence.bureau) == bindparam("of_bureau"), col(Evidence.id) == bindparam("of_id"))
        .values(status=bindparam("now"), checked_by=actor.person, checked_at=await database_now(session))
    )
    await (await session.connection()).execute(statement, moved)
    return entries


async def _cases(session: AsyncSession, vault: Vault, bureau: str, rows: list[Application]) -> list[Case]:
    """Open the forms of these applications, to be decided anew."""
    keys = await vault.keys_of(session, bureau, [row.child for row in rows])
    checks = await queries.checks_of(session, bureau, [row.id for row in rows])
    disputed = set(
        await session.scalars(
            select(col(Child.id)).where(
                col(Child.bureau) == bureau,
                col(Child.id).in_([row.child for row in rows]),
                col(Child.number_kind) == NumberKind.CLAIMED,
            )
        )
    )
    cases = []
    for row in rows:
        key = keys[row.child]
        form = read_form(unseal(key, row.sealed, Place("application", "sealed", row.id)))
        child = KnownChild(row.child, key, tuple(row.guardians), row.child in disputed)
        cases.append(Case(row.id, child, form, checks[row.id], Outcome(row.outcome)))
    return cases
