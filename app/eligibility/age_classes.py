"""The class of a kindergarten that a child enters by its age (小班, 中班, 大班): thresholds are data of the ruleset."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal

from app.eligibility.citation import Citation
from app.eligibility.exact_json import BadField, Between
from app.eligibility.periods import add_years

AgeClassName = Literal["three", "four", "five"]

_DAY = re.compile(r"[0-9]{2}-[0-9]{2}")
_NO_LEAP_YEAR = 2001


@dataclass(frozen=True)
class AgeClassText:
    """The class of the children who are `years` old by the day `by` (MM-DD) of the year of entry, and not yet as old
    as the next class asks."""

    name: AgeClassName
    years: Annotated[int, Between(1, 10)]
    by: str
    cite: Citation
    zh: str
    en: str


def age_class_of(classes: Sequence[AgeClassText], year: int, born_on: date) -> str:
    """The name of the last class that the child is old enough for; "" where there are no classes.

    A child too young for all of them counts with the first: whether it enters at all is for the other rules to say.
    """
    reached = [one for one in classes if add_years(born_on, one.years) <= date.fromisoformat(f"{year}-{one.by}")]
    return (reached or list(classes[:1]))[-1].name if classes else ""


def refuse_age_classes(stage: str, classes: Sequence[AgeClassText]) -> None:
    """Raise BadField for classes outside preschool, for preschool without any, and for an order without sense."""
    if (stage == "preschool") != bool(classes):
        raise BadField("age_class", "missing, or out of place", "give the age classes of preschool, and of no other")
    names = [one.name for one in classes]
    if len(set(names)) < len(names):
        raise BadField("age_class", "a class stands twice", "name each class once")
    if not all(younger.years < older.years for younger, older in pairwise(classes)):
        raise BadField("age_class", "not in the order of age", "begin with the youngest, each class older than before")
    for one in classes:
        if not _every_year_has(one.by):
            raise BadField(f"age_class {one.name}.by", "not acceptable", 'give a day that every year has, as "MM-DD"')


def _every_year_has(day: str) -> bool:
    try:
        return bool(_DAY.fullmatch(day) and date.fromisoformat(f"{_NO_LEAP_YEAR}-{day}"))
    except ValueError:
        return False
