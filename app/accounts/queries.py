"""Reads of accounts, named as questions."""

from uuid import UUID

from sqlalchemy import Date, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.accounts.lifecycle import ActStatus
from app.accounts.models import Organisation, OrganisationKind, Person, RoleGrant, TwoPersonAct
from app.actor import Actor
from app.errors import ServiceError
from app.vault import Place, Vault, unseal


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


async def organisation_target(session: AsyncSession, bureau: str, organisation: str) -> Target:
    """Whose business is what was referred to this office or town; raises `access.not_found` for any other."""
    row = await session.get(Organisation, (bureau, organisation))
    if row is not None and row.kind == OrganisationKind.OFFICE:
        return Target(bureau, offices=(organisation,))
    if row is not None and row.kind == OrganisationKind.TOWN:
        return Target(bureau, towns=(organisation,))
    raise ServiceError("access.not_found", "organisation", action="organisation")


async def offices_set_up(session: AsyncSession, bureau: str) -> dict[str, str]:
    """Kind of office → the bureau's first organisation of that kind."""
    rows = await session.execute(
        select(col(Organisation.office), col(Organisation.id))
        .where(col(Organisation.bureau) == bureau, col(Organisation.kind) == OrganisationKind.OFFICE)
        .order_by(col(Organisation.id).desc())
    )
    return {str(row.office): row.id for row in rows}


async def names_of(session: AsyncSession, bureau: str, organisations: list[str]) -> dict[str, str]:
    """The names of these organisations."""
    rows = await session.execute(
        select(col(Organisation.id), col(Organisation.name)).where(
            col(Organisation.bureau) == bureau, col(Organisation.id).in_(organisations)
        )
    )
    return {row.id: row.name for row in rows}


async def is_town(session: AsyncSession, bureau: str, organisation: str) -> bool:
    """Whether a town's government has been set up under this id."""
    row = await session.get(Organisation, (bureau, organisation))
    return row is not None and row.kind == OrganisationKind.TOWN


async def holds_duty(session: AsyncSession, bureau: str, person: UUID, duty: str) -> bool:
    """Whether a person holds this duty of the bureau today, by the database's day in Beijing."""
    today = func.timezone("Asia/Shanghai", func.now()).cast(Date)
    known = select(col(RoleGrant.id)).where(
        col(RoleGrant.bureau) == bureau,
        col(RoleGrant.organisation) == bureau,
        col(RoleGrant.person) == person,
        col(RoleGrant.role) == duty,
        col(RoleGrant.revoked_at).is_(None),
        col(RoleGrant.valid_from) <= today,
        col(RoleGrant.valid_to).is_(None) | (col(RoleGrant.valid_to) >= today),
    )
    return await session.scalar(known) is not None


async def is_school(session: AsyncSession, bureau: str, organisation: str) -> bool:
    """Whether this is a school of the bureau."""
    row = await session.get(Organisation, (bureau, organisation))
    return row is not None and row.kind == OrganisationKind.SCHOOL


async def own_identity(session: AsyncSession, vault: Vault, actor: Actor) -> tuple[str, bytes | None]:
    """The actor's own name as the provider has verified it, and the digest of the number, where it gave one."""
    row = await session.get_one(Person, (actor.bureau, actor.person))
    key = await vault.key_of(session, actor.bureau, actor.person)
    known = unseal(key, row.sealed, Place("person", "sealed", row.id))
    return str(known["name"]), row.lookup
