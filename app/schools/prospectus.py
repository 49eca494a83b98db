"""What a kindergarten files for a year, plan, prospectus and fees, and its publication by the bureau.

A private kindergarten joins the public admission by filing; without a published filing it cannot be planned into a
round (checks._joins). What families have seen when a round of the year was published no longer changes for it.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.database import database_now
from app.errors import ServiceError
from app.journal import service as journal
from app.schools import register
from app.schools.models import Programme, Prospectus, School
from app.schools.vocabulary import Ownership, Stage, may_join

FILED, PUBLISHED = "filed", "published"


@dataclass(frozen=True)
class Filing:
    """Both languages of each text; fees in fen (1/100 yuan) a child and month."""

    year: int
    plan_zh: str
    plan_en: str
    text_zh: str
    text_en: str
    care_fee_fen: int
    meals_fee_fen: int
    other_fees_zh: str = ""
    other_fees_en: str = ""
    fictitious: bool = False


async def file_prospectus(session: AsyncSession, actor: Actor, school: str, filing: Filing) -> Prospectus:
    """File for a year, by the kindergarten's office or for it by the registrar; a new filing stands beside the old.

    Raises `access.*`, `prospectus.not_a_kindergarten`, `prospectus.not_inclusive`, `prospectus.round_published`.
    """
    actor = authorize(actor, "prospectus.file", Target(actor.bureau, schools=(school,)))
    known = await _school(session, actor.bureau, school)
    if Stage.PRESCHOOL not in known.stages:
        raise ServiceError("prospectus.not_a_kindergarten", "school")
    if not may_join(known.ownership, known.inclusive):
        raise ServiceError("prospectus.not_inclusive", "school")
    await register.hold(session, actor.bureau)
    await _refuse_once_public(session, actor.bureau, school, filing.year)
    of_year = [col(Prospectus.bureau) == actor.bureau, col(Prospectus.school) == school]
    of_year.append(col(Prospectus.year) == filing.year)
    last = await session.scalar(select(func.max(col(Prospectus.number))).where(*of_year))
    row = Prospectus(
        bureau=actor.bureau,
        school=school,
        number=(last or 0) + 1,
        digest=journal.body_digest(asdict(filing)).hex(),
        filed_by=actor.person,
        **asdict(filing),
    )
    session.add(row)
    await session.flush()
    await journal.record(session, actor, "prospectus", "file", _about(row), after=f"{FILED} {row.digest[:16]}")
    return row


async def publish_prospectus(session: AsyncSession, actor: Actor, prospectus_id: UUID) -> Prospectus:
    """Make a filing public; the one with the highest number counts. Raises `prospectus.published_already`,
    `prospectus.superseded`, `prospectus.round_published`."""
    actor = authorize(actor, "prospectus.publish", Target(actor.bureau))
    await register.hold(session, actor.bureau)
    row = await session.get(Prospectus, (actor.bureau, prospectus_id))
    if row is None:
        raise ServiceError("access.not_found", "prospectus")
    if row.published_at is not None:
        raise ServiceError("prospectus.published_already", "prospectus")
    newer = await session.scalar(
        select(col(Prospectus.number)).where(
            col(Prospectus.bureau) == actor.bureau,
            col(Prospectus.school) == row.school,
            col(Prospectus.year) == row.year,
            col(Prospectus.number) > row.number,
        )
    )
    if newer is not None:
        raise ServiceError("prospectus.superseded", "prospectus", number=newer)
    await _refuse_once_public(session, actor.bureau, row.school, row.year)
    row.published_by, row.published_at = actor.person, await database_now(session)
    await session.flush()
    await journal.record(session, actor, "prospectus", "publish", _about(row), FILED, PUBLISHED)
    return row


async def published(session: AsyncSession, bureau: str, year: int, school: str | None = None) -> list[Prospectus]:
    """The published filing that counts of each kindergarten, or of one, for a year; by school."""
    query = (
        select(Prospectus)
        .where(col(Prospectus.bureau) == bureau, col(Prospectus.year) == year)
        .where(col(Prospectus.published_at).is_not(None))
        .ext(distinct_on(col(Prospectus.school)))
        .order_by(col(Prospectus.school), col(Prospectus.number).desc())
    )
    if school is not None:
        query = query.where(col(Prospectus.school) == school)
    return list(await session.scalars(query))


async def filings_of(session: AsyncSession, actor: Actor, school: str) -> list[Prospectus]:
    """Everything that a kindergarten has ever filed, newest first, for its own office and the bureau."""
    actor = authorize(actor, "prospectus.read", Target(actor.bureau, schools=(school,)))
    await _school(session, actor.bureau, school)
    rows = await session.scalars(
        select(Prospectus)
        .where(col(Prospectus.bureau) == actor.bureau, col(Prospectus.school) == school)
        .order_by(col(Prospectus.year).desc(), col(Prospectus.number).desc())
    )
    return list(rows)


async def kindergartens_not_joined(session: AsyncSession, bureau: str, schools: Iterable[str], year: int) -> list[str]:
    """Which of these do not take part: private ones that are not inclusive, or without a published filing."""
    filed = {row.school for row in await published(session, bureau, year)}
    rows = await session.scalars(
        select(School).where(col(School.bureau) == bureau, col(School.id).in_(sorted(set(schools))))
    )
    return sorted(
        row.id
        for row in rows
        if not may_join(row.ownership, row.inclusive) or (row.ownership == Ownership.PRIVATE and row.id not in filed)
    )


async def _school(session: AsyncSession, bureau: str, school: str) -> School:
    known = await session.get(School, (bureau, school))
    if known is None:
        raise ServiceError("access.not_found", "school")
    return known


async def _refuse_once_public(session: AsyncSession, bureau: str, school: str, year: int) -> None:
    rounds = await session.scalars(
        select(col(Programme.round))
        .where(col(Programme.bureau) == bureau, col(Programme.school) == school)
        .distinct()
        .order_by(col(Programme.round))
    )
    for round_id in list(rounds):
        held = await register.hold_round(session, bureau, round_id)
        if held.year == year and held.stage == Stage.PRESCHOOL and held.status != register.PLANNED:
            raise ServiceError("prospectus.round_published", "year", round=held.code)


def _about(row: Prospectus) -> str:
    return f"prospectus:{row.id}"
