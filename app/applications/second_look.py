"""Nobody answers alone for a "no": who refused its evidence, or made or proposed the finding, does not confirm it."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.applications.lifecycle import EvidenceStatus
from app.applications.models import Evidence
from app.applications.queries import decision_of
from app.errors import ServiceError


async def looked_before(session: AsyncSession, bureau: str, application: UUID) -> set[UUID]:
    """Who has had a hand in what would be refused."""
    refused = await session.scalars(
        select(col(Evidence.checked_by)).where(
            col(Evidence.bureau) == bureau,
            col(Evidence.application) == application,
            col(Evidence.status) == EvidenceStatus.REFUSED,
        )
    )
    last = await decision_of(session, bureau, application)
    return {person for person in (*refused, None if last is None else last.decided_by) if person is not None}


async def refuse_own_finding(session: AsyncSession, actor: Actor, application: UUID) -> None:
    """Raise `application.second_look` for whoever had a hand in it."""
    if actor.person in await looked_before(session, actor.bureau, application):
        raise ServiceError("application.second_look", "application")
