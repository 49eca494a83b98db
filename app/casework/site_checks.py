"""A school looks for the bureau: at the originals of given papers, or at a home. It records and never decides.

As an office that is asked (ADR 0019), a school sees what it is asked and nothing else of the case.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.accounts.queries import is_school
from app.actor import Actor
from app.applications.queries import checkable_round, checks_of, held_application
from app.applications.reading import child_names
from app.calendar import COUNTY_TIME
from app.casework.clocks import SCHOOL_DAYS, working_days_from
from app.casework.lifecycle import SITE_CHECK, Original, SiteCheckEvent, SiteCheckStatus, Task
from app.casework.models import SiteCheck
from app.clock import uuid7
from app.database import database_now, table
from app.errors import ServiceError
from app.inserts import Part, insert_together
from app.journal import service as journal
from app.vault import Place, Vault, seal

SHORTEST_FINDING = 5


async def ask_school(
    session: AsyncSession,
    vault: Vault,
    actor: Actor,
    application_id: UUID,
    school: str,
    task: Task,
    kinds: Sequence[str],
) -> UUID:
    """Ask a school to see the originals of these kinds of evidence, or to visit the home. Raises
    `application.not_checkable`, `application.no_such_evidence`, `site_check.kinds`, `site_check.asked_already`."""
    authorize(actor, "site_check.ask", Target(actor.bureau))
    held = await held_application(session, actor.bureau, application_id)
    actor = authorize(actor, "site_check.ask", held.target(actor.bureau))
    round_row = await checkable_round(session, actor.bureau, held.round)
    if not await is_school(session, actor.bureau, school):
        raise ServiceError("access.not_found", "school", action="site_check.ask")
    await _refuse_kinds(session, actor.bureau, held.id, task, kinds)
    await _refuse_asked(session, actor.bureau, held.id, school, task)
    [name] = (await child_names(session, vault, actor.bureau, [held.child])).values()
    id_ = uuid7()
    # The family's context does not open the findings: it sees that the school has looked.
    key, (keys, [wrapped]) = vault.new_key(actor.bureau, id_, [])
    row = {
        "bureau": actor.bureau,
        "id": id_,
        "guardians": list(held.guardians),
        "schools": [school],
        "application": held.id,
        "school": school,
        "task": task.value,
        "kinds": sorted(set(kinds)),
        "status": SITE_CHECK.initial.value,
        "due": working_days_from(round_row.now, SCHOOL_DAYS, round_row.demonstration),
        "sealed": seal(key, {"child": name}, Place("site_check", "sealed", id_)),
        "asked_by": actor.person,
        "asked_at": round_row.now,
    }
    parts: list[Part] = [(keys, [{**wrapped, "schools": [school]}])]
    await insert_together(session, parts)
    await session.execute(insert(table(SiteCheck)), [row])
    await journal.record(session, actor, "site_check", f"ask_{task.value}", f"site_check:{id_}", after=school)
    return id_


async def record_site_check(
    session: AsyncSession,
    vault: Vault,
    actor: Actor,
    site_check_id: UUID,
    done_on: date,
    originals: Mapping[str, Original],
    finding: str | None,
) -> None:
    """The school's office says what it saw, once. Raises `site_check.incomplete` where an original has no result or a
    visit no finding, `site_check.future`, `site_check.recorded_already`, `access.*`."""
    row = await site_check_by_id(session, actor.bureau, site_check_id)
    actor = authorize(actor, "site_check.record", Target(actor.bureau, tuple(row.guardians), tuple(row.schools)))
    await session.refresh(row, with_for_update=True)
    if row.status != SiteCheckStatus.ASKED:
        raise ServiceError("site_check.recorded_already", "site_check")
    words = (finding or "").strip()
    if set(originals) != set(row.kinds) or (row.task == Task.VISIT and len(words) < SHORTEST_FINDING):
        raise ServiceError("site_check.incomplete", "originals" if row.kinds else "finding")
    now = await database_now(session)
    if done_on > now.astimezone(COUNTY_TIME).date():
        raise ServiceError("site_check.future", "done_on")
    key = await vault.key_of(session, actor.bureau, row.id)
    after = SITE_CHECK.next(SiteCheckStatus(row.status), SiteCheckEvent.RECORD)
    values: dict[str, Any] = {
        "status": after.value,
        "originals": {kind: seen.value for kind, seen in sorted(originals.items())},
        "finding": seal(key, words, Place("site_check", "finding", row.id)) if words else None,
        "done_on": done_on,
        "recorded_by": actor.person,
        "recorded_at": now,
    }
    of_this = update(table(SiteCheck)).where(col(SiteCheck.bureau) == actor.bureau, col(SiteCheck.id) == row.id)
    await session.execute(of_this.values(**values))
    await journal.record(session, actor, "site_check", "record", f"site_check:{row.id}", row.status, after)


async def site_check_by_id(session: AsyncSession, bureau: str, id_: UUID) -> SiteCheck:
    """Raises `access.not_found`."""
    row = await session.get(SiteCheck, (bureau, id_))
    if row is None:
        raise ServiceError("access.not_found", "site_check", action="site_check")
    return row


async def _refuse_kinds(
    session: AsyncSession, bureau: str, application: UUID, task: Task, kinds: Sequence[str]
) -> None:
    if (task is Task.ORIGINALS) != bool(kinds):
        raise ServiceError("site_check.kinds", "kinds")
    claimed = (await checks_of(session, bureau, [application]))[application]
    for kind in kinds:
        if kind not in claimed:
            raise ServiceError("application.no_such_evidence", "kinds", kind=kind)


async def _refuse_asked(session: AsyncSession, bureau: str, application: UUID, school: str, task: Task) -> None:
    """The application is held."""
    open_one = select(col(SiteCheck.id)).where(
        col(SiteCheck.bureau) == bureau,
        col(SiteCheck.application) == application,
        col(SiteCheck.school) == school,
        col(SiteCheck.task) == task,
        col(SiteCheck.status) == SiteCheckStatus.ASKED,
    )
    if await session.scalar(open_one) is not None:
        raise ServiceError("site_check.asked_already", "school")
