"""What a family can do against a refusal, and until when: each clock begins with the family's proven notice (ADR 0014).

Administrative Reconsideration Law (行政复议法, revised 2023, art. 20): 60 days from knowing of the act. Administrative
Litigation Law (行政诉讼法, 2017, art. 46): six months. The figures were found in public texts; the numbering of the
articles is an assumption, as are the five working days of the objection.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.calendar import COUNTY_TIME, end_of_working_days, published_years

OBJECTION_DAYS = 5
RECONSIDERATION_DAYS = 60
SUIT_MONTHS = 6


@dataclass(frozen=True)
class Remedy:
    """One way; `until` is its end, or None while the family has no proven notice. A last day that is a holiday is
    moved on by law, which is not reckoned here: the day shown is never too late."""

    kind: str
    zh: str
    en: str
    until: datetime | None


REMEDIES = {
    "objection": (
        f"自知悉本决定之日起{OBJECTION_DAYS}个工作日内，可在系统中向教育局提出异议，由教育局复核。",
        f"Object in the portal within {OBJECTION_DAYS} working days of learning of this; the bureau looks again.",
    ),
    "reconsideration": (
        f"自知悉本决定之日起{RECONSIDERATION_DAYS}日内，可依法申请行政复议（行政复议法第二十条）。",
        f"Ask for administrative reconsideration within {RECONSIDERATION_DAYS} days of learning of this"
        " (Administrative Reconsideration Law, art. 20).",
    ),
    "suit": (
        f"自知悉本决定之日起{SUIT_MONTHS}个月内，可依法向人民法院提起行政诉讼（行政诉讼法第四十六条）。",
        f"Bring a suit before the people's court within {SUIT_MONTHS} months of learning of this"
        " (Administrative Litigation Law, art. 46).",
    ),
}


def remedies(told_at: datetime | None, demonstration: bool) -> list[Remedy]:
    """Each remedy with its clock; raises `round.holidays_missing`."""
    ends = {} if told_at is None else _ends(told_at, demonstration)
    return [Remedy(kind, zh, en, ends.get(kind)) for kind, (zh, en) in REMEDIES.items()]


def _ends(told_at: datetime, demonstration: bool) -> dict[str, datetime]:
    day = told_at.astimezone(COUNTY_TIME).date()
    return {
        "objection": end_of_working_days(told_at, OBJECTION_DAYS, published_years(), demonstration).at,
        "reconsideration": _after(day + timedelta(days=RECONSIDERATION_DAYS)),
        "suit": _after(_months_later(day, SUIT_MONTHS)),
    }


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _after(day: date) -> datetime:
    """The end of a day of the county."""
    return datetime.combine(day + timedelta(days=1), time(), COUNTY_TIME)
