"""Reads of accounts, named as questions."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.accounts.lifecycle import ActStatus
from app.accounts.models import Organisation, Person, RoleGrant, TwoPersonAct
from app.actor import Actor
from app.errors import ServiceError


async def acts_waiting(session: AsyncSession, actor: Actor) -> list[TwoPersonAct]:
    """Two-person acts not yet approved, oldest first; the database shows only those of the actor's duty."""
    authorize(actor, "act.read", Target(actor.bureau))
    rows = await session.scalars(
        select(TwoPersonAct)
        .where(col(TwoPersonAct.bureau) == actor.bureau, col(TwoPersonAct.status) == ActStatus.PROPOSED)
        .order_by(col(TwoPersonAct.proposed_at), col(TwoPersonAct.id))
    )
    return list(rows)


async def roles_held(session: AsyncSession, actor: Actor, person: UUID) -> list[RoleGrant]:
    """A person's grants that nobody has ended, oldest first; raises `access.not_found` for an unknown person."""
    authorize(actor, "account.grant", Target(actor.bureau))
    known = select(col(Person.id)).where(col(Person.bureau) == actor.bureau, col(Person.id) == person)
    if await session.scalar(known) is None:
        raise ServiceError("access.not_found", "person", action="account.grant")
    rows = await session.scalars(
        select(RoleGrant)
        .where(
            col(RoleGrant.bureau) == actor.bureau,
            col(RoleGrant.person) == person,
            col(RoleGrant.revoked_at).is_(None),
        )
        .order_by(col(RoleGrant.valid_from), col(RoleGrant.id))
    )
    return list(rows)


async def serves(session: AsyncSession, bureau: str) -> bool:
    """Whether this deployment serves the bureau; the transaction speaks for somebody of it."""
    known = select(col(Organisation.id)).where(col(Organisation.bureau) == bureau, col(Organisation.id) == bureau)
    return await session.scalar(known) is not None
