"""The fictitious side of Haiyan County: communities, catchments and plans, from the seed.

Names of towns and schools are real (haiyan/README.md); positions of schools, communities, catchments and seats are
invented and marked as fictitious wherever they are shown.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from app.demo.fate import Fate
from app.schools.positions import (
    METRES_PER_DEGREE_EAST,
    METRES_PER_DEGREE_NORTH,
    MILLION,
    ORIGIN_LATITUDE,
    ORIGIN_LONGITUDE,
    distance_m,
    east_of_origin,
    north_of_origin,
)
from app.schools.vocabulary import Stage, may_join

DATA = Path(__file__).parent / "haiyan"
# Share of a year's children by town, in percent, and communities by town: invented orders of magnitude.
TOWNS = {
    "330424001": (38, 16),
    "330424002": (14, 7),
    "330424005": (10, 6),
    "330424004": (8, 5),
    "330424101": (7, 5),
    "330424102": (6, 4),
    "330424103": (5, 4),
    "330424105": (6, 5),
    "330424106": (6, 5),
}
# Schools so much wished for that their own catchment is a little larger than they are.
CROWDED = {"hy-p01": Fraction(19, 20), "hy-p04": Fraction(19, 20)}
SPARE = Fraction(103, 100)


@dataclass(frozen=True)
class Place:
    """A community or a school, in metres east and north of the county's origin."""

    id: str
    name: str
    town: str
    east_m: int
    north_m: int
    consortium: str = ""


@dataclass(frozen=True)
class FictitiousCounty:
    """As one stage sees it. `catchments`: community → its school or group; `weights`: how many children live where."""

    communities: tuple[Place, ...]
    schools: tuple[Place, ...]
    catchments: dict[str, tuple[str, ...]]
    weights: tuple[tuple[str, int], ...]

    def school_of(self, community: str) -> str:
        return self.catchments[community][0]


def invent(fate: Fate, towns: dict[str, tuple[str, int, int]], schools: list[Place]) -> FictitiousCounty:
    """Communities around each town's centre (`towns`: code → name, east, north) and the nearest school for each."""
    communities, weights = [], []
    for town, (share, count) in TOWNS.items():
        name, east, north = towns[town]
        for number in range(1, count + 1):
            place = f"{town}-c{number:02d}"
            communities.append(
                Place(
                    place,
                    f"{name}第{number}社区（虚构）",
                    town,
                    east + fate.between(-1500, 1500, place, "east"),
                    north + fate.between(-1500, 1500, place, "north"),
                )
            )
            weights.append((place, share * fate.between(80, 120, place, "weight") // count))
    catchments = {}
    for home in communities:
        near = sorted(schools, key=lambda school: (apart(home, school), school.id))
        # One community of the county town belongs to a group of two schools.
        group = near[:2] if home.id == "330424001-c16" else near[:1]
        catchments[home.id] = tuple(sorted(school.id for school in group))
    return FictitiousCounty(tuple(communities), tuple(schools), catchments, tuple(weights))


def apart(home: Place, school: Place) -> int:
    """Metres between two places."""
    return distance_m(home.east_m - school.east_m, home.north_m - school.north_m)


def counties(fate: Fate) -> dict[Stage, FictitiousCounty]:
    """The county as each stage of the demonstration sees it; its communities are the same."""
    return {stage: haiyan(fate, stage) for stage in (Stage.PRIMARY, Stage.JUNIOR, Stage.PRESCHOOL)}


def haiyan(fate: Fate, stage: Stage) -> FictitiousCounty:
    """The fictitious Haiyan County: its towns and the schools of a stage that take part, by their real names."""
    towns = {
        row["code"]: (row["name"], east_of_origin(row["approx_lon"]), north_of_origin(row["approx_lat"]))
        for row in read_csv("towns.csv")
    }
    schools = [
        Place(
            row["school"],
            row["name"],
            row["town"],
            east_of_origin(row["lon"]),
            north_of_origin(row["lat"]),
            row["consortium"],
        )
        for row in read_csv("schools.csv")
        if stage in row["stages"].split(";") and may_join(row["ownership"], row["inclusive"] == "yes")
    ]
    return invent(fate, towns, schools)


def feeders(primary: FictitiousCounty, junior: FictitiousCounty) -> dict[str, tuple[str, ...]]:
    """Primary school → the junior school nearest to it; one of the county town feeds the two nearest."""
    fed = {}
    for school in primary.schools:
        near = sorted(junior.schools, key=lambda other: (apart(school, other), other.id))
        fed[school.id] = tuple(sorted(other.id for other in near[: 2 if school.id == "hy-p04" else 1]))
    return fed


def plan_seats(children: dict[str, int], seats: Fraction, class_size: int) -> dict[str, tuple[int, int]]:
    """(classes, class size) by school: 3% more seats than children in all, times `seats`, rounded up by school.

    `children`: how many have their right at each school. Crowded schools have fewer seats than children of their
    own, and the others together make up for it.
    """
    crowded = sum(CROWDED[school] * count for school, count in children.items() if school in CROWDED)
    others = sum(count for school, count in children.items() if school not in CROWDED)
    share = (SPARE * sum(children.values()) - crowded) / others if others else SPARE
    plans = {}
    for school, count in children.items():
        target = count * CROWDED.get(school, share) * seats
        whole = -(-target.numerator // target.denominator)
        classes = max(1, -(-whole // class_size))
        plans[school] = (classes, max(1, -(-whole // classes) if seats >= 1 else whole // classes))
    return plans


def csv_of(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A file as an office would send it to the import."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()


def degrees(east_m: int, north_m: int) -> tuple[str, str]:
    """Longitude and latitude of a position, as decimal text of six places."""
    longitude = ORIGIN_LONGITUDE + east_m * MILLION // METRES_PER_DEGREE_EAST
    latitude = ORIGIN_LATITUDE + north_m * MILLION // METRES_PER_DEGREE_NORTH
    return tuple(f"{value // MILLION}.{value % MILLION:06d}" for value in (longitude, latitude))  # type: ignore[return-value]


def read_csv(name: str) -> list[dict[str, str]]:
    """Rows of a file of the county's data."""
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
