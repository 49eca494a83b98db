"""One case, one officer: take, give back, hand over. Of two who take a case at once, one has it.

The application's row is the lock; a lease that is over is ended by whoever takes the case next. With the evidence work
of a case its claims are `checking`, and `claimed` again when it is given back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import CASEWORK, Target, authorize
from app.accounts.queries import holds_duty
from app.actor import Actor
from app.applications.checking import begin_checking, pass_checking_on, release_checking
from app.applications.queries import held_application
from app.applications.second_look import looked_before
from app.casework.clocks import LEASE_DAYS, working_days_from
from app.casework.lifecycle import HOLD, HoldEvent, HoldStatus, Work
from app.casework.models import CaseHold
from app.clock import uuid7
from app.database import database_now, table
from app.errors import ServiceError
from app.journal import service as journal

WAITS = text(
    "SELECT demonstration FROM casework_queue"
    " WHERE bureau = :bureau AND application = :application AND work = :work LIMIT 1"
)


@dataclass(frozen=True)
class Hold:
    """A case in an officer's hands until then."""

    id: UUID
    application: UUID
    work: Work
    officer: UUID
    taken_at: datetime
    until: datetime


async def take(session: AsyncSession, actor: Actor, application_id: UUID, work: Work) -> Hold:
    """Take a case; whoever holds it already is told the same. Raises `casework.nothing_to_do`,
    `casework.held_by_another`, `application.second_look` for a refusal that the officer has had a hand in."""
    authorize(actor, "casework.take", Target(actor.bureau))
    held = await held_application(session, actor.bureau, application_id)
    actor = authorize(actor, "casework.take", held.target(actor.bureau))
    waiting = (
        await session.execute(WAITS, {"bureau": actor.bureau, "application": held.id, "work": work.value})
    ).one_or_none()
    if waiting is None:
        raise ServiceError("casework.nothing_to_do", "work")
    await _refuse_own_refusal(session, actor.bureau, held.id, work, actor.person)
    now, standing = await database_now(session), await _standing(session, actor.bureau, held.id, work)
    if standing is not None and standing.until > now:
        if standing.officer != actor.person:
            raise ServiceError("casework.held_by_another", "application", until=standing.until.isoformat())
        return _hold(standing)
    if standing is not None:
        await _end(session, actor, standing, HoldEvent.LAPSE, now)
    made = await _begin(
        session, actor, held.id, work, actor.person, now, working_days_from(now, LEASE_DAYS, waiting.demonstration)
    )
    if work is Work.EVIDENCE and standing is not None:
        await pass_checking_on(session, actor, held.id, actor.person)
    if work is Work.EVIDENCE:
        await begin_checking(session, actor, held.id)
    return made


async def give_back(session: AsyncSession, actor: Actor, hold_id: UUID) -> None:
    """Give a case back to the queue. Raises `casework.not_held`, `access.*`."""
    row, actor = await _own(session, actor, hold_id, "casework.give_back")
    await _end(session, actor, row, HoldEvent.GIVE_BACK, await database_now(session))
    if row.work == Work.EVIDENCE:
        await release_checking(session, actor, row.application)


async def hand_over(session: AsyncSession, actor: Actor, hold_id: UUID, to: UUID) -> Hold:
    """Hand a case over to a colleague, whose lease begins now. Raises `casework.no_such_officer` for the officer itself
    and the child's guardians, `application.second_look` for whoever had a hand in the refusal, `casework.not_held`,
    `access.*`, also for whoever does no casework."""
    row, actor = await _own(session, actor, hold_id, "casework.hand_over")
    held = await held_application(session, actor.bureau, row.application)
    if not await holds_duty(session, actor.bureau, to, CASEWORK):
        raise ServiceError("access.not_found", "officer", action="casework.hand_over")
    if to == row.officer or to in held.guardians:
        raise ServiceError("casework.no_such_officer", "officer")
    await _refuse_own_refusal(session, actor.bureau, held.id, Work(row.work), to)
    now = await database_now(session)
    await _end(session, actor, row, HoldEvent.HAND_OVER, now)
    made = await _begin(session, actor, held.id, Work(row.work), to, now, row.until + (now - row.taken_at))
    if row.work == Work.EVIDENCE:
        await pass_checking_on(session, actor, held.id, to)
    return made


async def _refuse_own_refusal(session: AsyncSession, bureau: str, application: UUID, work: Work, officer: UUID) -> None:
    if work is Work.REFUSAL and officer in await looked_before(session, bureau, application):
        raise ServiceError("application.second_look", "application")


async def _own(session: AsyncSession, actor: Actor, hold_id: UUID, action: str) -> tuple[CaseHold, Actor]:
    """A hold of the actor's own, locked behind its application as `take` does."""
    authorize(actor, action, Target(actor.bureau))
    found = await session.get(CaseHold, (actor.bureau, hold_id))
    if found is None:
        raise ServiceError("access.not_found", "hold", action=action)
    held = await held_application(session, actor.bureau, found.application)
    actor = authorize(actor, action, held.target(actor.bureau))
    await session.refresh(found, with_for_update=True)
    if found.status != HoldStatus.HELD or found.officer != actor.person:
        raise ServiceError("casework.not_held", "hold", status=found.status)
    return found, actor


async def _standing(session: AsyncSession, bureau: str, application: UUID, work: Work) -> CaseHold | None:
    row: CaseHold | None = await session.scalar(
        select(CaseHold)
        .where(
            col(CaseHold.bureau) == bureau,
            col(CaseHold.application) == application,
            col(CaseHold.work) == work,
            col(CaseHold.status) == HoldStatus.HELD,
        )
        .execution_options(populate_existing=True)
    )
    return row


async def _begin(
    session: AsyncSession, actor: Actor, application: UUID, work: Work, officer: UUID, now: datetime, until: datetime
) -> Hold:
    made = CaseHold(
        bureau=actor.bureau,
        id=uuid7(),
        application=application,
        work=work.value,
        officer=officer,
        status=HOLD.initial.value,
        taken_at=now,
        until=until,
    )
    session.add(made)
    await session.flush()
    await journal.record(session, actor, "case", f"take_{work.value}", f"hold:{made.id}", after=f"held {officer}")
    return _hold(made)


async def _end(session: AsyncSession, actor: Actor, row: CaseHold, event: HoldEvent, now: datetime) -> None:
    after = HOLD.next(HoldStatus(row.status), event)
    await session.execute(
        update(table(CaseHold))
        .where(col(CaseHold.bureau) == actor.bureau, col(CaseHold.id) == row.id)
        .values(status=after.value, ended_at=now)
    )
    await journal.record(session, actor, "case", event.value, f"hold:{row.id}", HoldStatus.HELD, after)


def _hold(row: CaseHold) -> Hold:
    names: dict[str, Any] = {name: getattr(row, name) for name in ("id", "application", "officer", "taken_at", "until")}
    return Hold(**names, work=Work(row.work))
