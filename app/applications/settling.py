"""A person's own decision on an application: a refusal confirmed in words, or an override by two persons."""

from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts import two_person
from app.accounts.access import authorize
from app.accounts.two_person import TwoPersonAct
from app.actor import Actor
from app.applications import queries
from app.applications.assessment import keys_by_override, ruleset_of
from app.applications.holders import refuse_held_by_another
from app.applications.lifecycle import ASSESSMENT, ApplicationStatus, AssessmentEvent, Outcome
from app.applications.models import Application, Child, Decision, NumberKind
from app.applications.notices import tell_refusal
from app.applications.papers import refuse_while_papers_awaited
from app.applications.queries import HeldApplication, HeldRound
from app.applications.refusal_letter import refusal_letter
from app.applications.second_look import refuse_own_finding
from app.applications.within_year import refuse_while_placed
from app.clock import uuid7
from app.database import table
from app.errors import ServiceError
from app.journal import service as journal
from app.vault import Place, Vault, seal, unseal

OVERRIDE = "override"


async def propose_refusal(session: AsyncSession, vault: Vault, actor: Actor, application_id: UUID, reason: str) -> None:
    """An officer proposes to refuse what stays undetermined, in words for whoever looks again.

    Raises `application.not_checkable`, `application.papers_time_runs`, `application.reason_missing`.
    """
    held = await queries.held_application(session, actor.bureau, application_id)
    actor = authorize(actor, "decision.propose_refusal", held.target(actor.bureau))
    row = await _still_checkable(session, actor.bureau, held)
    outcome = ASSESSMENT.next(Outcome(held.outcome), AssessmentEvent.PROPOSE_REFUSAL)
    await refuse_while_papers_awaited(session, actor.bureau, row, held.id)
    await _settle(session, vault, actor, held, outcome, reason, {})


async def confirm_refusal(session: AsyncSession, vault: Vault, actor: Actor, application_id: UUID, reason: str) -> None:
    """Another person answers for a "no", in words of its own; the family's letter is sealed with its digest.

    Raises `application.not_checkable`, `application.second_look`, `application.reason_missing`,
    `application.sentence_not_individual`, `casework.held_by_another`.
    """
    held = await queries.held_application(session, actor.bureau, application_id)
    actor = authorize(actor, "decision.confirm_refusal", held.target(actor.bureau))
    await _still_checkable(session, actor.bureau, held)
    outcome = ASSESSMENT.next(Outcome(held.outcome), AssessmentEvent.CONFIRM_REFUSAL)
    await refuse_held_by_another(session, actor, [held.id], "refusal")
    await refuse_own_finding(session, actor, held.id)
    decision = await _settle(session, vault, actor, held, outcome, reason, {}, with_letter=True)
    await tell_refusal(session, vault, actor, held, decision)


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


async def admit_after_error(
    session: AsyncSession, vault: Vault, actor: Actor, application_id: UUID, reason: str
) -> None:
    """Two persons have found that the bureau erred (`offers.redress`): whom it refused is eligible, after the freeze
    too. The caller has authorised the act."""
    held = await queries.held_application(session, actor.bureau, application_id)
    if held.outcome == Outcome.ELIGIBLE:
        return
    row = await queries.hold_round(session, actor.bureau, held.round)
    ruleset = ruleset_of((await queries.ruleset_in_force(session, actor.bureau, row.ruleset)).text)
    outcome = ASSESSMENT.next(Outcome(held.outcome), AssessmentEvent.OVERRIDE)
    await _settle(session, vault, actor, held, outcome, reason, keys_by_override(ruleset))


def _override_payload(held: HeldApplication, reason: str) -> dict[str, Any]:
    return {"application": str(held.id), "version": held.version, "outcome": held.outcome,
            "reason": journal.body_digest(reason).hex()}  # fmt: skip


async def _still_checkable(session: AsyncSession, bureau: str, held: HeldApplication) -> HeldRound:
    row = await queries.checkable_round(session, bureau, held.round)
    await refuse_while_placed(session, bureau, row, [held.id])
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
    with_letter: bool = False,
) -> UUID:
    """Store a person's decision beside the rules' last finding, with its reason, and for a refusal its letter; answers
    it."""
    if not reason.strip():
        raise ServiceError("application.reason_missing", "reason")
    last = await queries.decision_of(session, actor.bureau, held.id)
    assert last is not None, "a submitted application has a decision"
    decision, key = uuid7(), await vault.key_of(session, actor.bureau, held.child)
    names = ("guardians", "schools", "ruleset", "ruleset_digest", "as_of", "age_class")
    copied = {name: getattr(last, name) for name in names}
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
        "missing": last.missing if outcome is Outcome.REFUSAL_PROPOSED else [],
        "rights": {},
        "keys_elsewhere": keys_elsewhere,
        "groups": [],
        "facts": seal(key, facts, Place("decision", "facts", decision)),
        "trace": seal(key, trace, Place("decision", "trace", decision)),
        "reason": seal(key, reason, Place("decision", "reason", decision)),
        "digest": journal.body_digest([last.digest, outcome.value, reason]).hex(),
        "decided_by": actor.person,
        **(_letter(key, decision, trace, reason) if with_letter else {}),
    }
    await session.execute(insert(table(Decision)), [row])
    await session.execute(
        update(table(Application))
        .where(col(Application.bureau) == actor.bureau, col(Application.id) == held.id)
        .values(outcome=outcome.value)
    )
    await journal.record(session, actor, "application", "settle", f"application:{held.id}", held.outcome, outcome.value)
    return decision


def _letter(key: bytes, decision: UUID, trace: list[Any], sentence: str) -> dict[str, Any]:
    letter = refusal_letter(trace, sentence)
    sealed = seal(key, letter, Place("decision", "letter", decision))
    return {"letter": sealed, "letter_digest": journal.body_digest(letter).hex()}
