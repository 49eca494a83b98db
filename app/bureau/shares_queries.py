"""Kindergartens with their children, read from the views that the features publish."""

from datetime import date

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.bureau.shares import Kindergarten

KINDERGARTENS = text("""
    SELECT school, school_name, town, town_name, ownership, inclusive, kindergarten_level AS level,
           level_recheck_on AS recheck_on, valid_from <= :on AND coalesce(valid_to >= :on, true) AS stands
    FROM kindergarten_standing WHERE bureau = :bureau ORDER BY school
""")
COUNTED = text("SELECT school, age_class, children FROM enrolment_standing WHERE bureau = :bureau AND year = :year")
PLACED = text("""
    SELECT p.school, p.age_class, sum(s.children)::integer AS children
    FROM round_standing r
    JOIN seat_standing s ON s.bureau = r.bureau AND s.round = r.round
    JOIN programme_class_standing p ON p.bureau = s.bureau AND p.programme = s.programme
    WHERE r.bureau = :bureau AND r.stage = 'preschool' AND r.year = :year
    GROUP BY p.school, p.age_class
""")


async def kindergartens(session: AsyncSession, bureau: str, year: int, on: date) -> list[Kindergarten]:
    """Every kindergarten that stands on the date or has children in the school year, with these by class of age."""
    counted = await _by_school(session, COUNTED, bureau, year)
    placed = await _by_school(session, PLACED, bureau, year)
    rows = await session.execute(KINDERGARTENS, {"bureau": bureau, "on": on})
    found = []
    for row in rows:
        held = {name: value for name, value in row._mapping.items() if name != "stands"}
        if row.stands or row.school in counted or row.school in placed:
            found.append(Kindergarten(**held, counted=counted.get(row.school, {}), placed=placed.get(row.school, {})))
    return found


async def _by_school(session: AsyncSession, query: TextClause, bureau: str, year: int) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for row in await session.execute(query, {"bureau": bureau, "year": year}):
        found.setdefault(row.school, {})[row.age_class] = row.children
    return found
