"""A bundle's row in the ledger of freezes."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.clock import uuid7
from app.database import database_now
from app.journal import service as journal
from app.rounds import store
from app.rounds.lifecycle import BundleStatus
from app.rounds.models import AdmissionRound, Bundle
from app.rounds.snapshot import Snapshot


async def freeze_bundle(
    session: AsyncSession,
    actor: Actor,
    row: AdmissionRound,
    frozen: Snapshot,
    parent_run: UUID | None = None,
    draw_act: UUID | None = None,
) -> Bundle:
    """Keep these bytes as the round's next bundle, of its present pass."""
    earlier = await session.scalar(
        select(func.count()).select_from(Bundle).where(col(Bundle.bureau) == row.bureau, col(Bundle.round) == row.id)
    )
    bundle = Bundle(
        bureau=row.bureau,
        id=uuid7(),
        round=row.id,
        number=(earlier or 0) + 1,
        pass_number=row.pass_number,
        root=frozen.root,
        parent_run=parent_run,
        draw_act=draw_act,
        frozen_by=actor.person,
        frozen_at=await database_now(session),
    )
    await store.keep_bundle(session, bundle, frozen)
    await journal.record(session, actor, "bundle", "freeze", f"bundle:{bundle.id}", after=BundleStatus.FROZEN.value)
    return bundle
