"""Rulesets of other places, written as files alone: their cases, moved to 2026, and that they say what they are."""

import pytest

from app.eligibility.decide import decide
from app.eligibility.ruleset import RULESETS, load
from app.eligibility.ruleset_checks import cited_parts
from app.eligibility.values import Value
from tests.eligibility.cases import Case, read_cases
from tests.eligibility.test_cases import observed

NAMES = ("xiamen-points-2016", "hangzhou-permit-2018")
LOADED = {name: load(RULESETS / "elsewhere" / f"{name}.toml").for_entry(2026) for name in NAMES}
CASES = {name: read_cases(name) for name in NAMES}


def test_every_ruleset_of_another_place_has_cases() -> None:
    assert {path.stem for path in (RULESETS / "elsewhere").glob("*.toml")} == set(NAMES)
    assert all(LOADED[name].id == name for name in NAMES)


@pytest.mark.parametrize(
    ("name", "case"), [pytest.param(name, case, id=f"{name}: {case.name}") for name in NAMES for case in CASES[name]]
)
def test_a_case_of_another_place_is_decided_as_expected(name: str, case: Case) -> None:
    decision = decide(case.facts, LOADED[name], case.as_of)
    for expected, wanted in case.expect.items():
        assert observed(decision, expected, wanted) == wanted, expected


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_is_met_and_not_met_and_unknown_in_some_case(name: str) -> None:
    made = [decide(case.facts, LOADED[name], case.as_of) for case in CASES[name]]
    for value in Value:
        seen = {line.name for one in made for line in one.trace if line.subject == "rule" and line.value is value}
        assert seen == set(LOADED[name].rules), value


@pytest.mark.parametrize("name", NAMES)
def test_it_is_a_pattern_of_a_neighbour_that_quotes_or_assumes_throughout_and_says_so_in_its_title(name: str) -> None:
    text = LOADED[name].text
    assert "未经核实" in text.title.zh and "unverified" in text.title.en
    for where, cite, _ in cited_parts(text):
        assert cite.standing in ("neighbour", "") or cite.source == "中华人民共和国义务教育法", where
        assert cite.quote or cite.assumption, where
        assert cite.standing != "neighbour" or cite.checked_on, where
