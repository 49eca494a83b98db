"""What the provincial platform may tell a family under its number: where its form stands, once that is public.

Of decisions those are told that a person has confirmed or that are in the family's favour; of what is missing, nothing
that another family's case would show.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.applications.assessment import GUARDIANSHIP
from app.applications.lifecycle import ApplicationStatus, IncomingStatus, Outcome
from app.applications.models import Application, Decision, IncomingItem
from app.applications.origin import Origin

DECIDED = (Outcome.ELIGIBLE, Outcome.NOT_ELIGIBLE, Outcome.DEFERRED)


@dataclass(frozen=True)
class PlatformStanding:
    """`state`: received, incomplete (the line itself; `missing` says what), settled, missing (papers), decided,
    withdrawn. `version` is that of the form under this number, and `newest` says whether it is still the family's."""

    item: UUID
    number: str
    received_at: datetime
    state: str
    missing: tuple[str, ...]
    outcome: str | None
    application: UUID | None
    newest: bool


async def standings_of_platform(
    session: AsyncSession, bureau: str, round_id: UUID, after: UUID | None, limit: int
) -> list[PlatformStanding]:
    """A page of the round's platform numbers, the first that came first. The caller is authorised."""
    of_item = and_(col(Application.bureau) == bureau, col(Application.id) == col(IncomingItem.application))
    query = (
        select(IncomingItem, col(Application.status), col(Application.outcome), col(Application.origin_number))
        .outerjoin(Application, of_item)
        .where(
            col(IncomingItem.bureau) == bureau,
            col(IncomingItem.round) == round_id,
            col(IncomingItem.origin) == Origin.PLATFORM,
        )
    )
    if after is not None:
        query = query.where(col(IncomingItem.id) > after)
    rows = (await session.execute(query.order_by(col(IncomingItem.id)).limit(limit))).all()
    undetermined = [item.application for item, _, outcome, _ in rows if outcome == Outcome.UNDETERMINED]
    lacking = await _missing(session, bureau, [application for application in undetermined if application is not None])
    return [_standing(item, status, outcome, newest == item.number, lacking) for item, status, outcome, newest in rows]


def _standing(
    item: IncomingItem, status: str | None, outcome: str | None, newest: bool, lacking: dict[UUID, tuple[str, ...]]
) -> PlatformStanding:
    state, missing, told = "received", tuple[str, ...](), None
    if item.status == IncomingStatus.SETTLED:
        state = "settled"
    elif item.status != IncomingStatus.CHECKED:
        state, missing = ("incomplete", tuple(item.differences)) if item.differences else (state, missing)
    elif status == ApplicationStatus.WITHDRAWN:
        state = "withdrawn"
    elif outcome in DECIDED:
        state, told = "decided", outcome
    elif item.application in lacking:
        state, missing = "missing", lacking[item.application]
    return PlatformStanding(item.id, item.number, item.received_at, state, missing, told, item.application, newest)


async def _missing(session: AsyncSession, bureau: str, applications: list[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Application → what its newest decision misses; none where that is another family's matter alone."""
    rows = await session.execute(
        select(col(Decision.application), col(Decision.missing))
        .where(col(Decision.bureau) == bureau, col(Decision.application).in_(applications))
        .order_by(col(Decision.application), col(Decision.number))
    )
    newest = {row.application: tuple(code for code in row.missing if code != GUARDIANSHIP) for row in rows}
    return {application: missing for application, missing in newest.items() if missing}
