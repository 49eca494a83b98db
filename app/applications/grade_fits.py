"""Whether the grade to which a child comes within the year can be its own: by its record as a pupil of the county, and
else by its age, with what is published in grade_ages.toml."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from app.applications.form import Form
from app.applications.moving import Attended
from app.applications.queries import WITHIN_YEAR, HeldRound
from app.errors import ServiceError
from app.schools.vocabulary import Stage

OF_GRADES = (Stage.PRIMARY, Stage.JUNIOR)


@dataclass(frozen=True)
class GradeAges:
    """Grade 1 is usual from `years` by the day `by` (month, day). In years: `older` and `younger` are asked for no
    reason, and `younger_with_reason` is the most with one; `record_*` are the most beside the grade on record."""

    years: int
    by: tuple[int, int]
    older: int
    younger: int
    younger_with_reason: int
    record_older: int
    record_younger: int


@cache
def grade_ages() -> GradeAges:
    """The table as published."""
    read = tomllib.loads(Path(__file__).with_name("grade_ages.toml").read_text(encoding="utf-8"))
    month, day = (int(part) for part in read["age"]["by"].split("-"))
    return GradeAges(
        years=read["age"]["years"],
        by=(month, day),
        older=read["unasked"]["older"],
        younger=read["unasked"]["younger"],
        younger_with_reason=read["with_reason"]["younger"],
        record_older=read["record"]["older"],
        record_younger=read["record"]["younger"],
    )


def usual_grade(born_on: date, year: int) -> int:
    """The grade of a child of this age in the school year, below 1 where it is too young for any."""
    ages = grade_ages()
    birthday_passed = (born_on.month, born_on.day) <= ages.by
    return year - born_on.year - (0 if birthday_passed else 1) - ages.years + 1


def fits(held: HeldRound, form: Form, kept: Attended | None) -> None:
    """A grade beside the usual one has a reason, and one that cannot be the child's is refused; nobody is refused for
    being older than its class.

    Raises `application.grade_reason_missing`, `application.grade_beyond_age`, `application.grade_beyond_record`.
    """
    if held.kind != WITHIN_YEAR or held.stage not in OF_GRADES or form.grade is None:
        return
    ages = grade_ages()
    if kept is None:
        usual, older, younger = usual_grade(form.child.born_on, held.year), ages.older, ages.younger
        least, most, code = 0, usual + ages.younger_with_reason, "application.grade_beyond_age"
    else:
        usual, older, younger = kept.grade, 0, 0
        least, most = usual - ages.record_older, usual + ages.record_younger
        code = "application.grade_beyond_record"
    if not least <= form.grade <= most:
        raise ServiceError(code, "grade", usual=usual)
    if not usual - older <= form.grade <= usual + younger and form.grade_reason is None:
        raise ServiceError("application.grade_reason_missing", "grade_reason", usual=usual)
