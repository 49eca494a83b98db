"""The family's verbs: keep a draft, submit (first, changed, or again after withdrawal), withdraw.

A submission is one transaction: child, application, wishes, evidence, decision, journal, receipt. It holds the
round FOR SHARE, so that it is either in the snapshot or refused; a repetition with the same key gets the same
receipt, even after closing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications import children, decide, evidence, queries
from app.applications.form import Form
from app.applications.lifecycle import APPLICATION, ApplicationEvent, ApplicationStatus, Outcome
from app.applications.models import Application, Preference
from app.applications.queries import HeldRound, hold_round
from app.clock import uuid7
from app.database import table
from app.errors import ServiceError
from app.journal import service as journal
from app.schools import queries as schools
from app.vault import Place, Vault, seal

OPEN = "open"


@dataclass(frozen=True)
class Standing:
    """An application's row as it was found, locked, or as it is about to be made."""

    id: UUID
    status: ApplicationStatus
    outcome: Outcome
    version: int
    is_new: bool


async def submit(
    session: AsyncSession,
    vault: Vault,
    actor: Actor,
    round_id: UUID,
    form: Form,
    key: str,
    reference: bytes | None = None,
) -> dict[str, Any]:
    """Submit a form under an idempotency key; answers the receipt.

    `reference` fixes the child's stable reference, in a demonstration round alone. Raises `application.*`,
    `idempotency.other_body`.
    """
    actor = authorize(actor, "application.start", Target(actor.bureau))
    await _one_at_a_time(session, actor)
    digest = journal.body_digest([str(round_id), form.to_json()])
    earlier = await journal.earlier_receipt(session, actor, key, digest)
    if earlier is not None:
        return earlier
    held = await _open_round(session, actor.bureau, round_id)
    if reference is not None and not held.demonstration:
        raise ServiceError("application.reference_given", "reference")
    await _known_places(session, actor.bureau, held, form)
    child = await children.find_or_make(session, vault, actor, form, reference)
    standing = await _standing(session, actor.bureau, round_id, child.id)
    status = APPLICATION.next(standing.status, ApplicationEvent.SUBMIT)
    await _write(session, actor, held, form, child, standing, status)
    shown = await evidence.claim(session, vault, actor.bureau, child, standing.id, form, standing.is_new)
    case = decide.Case(standing.id, child, form, shown.checks, standing.outcome, standing.is_new, shown.changed)
    entries = [_entry(actor, standing, "submit", form.digest())]
    entries += await decide.decide_and_store(session, actor, held, [case])
    await journal.record_all(session, entries)
    receipt = _receipt(standing, round_id, form, held.now)
    await journal.keep_receipt(session, actor, key, digest, receipt)
    return receipt


async def save_draft(session: AsyncSession, vault: Vault, actor: Actor, round_id: UUID, form: Form) -> tuple[UUID, int]:
    """Keep an unfinished form; answers (application, version). Raises `application.already_submitted`."""
    actor = authorize(actor, "application.start", Target(actor.bureau))
    await _one_at_a_time(session, actor)
    held = await _open_round(session, actor.bureau, round_id)
    await _known_places(session, actor.bureau, held, form)
    child = await children.find_or_make(session, vault, actor, form, None)
    standing = await _standing(session, actor.bureau, round_id, child.id)
    if standing.status is ApplicationStatus.SUBMITTED:
        raise ServiceError("application.already_submitted")
    await _write(session, actor, held, form, child, standing, standing.status)
    await journal.record_all(session, [_entry(actor, standing, "draft", form.digest())])
    return standing.id, standing.version


async def withdraw(session: AsyncSession, actor: Actor, application_id: UUID) -> None:
    """Take an application back until the deadline; it can be submitted again. Its lottery unit stays the same."""
    found = await queries.application_by_id(session, actor.bureau, application_id)
    actor = authorize(actor, "application.withdraw", Target(actor.bureau, tuple(found.guardians)))
    await _open_round(session, actor.bureau, found.round)
    held = await queries.held_application(session, actor.bureau, application_id)
    status = APPLICATION.next(ApplicationStatus(held.status), ApplicationEvent.WITHDRAW)
    await session.execute(
        update(table(Application))
        .where(col(Application.bureau) == actor.bureau, col(Application.id) == held.id)
        .values(status=status.value, version=held.version + 1)
    )
    before, after = f"{held.status}/{held.version}", f"{status.value}/{held.version + 1}"
    await journal.record(session, actor, "application", "withdraw", f"application:{held.id}", before, after)


async def _one_at_a_time(session: AsyncSession, actor: Actor) -> None:
    """One person's acts follow one another: two tabs, double clicks and a second account cannot cross."""
    name = f"submit:{actor.bureau}:{actor.person}"
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


async def _open_round(session: AsyncSession, bureau: str, round_id: UUID) -> HeldRound:
    held = await hold_round(session, bureau, round_id)
    if held.status != OPEN or held.now < held.opens_at:
        raise ServiceError("application.round_not_open", "round", status=held.status)
    if held.now > held.closes_at:
        raise ServiceError("application.deadline_passed", "round", deadline=held.closes_at.isoformat())
    return held


async def _known_places(session: AsyncSession, bureau: str, held: HeldRound, form: Form) -> None:
    """Every community, school and programme named in the form exists; raises with the field at fault."""
    programmes = {}
    if form.preferences or form.sibling_school is not None:
        programmes = {row.id: row.school for row in await schools.programmes_of_round(session, bureau, held.id)}
    for index, programme in enumerate(form.preferences):
        if programme not in programmes:
            raise ServiceError("application.unknown_programme", f"preferences.{index}")
    named = {form.residence_community, form.registration_community} - {None}
    known = await schools.known_communities(session, bureau, [name for name in named if name], held.as_of)
    for field in ("residence_community", "registration_community"):
        if getattr(form, field) is not None and getattr(form, field) not in known:
            raise ServiceError("application.unknown_community", field)
    if form.sibling_school is not None and form.sibling_school not in programmes.values():
        raise ServiceError("application.unknown_school", "sibling_school")


async def _standing(session: AsyncSession, bureau: str, round_id: UUID, child: UUID) -> Standing:
    row = (
        await session.execute(
            select(col(Application.id), col(Application.status), col(Application.outcome), col(Application.version))
            .where(
                col(Application.bureau) == bureau,
                col(Application.round) == round_id,
                col(Application.child) == child,
            )
            .with_for_update()
        )
    ).one_or_none()
    if row is None:
        return Standing(uuid7(), ApplicationStatus.DRAFT, Outcome.PENDING, 1, True)
    return Standing(row.id, ApplicationStatus(row.status), Outcome(row.outcome), row.version + 1, False)


async def _write(
    session: AsyncSession,
    actor: Actor,
    held: HeldRound,
    form: Form,
    child: children.KnownChild,
    standing: Standing,
    status: ApplicationStatus,
) -> None:
    values = {
        "status": status.value,
        "version": standing.version,
        "migrant": form.declared().registration.place not in (None, "county"),
        "residence_community": form.residence_community,
        "registration_community": form.registration_community,
        "sibling_school": form.sibling_school,
        "sealed": seal(child.key, form.to_json(), Place("application", "sealed", standing.id)),
        "form_digest": form.digest(),
        "submitted_at": held.now if status is ApplicationStatus.SUBMITTED else None,
    }
    if standing.is_new:
        fixed = {
            "bureau": actor.bureau,
            "id": standing.id,
            "round": held.id,
            "child": child.id,
            "guardians": list(child.guardians),
            "schools": [],
            "outcome": Outcome.PENDING.value,
        }
        await session.execute(insert(table(Application)), [{**fixed, **values}])
    else:
        here = col(Application.bureau) == actor.bureau, col(Application.id) == standing.id
        await session.execute(update(table(Application)).where(*here).values(**values))
        await session.execute(
            delete(table(Preference)).where(
                col(Preference.bureau) == actor.bureau, col(Preference.application) == standing.id
            )
        )
    listed = [
        {
            "bureau": actor.bureau,
            "application": standing.id,
            "rank": rank,
            "programme": programme,
            "guardians": list(child.guardians),
        }
        for rank, programme in enumerate(form.preferences, start=1)
    ]
    if listed:
        await session.execute(insert(table(Preference)), listed)


def _entry(actor: Actor, standing: Standing, action: str, digest: str) -> dict[str, Any]:
    before = journal.ABSENT if standing.is_new else f"{standing.status.value}/{standing.version - 1}"
    after = f"{ApplicationStatus.SUBMITTED.value if action == 'submit' else standing.status.value}/{standing.version}"
    return journal.entry(actor, "application", action, f"application:{standing.id}", before, f"{after} {digest}")


def _receipt(standing: Standing, round_id: UUID, form: Form, now: datetime) -> dict[str, Any]:
    return {
        "application": str(standing.id),
        "round": str(round_id),
        "version": standing.version,
        "form_digest": form.digest(),
        "received_at": now.isoformat(),
    }
