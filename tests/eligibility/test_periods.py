"""Years and months between dates, above all where a month has no corresponding day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.eligibility.periods import add_months, add_years, as_number, full_months, full_years

DAYS = st.dates(date(1990, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    ("day", "months", "end"),
    [
        (date(2025, 11, 30), 6, date(2026, 5, 30)),
        (date(2025, 8, 31), 6, date(2026, 2, 28)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2025, 12, 1), 1, date(2026, 1, 1)),
        (date(2025, 12, 31), 2, date(2026, 2, 28)),
        (date(2026, 5, 31), 0, date(2026, 5, 31)),
        (date(9999, 12, 1), 1, date.max),
    ],
)
def test_a_period_of_months_ends_on_the_corresponding_day_or_the_last(day: date, months: int, end: date) -> None:
    assert add_months(day, months) == end


def test_a_year_from_29_february_ends_on_28_february_and_four_on_29() -> None:
    assert add_years(date(2020, 2, 29), 1) == date(2021, 2, 28)
    assert add_years(date(2020, 2, 29), 4) == date(2024, 2, 29)
    assert full_years(date(2020, 2, 29), date(2026, 2, 27)) == 5
    assert full_years(date(2020, 2, 29), date(2026, 2, 28)) == 6


@given(DAYS, DAYS)
def test_full_months_are_complete_and_one_more_is_not(since: date, on: date) -> None:
    months = full_months(since, on)
    assert months >= 0
    if since <= on:
        assert add_months(since, months) <= on < add_months(since, months + 1)
    else:
        assert months == 0


@given(DAYS)
def test_a_date_as_a_number_keeps_its_order_and_its_digits(day: date) -> None:
    assert as_number(day) < as_number(day + timedelta(days=1))
    assert str(as_number(day)) == day.strftime("%Y%m%d")
