"""Which class of a kindergarten a child enters: by its birth alone, as the ruleset says."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.eligibility.exact_json import BadField
from app.eligibility.ruleset import RULESETS, load, parse

SOURCE = (RULESETS / "preschool-2026.toml").read_text(encoding="utf-8")
RULES = parse(SOURCE)
CLASSES = ["three", "four", "five"]


@pytest.mark.parametrize(
    ("born_on", "age_class"),
    [
        ("2023-09-01", "three"),  # not yet three: another rule refuses it
        ("2023-08-31", "three"),
        ("2022-09-01", "three"),
        ("2022-08-31", "four"),
        ("2021-09-01", "four"),
        ("2021-08-31", "five"),
        ("2020-02-29", "five"),
        ("2019-03-01", "five"),  # deferred by a year
    ],
)
def test_the_class_goes_by_the_age_on_31_august(born_on: str, age_class: str) -> None:
    assert RULES.age_class(date.fromisoformat(born_on)) == age_class


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 3000), st.integers(0, 1000))
def test_an_older_child_is_never_in_a_younger_class(days: int, more: int) -> None:
    younger, older = (RULES.age_class(date(2023, 12, 31) - timedelta(days=past)) for past in (days, days + more))
    assert CLASSES.index(younger) <= CLASSES.index(older)


def test_the_threshold_is_data_of_the_ruleset() -> None:
    earlier = parse(SOURCE.replace('years = 4\nby = "08-31"', 'years = 4\nby = "02-28"'))
    assert (RULES.age_class(date(2022, 5, 1)), earlier.age_class(date(2022, 5, 1))) == ("four", "three")


def test_no_other_stage_has_classes_by_age() -> None:
    assert load(RULESETS / "primary-2026.toml").age_class(date(2020, 1, 1)) == ""


@pytest.mark.parametrize(
    ("written", "instead", "place"),
    [
        ('name = "five"', 'name = "four"', "age_class"),
        ("years = 5", "years = 4", "age_class"),
        ('name = "five"', 'name = "six"', "age_class[2].name"),
        ('years = 5\nby = "08-31"', 'years = 5\nby = "02-29"', "age_class five.by"),
        ('stage = "preschool"', 'stage = "primary"', "age_class"),
        ("[[age_class]]", "[[points.item]]", ""),
    ],
)
def test_classes_without_sense_are_refused(written: str, instead: str, place: str) -> None:
    assert written in SOURCE
    with pytest.raises(BadField) as refused:
        parse(SOURCE.replace(written, instead))
    assert refused.value.field.startswith(place)
