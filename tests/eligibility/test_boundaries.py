"""Days and shares at which a decision turns, each told as what befalls a family. Children are fictitious."""

from datetime import date
from typing import Any

import pytest

from app.eligibility.certificates import permit_years
from app.eligibility.decide import decide
from app.eligibility.decision import Decision
from app.eligibility.facts import Permit, Proof
from app.eligibility.ruleset import RULESETS, load
from tests.eligibility.cases import base

RULES = {name: load(RULESETS / f"{name}.toml") for name in ("primary-2026", "preschool-2026", "junior-2026")}
PRIMARY = RULES["primary-2026"]
WITHIN = load(RULESETS / "primary-within-2026.toml")
DAY = date(2026, 6, 20)
ISSUED = date(2022, 3, 1)


def primary(name: str, on: date = DAY, **changes: Any) -> Decision:
    return decide(base(name, **changes), PRIMARY, on)


def by_permit(endorsed: list[date], cut_off: date) -> Decision:
    """A migrant child whose parent's permit was endorsed on these days, that applies on another."""
    permit = {"held": True, "registered_since": "2021-08-01", "proof": {"obtained_on": ISSUED, "verified": True}}
    facts = base("migrant", first_parent__permit={**permit, "endorsements": endorsed}, home__basis="own_flat")
    return decide(facts, WITHIN.for_day(cut_off), cut_off)


@pytest.mark.parametrize(
    ("rules", "child", "last", "outcome"),
    [
        ("primary-2026", "local", date(2020, 8, 31), "eligible"),
        ("primary-2026", "local", date(2020, 9, 1), "not_eligible"),
        ("preschool-2026", "infant", date(2023, 8, 31), "eligible"),
        ("preschool-2026", "infant", date(2023, 9, 1), "not_eligible"),
    ],
)
def test_born_a_minute_before_midnight_of_31_august_and_on_1_september(
    rules: str, child: str, last: date, outcome: str
) -> None:
    """A birth has a day and no hour: 23:59 on 31 August is that day, a minute later is the next one."""
    made = decide(base(child, born_on=last), RULES[rules], DAY)
    assert made.outcome == outcome
    assert [gap.code for gap in made.reasons if gap.of == "child"] == ["born_on"] * (outcome == "not_eligible")


@pytest.mark.parametrize(("year", "outcome"), [(2026, "eligible"), (2025, "not_eligible")])
def test_born_on_29_february_is_six_on_28_february_of_a_common_year(year: int, outcome: str) -> None:
    made = decide(base("local", born_on="2020-02-29"), PRIMARY.for_entry(year), date(year, 6, 20))
    assert made.outcome == outcome


def test_a_ruleset_with_a_cut_off_on_29_february_is_moved_to_the_last_day_of_a_common_one() -> None:
    leap = WITHIN.for_day(date(2024, 2, 29)).for_entry(2028)
    assert (leap.terms.year, leap.terms.cut_off) == (2028, date(2026, 2, 28))


@pytest.mark.parametrize(("day", "level"), [("2026-05-30", 1), ("2026-05-31", 1), ("2026-06-01", 5)])
def test_registration_moved_on_the_cut_off_day_is_in_time_and_a_day_later_is_not(day: str, level: int) -> None:
    assert primary("local", registration__registered_on=day).level == level


@pytest.mark.parametrize(
    ("share", "level"), [("1/2", 3), ("5001/10000", 3), ("50999999/100000000", 3), ("51/100", 2), ("1/1", 1)]
)
def test_half_a_flat_a_little_more_and_51_per_cent(share: str, level: int) -> None:
    assert primary("local", home__share=share).level == level


@pytest.mark.parametrize(("share", "level"), [("1/2", 2), ("5001/10000", 1), ("51/100", 1)])
def test_where_a_ruleset_asks_for_more_than_half_50_01_is_enough_and_half_is_not(share: str, level: int) -> None:
    rules = load(RULESETS / "primary-2026-by-residence.toml")
    assert decide(base("local", home__share=share), rules, DAY).level == level


@pytest.mark.parametrize(
    ("cut_off", "outcome"),
    [(date(2026, 2, 27), "eligible"), (date(2026, 3, 1), "eligible"), (date(2026, 3, 2), "not_eligible")],
)
def test_a_permit_that_lapses_inside_the_window_serves_through_its_last_day(cut_off: date, outcome: str) -> None:
    years = [date(2023, 2, 20), date(2024, 2, 21), date(2025, 2, 25)]
    assert by_permit(years, cut_off).outcome == outcome


def test_a_permit_suspended_and_endorsed_again_is_in_force_from_that_day_and_its_years_count_afresh() -> None:
    missed = [date(2023, 2, 20), date(2025, 4, 10)]
    permit = Permit(True, date(2021, 8, 1), tuple(missed), Proof(ISSUED, None, True))
    assert by_permit(missed, date(2024, 3, 1)).outcome == "eligible"
    assert by_permit(missed, date(2024, 3, 2)).outcome == "not_eligible"
    assert by_permit(missed, date(2025, 4, 9)).outcome == "not_eligible"
    assert by_permit(missed, date(2025, 4, 10)).outcome == "eligible"
    held = [permit_years(permit, on) for on in (date(2024, 3, 1), date(2024, 3, 2), date(2025, 4, 10))]
    assert held == [2, 0, 0]
    assert [permit_years(permit, on) for on in (date(2026, 4, 9), date(2026, 4, 10))] == [0, 1]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("born_on", "born_on"),
        ("registration__place", "registration.place"),
        ("first_parent__permit__held", "first_parent.permit.held"),
        ("first_parent__permit__registered_since", "first_parent.permit.registered_since"),
        ("first_parent__permit__endorsements", "first_parent.permit.endorsements"),
        ("first_parent__permit__proof", "first_parent.permit.proof.verified"),
    ],
)
def test_a_fact_that_is_missing_and_matters_leaves_the_case_open_and_is_named(path: str, code: str) -> None:
    changes: dict[str, Any] = {path: {} if path.endswith("proof") else None}
    made = primary("migrant", **changes)
    if path == "registration__place":
        assert made.outcome == "eligible"  # the permit makes eligible, wherever the child is registered
        return
    assert (made.outcome, made.keys_elsewhere) == ("undetermined", {})
    assert code in [gap.code for gap in made.missing]


def test_before_the_cut_off_what_can_still_be_had_is_missing_and_from_that_day_on_refused() -> None:
    late = {"first_parent__permit__held": False}
    assert [primary("migrant", date(2026, 5, day), **late).outcome for day in (30, 31)] == [
        "undetermined",
        "not_eligible",
    ]
