"""The family's verbs: keep a draft, submit (first, changed, or again after withdrawal), withdraw.

A submission is one transaction: child, application, wishes, evidence, decision, journal, receipt. It holds the
round FOR SHARE, so that it is either in the snapshot or refused; a repetition with the same key gets the same
receipt, even after closing. What came by another way than the portal is accepted by the same steps (`accept`), as of
the time at which it was received.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications import children, decide, evidence, queries, referrals
from app.applications.form import Form
from app.applications.grade_fits import fits
from app.applications.leaver import answered
from app.applications.lifecycle import APPLICATION, ApplicationEvent, ApplicationStatus
from app.applications.models import Application
from app.applications.moving import moving, place_kept, stay
from app.applications.origin import PORTAL, Handed, Origin
from app.applications.places import known_places
from app.applications.queries import HeldRound, hold_round
from app.applications.sibling import elder_named
from app.applications.standing import Standing, standing_of, write
from app.applications.within_year import bounded, placed, refuse_while_drawn, refuse_while_placed
from app.database import table
from app.errors import ServiceError
from app.inserts import insert_together
from app.journal import service as journal
from app.vault import Vault

OPEN = "open"


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
    await one_at_a_time(session, actor)
    digest = journal.body_digest([str(round_id), form.to_json()])
    earlier = await journal.earlier_receipt(session, actor, key, digest)
    if earlier is not None:
        return earlier
    held = await open_round(session, actor.bureau, round_id)
    if reference is not None and not held.demonstration:
        raise ServiceError("application.reference_given", "reference")
    return await accept(session, vault, actor, held, form, Keyed(key, digest), reference=reference)


@dataclass(frozen=True)
class Keyed:
    """The idempotency key of a receipt, and the digest of what it answers."""

    key: str
    digest: bytes


async def accept(
    session: AsyncSession,
    vault: Vault,
    actor: Actor,
    held: HeldRound,
    form: Form,
    keyed: Keyed,
    handed: Handed = PORTAL,
    reference: bytes | None = None,
) -> dict[str, Any]:
    """A form whose time and round are good becomes the child's application; answers the receipt.

    `held.now` is when it was received. The transaction speaks for the guardian, and `actor` is it.
    Raises `application.*`, and `intake.newer_form` where the family has submitted another one since.
    """
    answered(held, form)
    await known_places(session, actor.bureau, held, form)
    elder_named(form)
    child, made = await children.find_or_make(session, vault, actor, form, reference)
    kept = await place_kept(session, actor.bureau, held, child.id, form)
    fits(held, form, kept)
    standing = moving(await standing_of(session, actor.bureau, held.id, child), kept)
    since = standing.submitted_at
    if handed.origin is not Origin.PORTAL and since is not None and held.now < since:
        raise ServiceError("intake.newer_form", "application")
    await refuse_while_placed(session, actor.bureau, held, [standing.id], standing.moves_from)
    standing = await bounded(session, actor, held, standing)
    await refuse_while_drawn(session, actor.bureau, held, form, standing)
    status = APPLICATION.next(standing.status, ApplicationEvent.SUBMIT)
    shown = await evidence.claim(session, vault, actor.bureau, child, standing.id, form, standing.is_new)
    referred = await referrals.refer(session, vault, actor, held, child, standing.id, form, shown, standing.is_new)
    case = decide.Case(standing.id, child, form, shown.checks, standing.outcome, standing.is_new, shown.changed)
    submitted = _entry(actor, standing, "submit", form.digest)
    decided = await decide.decide(session, actor, held, [case])
    outcome = decided.outcomes.get(standing.id, standing.outcome)
    written = await write(session, actor, held, form, child, standing, status, outcome, handed)
    receipt = _receipt(standing, held, form)
    entries = journal.entries_part([submitted, *referred.entries, *decided.entries])
    receipted = journal.receipt_part(actor, keyed.key, keyed.digest, receipt)
    await insert_together(session, [*made, *written, shown.part, *referred.parts, decided.part, entries, receipted])
    return receipt


async def save_draft(session: AsyncSession, vault: Vault, actor: Actor, round_id: UUID, form: Form) -> tuple[UUID, int]:
    """Keep an unfinished form; answers (application, version). Raises `application.already_submitted`."""
    actor = authorize(actor, "application.start", Target(actor.bureau))
    await one_at_a_time(session, actor)
    held = await open_round(session, actor.bureau, round_id)
    await known_places(session, actor.bureau, held, form)
    child, made = await children.find_or_make(session, vault, actor, form, None)
    standing = await standing_of(session, actor.bureau, round_id, child)
    if standing.status is ApplicationStatus.SUBMITTED:
        raise ServiceError("application.already_submitted")
    written = await write(session, actor, held, form, child, standing, standing.status, standing.outcome)
    entries = journal.entries_part([_entry(actor, standing, "draft", form.digest)])
    await insert_together(session, [*made, *written, entries])
    return standing.id, standing.version


async def withdraw(session: AsyncSession, actor: Actor, application_id: UUID) -> None:
    """Take an application back until the deadline; it can be submitted again. Its lottery unit stays the same."""
    found = await queries.application_by_id(session, actor.bureau, application_id)
    actor = authorize(actor, "application.withdraw", Target(actor.bureau, tuple(found.guardians)))
    held_round = await open_round(session, actor.bureau, found.round)
    held = await queries.held_application(session, actor.bureau, application_id)
    await refuse_while_placed(session, actor.bureau, held_round, [held.id])
    if held_round.kind == queries.WITHIN_YEAR:
        await stay(session, actor.bureau, held.id)
        if await placed(session, actor.bureau, [held.id]):
            await _record_stay(session, actor, held)
            return
    status = APPLICATION.next(ApplicationStatus(held.status), ApplicationEvent.WITHDRAW)
    await session.execute(
        update(table(Application))
        .where(col(Application.bureau) == actor.bureau, col(Application.id) == held.id)
        .values(status=status.value, version=held.version + 1)
    )
    before, after = f"{held.status}/{held.version}", f"{status.value}/{held.version + 1}"
    await journal.record(session, actor, "application", "withdraw", f"application:{held.id}", before, after)


async def _record_stay(session: AsyncSession, actor: Actor, held: queries.HeldApplication) -> None:
    """Its child became a pupil by this application, which rests again: what is taken back is the wish to move."""
    now = f"{held.status}/{held.version}"
    await journal.record(session, actor, "application", "stay", f"application:{held.id}", now, now)


async def one_at_a_time(session: AsyncSession, actor: Actor) -> None:
    """One person's acts follow one another: two tabs, double clicks and a second account cannot cross."""
    name = f"submit:{actor.bureau}:{actor.person}"
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


async def open_round(session: AsyncSession, bureau: str, round_id: UUID) -> HeldRound:
    """The round, held, while it takes applications; raises `application.round_not_open`, `application.deadline_passed`,
    `access.not_found`."""
    held = await hold_round(session, bureau, round_id)
    if held.status != OPEN or held.now < held.opens_at:
        raise ServiceError("application.round_not_open", "round", status=held.status)
    if held.now > held.closes_at:
        raise ServiceError("application.deadline_passed", "round", deadline=held.closes_at.isoformat())
    return held


def _entry(actor: Actor, standing: Standing, action: str, digest: str) -> dict[str, Any]:
    before = journal.ABSENT if standing.is_new else f"{standing.status.value}/{standing.version - 1}"
    after = f"{ApplicationStatus.SUBMITTED.value if action == 'submit' else standing.status.value}/{standing.version}"
    return journal.entry(actor, "application", action, f"application:{standing.id}", before, f"{after} {digest}")


def _receipt(standing: Standing, held: HeldRound, form: Form) -> dict[str, Any]:
    return {
        "application": str(standing.id),
        "round": str(held.id),
        "version": standing.version,
        "form_digest": form.digest,
        "received_at": held.now.isoformat(),
    }
