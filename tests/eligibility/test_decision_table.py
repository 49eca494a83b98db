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
from tests.eligibility.test_cases import CASES

Row = tuple[str, str]
Steps = Mapping[tuple[str, ...], Value]
ALL = [load(path) for path in sorted(RULESETS.glob("*.toml"))]
MOST = 200_000
EACH = pytest.mark.parametrize("rules", ALL, ids=lambda rules: rules.id)


def holds(needs: Needs, steps: Steps, value: Value) -> bool:
    """Whether all needs together have this value: one failure fails all, then one unknown leaves all unknown."""
    found = {steps[step] for step in needs}
    wanted = Value.NOT_MET if Value.NOT_MET in found else Value.UNKNOWN if Value.UNKNOWN in found else Value.MET
    return wanted is value


def eligibility(rules: Ruleset, steps: Steps) -> Iterator[Row]:
    """The rows that hold for what the steps found, on a day after the cut-off."""
    common = {value: holds(rules.needs, steps, value) for value in Value}
    routes = [(route.text.id, {value: holds(route.needs, steps, value) for value in Value}) for route in rules.routes]
    for place, (route, holding) in enumerate(routes):
        before = not any(earlier[Value.MET] for _, earlier in routes[:place])
        if common[Value.MET] and holding[Value.MET] and before:
            yield "eligible", route
    nowhere = all(holding[Value.NOT_MET] for _, holding in routes)
    if common[Value.NOT_MET] or nowhere:
        yield "not_eligible", ""
    anywhere = any(holding[Value.MET] for _, holding in routes)
    if not common[Value.NOT_MET] and not nowhere and not (common[Value.MET] and anywhere):
        yield "undetermined", ""


def levels(rules: Ruleset, proved: Mapping[tuple[str, ...], bool]) -> Iterator[str]:
    met = [all(proved[step] for step in level.needs) for level in rules.levels]
    for place, level in enumerate(rules.levels):
        if met[place] and not any(met[:place]):
            yield str(level.text.number)
    if not any(met):
        yield "none"


def steps_of(*needs: Needs) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(step for each in needs for step in each))


@EACH
def test_of_the_rows_of_eligibility_one_and_only_one_holds_whatever_the_steps_find(rules: Ruleset) -> None:
    steps = steps_of(rules.needs, *(route.needs for route in rules.routes))
    combinations = 3 ** len(steps)
    assert combinations <= MOST
    taken = set()
    for values in product(Value, repeat=len(steps)):
        rows = list(eligibility(rules, dict(zip(steps, values, strict=True))))
        assert len(rows) == 1
        taken.update(rows)
    assert taken == {
        *(("eligible", route.text.id) for route in rules.routes),
        ("not_eligible", ""),
        ("undetermined", ""),
    }


@EACH
def test_of_the_levels_one_and_only_one_is_taken_and_none_is_never_taken(rules: Ruleset) -> None:
    steps = steps_of(*(level.needs for level in rules.levels))
    assert 2 ** len(steps) <= MOST
    taken = set()
    for values in product((True, False), repeat=len(steps)):
        rows = list(levels(rules, dict(zip(steps, values, strict=True))))
        assert len(rows) == 1
        taken.update(rows)
    assert taken == {*(str(level.text.number) for level in rules.levels), "none"}


def row_of(rules: Ruleset, made: Decision) -> tuple[list[Row], list[str]]:
    """The rows that hold for a decision's findings, rule by rule."""
    found = {line.name: line.value for line in made.trace if line.subject == "rule"}

    def step(names: tuple[str, ...]) -> Value:
        values = {found[name] for name in names}
        return Value.MET if Value.MET in values else Value.UNKNOWN if Value.UNKNOWN in values else Value.NOT_MET

    asked = steps_of(rules.needs, *(route.needs for route in rules.routes), *(level.needs for level in rules.levels))
    steps = {names: step(names) for names in asked}
    return list(eligibility(rules, steps)), list(levels(rules, {names: v is Value.MET for names, v in steps.items()}))


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
