"""One case, one officer: whoever works on what another has taken is refused. `casework` keeps who holds what."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.actor import Actor
from app.errors import ServiceError

HELD = text("SELECT application, officer, until FROM cases_held(:bureau, :applications, :work)").bindparams(
    bindparam("applications", type_=ARRAY(Uuid))
)


async def refuse_held_by_another(session: AsyncSession, actor: Actor, applications: Sequence[UUID], work: str) -> None:
    """Raise `casework.held_by_another` where a colleague holds one of these cases for this kind of work; what nobody
    holds may be worked on by list."""
    asked = {"bureau": actor.bureau, "applications": list(applications), "work": work}
    for row in await session.execute(HELD, asked):
        if row.officer != actor.person:
            raise ServiceError("casework.held_by_another", "application", until=row.until.isoformat())
