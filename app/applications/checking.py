"""A case taken by an officer: what it claims is being checked, by whom and since when."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.applications.casework import Check, mark
from app.applications.lifecycle import EvidenceEvent, EvidenceStatus, ReferralStatus
from app.applications.models import Evidence, Referral
from app.database import database_now, table
from app.journal import service as journal


async def begin_checking(session: AsyncSession, actor: Actor, application: UUID) -> None:
    """Whatever the bureau itself checks of this application is being checked by the actor; another office's not."""
    elsewhere = await session.scalars(
        select(col(Referral.kind)).where(
            col(Referral.bureau) == actor.bureau,
            col(Referral.application) == application,
            col(Referral.status) != ReferralStatus.WITHDRAWN,
        )
    )
    claimed = set(await _of(session, actor.bureau, application, EvidenceStatus.CLAIMED)) - set(elsewhere)
    await _mark(session, actor, application, sorted(claimed), EvidenceEvent.BEGIN)


async def release_checking(session: AsyncSession, actor: Actor, application: UUID) -> None:
    """What was not decided waits again for anybody."""
    checking = await _of(session, actor.bureau, application, EvidenceStatus.CHECKING)
    await _mark(session, actor, application, sorted(checking), EvidenceEvent.RELEASE)


async def pass_checking_on(session: AsyncSession, actor: Actor, application: UUID, officer: UUID) -> None:
    """Somebody else is at it from now on; its status stays."""
    checking = await _of(session, actor.bureau, application, EvidenceStatus.CHECKING)
    if not checking:
        return
    await session.execute(
        update(table(Evidence))
        .where(col(Evidence.bureau) == actor.bureau, col(Evidence.id).in_(checking.values()))
        .values(checked_by=officer, checked_at=await database_now(session))
    )
    entries: list[dict[str, Any]] = [
        journal.entry(
            actor,
            "evidence",
            "pass_on",
            f"evidence:{row}",
            EvidenceStatus.CHECKING,
            f"{EvidenceStatus.CHECKING} {officer}",
        )
        for row in checking.values()
    ]
    await journal.record_all(session, entries)


async def _mark(session: AsyncSession, actor: Actor, application: UUID, kinds: list[str], event: EvidenceEvent) -> None:
    await journal.record_all(session, await mark(session, actor, [Check(application, kind, event) for kind in kinds]))


async def _of(session: AsyncSession, bureau: str, application: UUID, status: EvidenceStatus) -> dict[str, UUID]:
    """Kind → evidence, of this status, held."""
    rows = await session.execute(
        select(col(Evidence.kind), col(Evidence.id))
        .where(
            col(Evidence.bureau) == bureau,
            col(Evidence.application) == application,
            col(Evidence.status) == status,
        )
        .order_by(col(Evidence.id))
        .with_for_update()
    )
    return {row.kind: row.id for row in rows}
