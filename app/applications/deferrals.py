"""A family's part in a deferral (延缓入学): it asks with a doctor's certificate, and may take it back.

A deferral puts off one year of entry. It goes to the town in which the child lives, where that has been set up, and
otherwise to the bureau (Compulsory Education Law, article 11).
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.accounts.queries import is_town
from app.actor import Actor
from app.applications import queries
from app.applications.decide import cases_of, decide_and_store, puts_off
from app.applications.entry import hold_children
from app.applications.lifecycle import (
    ASSESSMENT,
    DEFERRAL,
    ApplicationStatus,
    AssessmentEvent,
    DeferralEvent,
    DeferralStatus,
    Outcome,
)
from app.applications.models import Application, Deferral
from app.applications.offices import offices
from app.applications.queries import HeldRound
from app.clock import uuid7
from app.database import table
from app.errors import ServiceError
from app.inserts import insert_together
from app.journal import service as journal
from app.schools.queries import town_of
from app.vault import Place, Vault, seal, unseal

BEIJING = ZoneInfo("Asia/Shanghai")
ONCE = "one_deferral_per_child_and_year"


@dataclass(frozen=True)
class Certificate:
    """The doctor's certificate, as its family tells of it."""

    hospital: str
    dated_on: date
    finding: str

    def to_json(self) -> dict[str, str]:
        return {"hospital": self.hospital, "dated_on": self.dated_on.isoformat(), "finding": self.finding}


async def request_deferral(
    session: AsyncSession, vault: Vault, actor: Actor, application_id: UUID, certificate: Certificate
) -> tuple[UUID, date]:
    """Ask that the child's entry be put off by a year; answers (id, day by which it is decided).

    Raises `deferral.not_for_this_entry`, `deferral.open_already`, `application.not_checkable`, `access.*`.
    """
    row = await queries.application_by_id(session, actor.bureau, application_id)
    actor = authorize(actor, "deferral.request", Target(actor.bureau, tuple(row.guardians)))
    held = await queries.checkable_round(session, actor.bureau, row.round)
    if not puts_off(held, [held.year]):
        raise ServiceError("deferral.not_for_this_entry", "application")
    if row.status != ApplicationStatus.SUBMITTED:
        raise ServiceError("application.not_checkable", "application", status=row.status)
    town = await town_of(session, actor.bureau, row.residence_community)
    organisation = town if town is not None and await is_town(session, actor.bureau, town) else None
    due_on = held.now.astimezone(BEIJING).date() + timedelta(days=offices().deferral_days)
    values = {"year": held.year, "organisation": organisation, "due_on": due_on}
    return await _write(session, vault, actor, row, values, certificate), due_on


async def _write(
    session: AsyncSession,
    vault: Vault,
    actor: Actor,
    row: Application,
    values: dict[str, Any],
    certificate: Certificate,
) -> UUID:
    """The deferral under a key of its own, shown to the town; raises `deferral.open_already`."""
    id_, shown = uuid7(), [name for name in (values["organisation"],) if name is not None]
    child = await vault.key_of(session, actor.bureau, row.child)
    told = unseal(child, row.sealed, Place("application", "sealed", row.id))["child"]
    key, (keys, [wrapped]) = vault.new_key(actor.bureau, id_, list(row.guardians))
    known = {"name": told["name"], "born_on": told["born_on"], "certificate": certificate.to_json()}
    await insert_together(session, [(keys, [{**wrapped, "schools": shown}])])
    try:
        async with session.begin_nested():
            await session.execute(
                insert(table(Deferral)).values(
                    **values,
                    bureau=actor.bureau,
                    id=id_,
                    guardians=list(row.guardians),
                    schools=shown,
                    application=row.id,
                    child=row.child,
                    status=DEFERRAL.initial.value,
                    sealed=seal(key, known, Place("deferral", "sealed", id_)),
                )
            )
    except IntegrityError as error:
        if ONCE not in str(error.orig):
            raise
        raise ServiceError("deferral.open_already", "application") from None
    await journal.record(session, actor, "deferral", "request", f"deferral:{id_}", after=DEFERRAL.initial)
    return id_


async def withdraw_deferral(session: AsyncSession, vault: Vault, actor: Actor, deferral_id: UUID) -> None:
    """Take a request back, at any time, or an approved deferral until the freeze; a child that this had taken out of
    the round is in it again.

    Raises `deferral.decided_already`, `application.not_checkable`, `access.*`.
    """
    found = await deferral_by_id(session, actor.bureau, deferral_id)
    actor = authorize(actor, "deferral.withdraw", Target(actor.bureau, tuple(found.guardians)))
    application = await queries.application_by_id(session, actor.bureau, found.application)
    entry = await applications_of_entry(session, found)
    before = await held_status(session, actor.bureau, deferral_id)
    if (before, DeferralEvent.WITHDRAW) not in DEFERRAL.table:
        raise ServiceError("deferral.decided_already", "deferral", status=before.value)
    if before is DeferralStatus.APPROVED:
        await queries.checkable_round(session, actor.bureau, application.round)
    after = DEFERRAL.next(before, DeferralEvent.WITHDRAW)
    await session.execute(
        update(table(Deferral))
        .where(col(Deferral.bureau) == actor.bureau, col(Deferral.id) == deferral_id)
        .values(status=after.value)
    )
    entries = [journal.entry(actor, "deferral", "withdraw", f"deferral:{deferral_id}", before, after)]
    for held, row in entry:
        if row.outcome == Outcome.DEFERRED:
            entries += await _resume(session, vault, actor, held, row)
    await journal.record_all(session, entries)


async def _resume(
    session: AsyncSession, vault: Vault, actor: Actor, held: HeldRound, row: Application
) -> list[dict[str, Any]]:
    """In this year's round again, decided anew; what two persons granted beside the rules stands."""
    outcome = ASSESSMENT.next(Outcome.DEFERRED, AssessmentEvent.RESUME)
    last = await queries.decision_of(session, actor.bureau, row.id)
    if last is not None and last.outcome == Outcome.ELIGIBLE and last.reason is not None:
        outcome = ASSESSMENT.next(outcome, AssessmentEvent.FIND_ELIGIBLE)
    await session.execute(
        update(table(Application))
        .where(col(Application.bureau) == actor.bureau, col(Application.id) == row.id)
        .values(outcome=outcome.value)
    )
    entries = [journal.entry(actor, "application", "resume", f"application:{row.id}", Outcome.DEFERRED, outcome)]
    cases = [replace(case, outcome=outcome) for case in await cases_of(session, vault, actor.bureau, [row])]
    return entries + await decide_and_store(session, actor, held, cases)


async def applications_of_entry(session: AsyncSession, deferral: Deferral) -> list[tuple[HeldRound, Application]]:
    """The child's submitted applications in the rounds of the entry that it puts off, wherever these stand. Rounds are
    held first, then the child, against a list or an answer that gives it a place just now, then its applications: as
    others hold them, so that no two block each other."""
    bureau = deferral.bureau
    listed = await session.execute(
        select(col(Application.round), col(Application.id), col(Application.grade))
        .where(
            col(Application.bureau) == bureau,
            col(Application.child) == deferral.child,
            col(Application.status) == ApplicationStatus.SUBMITTED,
        )
        .order_by(col(Application.round))
    )
    rounds = [(await queries.hold_round(session, bureau, row.round), row) for row in listed.all()]
    await hold_children(session, bureau, [deferral.child])
    found = []
    for held, row in rounds:
        if puts_off(held, [deferral.year], row.grade):
            found += [(held, one) for one in await queries.held_applications(session, bureau, held.id, [row.id])]
    return found


async def deferral_by_id(session: AsyncSession, bureau: str, deferral_id: UUID) -> Deferral:
    """A deferral as it stands; raises `access.not_found`."""
    row = await session.get(Deferral, (bureau, deferral_id))
    if row is None:
        raise ServiceError("access.not_found", "deferral", action="deferral")
    return row


async def held_status(session: AsyncSession, bureau: str, deferral_id: UUID) -> DeferralStatus:
    """Where it stands, held FOR UPDATE."""
    status = await session.scalar(
        select(col(Deferral.status))
        .where(col(Deferral.bureau) == bureau, col(Deferral.id) == deferral_id)
        .with_for_update()
    )
    return DeferralStatus(str(status))
