"""The caseworker's verbs: check evidence by list, confirm a refusal, override the rules by two persons.

Until the freeze a changed check is decided anew at once; afterwards the drawn bundle stands (decision 13). Nobody
acts by office on a child of their own, in a list either.
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
from app.applications.decide import cases_of, decide_and_store
from app.applications.lifecycle import (
    ASSESSMENT,
    EVIDENCE,
    ApplicationStatus,
    AssessmentEvent,
    EvidenceEvent,
    EvidenceStatus,
    Outcome,
)
from app.applications.models import Application, Child, Decision, Evidence, NumberKind
from app.applications.queries import HeldApplication, HeldRound
from app.clock import uuid7
from app.database import database_now, table
from app.errors import ServiceError
from app.journal import service as journal
from app.lifecycle import TransitionRefused
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
    """Record checks and decide each application anew, all or nothing; answers each one's new outcome.

    Raises `application.not_checkable` once the round is frozen, `application.no_such_evidence` and
    `application.checked_already` naming the check, `access.*`.
    """
    actor = authorize(actor, "evidence.check", Target(actor.bureau))
    held = await checkable_round(session, actor.bureau, round_id)
    applications = sorted({check.application for check in checks})
    rows = await held_applications(session, actor.bureau, round_id, applications)
    if len(rows) < len(applications):
        raise ServiceError("access.not_found", "applications", action="evidence.check")
    for row in rows:
        authorize(actor, "evidence.check", Target(actor.bureau, tuple(row.guardians), tuple(row.schools)))
    entries = await _mark(session, actor, checks)
    entries += await decide_and_store(session, actor, held, await cases_of(session, vault, actor.bureau, rows))
    await journal.record_all(session, entries)
    return await queries.outcomes_of(session, actor.bureau, applications)


async def confirm_refusal(session: AsyncSession, vault: Vault, actor: Actor, application_id: UUID, reason: str) -> None:
    """A person answers for a "no", in words of its own, sealed for the family.

    Raises `application.not_checkable`, `application.reason_missing`.
    """
    held = await queries.held_application(session, actor.bureau, application_id)
    actor = authorize(actor, "decision.confirm_refusal", held.target(actor.bureau))
    await _still_checkable(session, actor.bureau, held)
    outcome = ASSESSMENT.next(Outcome(held.outcome), AssessmentEvent.CONFIRM_REFUSAL)
    await _settle(session, vault, actor, held, outcome, reason, {})


async def propose_override(session: AsyncSession, actor: Actor, application_id: UUID, reason: str) -> TwoPersonAct:
    """Propose to admit a child beside the rules; both persons see the application's version and the reason's digest.

    Raises `application.not_checkable`, and `application.claim_open` while it is not settled whose child it is.
    """
    held = await queries.held_application(session, actor.bureau, application_id)
    actor = authorize(actor, "decision.propose_override", held.target(actor.bureau))
    await _admissible(session, actor.bureau, held)
    payload = _override_payload(held, reason)
    return await two_person.propose(
        session, actor, OVERRIDE, f"application:{held.id}", payload, ("casework", "approval", "auditor")
    )


async def override(session: AsyncSession, vault: Vault, actor: Actor, act_id: UUID, digest: str, reason: str) -> None:
    """The second person approves: the child is eligible and stands where those without a right stand."""
    act = await two_person.find(session, actor.bureau, act_id, OVERRIDE)
    held = await queries.held_application(session, actor.bureau, UUID(act.object.partition(":")[2]))
    actor = authorize(actor, "decision.override", held.target(actor.bureau))
    await two_person.approve(session, actor, act_id, OVERRIDE, digest, _override_payload(held, reason))
    round_row, outcome = await _admissible(session, actor.bureau, held)
    ruleset = ruleset_of((await queries.ruleset_in_force(session, actor.bureau, round_row.ruleset)).text)
    await _settle(session, vault, actor, held, outcome, reason, keys_by_override(ruleset))


async def checkable_round(session: AsyncSession, bureau: str, round_id: UUID) -> HeldRound:
    """The round, held; raises `application.not_checkable` once it is frozen."""
    held = await queries.hold_round(session, bureau, round_id)
    if held.status not in CHECKABLE:
        raise ServiceError("application.not_checkable", "round", status=held.status)
    return held


async def held_applications(
    session: AsyncSession, bureau: str, round_id: UUID, applications: Sequence[UUID]
) -> list[Application]:
    """Those of the round, locked in the order of their ids so that two lists cannot block each other."""
    rows = await session.scalars(
        select(Application)
        .where(
            col(Application.bureau) == bureau, col(Application.round) == round_id, col(Application.id).in_(applications)
        )
        .order_by(col(Application.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(rows)


def _override_payload(held: HeldApplication, reason: str) -> dict[str, Any]:
    return {"application": str(held.id), "version": held.version, "outcome": held.outcome,
            "reason": journal.body_digest(reason).hex()}  # fmt: skip


async def _still_checkable(session: AsyncSession, bureau: str, held: HeldApplication) -> HeldRound:
    row = await checkable_round(session, bureau, held.round)
    if held.status != ApplicationStatus.SUBMITTED:
        raise ServiceError("application.not_checkable", "application", status=held.status)
    return row


async def _admissible(session: AsyncSession, bureau: str, held: HeldApplication) -> tuple[HeldRound, Outcome]:
    """The round, and the outcome after an override; two claims to one child cannot both be admitted."""
    row = await _still_checkable(session, bureau, held)
    child = await session.scalar(
        select(col(Child.number_kind)).where(col(Child.bureau) == bureau, col(Child.id) == held.child)
    )
    if child == NumberKind.CLAIMED:
        raise ServiceError("application.claim_open", "application")
    return row, ASSESSMENT.next(Outcome(held.outcome), AssessmentEvent.OVERRIDE)


async def _settle(
    session: AsyncSession,
    vault: Vault,
    actor: Actor,
    held: HeldApplication,
    outcome: Outcome,
    reason: str,
    keys_elsewhere: dict[str, int],
) -> None:
    """Store a person's decision beside the rules' last finding, with its reason."""
    if not reason.strip():
        raise ServiceError("application.reason_missing", "reason")
    last = await queries.decision_of(session, actor.bureau, held.id)
    assert last is not None, "a submitted application has a decision"
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


async def _mark(session: AsyncSession, actor: Actor, checks: Sequence[Check]) -> list[dict[str, Any]]:
    """Move each piece of evidence; answers the journal's entries."""
    rows = await session.execute(
        select(col(Evidence.id), col(Evidence.application), col(Evidence.kind), col(Evidence.status)).where(
            col(Evidence.bureau) == actor.bureau,
            col(Evidence.application).in_({check.application for check in checks}),
        )
    )
    held = {(row.application, row.kind): (row.id, EvidenceStatus(row.status)) for row in rows}
    moved, entries = [], []
    for index, check in enumerate(checks):
        if (check.application, check.kind) not in held:
            raise ServiceError("application.no_such_evidence", f"checks.{index}", kind=check.kind)
        row, before = held[check.application, check.kind]
        try:
            after = EVIDENCE.next(before, check.event)
        except TransitionRefused:
            raise ServiceError("application.checked_already", f"checks.{index}", status=before.value) from None
        held[check.application, check.kind] = row, after
        moved.append({"of_bureau": actor.bureau, "of_id": row, "now": after.value})
        entries.append(journal.entry(actor, "evidence", check.event.value, f"evidence:{row}", before, after))
    statement = (
        update(table(Evidence))
        .where(col(Evidence.bureau) == bindparam("of_bureau"), col(Evidence.id) == bindparam("of_id"))
        .values(status=bindparam("now"), checked_by=actor.person, checked_at=await database_now(session))
    )
    if moved:
        await (await session.connection()).execute(statement, moved)
    return entries
