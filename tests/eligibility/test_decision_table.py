"""The decision table of each shipped ruleset is complete and disjoint: whatever its rules find, one row holds.

The rows are written here from the ruleset's needs alone, each as a whole condition that excludes the rows before it,
and are held against `decide`. Eligibility is weighed over every combination of what the steps can find (met, not met,
unknown), the levels over every combination of proved and not proved.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import product

import pytest

from app.eligibility.decide import decide
from app.eligibility.decision import Decision
from app.eligibility.ruleset import RULESETS, Needs, Ruleset, load
from app.eligibility.values import Value
from tests.eligibility import test_cases, test_elsewhere

Row = tuple[str, str]
Steps = Mapping[tuple[str, ...], int]
NO, OPEN, YES = 0, 1, 2  # of all needs the least counts, of alternatives the greatest
FOUND = {Value.NOT_MET: NO, Value.UNKNOWN: OPEN, Value.MET: YES}
MOST = 200_000
CASES = test_cases.CASES | test_elsewhere.CASES
ALL = [load(path) for path in sorted(RULESETS.glob("*.toml"))] + [*test_elsewhere.LOADED.values()]
EACH = pytest.mark.parametrize("rules", ALL, ids=lambda rules: rules.id)


def eligibility(rules: Ruleset, steps: Steps) -> Iterator[Row]:
    """The rows that hold for what the steps found, on a day after the cut-off."""
    common = min([steps[step] for step in rules.needs], default=YES)
    routes = [(route.text.id, min([steps[step] for step in route.needs], default=YES)) for route in rules.routes]
    best = max(found for _, found in routes)
    for place, (route, found) in enumerate(routes):
        if common == found == YES and all(earlier != YES for _, earlier in routes[:place]):
            yield "eligible", route
    if NO in (common, best):
        yield "not_eligible", ""
    if OPEN in (common, best) and NO not in (common, best):
        yield "undetermined", ""


def levels(rules: Ruleset, steps: Steps) -> Iterator[str]:
    proved = [all(steps[step] == YES for step in level.needs) for level in rules.levels]
    for place, level in enumerate(rules.levels):
        if proved[place] and not any(proved[:place]):
            yield str(level.text.number)
    if not any(proved):
        yield "none"


def steps_of(*needs: Needs) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(step for each in needs for step in each))


@EACH
def test_of_the_rows_of_eligibility_one_and_only_one_holds_whatever_the_steps_find(rules: Ruleset) -> None:
    steps = steps_of(rules.needs, *(route.needs for route in rules.routes))
    assert 3 ** len(steps) <= MOST
    taken = set()
    for values in product((NO, OPEN, YES), repeat=len(steps)):
        rows = list(eligibility(rules, dict(zip(steps, values, strict=True))))
        assert len(rows) == 1
        taken.update(rows)
    routes = {("eligible", route.text.id) for route in rules.routes}
    assert routes <= taken and ("not_eligible", "") in taken and ("undetermined", "") in taken


@EACH
def test_of_the_levels_one_and_only_one_is_taken_and_none_is_never_taken(rules: Ruleset) -> None:
    """A combination of proved steps is a number, one bit a step: a level holds where all its bits are set."""
    steps = steps_of(*(level.needs for level in rules.levels))
    assert 2 ** len(steps) <= MOST
    needed = [sum(1 << steps.index(step) for step in set(level.needs)) for level in rules.levels]
    taken = set[int | None]()
    for proved in range(2 ** len(steps)):
        holding = [place for place, bits in enumerate(needed) if proved & bits == bits]
        rows = [place for place in holding if not any(earlier < place for earlier in holding)]
        assert len(rows) + (not holding) == 1
        taken.update(rows or [None])
    assert taken == {*range(len(rules.levels)), None}


def row_of(rules: Ruleset, made: Decision) -> tuple[list[Row], list[str]]:
    """The rows that hold for a decision's findings, rule by rule."""
    found = {line.name: FOUND[line.value] for line in made.trace if line.subject == "rule"}
    asked = steps_of(rules.needs, *(route.needs for route in rules.routes), *(level.needs for level in rules.levels))
    steps = {names: max(found[name] for name in names) for names in asked}
    return list(eligibility(rules, steps)), list(levels(rules, steps))


@EACH
def test_every_case_is_decided_by_its_row_and_every_row_decides_a_case(rules: Ruleset) -> None:
    reached: set[tuple[str, str]] = set()
    alike = CASES["primary-2026"] if rules.id == "primary-2026-by-residence" else []  # the same ways to be eligible
    for case in [*CASES[rules.id], *alike]:
        held = rules.for_day(date(2026, 5, 31)) if case.as_of < date(2026, 9, 1) else rules.for_day(case.as_of)
        made = decide(case.facts, held, max(case.as_of, held.terms.cut_off))
        [row], [level] = row_of(held, made)
        assert row[0] == made.outcome, case.name
        if made.outcome == "eligible":
            assert (row[1], level) == (made.route, str(made.level or "none")), case.name
        reached.update({row, ("level", level)})
    expected = {("eligible", route.text.id) for route in rules.routes} | {("not_eligible", ""), ("undetermined", "")}
    assert reached >= {*expected, *(("level", str(level.text.number)) for level in rules.levels)}
