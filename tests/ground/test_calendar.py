"""Working days by the State Council's notices, around holidays and the weekend days worked in exchange."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.calendar import (
    COUNTY_TIME,
    assumes_weekdays,
    end_of_working_days,
    is_working_day,
    published_years,
)
from app.errors import ServiceError

YEARS = published_years()


def local(month: int, day: int, hour: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=COUNTY_TIME)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 2, 13), True),  # Friday before the Spring Festival
        (date(2026, 2, 14), True),  # Saturday, worked in exchange
        (date(2026, 2, 15), False),
        (date(2026, 2, 16), False),  # Monday, New Year's Eve
        (date(2026, 2, 23), False),
        (date(2026, 2, 24), True),
        (date(2026, 2, 28), True),  # Saturday, worked in exchange
        (date(2026, 3, 1), False),
        (date(2026, 1, 2), False),
        (date(2026, 1, 4), True),  # Sunday, worked in exchange
        (date(2026, 4, 6), False),
        (date(2026, 5, 9), True),
        (date(2026, 6, 19), False),
        (date(2026, 9, 20), True),
        (date(2026, 9, 25), False),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),
        (date(2025, 1, 1), False),
        (date(2025, 1, 2), True),
        (date(2025, 1, 26), True),
        (date(2025, 2, 8), True),
        (date(2025, 10, 8), False),
        (date(2025, 10, 11), True),
        (date(2026, 7, 4), False),
        (date(2026, 7, 6), True),
    ],
)
def test_a_day_is_worked_as_the_notice_says(day: date, works: bool) -> None:
    assert is_working_day(day, YEARS) is works


@pytest.mark.parametrize(
    ("begins", "days", "ends"),
    [
        (local(7, 6, 9), 5, local(7, 14)),  # Monday: until the end of the next Monday
        (local(7, 3, 23), 5, local(7, 11)),  # Friday night counts as Friday
        (local(2, 11, 10), 5, local(2, 26)),  # over the Spring Festival: 12, 13, 14 (Saturday), 24, 25
        (local(2, 14, 10), 5, local(3, 1)),  # from the worked Saturday: 24 to 28, the last a worked Saturday
        (local(9, 30, 10), 1, local(10, 9)),
        (local(12, 31, 12, 2025), 1, local(1, 5)),  # over New Year: Sunday 4 January is worked
    ],
)
def test_a_deadline_ends_with_its_last_working_day(begins: datetime, days: int, ends: datetime) -> None:
    deadline = end_of_working_days(begins, days, YEARS)
    assert deadline.at == ends and deadline.assumed == ()
    assert all("国务院办公厅" in source for source in deadline.sources) and deadline.sources


def test_the_day_of_publication_is_the_countys_day_not_utcs() -> None:
    late_in_utc = datetime(2026, 7, 6, 17, 0, tzinfo=UTC)  # already Tuesday in the county
    assert end_of_working_days(late_in_utc, 1, YEARS).at == local(7, 9)


def test_a_year_without_a_notice_is_refused_by_name() -> None:
    last = max(YEARS)
    with pytest.raises(ServiceError) as refusal:
        end_of_working_days(local(12, 29, year=last), 5, YEARS)
    assert refusal.value.code == "round.holidays_missing" and refusal.value.details == {"year": last + 1}


def test_a_demonstration_counts_weekdays_there_and_says_so() -> None:
    last = max(YEARS)
    deadline = end_of_working_days(local(12, 30, year=last + 3), 2, YEARS, demonstration=True)
    assert deadline.assumed and not deadline.sources
    assert assumes_weekdays(deadline.at) and not assumes_weekdays(local(7, 11)) and not assumes_weekdays(None)


def test_a_deadline_that_ends_with_a_known_year_is_not_an_assumption() -> None:
    last = max(YEARS)
    midnight = datetime(last + 1, 1, 1, tzinfo=COUNTY_TIME)
    assert not assumes_weekdays(midnight) and assumes_weekdays(midnight + timedelta(seconds=1))


@pytest.mark.parametrize("year", sorted(YEARS))
def test_each_notice_moves_whole_days_of_its_own_year_and_only_weekends_are_worked_in_exchange(year: int) -> None:
    data = YEARS[year]
    assert {day.year for day in data.off | data.worked} == {year}
    assert not data.off & data.worked
    assert all(day.weekday() >= 5 for day in data.worked)
