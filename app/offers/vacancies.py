"""What the classes of a round within the year have free, as its officers see it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.errors import ServiceError
from app.rounds import queries as rounds
from app.rounds.vocabulary import RoundKind
from app.schools.queries import ProgrammeSeats

# The view counts offers as far as the reader sees them: the bureau's staff see all.
STANDING = text("""
    SELECT v.programme, v.school, v.grade, v.classes, v.room, v.reserved, v.vacancies, v.kept_for_draw,
           p.payer = 'bureau' AS purchased
    FROM vacancy_standing v JOIN programme p ON p.bureau = v.bureau AND p.id = v.programme
    WHERE v.bureau = :bureau AND v.round = :round ORDER BY v.school, v.grade
""")

LEFT = text("""
    SELECT room - above - reserved FROM vacancy_standing
    WHERE bureau = :bureau AND year = :year AND school = :school AND grade = :grade AND classes > 0 LIMIT 1
""")


@dataclass(frozen=True)
class VacancyRow:
    """A school's grade: `room` in its classes, of which `reserved` are offered, in whichever round of the year, to
    children not yet arrived. `kept_for_draw`: a draw has places of this grade still to give, and nobody else has.
    `purchased`: the bureau pays, for no more than the places that the programme was planned with."""

    programme: str
    school: str
    grade: int
    classes: int
    room: int
    reserved: int
    vacancies: int
    kept_for_draw: bool
    purchased: bool


async def vacancies_of(session: AsyncSession, bureau: str, round_id: UUID) -> list[VacancyRow]:
    """Every programme of a round within the year, by school and grade."""
    rows = await session.execute(STANDING, {"bureau": bureau, "round": round_id})
    return [VacancyRow(**row._mapping) for row in rows]


async def left_in_register(session: AsyncSession, bureau: str, year: int, plan: ProgrammeSeats) -> int | None:
    """What the classes of the programme's grade have left when everybody offered a place there arrives, negative above
    their limits; None where the school has reported none."""
    values = {"bureau": bureau, "year": year, "school": plan.school, "grade": plan.grade}
    left: int | None = await session.scalar(LEFT, values)
    return left


async def list_vacancies(session: AsyncSession, actor: Actor, round_id: UUID) -> list[VacancyRow]:
    """The vacancies by grade and school; raises `access.not_found`, `placement.not_within_year`."""
    authorize(actor, "placement.list", Target(actor.bureau))
    row = await rounds.round_by_id(session, actor.bureau, round_id)
    if row.kind is not RoundKind.WITHIN_YEAR:
        raise ServiceError("placement.not_within_year", "round")
    return await vacancies_of(session, actor.bureau, round_id)
