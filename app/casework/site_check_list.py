"""Who sees what of a school's look: the school its own, the officer all, the family that it happened."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.accounts.queries import is_school, names_of
from app.actor import Actor
from app.applications.numbers import masked_name
from app.casework.lifecycle import SiteCheckStatus, Task
from app.casework.models import SiteCheck
from app.casework.site_checks import site_check_by_id
from app.database import database_now
from app.errors import ServiceError
from app.journal import service as journal
from app.vault import Place, Vault, unseal


@dataclass(frozen=True)
class Listed:
    """A line of a school's list; the child's name is masked."""

    id: UUID
    task: Task
    kinds: list[str]
    status: SiteCheckStatus
    child: str
    asked_at: datetime
    due: datetime
    overdue: bool
    done_on: date | None


async def list_site_checks(
    session: AsyncSession,
    vault: Vault,
    actor: Actor,
    school: str,
    status: SiteCheckStatus | None,
    after: UUID | None,
    limit: int,
) -> list[Listed]:
    """A page of what a school was asked to look at, oldest first; raises `access.*`."""
    authorize(actor, "site_check.list", Target(actor.bureau, schools=(school,)))
    if not await is_school(session, actor.bureau, school):
        raise ServiceError("access.not_found", "school", action="site_check.list")
    query = select(SiteCheck).where(col(SiteCheck.bureau) == actor.bureau, col(SiteCheck.school) == school)
    if status is not None:
        query = query.where(col(SiteCheck.status) == status)
    if after is not None:
        query = query.where(col(SiteCheck.id) > after)
    rows = list(await session.scalars(query.order_by(col(SiteCheck.id)).limit(limit)))
    keys = await vault.keys_of(session, actor.bureau, [row.id for row in rows])
    now = await database_now(session)
    return [
        Listed(
            id=row.id,
            task=Task(row.task),
            kinds=row.kinds,
            status=SiteCheckStatus(row.status),
            child=masked_name(_child(row, keys[row.id])),
            asked_at=row.asked_at,
            due=row.due,
            overdue=row.status == SiteCheckStatus.ASKED and row.due <= now,
            done_on=row.done_on,
        )
        for row in rows
    ]


async def open_site_check(
    session: AsyncSession, vault: Vault, actor: Actor, site_check_id: UUID
) -> tuple[SiteCheck, str]:
    """The request with the child's name, for the school that looks; the act is journalled. Raises `access.*`."""
    row = await site_check_by_id(session, actor.bureau, site_check_id)
    actor = authorize(actor, "site_check.record", Target(actor.bureau, tuple(row.guardians), tuple(row.schools)))
    key = await vault.key_of(session, actor.bureau, row.id)
    await journal.record(session, actor, "site_check", "unmask", f"site_check:{row.id}", "-", "read")
    return row, _child(row, key)


async def site_checks_of(
    session: AsyncSession, vault: Vault, bureau: str, application: UUID, in_full: bool
) -> list[dict[str, Any]]:
    """What schools were asked about an application, oldest first; `in_full` with what they found."""
    rows = list(
        await session.scalars(
            select(SiteCheck)
            .where(col(SiteCheck.bureau) == bureau, col(SiteCheck.application) == application)
            .order_by(col(SiteCheck.id))
        )
    )
    names = await names_of(session, bureau, [row.school for row in rows])
    keys = await vault.keys_of(session, bureau, [row.id for row in rows]) if in_full else {}
    return [
        {
            "id": row.id,
            "task": row.task,
            "kinds": row.kinds,
            "school": row.school,
            "school_name": names[row.school],
            "status": row.status,
            "done_on": row.done_on,
            "originals": row.originals if in_full else None,
            "finding": None
            if row.id not in keys or row.finding is None
            else unseal(keys[row.id], row.finding, Place("site_check", "finding", row.id)),
            "recorded_by": row.recorded_by if in_full else None,
        }
        for row in rows
    ]


def _child(row: SiteCheck, key: bytes) -> str:
    return str(unseal(key, row.sealed, Place("site_check", "sealed", row.id))["child"])
