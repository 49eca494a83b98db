"""Applications within the school year: which grade, by when a place, and what rests once there is one.

The bound runs from the submission, and is not suspended while papers are asked for: who waits for whom is told with
the case instead. A changed form keeps it; whoever withdrew and applies again begins anew.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.actor import Actor
from app.applications.form import Form
from app.applications.lifecycle import ApplicationStatus
from app.applications.queries import WITHIN_YEAR, HeldRound
from app.applications.standing import Standing
from app.errors import ServiceError
from app.schools.checks import GRADES
from app.schools.queries import CHINA

BOUND = text("SELECT place_bound(CAST(:bureau AS text), CAST(:round AS uuid))")
PLACED = text("SELECT placed_within_year(CAST(:bureau AS text), CAST(:applications AS uuid[]), CAST(:kept AS uuid))")

TAKES_APPLICATIONS = text(
    "SELECT EXISTS (SELECT FROM still_to_draw(CAST(:bureau AS text), CAST(:stage AS text), CAST(:year AS integer),"
    " CAST(:grade AS integer)) WHERE takes_applications)"
)


def graded(held: HeldRound, form: Form) -> None:
    """A form within the year names a grade of the stage, and no other form names one.

    Raises `application.grade_missing`, `application.grade_not_asked`, `application.grade_of_stage`.
    """
    if held.kind != WITHIN_YEAR:
        for field in ("grade", "grade_reason"):
            if getattr(form, field) is not None:
                raise ServiceError("application.grade_not_asked", field)
        return
    if form.grade is None:
        raise ServiceError("application.grade_missing", "grade")
    least, most = GRADES[held.stage]
    if not least <= form.grade <= most:
        raise ServiceError("application.grade_of_stage", "grade", least=least, most=most)


async def bounded(session: AsyncSession, actor: Actor, held: HeldRound, standing: Standing) -> Standing:
    """The application with the end of the day by which its child is to have a place, where the round has a bound."""
    goes_on = standing.status is ApplicationStatus.SUBMITTED and standing.place_by is not None
    if held.kind != WITHIN_YEAR or goes_on:
        return standing
    days = await session.scalar(BOUND, {"bureau": actor.bureau, "round": held.id})
    return replace(standing, place_by=bound_from(held.now, days))


def bound_from(now: datetime, days: int) -> datetime:
    """The end of the `days`-th day after that of `now`, in the county."""
    return datetime.combine(now.astimezone(CHINA).date() + timedelta(days + 1), time(), CHINA)


async def refuse_while_drawn(
    session: AsyncSession, bureau: str, held: HeldRound, form: Form, standing: Standing
) -> None:
    """Whoever may still apply in the round whose draw has the places of its grade to give applies there, and does not
    wait here until it is over. A form sent in before that may be changed.

    Raises `application.drawn_first`.
    """
    if held.kind != WITHIN_YEAR or standing.status is ApplicationStatus.SUBMITTED:
        return
    values = {"bureau": bureau, "stage": held.stage, "year": held.year, "grade": form.grade}
    if await session.scalar(TAKES_APPLICATIONS, values):
        raise ServiceError("application.drawn_first", "grade")


async def refuse_while_placed(
    session: AsyncSession, bureau: str, held: HeldRound, applications: Sequence[UUID], kept: UUID | None = None
) -> None:
    """What a place within the year rests on stands; the family declines it first, or the bureau withdraws it. `kept`:
    the place from which the child asks to move, which is no reason.

    Raises `application.placed`.
    """
    if held.kind == WITHIN_YEAR and await placed(session, bureau, applications, kept):
        raise ServiceError("application.placed", "application")


async def placed(session: AsyncSession, bureau: str, applications: Sequence[UUID], kept: UUID | None = None) -> bool:
    """Whether one of these has a place within the year that it does not ask to leave."""
    values = {"bureau": bureau, "applications": list(applications), "kept": kept}
    found: bool = (await session.execute(PLACED, values)).scalar_one()
    return found
