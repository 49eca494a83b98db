"""Deciding children's cases anew where something has changed that their families did not write."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.applications import queries
from app.applications.decide import cases_of, decide_and_store
from app.applications.lifecycle import ApplicationStatus
from app.applications.models import Application
from app.journal import service as journal
from app.vault import Vault


async def decide_anew(session: AsyncSession, vault: Vault, actor: Actor, children: Sequence[UUID]) -> None:
    """Every application of these children whose round can still take it."""
    standing = await session.execute(
        select(col(Application.id), col(Application.round)).where(
            col(Application.bureau) == actor.bureau,
            col(Application.child).in_(children),
            col(Application.status) == ApplicationStatus.SUBMITTED,
        )
    )
    by_round: dict[UUID, list[UUID]] = {}
    for row in standing:
        by_round.setdefault(row.round, []).append(row.id)
    for round_id, applications in sorted(by_round.items()):
        await decide_in_round(session, vault, actor, round_id, applications)


async def decide_in_round(
    session: AsyncSession, vault: Vault, actor: Actor, round_id: UUID, applications: Sequence[UUID]
) -> None:
    """These applications of one round, if it can still take it."""
    held = await queries.hold_round(session, actor.bureau, round_id)
    if held.status in queries.CHECKABLE:
        rows = await queries.held_applications(session, actor.bureau, round_id, applications)
        cases = await cases_of(session, vault, actor.bureau, rows)
        await journal.record_all(session, await decide_and_store(session, actor, held, cases))
