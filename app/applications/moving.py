"""A pupil of the county that moves within the year: it keeps the place that it has until it has arrived at another.

Its record as a pupil, which the service has itself (`offers`, revision 0027), says that it moves; nobody declares it.
Who still has a place to answer, or to arrive at, is no pupil yet, and moves when it is one.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.applications.entry import FOR_THE_UNPLACED, hold_children, seats_in_entry
from app.applications.form import Form
from app.applications.models import Application
from app.applications.queries import WITHIN_YEAR, HeldRound
from app.applications.standing import Standing
from app.database import table
from app.errors import ServiceError
from app.schools import queries as schools

NOW = text("SELECT offer, school, stage, year, grade FROM pupils_known(:bureau, CAST(:children AS uuid[]))")


@dataclass(frozen=True)
class Attended:
    """The school at which a child is a pupil now, by which offer, and in which grade it is in the year asked about."""

    offer: UUID
    school: str
    grade: int


async def attended(session: AsyncSession, bureau: str, held: HeldRound, child: UUID) -> Attended | None:
    """Where a child attends the stage of the round now; None for a pupil of another stage, which only ends there."""
    row = (await session.execute(NOW, {"bureau": bureau, "children": [child]})).one_or_none()
    if row is None or row.stage != held.stage:
        return None
    return Attended(row.offer, row.school, row.grade + held.year - row.year)


async def place_kept(session: AsyncSession, bureau: str, held: HeldRound, child: UUID, form: Form) -> Attended | None:
    """The place that a child keeps while it asks for another within the year, None where it has none.

    Raises `application.placed_already` where the round is for those without a place and this child has one that it
    cannot move from, `application.at_its_school` where its home belongs to the school that it attends.
    """
    if held.kind not in FOR_THE_UNPLACED:
        return None
    await hold_children(session, bureau, [child])
    kept = await attended(session, bureau, held, child) if held.kind == WITHIN_YEAR else None
    for seat in await seats_in_entry(session, bureau, held.stage, held.year, [child]):
        if kept is None or seat.offer != kept.offer:
            raise ServiceError("application.placed_already", "round")
    if kept is not None:
        own = await schools.catchment_schools(session, bureau, held.stage, held.as_of)
        if kept.school in own.get(form.residence_community, ()):
            raise ServiceError("application.at_its_school", "residence_community")
    return kept


def moving(standing: Standing, kept: Attended | None) -> Standing:
    """The application as one to move from the place that the child keeps; another place begins another bound."""
    if kept is None:
        return replace(standing, moves_from=None)
    place_by = standing.place_by if standing.moves_from == kept.offer else None
    return replace(standing, moves_from=kept.offer, place_by=place_by)


async def stay(session: AsyncSession, bureau: str, application: UUID) -> None:
    """The family does not ask to move any more; who became a pupil by this very application has its place by it."""
    await session.execute(
        update(table(Application))
        .where(col(Application.bureau) == bureau, col(Application.id) == application)
        .values(moves_from=None)
    )
