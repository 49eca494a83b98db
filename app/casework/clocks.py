"""Within how many working days each kind of work is to be done. Pure, from the days of each year's notice.

The figures are assumptions of this service, like those of a list's objection (rounds.deadlines): no text was found that
gives the bureau a time for its own work on an application.
"""

from datetime import date, datetime, time

from app.calendar import COUNTY_TIME, end_of_working_days, published_years
from app.casework.lifecycle import Work

DAYS = {Work.EVIDENCE: 10, Work.CONTRADICTION: 5, Work.REFUSAL: 3, Work.OBJECTION: 5, Work.CORRECTION: 5}
LEASE_DAYS = 3
SCHOOL_DAYS = 5


def due(work: Work, since: datetime, demonstration: bool) -> datetime:
    """When the time for work that waits `since` ends; raises `round.holidays_missing`."""
    return working_days_from(since, DAYS[work], demonstration)


def due_of_day(work: Work, day: date, demonstration: bool) -> datetime:
    """As `due`, of whatever has waited since any moment of this day of the county."""
    return due(work, datetime.combine(day, time(), COUNTY_TIME), demonstration)


def working_days_from(moment: datetime, days: int, demonstration: bool) -> datetime:
    """The end of so many working days after this moment; raises `round.holidays_missing`."""
    return end_of_working_days(moment, days, published_years(), demonstration).at
