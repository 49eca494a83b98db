"""Reads of accounts, named as questions."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.accounts.lifecycle import ActStatus
from app.accounts.models import TwoPersonAct
from app.actor import Actor


async def acts_waiting(session: AsyncSession, actor: Actor) -> list[TwoPersonAct]:
    """Two-person acts not yet approved, oldest first; the database shows only those of the actor's duty."""
    authorize(actor, "act.read", Target(actor.bureau))
    rows = await session.scalars(
        select(TwoPersonAct)
        .where(col(TwoPersonAct.bureau) == actor.bureau, col(TwoPersonAct.status) == ActStatus.PROPOSED)
        .order_by(col(TwoPersonAct.proposed_at), col(TwoPersonAct.id))
    )
    return list(rows)
