"""What a family may read of its own: its name in the points list, its proofs, its objections."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications import queries as applications
from app.errors import ServiceError
from app.rounds.models import Bundle, BundleApplicant, ListedApplicant, Objection
from app.rounds.queries import points_list_of


async def masked_name(session: AsyncSession, actor: Actor, round_id: UUID, application_id: UUID) -> str:
    """Under which name the points list shows one's own child; raises `access.not_found`."""
    latest = await points_list_of(session, actor, round_id)
    row = await session.get(ListedApplicant, (actor.bureau, latest.id, application_id))
    if row is None:
        raise ServiceError("access.not_found", "application", action="round.prove")
    authorize(actor, "round.prove", Target(actor.bureau, tuple(row.guardians)))
    return row.shown


async def proofs_of(
    session: AsyncSession, actor: Actor, round_id: UUID, application_id: UUID
) -> list[tuple[Bundle, BundleApplicant]]:
    """For a guardian: the child's rows in each published bundle of the round, with what proves them; newest first."""
    rows = await session.execute(
        select(Bundle, BundleApplicant)
        .where(
            col(BundleApplicant.bureau) == col(Bundle.bureau),
            col(BundleApplicant.bundle) == col(Bundle.id),
            col(Bundle.bureau) == actor.bureau,
            col(Bundle.round) == round_id,
            col(Bundle.published),
            col(BundleApplicant.application) == application_id,
        )
        .order_by(col(Bundle.number).desc())
    )
    found = [(bundle, person) for bundle, person in rows]
    if not found:
        raise ServiceError("access.not_found", "application", action="round.prove")
    authorize(actor, "round.prove", Target(actor.bureau, tuple(found[0][1].guardians)))
    return found


async def own_objections(session: AsyncSession, actor: Actor) -> list[Objection]:
    """A guardian's own objections, newest first."""
    own = [row.id for row in await applications.applications_of_guardian(session, actor.bureau, actor.person)]
    rows = await session.scalars(
        select(Objection)
        .where(col(Objection.bureau) == actor.bureau, col(Objection.application).in_(own))
        .order_by(col(Objection.id).desc())
    )
    return list(rows)
