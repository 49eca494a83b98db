"""Nothing is changed but a child's registration: exactly the rules of docs/equal-treatment.md make a difference."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.eligibility.__main__ import main
from app.eligibility.decide import decide
from app.eligibility.decision import Decision
from app.eligibility.equal_treatment import hinges, page
from app.eligibility.facts import Facts, Registration
from app.eligibility.ruleset import RULESETS, Ruleset, load
from tests.eligibility.cases import base
from tests.eligibility.strategies import children, parts

PATHS = sorted(RULESETS.glob("*.toml"))
DAY = date(2026, 6, 20)
ALL = [load(path).for_day(date(2026, 5, 31)) for path in PATHS]
EACH = pytest.mark.parametrize("rules", ALL, ids=lambda rules: rules.id)
DOCS = Path(__file__).parents[2] / "docs" / "equal-treatment.md"
HERE = base("local").registration
# Registrations between which every condition and every measure of registration turns.
TURNS = (
    HERE,
    replace(HERE, verified=False),
    replace(HERE, place="elsewhere"),
    replace(HERE, in_catchment=False),
    replace(HERE, at_home=False),
    replace(HERE, kind="collective"),
    replace(HERE, with_parents=False),
    replace(HERE, registered_on=date(2026, 6, 1)),
)
BASES = ("local", "migrant", "leaver", "local-leaver", "arrival", "returning", "infant", "infant-migrant")


def named(rules: Ruleset, *where: str) -> set[str]:
    return {hinge.name for hinge in hinges(rules) if hinge.where in where}


def turned(one: Decision, other: Decision) -> set[str]:
    """The rules that do not find the same."""
    found = {line.name: line.value for line in other.trace if line.subject == "rule"}
    return {line.name for line in one.trace if line.subject == "rule" and line.value is not found[line.name]}


@settings(max_examples=120, deadline=None)
@given(children(), parts("registration"), st.sampled_from(ALL))
def test_what_differs_with_the_registration_is_told_by_a_rule_on_the_page(
    facts: Facts, other: Registration, rules: Ruleset
) -> None:
    one, two = decide(facts, rules, DAY), decide(replace(facts, registration=other), rules, DAY)
    notes = {name for name, rule in rules.rules.items() if rule.text.note}
    told = turned(one, two) - notes
    assert told <= named(rules, "eligibility", "level")
    if (one.outcome, one.route) != (two.outcome, two.route):
        assert told & named(rules, "eligibility")
    if one.outcome == two.outcome == "eligible":
        if one.level != two.level:
            assert told & named(rules, "level")
        apart = {key for key in one.keys_elsewhere if one.keys_elsewhere[key] != two.keys_elsewhere[key]}
        if one.route == two.route:
            assert apart <= named(rules, "key")
        else:
            assert named(rules, "elsewhere", "key") or not apart


@settings(max_examples=120, deadline=None)
@given(children(), parts("registration"), st.sampled_from(ALL))
def test_children_of_one_level_and_route_are_ordered_by_the_registration_through_the_keys_on_the_page_alone(
    facts: Facts, other: Registration, rules: Ruleset
) -> None:
    one, two = decide(facts, rules, DAY), decide(replace(facts, registration=other), rules, DAY)
    if one.level is not None and (one.level, one.route) == (two.level, two.route):
        apart = {key for key in one.keys_right if one.keys_right[key] != two.keys_right[key]}
        assert apart <= named(rules, "key")


@EACH
def test_every_rule_on_the_page_does_turn_with_the_registration_alone(rules: Ruleset) -> None:
    rules_turned, keys_turned, routes, outcomes = set[str](), set[str](), set[str | None](), 0
    for name in BASES:
        facts = base(name)
        made = [decide(replace(facts, registration=held), rules, DAY) for held in TURNS]
        for one in made[1:]:
            rules_turned |= turned(made[0], one)
            before = {key.name: (key.right, key.elsewhere) for key in made[0].keys}
            keys_turned |= {key.name for key in one.keys if before.get(key.name) != (key.right, key.elsewhere)}
        routes |= {one.route for one in made}
        outcomes = max(outcomes, len({(one.outcome, one.route) for one in made}))
    assert named(rules, "eligibility", "level") <= rules_turned
    assert named(rules, "key") <= keys_turned
    assert (outcomes > 1) == bool(named(rules, "eligibility"))
    for hinge in hinges(rules):
        if hinge.where == "elsewhere" and hinge.name in ("local", "migrant"):
            assert hinge.name in routes


@EACH
def test_each_cites_its_clause_or_owns_to_an_assumption_and_has_words_in_both_languages(rules: Ruleset) -> None:
    for hinge in hinges(rules):
        assert hinge.cite.clause or hinge.cite.assumption
        assert hinge.zh and hinge.en and hinge.of


def test_by_residence_the_registration_moves_no_level_and_no_key_but_who_is_scored() -> None:
    [rules] = [rules for rules in ALL if rules.id == "primary-2026-by-residence"]
    assert named(rules, "level", "key", "elsewhere") == set()
    assert named(rules, "eligibility") == {"reg.county"}


def test_at_private_schools_it_moves_the_counts_alone() -> None:
    for rules in (rules for rules in ALL if rules.id.startswith("private-")):
        assert {hinge.where for hinge in hinges(rules)} <= {"eligibility"}
        made = [decide(replace(base("local"), registration=held), rules, DAY) for held in TURNS]
        assert len({tuple(one.keys_elsewhere.items()) for one in made}) == 1


def test_grade_1_names_these_rules_and_no_others() -> None:
    [rules] = [rules for rules in ALL if rules.id == "primary-2026"]
    assert named(rules, "eligibility") == {"reg.county"}
    assert named(rules, "level") == {
        *("reg.county", "reg.outside", "reg.in_time", "reg.catchment"),
        *("reg.family", "reg.collective", "reg.with_parents"),
    }
    assert named(rules, "key") == {"disagree", "moved_in", "points"}
    elsewhere = {hinge.name: hinge.of for hinge in hinges(rules) if hinge.where == "elsewhere"}
    assert elsewhere["local"] == ("level 11",) and elsewhere["migrant"] == ("level 12",)
    [county] = [hinge for hinge in hinges(rules) if hinge.where == "level" and hinge.name == "reg.county"]
    assert county.of == ("1", "2", "3", "5", "6", "9")


def test_the_page_is_what_the_rulesets_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["equal", *map(str, PATHS)]) == 0
    written = capsys.readouterr().out
    assert DOCS.read_text("utf-8") == written == page([load(path) for path in PATHS])
    assert main(["equal", "gone.toml"]) == 2
