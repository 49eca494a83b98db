"""Grade 7: whoever leaves a primary school of the county is eligible as such, and is not scored again."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.eligibility.certificates import Terms
from app.eligibility.conditions import (
    leaver_in_feeder,
    primary_finished,
    registration_elsewhere,
    registration_in_county,
)
from app.eligibility.decide import decide
from app.eligibility.facts import Facts, Leaver, Registration
from app.eligibility.ruleset import RULESETS, load
from app.eligibility.values import Value
from tests.eligibility.cases import base
from tests.eligibility.strategies import children, parts

RULES = load(RULESETS / "junior-2026.toml")
DAY = date(2026, 6, 20)
TERMS = Terms(2026, date(2026, 5, 31))
LATE = 6
some = settings(max_examples=80, deadline=None)
tristate = st.none() | st.booleans()


def leaving(facts: Facts, in_feeder: bool | None = True) -> Facts:
    return replace(facts, leaver=Leaver("county", "P1", in_feeder, True))


@pytest.mark.parametrize(
    ("leaver", "among", "value", "about"),
    [
        (Leaver("county", verified=True), ("county",), Value.MET, ()),
        (Leaver("elsewhere", verified=True), ("county",), Value.NOT_MET, ("leaver.kind",)),
        (Leaver("elsewhere", verified=True), ("elsewhere",), Value.MET, ()),
        (Leaver("elsewhere", verified=True), ("county", "elsewhere"), Value.MET, ()),
        (Leaver("none"), ("county", "elsewhere"), Value.NOT_MET, ("leaver.kind",)),
        (Leaver("county", verified=False), ("county",), Value.NOT_MET, ("leaver.verified",)),
        (Leaver("county"), ("county",), Value.UNKNOWN, ("leaver.verified",)),
        (Leaver(verified=True), ("county",), Value.UNKNOWN, ("leaver.kind",)),
    ],
)
def test_primary_school_is_finished_where_a_register_says_so(
    leaver: Leaver, among: tuple[str, ...], value: Value, about: tuple[str, ...]
) -> None:
    assert primary_finished(among)(Facts(leaver=leaver), TERMS) == (value, about)


@pytest.mark.parametrize(("fed", "value"), [(True, Value.MET), (False, Value.NOT_MET), (None, Value.UNKNOWN)])
def test_a_school_is_the_feeder_or_is_not_or_nobody_knows(fed: bool | None, value: Value) -> None:
    assert leaver_in_feeder()(Facts(leaver=Leaver(in_feeder=fed)), TERMS).value is value


@some
@given(parts("registration"))
def test_registered_elsewhere_is_the_exact_opposite_of_registered_in_the_county(held: Registration) -> None:
    opposite = {Value.MET: Value.NOT_MET, Value.NOT_MET: Value.MET, Value.UNKNOWN: Value.UNKNOWN}
    here, elsewhere = (
        check()(Facts(registration=held), TERMS) for check in (registration_in_county, registration_elsewhere)
    )
    assert elsewhere.value is opposite[here.value]
    assert bool(elsewhere.about) == (elsewhere.value is not Value.MET)


@some
@given(children(), tristate)
def test_a_leaver_of_the_county_is_eligible_and_unscored_whatever_else(facts: Facts, fed: bool | None) -> None:
    made = decide(leaving(facts, fed), RULES, DAY)
    assert (made.outcome, made.points, made.points_total) == ("eligible", (), 0)
    assert made.keys_elsewhere == decide(leaving(Facts()), RULES, DAY).keys_elsewhere


@some
@given(children(), children())
def test_at_its_feeder_no_leaver_stands_before_another_but_by_the_draw(one: Facts, other: Facts) -> None:
    first, second = (decide(leaving(facts), RULES, DAY) for facts in (one, other))
    assert first.level == second.level == 1
    assert first.keys_right == second.keys_right


@some
@given(children(), st.none() | st.dates(date(2005, 1, 1), date(2022, 12, 31)))
def test_age_decides_nothing(facts: Facts, born_on: date | None) -> None:
    one, two = decide(facts, RULES, DAY), decide(replace(facts, born_on=born_on), RULES, DAY)
    assert replace(one, facts_digest="") == replace(two, facts_digest="")


@some
@given(children(), st.booleans(), st.booleans())
def test_every_leaver_with_a_tie_to_the_school_has_a_level(facts: Facts, registered: bool, living: bool) -> None:
    held = replace(facts.registration, in_catchment=registered)
    here = replace(facts, registration=held, home=replace(facts.home, in_catchment=living))
    made = decide(leaving(here, in_feeder=False), RULES, DAY)
    assert (made.level is not None) == (registered or living)
    assert made.level in (None, 2, 3, 4, LATE)


@some
@given(children(), st.booleans())
def test_every_arrival_with_a_tie_to_the_school_has_a_level(facts: Facts, living: bool) -> None:
    """A local child by its registration, any other by its home."""
    arrived = replace(facts, leaver=Leaver("elsewhere", in_feeder=False, verified=True))
    held = replace(arrived.registration, in_catchment=not living)
    made = decide(replace(arrived, registration=held, home=replace(facts.home, in_catchment=living)), RULES, DAY)
    if made.outcome == "eligible" and (made.kind == "local") != living:
        assert made.level is not None
    assert made.level != 1


@some
@given(children())
def test_no_arrival_ranks_before_a_leaver_in_the_catchment_by_permit_or_points(facts: Facts) -> None:
    leaver = decide(base("leaver", leaver__in_feeder=False), RULES, DAY)
    arrival = decide(replace(facts, leaver=Leaver("elsewhere", in_feeder=False, verified=True)), RULES, DAY)
    if arrival.level is not None:
        assert leaver.level is not None and leaver.level < arrival.level
    if arrival.outcome == "eligible":
        assert leaver.keys_elsewhere["level"] <= arrival.keys_elsewhere["level"]


def test_points_wait_for_the_register_and_count_once_it_says_no() -> None:
    open_ = base("arrival", first_parent__permit__registered_since=None, leaver={"kind": "county"})
    assert (decide(open_, RULES, DAY).outcome, decide(open_, RULES, DAY).points) == ("undetermined", ())
    refused = replace(open_, leaver=replace(open_.leaver, verified=False))
    assert decide(refused, RULES, DAY).points
