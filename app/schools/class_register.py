"""The register of classes: each school's office reports its own, and an arrival is counted where there is most room.

A report says how many pupils there are, with those whose arrival has been reported before it; who arrives after it is
added, whichever round gave the place; and who has left for another school within the year is taken off.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.errors import ServiceError
from app.journal import service as journal
from app.schools.checks import grades_of
from app.schools.models import School, SchoolClass

YEAR = text("SELECT school_year(CAST(:bureau AS text), CAST(:round AS uuid))")


@dataclass(frozen=True)
class ClassReport:
    """A class as its school reports it: `size_limit` 0 where it takes nobody."""

    grade: int
    number: int
    size_limit: int
    pupils: int


async def report_classes(
    session: AsyncSession, actor: Actor, school: str, round_id: UUID, reports: Sequence[ClassReport]
) -> int:
    """Make the school's classes of the round's school year what is reported, all or nothing; answers how many changed.

    A class that is not named stays as it is. Raises `schools.class_twice`, `schools.class_grade`, `access.not_found`
    where the round is none within the year.
    """
    actor = authorize(actor, "class.report", Target(actor.bureau, schools=(school,)))
    year = await _year(session, actor.bureau, round_id)
    known = await _school(session, actor.bureau, school)
    named = {(report.grade, report.number): report for report in reports}
    if len(named) != len(reports):
        raise ServiceError("schools.class_twice", "classes")
    if any(report.grade not in grades_of(known.stages) for report in reports):
        raise ServiceError("schools.class_grade", "classes")
    held = {(row.grade, row.number): row for row in await _held(session, actor.bureau, year, school)}
    entries, changed = [], 0
    for key, report in sorted(named.items()):
        row, after = held.get(key), f"{report.pupils}/{report.size_limit}"
        before = journal.ABSENT if row is None else f"{row.pupils}/{row.size_limit}"
        if before == after:
            continue
        if row is None:
            made: dict[str, Any] = {"year": year, "school": school, "grade": report.grade, "number": report.number}
            made |= {"size_limit": report.size_limit, "pupils": report.pupils, "fictitious": known.fictitious}
            session.add(SchoolClass(bureau=actor.bureau, **made))
        else:
            row.size_limit, row.pupils = report.size_limit, report.pupils
        entries.append(journal.entry(actor, "class", "report", _name(year, school, *key), before, after))
        changed += 1
    await session.flush()
    await journal.record_all(session, entries)
    return changed


async def classes_of(session: AsyncSession, actor: Actor, school: str, round_id: UUID) -> list[SchoolClass]:
    """The school's classes of the round's school year, by grade and number."""
    authorize(actor, "class.read", Target(actor.bureau, schools=(school,)))
    year = await _year(session, actor.bureau, round_id)
    await _school(session, actor.bureau, school)
    return await _held(session, actor.bureau, year, school, lock=False)


async def hold_grade(session: AsyncSession, bureau: str, year: int, grade: int) -> None:
    """Every school's classes of the grade, held in one order: nobody gives the same vacancy meanwhile."""
    await session.execute(
        select(col(SchoolClass.id))
        .where(col(SchoolClass.bureau) == bureau, col(SchoolClass.year) == year, col(SchoolClass.grade) == grade)
        .order_by(col(SchoolClass.school), col(SchoolClass.number))
        .with_for_update()
    )


async def hold_year(session: AsyncSession, bureau: str, year: int) -> None:
    """Every class of the year, held in the order in which grades are: whoever moves a pupil touches two schools."""
    await session.execute(
        select(col(SchoolClass.id))
        .where(col(SchoolClass.bureau) == bureau, col(SchoolClass.year) == year)
        .order_by(col(SchoolClass.grade), col(SchoolClass.school), col(SchoolClass.number))
        .with_for_update()
    )


async def record_departures(session: AsyncSession, actor: Actor, left: Mapping[UUID, int]) -> None:
    """Journal what pupils have left of these classes (class → how many), as the database has counted already."""
    rows = await session.scalars(
        select(SchoolClass)
        .where(col(SchoolClass.bureau) == actor.bureau, col(SchoolClass.id).in_(left))
        .execution_options(populate_existing=True)
    )
    entries = []
    for row in sorted(rows, key=lambda row: (row.grade, row.school, row.number)):
        name = _name(row.year, row.school, row.grade, row.number)
        before, after = f"{row.pupils + left[row.id]}/{row.size_limit}", f"{row.pupils}/{row.size_limit}"
        entries.append(journal.entry(actor, "class", "departure", name, before, after))
    await journal.record_all(session, entries)


async def count_arrivals(
    session: AsyncSession, actor: Actor, year: int, school: str, grade: int, children: int
) -> None:
    """So many children have arrived: each is one pupil more in the class with the most room, the first of these.

    Classes that have filled up meanwhile send nobody away. Where the school has reported no class of the grade yet, it
    counts these children itself when it does.
    """
    rows = await _held(session, actor.bureau, year, school, grade=grade)
    before = {row.number: f"{row.pupils}/{row.size_limit}" for row in rows}
    for _ in range(children if rows else 0):
        min(rows, key=lambda one: (one.pupils - one.size_limit, one.number)).pupils += 1
    await session.flush()
    after = {row.number: f"{row.pupils}/{row.size_limit}" for row in rows}
    entries = [
        journal.entry(actor, "class", "arrival", _name(year, school, grade, number), before[number], after[number])
        for number in sorted(after)
        if before[number] != after[number]
    ]
    await journal.record_all(session, entries)


async def _year(session: AsyncSession, bureau: str, round_id: UUID) -> int:
    year: int | None = await session.scalar(YEAR, {"bureau": bureau, "round": round_id})
    if year is None:
        raise ServiceError("access.not_found", "round", action="class")
    return year


async def _school(session: AsyncSession, bureau: str, school: str) -> School:
    known = await session.get(School, (bureau, school))
    if known is None:
        raise ServiceError("access.not_found", "school", action="class")
    return known


async def _held(
    session: AsyncSession, bureau: str, year: int, school: str, lock: bool = True, grade: int | None = None
) -> list[SchoolClass]:
    query = (
        select(SchoolClass)
        .where(col(SchoolClass.bureau) == bureau, col(SchoolClass.year) == year, col(SchoolClass.school) == school)
        .order_by(col(SchoolClass.grade), col(SchoolClass.number))
        .execution_options(populate_existing=True)
    )
    if grade is not None:
        query = query.where(col(SchoolClass.grade) == grade)
    return list(await session.scalars(query.with_for_update() if lock else query))


def _name(year: int, school: str, grade: int, number: int) -> str:
    return f"class:{year}/{school}/{grade}/{number}"
