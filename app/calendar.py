"""Working days of the People's Republic of China, from the State Council's notice of each year.

A deadline in working days does not count the day on which it begins and ends when its last day ends, county time.
A year whose notice is not at hand is refused; in a demonstration weekdays count instead, and the answer says so.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import cache
from pathlib import Path

from app.errors import ServiceError

COUNTY_TIME = timezone(timedelta(hours=8), "Asia/Shanghai")
HOLIDAYS = Path(__file__).with_name("holidays")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class YearOfDays:
    """What a year's notice changes: weekdays off, and weekend days worked in exchange."""

    source: str
    off: frozenset[date]
    worked: frozenset[date]


@dataclass(frozen=True)
class Deadline:
    """When it ends, the notices it rests on, and the years for which weekdays were assumed."""

    at: datetime
    sources: tuple[str, ...]
    assumed: tuple[int, ...]


@cache
def published_years() -> Mapping[int, YearOfDays]:
    """The years whose notice is at hand."""
    documents = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(HOLIDAYS.glob("*.toml"))]
    return {
        document["year"]: YearOfDays(
            document["source"],
            frozenset(
                stretch["first"] + DAY * offset
                for stretch in document["off"]
                for offset in range((stretch["last"] - stretch["first"]).days + 1)
            ),
            frozenset(day for stretch in document["off"] for day in stretch.get("worked", ())),
        )
        for document in documents
    }


def is_working_day(day: date, years: Mapping[int, YearOfDays], demonstration: bool = False) -> bool:
    """Whether offices work on this day; raises `round.holidays_missing` naming the year."""
    weekday = day.weekday() < 5
    if day.year not in years:
        if not demonstration:
            raise ServiceError("round.holidays_missing", "year", year=day.year)
        return weekday
    year = years[day.year]
    return day in year.worked or (weekday and day not in year.off)


def end_of_working_days(
    begins: datetime, days: int, years: Mapping[int, YearOfDays], demonstration: bool = False
) -> Deadline:
    """The end of the `days`-th working day after the day of `begins` (an aware time), as an aware time."""
    first = day = begins.astimezone(COUNTY_TIME).date()
    left = days
    while left > 0:
        day += DAY
        left -= is_working_day(day, years, demonstration)
    touched = sorted({first.year, day.year})
    return Deadline(
        datetime.combine(day + DAY, time(), COUNTY_TIME),
        tuple(years[year].source for year in touched if year in years),
        tuple(year for year in touched if year not in years),
    )


def assumes_weekdays(until: datetime | None) -> bool:
    """Whether a deadline that a demonstration shows rests on plain weekdays, its year's notice not being at hand."""
    if until is None:
        return False
    last_moment = until.astimezone(COUNTY_TIME) - timedelta(microseconds=1)
    return last_moment.year not in published_years()
