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

# The view counts offers as far as the reader sees them: the bureau's staff see all.
STANDING = text("""
    SELECT programme, school, grade, classes, room, reserved, vacancies FROM vacancy_standing
    WHERE bureau = :bureau AND round = :round ORDER BY school, grade
""")


@dataclass(frozen=True)
class VacancyRow:
    """A school's grade: `room` in its classes, of which `reserved` are offered to children not yet arrived."""

    programme: str
    school: str
    grade: int
    classes: int
    room: int
    reserved: int
    vacancies: int


async def vacancies_of(session: AsyncSession, bureau: str, round_id: UUID) -> list[VacancyRow]:
    """Every programme of a round within the year, by school and grade."""
    rows = await session.execute(STANDING, {"bureau": bureau, "round": round_id})
    return [VacancyRow(**row._mapping) for row in rows]


async def list_vacancies(session: AsyncSession, actor: Actor, round_id: UUID) -> list[VacancyRow]:
    """The vacancies by grade and school; raises `access.not_found`, `placement.not_within_year`."""
    authorize(actor, "placement.list", Target(actor.bureau))
    row = await rounds.round_by_id(session, actor.bureau, round_id)
    if row.kind is not RoundKind.WITHIN_YEAR:
        raise ServiceError("placement.not_within_year", "round")
    return await vacancies_of(session, actor.bureau, round_id)
