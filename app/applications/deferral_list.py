"""Who sees which deferrals: a town its own, the bureau all, a family that of its child.

An approved deferral is an open, dated case: it stays in the list until the child has applied in a later year's round.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.accounts.queries import names_of, organisation_target
from app.actor import Actor
from app.applications.deferral_decide import target_of
from app.applications.deferrals import BEIJING, deferral_by_id
from app.applications.lifecycle import DeferralStatus
from app.applications.models import Deferral
from app.applications.numbers import masked_name
from app.database import database_now
from app.journal import service as journal
from app.vault import Place, Vault, unseal

REMEDIES = {
    "zh": "对此决定不服的，可自知道之日起60日内申请行政复议，或在6个月内提起行政诉讼；也可以补充材料后重新申请。",
    "en": "You may ask for reconsideration in 60 days, go to court in 6 months, or ask anew with further papers.",
}
STANDING = text("""
    SELECT deferral, year, status, due_on, organisation, returned FROM deferral_standing
    WHERE bureau = :bureau AND (CAST(:organisation AS text) IS NULL OR organisation = :organisation)
        AND (CAST(:year AS integer) IS NULL OR year = :year)
        AND (CAST(:status AS text) IS NULL OR status = :status)
        AND (CAST(:after AS uuid) IS NULL OR deferral > :after)
    ORDER BY deferral LIMIT :limit
""")


@dataclass(frozen=True)
class Listed:
    """A line of the list, the child's name masked. `overdue`: still waiting after its day. `returns_in`: the year in
    whose round the child is awaited; `returned`: it has applied there, or later; None for a town, which sees no
    applications."""

    id: UUID
    child: str
    year: int
    organisation: str | None
    status: DeferralStatus
    due_on: date
    overdue: bool
    returns_in: int
    returned: bool | None


async def list_deferrals(
    session: AsyncSession,
    vault: Vault,
    actor: Actor,
    organisation: str,
    year: int | None,
    status: DeferralStatus | None,
    after: UUID | None,
    limit: int,
) -> list[Listed]:
    """A page of a town's deferrals, or of all of them where `organisation` is the bureau; raises `access.*`."""
    whole = organisation == actor.bureau
    target = Target(actor.bureau) if whole else await organisation_target(session, actor.bureau, organisation)
    authorize(actor, "deferral.list", target)
    asked = {"bureau": actor.bureau, "year": year, "after": after, "limit": limit}
    named = {"organisation": None if whole else organisation, "status": None if status is None else status.value}
    rows = (await session.execute(STANDING, {**asked, **named})).all()
    today = (await database_now(session)).astimezone(BEIJING).date()
    names = await _names(session, vault, actor.bureau, [row.deferral for row in rows])
    return [
        Listed(
            id=row.deferral,
            child=masked_name(names[row.deferral]),
            year=row.year,
            organisation=row.organisation,
            status=DeferralStatus(row.status),
            due_on=row.due_on,
            overdue=row.status == DeferralStatus.REQUESTED and row.due_on < today,
            returns_in=row.year + 1,
            returned=row.returned if whole else None,
        )
        for row in rows
    ]


async def _names(session: AsyncSession, vault: Vault, bureau: str, deferrals: list[UUID]) -> dict[UUID, str]:
    rows = await session.execute(
        select(col(Deferral.id), col(Deferral.sealed)).where(
            col(Deferral.bureau) == bureau, col(Deferral.id).in_(deferrals)
        )
    )
    keys = await vault.keys_of(session, bureau, deferrals)
    return {row.id: unseal(keys[row.id], row.sealed, Place("deferral", "sealed", row.id))["name"] for row in rows}


async def open_deferral(session: AsyncSession, vault: Vault, actor: Actor, deferral_id: UUID) -> dict[str, Any]:
    """The child's name and the certificate, for whoever decides; the act is journalled. Raises `access.*`."""
    row = await deferral_by_id(session, actor.bureau, deferral_id)
    actor = authorize(actor, "deferral.read", target_of(row))
    key = await vault.key_of(session, actor.bureau, row.id)
    await journal.record(session, actor, "deferral", "unmask", f"deferral:{row.id}", "-", "read")
    told: dict[str, Any] = unseal(key, row.sealed, Place("deferral", "sealed", row.id))
    return {"id": row.id, "year": row.year, "status": row.status, "due_on": row.due_on, **told}


async def deferrals_of(session: AsyncSession, vault: Vault, bureau: str, application: UUID) -> list[dict[str, Any]]:
    """What became of the deferrals asked for with an application, for its family and the bureau, the newest first."""
    rows = list(
        await session.scalars(
            select(Deferral)
            .where(col(Deferral.bureau) == bureau, col(Deferral.application) == application)
            .order_by(col(Deferral.id).desc())
        )
    )
    names = await names_of(session, bureau, [row.organisation for row in rows if row.organisation])
    keys = await vault.keys_of(session, bureau, [row.id for row in rows])
    return [
        {
            "id": row.id,
            "year": row.year,
            "status": row.status,
            "due_on": row.due_on,
            "town": None if row.organisation is None else names[row.organisation],
            "reason": None
            if row.reason is None
            else unseal(keys[row.id], row.reason, Place("deferral", "reason", row.id)),
            "remedies": REMEDIES if row.status == DeferralStatus.REFUSED else None,
        }
        for row in rows
    ]
