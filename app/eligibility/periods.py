"""Periods of years and months between dates.

Civil Code art. 202: a period of years or months ends on the corresponding day of its last month, and where
there is none on that month's last day. So a year from 29 February ends on 28 February.
"""

from calendar import monthrange
from datetime import MAXYEAR, date


def add_months(day: date, months: int) -> date:
    """The day on which `months` full months from `day` are complete; the calendar's last if beyond it."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > MAXYEAR:
        return date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def add_years(day: date, years: int) -> date:
    return add_months(day, 12 * years)


def full_months(since: date, on: date) -> int:
    """Complete months from `since` to `on`; 0 if `on` is earlier."""
    months = (on.year - since.year) * 12 + on.month - since.month
    if add_months(since, months) > on:
        months -= 1
    return max(months, 0)


def full_years(since: date, on: date) -> int:
    return full_months(since, on) // 12


def as_number(day: date) -> int:
    """The date as the integer yyyymmdd: ordered like the date, and readable in a published key."""
    return day.year * 10000 + day.month * 100 + day.day
