"""What an office sees of the claims of its own kind: masked names in a list, and one at a time in full, journalled."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import authorize
from app.accounts.queries import names_of, organisation_target
from app.actor import Actor
from app.applications.lifecycle import ReferralStatus
from app.applications.models import Referral
from app.applications.numbers import masked_name
from app.errors import ServiceError
from app.journal import service as journal
from app.vault import Place, Vault, unseal


@dataclass(frozen=True)
class Listed:
    """A line of an office's list. Names are masked."""

    id: UUID
    kind: str
    value: str
    status: ReferralStatus
    child: str
    holder: str
    made_at: datetime
    due_on: date


@dataclass(frozen=True)
class Opened:
    """One referral as the office confirms or refuses it. `reason`: that of its last refusal."""

    id: UUID
    kind: str
    status: ReferralStatus
    made_at: datetime
    due_on: date
    told: dict[str, Any]
    reason: str | None


async def list_referrals(
    session: AsyncSession,
    vault: Vault,
    actor: Actor,
    organisation: str,
    status: ReferralStatus | None,
    after: UUID | None,
    limit: int,
) -> list[Listed]:
    """A page of what was referred to an organisation, oldest first; raises `access.*`."""
    authorize(actor, "referral.list", await organisation_target(session, actor.bureau, organisation))
    query = select(Referral).where(col(Referral.bureau) == actor.bureau, col(Referral.organisation) == organisation)
    if status is not None:
        query = query.where(col(Referral.status) == status)
    if after is not None:
        query = query.where(col(Referral.id) > after)
    rows = list(await session.scalars(query.order_by(col(Referral.id)).limit(limit)))
    keys = await vault.keys_of(session, actor.bureau, [row.id for row in rows])
    return [_listed(row, _told(row, keys[row.id])) for row in rows]


async def open_referral(
    session: AsyncSession, vault: Vault, actor: Actor, organisation: str, referral_id: UUID
) -> Opened:
    """Name and number of the person concerned, unmasked; the act is journalled. Raises `access.*`."""
    target = await organisation_target(session, actor.bureau, organisation)
    actor = authorize(actor, "referral.read", target)
    row = await session.get(Referral, (actor.bureau, referral_id))
    if row is None or row.organisation != organisation:
        raise ServiceError("access.not_found", "referral", action="referral.read")
    authorize(actor, "referral.read", replace(target, guardians=tuple(row.guardians)))
    key = await vault.key_of(session, actor.bureau, row.id)
    await journal.record(session, actor, "referral", "unmask", f"referral:{row.id}", "-", "read")
    reason = None if row.reason is None else unseal(key, row.reason, Place("referral", "reason", row.id))
    return Opened(row.id, row.kind, ReferralStatus(row.status), row.made_at, row.due_on, _told(row, key), reason)


async def referrals_of(session: AsyncSession, vault: Vault, bureau: str, application: UUID) -> list[dict[str, Any]]:
    """What of an application was referred to whom and what they answered, for its family and the bureau."""
    rows = list(
        await session.scalars(
            select(Referral)
            .where(
                col(Referral.bureau) == bureau,
                col(Referral.application) == application,
                col(Referral.status) != ReferralStatus.WITHDRAWN,
            )
            .order_by(col(Referral.id))
        )
    )
    names = await names_of(session, bureau, [row.organisation for row in rows])
    keys = await vault.keys_of(session, bureau, [row.id for row in rows])
    return [
        {
            "id": row.id,
            "kind": row.kind,
            "organisation": row.organisation,
            "organisation_name": names[row.organisation],
            "status": row.status,
            "due_on": row.due_on,
            "reason": None
            if row.reason is None
            else unseal(keys[row.id], row.reason, Place("referral", "reason", row.id)),
        }
        for row in rows
    ]


async def refuse_where_referred(session: AsyncSession, bureau: str, asked: list[tuple[UUID, str]]) -> None:
    """Raise `application.office_verifies`, naming the check and the office, where a claim is not the caseworker's."""
    rows = await session.execute(
        select(col(Referral.application), col(Referral.kind), col(Referral.organisation)).where(
            col(Referral.bureau) == bureau,
            col(Referral.application).in_({application for application, _ in asked}),
            col(Referral.status) != ReferralStatus.WITHDRAWN,
        )
    )
    referred = {(row.application, row.kind): row.organisation for row in rows}
    for index, pair in enumerate(asked):
        if pair in referred:
            name = (await names_of(session, bureau, [referred[pair]]))[referred[pair]]
            raise ServiceError("application.office_verifies", f"checks.{index}", office=name)


def _told(row: Referral, key: bytes) -> dict[str, Any]:
    told: dict[str, Any] = unseal(key, row.sealed, Place("referral", "sealed", row.id))
    return told


def _listed(row: Referral, told: dict[str, Any]) -> Listed:
    return Listed(
        id=row.id,
        kind=row.kind,
        value=told["value"],
        status=ReferralStatus(row.status),
        child=told["child"],
        holder=masked_name(told["holder"]["name"]),
        made_at=row.made_at,
        due_on=row.due_on,
    )
