"""By when children who came within the year are to have a place, and who of them waits for one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.applications.applicants import Applicant, applicants_for_allocation
from app.applications.lifecycle import ApplicationStatus, Outcome
from app.applications.models import Application
from app.database import table

# A refused child asks for no place; one whose entry is put off is an open, dated case of its own.
SETTLED = (Outcome.NOT_ELIGIBLE, Outcome.DEFERRED)


@dataclass(frozen=True)
class Arrival:
    """An eligible child that came within the year: to which grade, and by when it is to have a place. `moves_from`: the
    offer by which it is a pupil of the county now."""

    applicant: Applicant
    grade: int
    place_by: datetime
    moves_from: UUID | None = None


@dataclass(frozen=True)
class Open:
    """An application that asks for a place still, as far as its case is concerned: nothing that is sealed."""

    id: UUID
    child: UUID
    outcome: str
    residence_community: str
    grade: int | None
    place_by: datetime | None
    moves_from: UUID | None


OF_CASE = tuple(col(getattr(Application, name)) for name in Open.__annotations__)


async def children_within_year(session: AsyncSession, bureau: str, round_id: UUID) -> list[UUID]:
    """The children of a round within the year who may be given a place."""
    rows = await session.scalars(
        select(col(Application.child)).where(
            col(Application.bureau) == bureau,
            col(Application.round) == round_id,
            col(Application.outcome) == Outcome.ELIGIBLE,
            col(Application.status) == ApplicationStatus.SUBMITTED,
        )
    )
    return list(rows)


async def waiting_within_year(session: AsyncSession, bureau: str, round_id: UUID) -> list[Arrival]:
    """Every submitted and eligible child of a round within the year, placed or not, by application.

    Their applications are held, so that none changes while it is given a place.
    """
    rows = await session.execute(
        select(*(col(getattr(Application, name)) for name in ("id", "grade", "place_by", "moves_from")))
        .where(
            col(Application.bureau) == bureau,
            col(Application.round) == round_id,
            col(Application.outcome) == Outcome.ELIGIBLE,
            col(Application.place_by).is_not(None),
        )
        .order_by(col(Application.id))
        .with_for_update()
    )
    asked = {row.id: (row.grade, row.place_by, row.moves_from) for row in rows}
    children = await applicants_for_allocation(session, bureau, round_id)
    return [Arrival(child, *asked[child.application]) for child in children if child.application in asked]


async def bounded_after(session: AsyncSession, bureau: str, round_id: UUID, until: datetime) -> list[Open]:
    """The open cases of a round within the year whose bound is `until` or earlier, placed or not, the first first."""
    rows = await session.execute(
        select(*OF_CASE)
        .where(
            col(Application.bureau) == bureau,
            col(Application.round) == round_id,
            col(Application.status) == ApplicationStatus.SUBMITTED,
            col(Application.outcome).not_in(SETTLED),
            col(Application.place_by) <= until,
        )
        .order_by(col(Application.place_by), col(Application.id))
    )
    return [Open(**row._mapping) for row in rows]


async def waiting_in_round(session: AsyncSession, bureau: str, round_id: UUID) -> list[Open]:
    """The applications of a round that ask for a place still: submitted, and neither refused nor put off; by id."""
    rows = await session.execute(
        select(*OF_CASE)
        .where(
            col(Application.bureau) == bureau,
            col(Application.round) == round_id,
            col(Application.status) == ApplicationStatus.SUBMITTED,
            col(Application.outcome).not_in(SETTLED),
        )
        .order_by(col(Application.id))
    )
    return [Open(**row._mapping) for row in rows]


async def renew_bounds(session: AsyncSession, bureau: str, application: UUID, place_by: datetime) -> None:
    """Whoever declined a place waits anew, from now."""
    await session.execute(
        update(table(Application))
        .where(col(Application.bureau) == bureau, col(Application.id) == application)
        .values(place_by=place_by)
    )


async def bring_bounds_forward(session: AsyncSession, bureau: str, round_id: UUID, now: datetime) -> int:
    """In a demonstration, let the bound of every case of the round be now; the database refuses it elsewhere."""
    moved = await session.scalars(
        update(table(Application))
        .where(col(Application.bureau) == bureau, col(Application.round) == round_id, col(Application.place_by) > now)
        .values(place_by=now)
        .returning(col(Application.id))
    )
    return len(list(moved))
