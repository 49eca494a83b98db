"""Every case under cases/, and that together they grant, refuse and leave open every rule."""

from datetime import date
from typing import Any

import pytest

from app.eligibility.decide import decide
from app.eligibility.decision import Decision
from app.eligibility.ruleset import RULESETS, Ruleset, load
from app.eligibility.values import Value
from tests.eligibility.cases import Case, read_cases

PRIMARY = ("primary-2026", "primary-2026-by-residence")
PRIVATE = ("private-primary-2026", "private-junior-2026")
WITHIN = ("primary-within-2026", "junior-within-2026")
NAMES = (*PRIMARY, "junior-2026", "preschool-2026", *PRIVATE, *WITHIN)
# Within the year the rules are those of grade 1 on the day of the application: its cases weigh them, on 31 May.
OWN = {name: read_cases(name) for name in NAMES if name != WITHIN[0]}
CASES = OWN | {WITHIN[0]: OWN["primary-2026"], WITHIN[1]: [*OWN["primary-2026"], *OWN[WITHIN[1]]]}
LOADED = {name: load(RULESETS / f"{name}.toml").for_day(date(2026, 5, 31)) for name in NAMES}
# The eligibility rules of the second are word for word those of primary-2026, whose cases weigh them.
SHARED = set(LOADED[PRIMARY[0]].rules) & set(LOADED[PRIMARY[1]].rules)


def decisions(name: str) -> list[Decision]:
    return [decide(case.facts, LOADED[name], case.as_of) for case in CASES[name]]


@pytest.mark.parametrize(
    ("ruleset", "case"),
    [pytest.param(LOADED[name], case, id=f"{name}: {case.name}") for name, cases in OWN.items() for case in cases],
)
def test_a_case_is_decided_as_expected(ruleset: Ruleset, case: Case) -> None:
    decision = decide(case.facts, ruleset.for_day(case.as_of), case.as_of)
    for name, wanted in case.expect.items():
        assert observed(decision, name, wanted) == wanted, name


def observed(decision: Decision, name: str, wanted: Any) -> Any:
    """What the decision shows under an expectation's name, in the shape that the case is written in."""
    if name in ("met", "not_met", "unknown"):
        held = {line.name for line in decision.trace if line.subject == "rule" and line.value == name}
        return [rule for rule in wanted if rule in held]
    if name in ("right", "elsewhere"):
        keys = decision.keys_right if name == "right" else decision.keys_elsewhere
        return {key: keys.get(key) for key in wanted} if wanted else keys
    if name in ("missing", "reasons"):
        told = [gap.code for gap in getattr(decision, name) if gap.of in ("child", *likely(decision))]
        return list(dict.fromkeys(told))
    if name in ("missing_some", "reasons_some", "improvable"):
        codes = {gap.code for gap in getattr(decision, name.removesuffix("_some"))}
        return [code for code in wanted if code in codes]
    if name == "neutral":
        return [key.name for key in decision.keys if not key.known and key.name in wanted]
    if name == "lines":
        lines = {f"{line.item}.{line.parent}": [line.counted, line.why] for line in decision.points}
        return {line: lines.get(line) for line in wanted} if wanted else lines
    if name == "groups":
        return list(decision.groups)
    held = getattr(decision, name)
    return held if held is not None else type(wanted)()


def likely(decision: Decision) -> list[str]:
    """The routes of a refused child worth listing in a case; of an undetermined child all that are open."""
    if decision.outcome == "undetermined":
        return sorted({gap.of for gap in decision.missing})
    return ["route migrant"]


@pytest.mark.parametrize("name", NAMES)
def test_no_two_cases_bear_one_name(name: str) -> None:
    names = [case.name for case in CASES[name]]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("value", list(Value))
@pytest.mark.parametrize("name", NAMES)
def test_every_rule_is_met_and_not_met_and_unknown_in_some_case(name: str, value: Value) -> None:
    seen = {line.name for d in decisions(name) for line in d.trace if line.subject == "rule" and line.value is value}
    asked = set(LOADED[name].rules) - (SHARED if name == PRIMARY[1] else set())
    assert asked - seen == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_level_and_route_is_taken_by_some_case_and_missed_by_some(name: str) -> None:
    made = decisions(name)
    levels = {level.text.number for level in LOADED[name].levels}
    assert {d.level for d in made} == {*levels, None}
    if name != PRIMARY[1]:
        routes = {*(route.text.id for route in LOADED[name].routes), None}
        # Whoever registers at a private school comes by some route, or is refused for its age or stage alone.
        assert {d.route for d in made} == (routes - {None} if name in PRIVATE else routes)
    for outcome in ("eligible", "not_eligible", "undetermined"):
        assert any(d.outcome == outcome for d in made)


@pytest.mark.parametrize("name", ["primary-2026", "junior-2026"])
def test_every_points_item_counts_and_counts_nothing_in_some_case(name: str) -> None:
    made = decisions(name)
    points = LOADED[name].points
    assert points is not None
    for item in points.item:
        counted = [line.counted for d in made for line in d.points if line.item == item.id]
        assert any(counted) and 0 in counted, item.id
    whys = {line.why for d in made for line in d.points}
    assert whys == {"counted", "capped", "excluded", "none", "unknown"}


@pytest.mark.parametrize("name", NAMES)
def test_every_key_is_known_in_some_case_and_neutral_in_some(name: str) -> None:
    made = decisions(name)
    for key in LOADED[name].keys:
        known = {line.known for d in made for line in d.keys if line.name == key.name}
        assert known == ({True} if key.measure == "level" else {True, False}), key.name


def test_no_ruleset_that_is_shipped_is_without_cases() -> None:
    assert set(NAMES) == {path.stem for path in RULESETS.glob("*.toml")}


@pytest.mark.parametrize("name", WITHIN)
def test_within_the_year_a_case_of_grade_1_ends_as_in_may_where_age_and_schooling_are_no_matter(name: str) -> None:
    apart = {"age.six", "age.deferred", "schooling.continuous"}
    for case in OWN["primary-2026"]:
        may, within = (decide(case.facts, LOADED[rules], case.as_of) for rules in ("primary-2026", name))
        values = {line.name: line.value for line in within.trace if line.subject == "rule"}
        shared = {line.name: line.value for line in may.trace if line.subject == "rule" and line.name not in apart}
        assert shared.items() <= values.items(), case.name
        if may.outcome == within.outcome == "eligible":
            assert (may.level, may.points) == (within.level, within.points), case.name


def test_the_rules_that_both_rulesets_share_are_the_same_word_for_word() -> None:
    for rule in sorted(SHARED):
        assert LOADED[PRIMARY[0]].rules[rule].text == LOADED[PRIMARY[1]].rules[rule].text


def test_the_two_rulesets_differ_in_the_order_and_never_in_who_is_eligible() -> None:
    for case in CASES[PRIMARY[0]]:
        one, other = (decide(case.facts, LOADED[name], case.as_of) for name in PRIMARY)
        assert (one.outcome, one.kind, one.route) == (other.outcome, other.kind, other.route)
        assert one.missing == other.missing and one.reasons == other.reasons
