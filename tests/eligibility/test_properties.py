"""What holds for every child, drawn at random around the thresholds."""

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from app.eligibility.decide import decide
from app.eligibility.decision import Decision
from app.eligibility.exact_json import canonical
from app.eligibility.facts import Facts, Honour, Parent, Record, RecordKind, Registration
from app.eligibility.ruleset import RULESETS, Ruleset, load
from tests.eligibility.cases import base
from tests.eligibility.strategies import children, forgotten, parts

ORDINARY = load(RULESETS / "primary-2026.toml")
BY_RESIDENCE = load(RULESETS / "primary-2026-by-residence.toml")
DAY = date(2026, 6, 20)
RULES = st.sampled_from([ORDINARY, BY_RESIDENCE])
EVERY = st.sampled_from([load(path) for path in sorted(RULESETS.glob("*.toml"))])
some = settings(max_examples=80, deadline=None)


def rank(decision: Decision, ruleset: Ruleset, keys: dict[str, int]) -> tuple[int, ...]:
    """Smaller ranks first, by the order of the ruleset without the draw."""
    signs = {entry[:-1]: -1 if entry.endswith(">") else 1 for entry in ruleset.order[:-1]}
    return tuple(sign * keys[name] for name, sign in signs.items())


def of_age_and_local(facts: Facts) -> Facts:
    held = replace(facts.registration, place="county", in_catchment=True, verified=True)
    return replace(facts, born_on=date(2020, 8, 31), registration=held)


@some
@given(children())
def test_facts_come_back_from_their_json_equal_and_with_the_same_text(facts: Facts) -> None:
    text = canonical(facts.to_json())
    read = Facts.from_json(json.loads(text))
    assert read == facts
    assert canonical(read.to_json()) == text


@some
@given(children(), EVERY, st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_deciding_twice_gives_the_same_bytes_and_they_read_back(facts: Facts, rules: Ruleset, on: date) -> None:
    one, two = decide(facts, rules, on), decide(Facts.from_json(facts.to_json()), rules, on)
    assert canonical(one.to_json()) == canonical(two.to_json())
    assert one.digest == two.digest and re.fullmatch("[0-9a-f]{64}", one.digest)
    assert Decision.from_json(json.loads(canonical(one.to_json()))) == one


@some
@given(children(), EVERY)
def test_an_outcome_comes_with_what_belongs_to_it_and_nothing_else(facts: Facts, rules: Ruleset) -> None:
    made = decide(facts, rules, DAY)
    assert bool(made.missing) == (made.outcome == "undetermined")
    assert bool(made.reasons) == (made.outcome == "not_eligible")
    assert bool(made.keys_elsewhere) == (made.outcome == "eligible")
    assert bool(made.keys_right) == (made.level is not None)
    names = [entry[:-1] for entry in rules.order[:-1]]
    assert list(made.keys_elsewhere) in ([], names) and list(made.keys_right) in ([], names)
    assert all(abs(value) <= 10**12 for value in (*made.keys_right.values(), *made.keys_elsewhere.values()))
    assert all(line.zh and line.en and (line.cite.source or line.cite.assumes) for line in made.trace)
    assert [line.name for line in made.trace if line.subject == "rule"] == list(rules.rules)


@some
@given(children(), parts("registration"), RULES)
def test_a_local_child_of_age_is_eligible_whatever_else(facts: Facts, held: Registration, rules: Ruleset) -> None:
    made = decide(of_age_and_local(replace(facts, registration=held)), rules, DAY)
    assert (made.outcome, made.kind) == ("eligible", "local")


@some
@given(st.data(), children(), EVERY)
def test_forgetting_a_fact_leaves_the_outcome_or_opens_it_and_never_raises_the_level(
    data: st.DataObject, facts: Facts, rules: Ruleset
) -> None:
    known, less = decide(facts, rules, DAY), decide(data.draw(forgotten(facts)), rules, DAY)
    assert less.outcome in (known.outcome, "undetermined")
    if less.level is not None:
        assert known.level is not None and known.level <= less.level


@some
@given(children(), st.none() | st.booleans(), st.none() | st.booleans(), st.none() | st.booleans(), EVERY)
def test_the_catchment_asked_for_changes_the_right_there_and_nothing_else(
    facts: Facts, registered: bool | None, living: bool | None, fed: bool | None, rules: Ruleset
) -> None:
    other = replace(
        facts,
        registration=replace(facts.registration, in_catchment=registered),
        home=replace(facts.home, in_catchment=living),
        leaver=replace(facts.leaver, in_feeder=fed),
    )
    one, two = decide(facts, rules, DAY), decide(other, rules, DAY)
    for name in ("outcome", "kind", "route", "missing", "reasons", "groups", "points", "keys_elsewhere"):
        assert getattr(one, name) == getattr(two, name), name


@some
@given(children(), children(), st.booleans(), RULES)
def test_without_a_right_nobody_ranks_before_anybody_with_one(
    one: Facts, two: Facts, local: bool, rules: Ruleset
) -> None:
    here = replace(of_age_and_local(one), home=replace(one.home, in_catchment=True))
    with_right = decide(here, rules, DAY)
    without = decide(of_age_and_local(two) if local else two, rules, DAY)
    right = rank(with_right, rules, with_right.keys_right)
    if without.outcome == "eligible":
        assert right < rank(without, rules, without.keys_elsewhere)


@some
@given(children(), parts("registration"))
def test_by_residence_the_registration_changes_no_key(facts: Facts, other: Registration) -> None:
    one, two = (decide(child, BY_RESIDENCE, DAY) for child in (facts, replace(facts, registration=other)))
    assert [line for line in one.trace if line.subject == "level"] == [
        line for line in two.trace if line.subject == "level"
    ]
    if one.outcome == two.outcome == "eligible":
        assert one.level == two.level and one.groups == two.groups == ()
        assert one.keys_right == two.keys_right and one.keys_elsewhere == two.keys_elsewhere


@some
@given(children(), parts("registration"))
def test_by_residence_a_child_with_a_permit_is_eligible_wherever_it_is_registered(
    facts: Facts, other: Registration
) -> None:
    holder = base("migrant").first_parent
    by_permit = replace(facts, born_on=date(2020, 8, 31), first_parent=holder, registration=other)
    assert decide(by_permit, BY_RESIDENCE, DAY).outcome == "eligible"


@some
@given(children(), parts("second_parent"), parts("first_parent"))
def test_what_only_points_look_at_never_decides_eligibility(facts: Facts, second: Parent, first: Parent) -> None:
    merits = replace(
        facts.first_parent,
        education=first.education,
        skill=first.skill,
        honours=first.honours,
        records=first.records,
        papers_verified=first.papers_verified,
    )
    one = decide(facts, ORDINARY, DAY)
    two = decide(replace(facts, first_parent=merits, second_parent=second), ORDINARY, DAY)
    for name in ("outcome", "kind", "level", "missing", "reasons", "trace"):
        assert getattr(one, name) == getattr(two, name), name


@some
@given(children(), st.integers(1, 200))
def test_more_months_of_insurance_never_hurt(facts: Facts, more: int) -> None:
    parent = facts.first_parent
    months = min((parent.insurance.months or 0) + more, 1200)
    better = replace(parent, insurance=replace(parent.insurance, months=months))
    no_worse(facts, replace(facts, first_parent=better))


@some
@given(children(), st.sampled_from(get_args(Honour)))
def test_one_more_honour_never_hurts(facts: Facts, honour: Honour) -> None:
    parent = facts.first_parent
    more = replace(parent, honours=(*(parent.honours or ()), honour))
    no_worse(facts, replace(facts, first_parent=more))


@some
@given(children(), st.integers(2016, 2026), st.sampled_from(get_args(RecordKind)))
def test_one_more_deduction_never_helps(facts: Facts, year: int, kind: RecordKind) -> None:
    parent = facts.first_parent
    more = replace(parent, records=(*(parent.records or ()), Record(kind, year)))
    no_worse(replace(facts, first_parent=more), facts)


@some
@given(children(), st.dates(date(2015, 1, 1), date(2027, 5, 31)), st.integers(1, 4000))
def test_an_earlier_move_in_of_the_registration_never_hurts(facts: Facts, day: date, days: int) -> None:
    late, early = (
        replace(facts, registration=replace(facts.registration, registered_on=on))
        for on in (day, day - timedelta(days=days))
    )
    no_worse(late, early)


def no_worse(before: Facts, after: Facts) -> None:
    """`after` is decided at least as well as `before`, and ranks at least as early everywhere."""
    one, two = decide(before, ORDINARY, DAY), decide(after, ORDINARY, DAY)
    if one.outcome == "eligible":
        assert two.outcome == "eligible"
        assert two.points_total >= one.points_total
        assert rank(two, ORDINARY, two.keys_elsewhere) <= rank(one, ORDINARY, one.keys_elsewhere)
    if one.keys_right:
        assert rank(two, ORDINARY, two.keys_right) <= rank(one, ORDINARY, one.keys_right)
