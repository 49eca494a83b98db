"""Reads of schools, places, catchments and seats, named as questions. Every date of validity counts its last day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta, timezone
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, TextClause, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.database import database_now
from app.schools import positions
from app.schools.models import Community, Programme, School, SeatSettlement, Town
from app.schools.succession import TownDates, standing_code
from app.schools.vocabulary import OpenTo, Payer, Stage

CHINA = timezone(timedelta(hours=8))
# Asked at every submission, as text: building and hashing an expression takes longer than the answer.
_OF_THESE = "= ANY(CAST(:communities AS text[]))"


def _standing(*rows: str) -> str:
    """The rows' dates of validity hold the day."""
    return " AND ".join(
        f"{row}.valid_from <= :day AND ({row}.valid_to IS NULL OR {row}.valid_to >= :day)" for row in rows
    )


def _catchments(narrowed: str = "") -> TextClause:
    return text(
        "SELECT c.community, array_agg(c.school), bool_or(c.fictitious) FROM catchment c"  # noqa: S608 - constants
        " JOIN community m ON m.bureau = c.bureau AND m.id = c.community"
        " JOIN school s ON s.bureau = c.bureau AND s.id = c.school"
        f" WHERE c.bureau = :bureau AND c.stage = :stage AND c.community > :after {narrowed}"
        f" AND {_standing('c', 'm', 's')} GROUP BY c.community ORDER BY c.community LIMIT :limit"
    )


CATCHMENTS, CATCHMENTS_OF = _catchments(), _catchments(f"AND c.community {_OF_THESE}")
COMMUNITIES = text(
    f"SELECT c.id FROM community c WHERE c.bureau = :bureau AND c.id {_OF_THESE} AND {_standing('c')}"  # noqa: S608
)
FEEDERS = text(
    "SELECT f.primary, array_agg(f.junior), bool_or(f.fictitious) FROM feeder f"  # noqa: S608 - constants
    " JOIN school p ON p.bureau = f.bureau AND p.id = f.primary"
    " JOIN school j ON j.bureau = f.bureau AND j.id = f.junior"
    f" WHERE f.bureau = :bureau AND {_standing('f', 'p', 'j')} GROUP BY f.primary ORDER BY f.primary"
)
SCHOOL = text(
    "SELECT s.id FROM school s WHERE s.bureau = :bureau AND s.id = :school"  # noqa: S608 - constants
    f" AND s.stages @> ARRAY[CAST(:stage AS text)] AND {_standing('s')}"
)


@dataclass(frozen=True)
class ProgrammeSeats:
    """`settled` seats are taken by decisions, `reduction` is what those take off their classes; `seats` is net.
    `open_to`, `payer`, `fee_fen`: as of the programme."""

    id: str
    school: str
    grade: int
    classes: int
    class_size: int
    settled: int
    reduction: int
    seats: int
    fictitious: bool = False
    age_class: str = ""
    open_to: str = OpenTo.ANYONE
    payer: str = Payer.FAMILY
    fee_fen: int = 0


@dataclass(frozen=True)
class CatchmentGroup:
    """The schools whose catchment a community belongs to, together."""

    community: str
    schools: tuple[str, ...]
    fictitious: bool


@dataclass(frozen=True)
class FeederGroup:
    """The junior schools at which the leavers of a primary school have a right, together."""

    primary: str
    juniors: tuple[str, ...]
    fictitious: bool


@dataclass(frozen=True)
class CommunityPlace:
    town: str
    east_m: int
    north_m: int
    name: str


@dataclass(frozen=True)
class SchoolPlace:
    name: str
    town: str
    consortium: str
    east_m: int
    north_m: int
    ownership: str
    inclusive: bool | None = None


@dataclass(frozen=True)
class Geography:
    """Where communities and schools lie, by their ids, as they stand on one date."""

    communities: dict[str, CommunityPlace]
    schools: dict[str, SchoolPlace]

    def distance_m(self, community: str, school: str) -> int:
        """Whole metres of the straight line; raises KeyError for a place that did not stand on the date."""
        home, place = self.communities[community], self.schools[school]
        return positions.distance_m(home.east_m - place.east_m, home.north_m - place.north_m)


def net_seats(classes: int, class_size: int, settled: int, reduction: int) -> int:
    """Seats that the draw may give: never below zero, however many a decision took."""
    return max(0, classes * class_size - settled - reduction)


def stands(model: type[Any], on: date) -> ColumnElement[bool]:
    """The row's dates of validity hold the day."""
    return (col(model.valid_from) <= on) & or_(col(model.valid_to).is_(None), col(model.valid_to) >= on)


async def day_asked(session: AsyncSession, on: date | None) -> date:
    """The day asked for, or today's date in China by the database's clock."""
    return on or (await database_now(session)).astimezone(CHINA).date()


async def programmes_of_round(session: AsyncSession, bureau: str, round_id: UUID) -> list[ProgrammeSeats]:
    """Every programme of the round with its seats as they stand now, ordered by id."""
    taken = (
        select(
            col(SeatSettlement.programme).label("programme"),
            func.sum(col(SeatSettlement.seats)).label("settled"),
            func.sum(col(SeatSettlement.class_reduction)).label("reduction"),
        )
        .where(col(SeatSettlement.bureau) == bureau)
        .group_by(col(SeatSettlement.programme))
        .subquery()
    )
    rows = await session.execute(
        select(Programme, func.coalesce(taken.c.settled, 0), func.coalesce(taken.c.reduction, 0))
        .outerjoin(taken, taken.c.programme == col(Programme.id))
        .where(col(Programme.bureau) == bureau, col(Programme.round) == round_id)
    )
    seats = [
        ProgrammeSeats(
            id=row.id,
            school=row.school,
            grade=row.grade,
            classes=row.classes,
            class_size=row.class_size,
            settled=int(settled),
            reduction=int(reduction),
            seats=net_seats(row.classes, row.class_size, int(settled), int(reduction)),
            fictitious=row.fictitious,
            age_class=row.age_class,
            open_to=row.open_to,
            payer=row.payer,
            fee_fen=row.fee_fen,
        )
        for row, settled, reduction in rows
    ]
    return sorted(seats, key=lambda programme: programme.id)


async def geography(session: AsyncSession, bureau: str, on: date) -> Geography:
    """Communities and schools that stand on the date."""
    return Geography(
        {
            row.id: CommunityPlace(row.town, row.east_m, row.north_m, row.name)
            for row in await communities_standing(session, bureau, on)
        },
        {
            row.id: SchoolPlace(
                row.name, row.town, row.consortium, row.east_m, row.north_m, row.ownership, row.inclusive
            )
            for row in await schools_standing(session, bureau, on)
        },
    )


async def catchment_schools(
    session: AsyncSession, bureau: str, stage: str, on: date, communities: Iterable[str] | None = None
) -> dict[str, tuple[str, ...]]:
    """Community → its school, or its group of schools, sorted; a community without any is absent.

    The row, its community and its school must all stand on the date. `communities` narrows the answer.
    """
    groups = await catchments_standing(session, bureau, stage, on, communities)
    return {group.community: group.schools for group in groups}


async def catchments_standing(
    session: AsyncSession,
    bureau: str,
    stage: str,
    on: date,
    communities: Iterable[str] | None = None,
    after: str = "",
    limit: int | None = None,
) -> list[CatchmentGroup]:
    """As `catchment_schools`, by community, with the mark of what is invented; a page where `limit` is given."""
    asked = {"bureau": bureau, "stage": stage, "day": on, "after": after, "limit": limit}
    if communities is None:
        rows = await session.execute(CATCHMENTS, asked)
    else:
        rows = await session.execute(CATCHMENTS_OF, asked | {"communities": sorted(set(communities))})
    return [CatchmentGroup(community, tuple(sorted(set(schools))), invented) for community, schools, invented in rows]


async def feeder_schools(session: AsyncSession, bureau: str, on: date) -> dict[str, tuple[str, ...]]:
    """Primary school → the junior schools at which its leavers have a right, sorted; one without any is absent.

    The row and both schools must stand on the date.
    """
    return {group.primary: group.juniors for group in await feeders_standing(session, bureau, on)}


async def feeders_standing(session: AsyncSession, bureau: str, on: date) -> list[FeederGroup]:
    """As `feeder_schools`, by primary school, with the mark of what is invented."""
    rows = await session.execute(FEEDERS, {"bureau": bureau, "day": on})
    return [FeederGroup(name, tuple(sorted(set(juniors))), invented) for name, juniors, invented in rows]


async def is_standing_school(session: AsyncSession, bureau: str, school: str, stage: Stage, on: date) -> bool:
    """Whether a school of this stage stands on the date."""
    asked = {"bureau": bureau, "school": school, "stage": stage.value, "day": on}
    return await session.scalar(SCHOOL, asked) is not None


async def known_communities(session: AsyncSession, bureau: str, communities: Iterable[str], on: date) -> frozenset[str]:
    """Which of these stand on the date."""
    asked = {"bureau": bureau, "communities": sorted(set(communities)), "day": on}
    return frozenset(await session.scalars(COMMUNITIES, asked))


async def town_of(session: AsyncSession, bureau: str, community: str) -> str | None:
    """The town of a community."""
    town: str | None = await session.scalar(
        select(col(Community.town)).where(col(Community.bureau) == bureau, col(Community.id) == community)
    )
    return town


async def town_standing(session: AsyncSession, bureau: str, code: str, on: date) -> str | None:
    """The code that stands on the date for a town once coded so: itself, or what replaced it; None if neither."""
    rows = await session.scalars(select(Town).where(col(Town.bureau) == bureau))
    towns = {row.id: TownDates(row.valid_from, row.valid_to, row.succeeded_by) for row in rows}
    return standing_code(towns, code, on)


async def towns_standing(session: AsyncSession, bureau: str, on: date) -> list[Town]:
    """The towns that stand on the date, by code."""
    return await _page(session, Town, bureau, on)


async def communities_standing(
    session: AsyncSession, bureau: str, on: date, after: str = "", limit: int | None = None
) -> list[Community]:
    """The communities that stand on the date, by id; a page of them where `limit` is given."""
    return await _page(session, Community, bureau, on, after, limit)


async def schools_standing(
    session: AsyncSession, bureau: str, on: date, after: str = "", limit: int | None = None
) -> list[School]:
    """The schools that stand on the date, by id; a page of them where `limit` is given."""
    return await _page(session, School, bureau, on, after, limit)


async def _page(
    session: AsyncSession, model: type[Any], bureau: str, on: date, after: str = "", limit: int | None = None
) -> list[Any]:
    query = select(model).where(col(model.bureau) == bureau, col(model.id) > after, stands(model, on))
    return list(await session.scalars(query.order_by(col(model.id)).limit(limit)))


def _same(model: type[Any], column: str, other: type[Any]) -> ColumnElement[bool]:
    return (col(other.bureau) == col(model.bureau)) & (col(other.id) == col(getattr(model, column)))
