"""Preschool: three by 31 August, batches in the service area, and inside a batch the draw alone."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.eligibility.decide import decide
from app.eligibility.facts import Facts
from app.eligibility.key_words import KeyWords
from app.eligibility.ruleset import RULESETS, load
from app.eligibility.words import words
from tests.eligibility.cases import base
from tests.eligibility.strategies import children

RULES = load(RULESETS / "preschool-2026.toml")
DAY = date(2026, 4, 20)
THREE = date(2023, 8, 31)
LAST = 8
some = settings(max_examples=80, deadline=None)


def local(facts: Facts) -> Facts:
    return replace(facts, born_on=THREE, registration=replace(facts.registration, place="county", verified=True))


@some
@given(children(), st.integers(0, 4000))
def test_an_older_child_is_not_barred_and_stands_as_a_younger_one(facts: Facts, days: int) -> None:
    youngest, older = (
        decide(replace(facts, born_on=THREE - timedelta(days=earlier)), RULES, DAY) for earlier in (0, days)
    )
    assert replace(youngest, facts_digest="") == replace(older, facts_digest="")


@some
@given(children(), st.integers(1, 1000))
def test_a_child_not_yet_three_is_refused_whatever_else(facts: Facts, days: int) -> None:
    made = decide(replace(facts, born_on=THREE + timedelta(days=days)), RULES, DAY)
    assert (made.outcome, made.keys_right, made.keys_elsewhere) == ("not_eligible", {}, {})
    assert "born_on" in {gap.code for gap in made.reasons}


@some
@given(children())
def test_the_batch_is_all_that_can_be_foreseen(facts: Facts) -> None:
    made = decide(facts, RULES, DAY)
    assert RULES.order == ("batch<", "ticket")
    assert made.keys_right == ({} if made.level is None else {"batch": made.level})
    assert made.points == ()


@some
@given(children(), st.booleans(), st.booleans())
def test_every_eligible_child_with_a_tie_to_the_area_has_a_batch(facts: Facts, registered: bool, living: bool) -> None:
    held = replace(local(facts).registration, in_catchment=registered)
    here = replace(local(facts), registration=held, home=replace(facts.home, in_catchment=living))
    made = decide(here, RULES, DAY)
    assert made.outcome == "eligible"
    assert (made.level is not None) == (registered or living)


@some
@given(children())
def test_of_two_areas_the_flat_decides(facts: Facts) -> None:
    """With flat and registration apart, the flat's area ranks the child before the registration's."""
    flat = base("infant").home
    apart = replace(local(facts), home=flat, policy=base("infant").policy)
    in_time = replace(apart.registration, registered_on=THREE)
    by_flat, by_registration = (
        decide(
            replace(
                apart, registration=replace(in_time, in_catchment=not at_flat), home=replace(flat, in_catchment=at_flat)
            ),
            RULES,
            DAY,
        ).level
        for at_flat in (True, False)
    )
    assert (by_flat, by_registration) == (2, LAST)


def test_a_batch_has_its_own_name_in_words() -> None:
    assert KeyWords(RULES, "zh").name("batch") == "批次"
    assert (
        KeyWords(RULES, "en").value("batch", 2).startswith("Batch 2: registration and flat in different service areas")
    )
    assert KeyWords(RULES, "zh").value("batch", 12) == "在该校无优先资格（新居民子女）"


def test_no_place_is_promised_where_there_is_no_duty() -> None:
    made = decide(base("infant", registration__in_catchment=False, home__in_catchment=False), RULES, DAY)
    told = words(made, "en", is_compulsory=False)
    assert "seats are left" in told[1] and "coordination" not in " ".join(told)
    assert "空位" in words(made, "zh", is_compulsory=False)[1]
    assert "coordination" in words(made, "en")[1]
