"""One application opened for whoever may read it; a reading by staff is an act of its own in the journal."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import AUDITOR, GUARDIAN, Target, authorize
from app.actor import Actor
from app.applications import queries
from app.applications.assessment import GUARDIANSHIP
from app.applications.children import number_of
from app.applications.deferral_list import deferrals_of
from app.applications.lifecycle import Outcome
from app.applications.models import Application, Decision
from app.applications.numbers import masked_name
from app.applications.referral_list import referrals_of
from app.applications.register_list import registers_of
from app.applications.schemas import ApplicationOut, DecisionOut, EvidenceOut
from app.database import Database
from app.journal import service as journal
from app.vault import Place, Vault, unseal


async def read_application(
    session: AsyncSession, database: Database, vault: Vault, actor: Actor, application_id: UUID
) -> ApplicationOut:
    """The application as the actor may see it, journalled where the actor is no guardian; raises `access.*`."""
    row = await queries.application_by_id(session, actor.bureau, application_id)
    actor = authorize(actor, "application.read", Target(actor.bureau, tuple(row.guardians), tuple(row.schools)))
    key = await vault.key_of(session, actor.bureau, row.child)
    evidence = await queries.provenance_of(session, actor.bureau, row.id)
    decision = await queries.decision_of(session, actor.bureau, row.id)
    form: dict[str, Any] = unseal(key, row.sealed, Place("application", "sealed", row.id))
    if actor.role != GUARDIAN:
        await record_reading(session, database, actor, "application", "read", f"application:{row.id}")
    return ApplicationOut.model_validate(
        {
            "id": row.id,
            "round": row.round,
            "status": row.status,
            "outcome": row.outcome,
            "version": row.version,
            "submitted_at": row.submitted_at,
            "origin": row.origin,
            "origin_number": row.origin_number,
            "form": _masked(form) if actor.role == AUDITOR else form,
            "preferences": await queries.preferences_of(session, actor.bureau, row.id),
            "evidence": [_evidence(standing) for _, standing in sorted(evidence.items())],
            "registers": await registers_of(session, actor.bureau, row.id, key, actor.role),
            "referrals": await referrals_of(session, vault, actor.bureau, row.id),
            "deferrals": await deferrals_of(session, vault, actor.bureau, row.id),
            "decision": None if decision is None else _decision(decision, key, actor.role),
            "applied_first": await _applied_first(session, vault, actor, row, decision, form),
        }
    )


async def record_reading(
    session: AsyncSession, database: Database, actor: Actor, subject: str, action: str, object_: str
) -> None:
    """Journal a reading in its own transaction, or apart where the reader may write nothing."""
    if actor.reads_only:
        await journal.record_apart(database, actor, subject, action, object_, "read")
    else:
        await journal.record(session, actor, subject, action, object_, "-", "read")


async def _applied_first(
    session: AsyncSession,
    vault: Vault,
    actor: Actor,
    row: Application,
    decision: Decision | None,
    form: dict[str, Any],
) -> UUID | None:
    """For staff alone: which application stands under the number that this one claims."""
    if actor.role == GUARDIAN or decision is None or GUARDIANSHIP not in decision.missing:
        return None
    _, lookup = number_of(vault, form["child"])
    return None if lookup is None else await queries.application_under(session, actor.bureau, row.round, lookup)


def _evidence(standing: dict[str, Any]) -> EvidenceOut:
    provenance = {name: standing[name] for name in ("source", "obtained_at", "valid_on")}
    return EvidenceOut.model_validate(
        {"kind": standing["kind"], "status": standing["status"], "provenance": provenance}
    )


def _masked(form: dict[str, Any]) -> dict[str, Any]:
    child = form["child"]
    masked = {"child": {**child, "name": masked_name(child["name"]), "number": None}}
    if "elder" in form:
        masked["elder"] = {**form["elder"], "number": None}
    holder = form.get("policy_holder")
    if holder is not None:
        masked["policy_holder"] = {**holder, "name": masked_name(holder["name"]), "number": None}
    return {**form, **masked}


def _decision(row: Decision, key: bytes, role: str) -> DecisionOut:
    proposed = row.outcome == Outcome.REFUSAL_PROPOSED and role == GUARDIAN
    reason = None if row.reason is None or proposed else unseal(key, row.reason, Place("decision", "reason", row.id))
    # A family must not learn from its own case that another person has applied with the same number.
    missing = [code for code in row.missing if role != GUARDIAN or code != GUARDIANSHIP]
    return DecisionOut.model_validate(
        {
            "outcome": row.outcome,
            "ruleset": row.ruleset,
            "ruleset_digest": row.ruleset_digest,
            "as_of": row.as_of,
            "kind": row.kind,
            "missing": missing,
            "groups": row.groups,
            "age_class": row.age_class,
            "digest": row.digest,
            "trace": unseal(key, row.trace, Place("decision", "trace", row.id)),
            "reason": reason,
        }
    )


async def child_names(session: AsyncSession, vault: Vault, bureau: str, children: list[UUID]) -> dict[UUID, str]:
    """The names of children whom the caller may see, for a school's own lists."""
    rows = await queries.sealed_children(session, bureau, children)
    keys = await vault.keys_of(session, bureau, [child for child, _ in rows])
    return {child: unseal(keys[child], sealed, Place("child", "sealed", child))["name"] for child, sealed in rows}
