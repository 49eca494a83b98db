"""Within the year the rules are those of grade 1 on the child's own day; every grade asks for school age alone."""

from datetime import date, timedelta

import pytest

from app.eligibility.decide import decide
from app.eligibility.ruleset import RULESETS, load
from tests.eligibility.cases import base

GRADE_1 = load(RULESETS / "primary-2026.toml")
PRIMARY = load(RULESETS / "primary-within-2026.toml")
JUNIOR = load(RULESETS / "junior-within-2026.toml")
OCTOBER = date(2026, 10, 12)
BOTH = pytest.mark.parametrize("rules", [PRIMARY, JUNIOR], ids=lambda rules: rules.id)


def outcome(name: str, day: date, rules: object = PRIMARY, **changes: object) -> str:
    assert isinstance(rules, type(PRIMARY))
    return decide(base(name, **changes), rules.for_day(day), day).outcome


@BOTH
def test_routes_levels_and_order_are_those_of_grade_1(rules: object) -> None:
    assert isinstance(rules, type(PRIMARY))
    assert rules.order == GRADE_1.order
    assert [(route.text.id, route.needs) for route in rules.routes] == [
        (route.text.id, route.needs) for route in GRADE_1.routes
    ]
    assert [level.needs for level in rules.levels] == [level.needs for level in GRADE_1.levels]
    parameters = {name: rule.text.parameters for name, rule in rules.rules.items()}
    apart = {"age.six", "age.deferred", "age.school", "schooling.continuous"}
    assert {name: held for name, held in parameters.items() if name not in apart} == {
        name: rule.text.parameters for name, rule in GRADE_1.rules.items() if name not in apart
    }


def test_a_ruleset_with_a_cut_off_judges_everybody_by_it_and_a_rolling_one_each_by_its_day() -> None:
    assert GRADE_1.for_day(OCTOBER) is GRADE_1
    assert PRIMARY.for_day(OCTOBER).terms.cut_off == OCTOBER
    assert PRIMARY.for_day(OCTOBER).digest == PRIMARY.digest


@pytest.mark.parametrize(("days", "expected"), [(0, "eligible"), (1, "not_eligible")])
def test_half_a_year_of_registered_residence_is_reckoned_to_the_day_of_the_application(
    days: int, expected: str
) -> None:
    since = date(2026, 4, 12) + timedelta(days)
    permit = {"first_parent__permit__registered_since": since}
    assert outcome("migrant", OCTOBER, **permit) == expected
    assert outcome("migrant", OCTOBER + timedelta(days), **permit) == "eligible"


@pytest.mark.parametrize(("day", "expected"), [(date(2027, 3, 1), "eligible"), (date(2027, 3, 2), "not_eligible")])
def test_a_permit_in_force_on_the_cut_off_of_may_does_not_serve_a_child_that_comes_after_its_end(
    day: date, expected: str
) -> None:
    assert outcome("migrant", day, home__proof__valid_until=date(2027, 12, 31)) == expected


@BOTH
@pytest.mark.parametrize(("born_on", "expected"), [(date(2020, 8, 31), "eligible"), (date(2020, 9, 1), "not_eligible")])
def test_school_age_is_asked_of_every_grade(rules: object, born_on: date, expected: str) -> None:
    assert outcome("local", OCTOBER, rules, born_on=born_on) == expected


@BOTH
def test_a_child_of_any_grade_is_eligible_as_its_family_is_and_what_is_unchecked_leaves_it_open(rules: object) -> None:
    for born_on in (date(2017, 5, 5), date(2011, 9, 1)):
        assert outcome("local", OCTOBER, rules, born_on=born_on) == "eligible"
        assert outcome("migrant", OCTOBER, rules, born_on=born_on) == "eligible"
        assert outcome("migrant", OCTOBER, rules, born_on=born_on, first_parent__permit__proof={}) == "undetermined"
