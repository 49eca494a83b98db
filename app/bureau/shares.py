"""How many of the children in kindergarten are in public or inclusive ones, and how many in graded ones: numerator and
denominator beside every rate, by town and for the county. Pure.

Inclusive share: children in public or recognised inclusive kindergartens ÷ all in kindergarten. Graded share: in
levels 1 to 3 ÷ all; a level past the day of its re-check does not count (domain, section 5). A kindergarten's class of
age has the children that the register of enrolment counts; without a count, those who hold a place by the year's
rounds. A town's kindergartens are those that lie in it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from app.bureau.provision import Rate, labels

PUBLIC = "public"


@dataclass(frozen=True)
class Kindergarten:
    """`counted` and `placed`: class of age → children."""

    school: str
    school_name: str
    town: str
    town_name: str
    ownership: str
    inclusive: bool | None
    level: int | None
    recheck_on: date | None
    counted: Mapping[str, int] = field(default_factory=dict)
    placed: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_inclusive(self) -> bool:
        return self.ownership == PUBLIC or self.inclusive is True

    def level_lapsed(self, on: date) -> bool:
        return self.recheck_on is not None and self.recheck_on < on

    def is_graded(self, on: date) -> bool:
        return self.level is not None and not self.level_lapsed(on)

    @property
    def by_count(self) -> int:
        """Children that the register counts."""
        return sum(self.counted.values())

    @property
    def by_place(self) -> int:
        """Children in classes that the register does not count."""
        return sum(children for age_class, children in self.placed.items() if age_class not in self.counted)

    @property
    def children(self) -> int:
        return self.by_count + self.by_place


@dataclass(frozen=True)
class Shares:
    """Of one area; `by_count` and `by_place` say where the denominator comes from."""

    inclusive: Rate
    graded: Rate
    by_count: int
    by_place: int


@dataclass(frozen=True)
class SharesReport:
    """`on`: the day on which levels are judged. `by_town` by name, with the code where two bear one name."""

    year: int
    on: date
    county: Shares
    by_town: dict[str, Shares]
    kindergartens: list[Kindergarten]


def school_year_begins(year: int) -> date:
    """The day on which levels are judged unless another is asked for: 1 September (assumption)."""
    return date(year, 9, 1)


def shares(kindergartens: Iterable[Kindergarten], on: date) -> Shares:
    """Of these kindergartens together."""
    rows = list(kindergartens)
    everyone = sum(row.children for row in rows)
    return Shares(
        Rate(sum(row.children for row in rows if row.is_inclusive), everyone),
        Rate(sum(row.children for row in rows if row.is_graded(on)), everyone),
        sum(row.by_count for row in rows),
        sum(row.by_place for row in rows),
    )


def report(kindergartens: Iterable[Kindergarten], year: int, on: date) -> SharesReport:
    """Of a school year, by town and for the county; the kindergartens by id."""
    rows = sorted(kindergartens, key=lambda row: row.school)
    towns = labels({row.town: row.town_name for row in rows})
    by_town = {label: shares((row for row in rows if row.town == town), on) for town, label in towns.items()}
    return SharesReport(year, on, shares(rows, on), by_town, rows)
