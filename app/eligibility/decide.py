"""`decide`: facts, ruleset and date in, decision out. Pure: no clock, no chance, no float, no look-up.

A child is eligible if it meets what is needed of every child and any one route. Levels, keys and points are
for the order alone: they never refuse a child, unless the ruleset has a gate (and then it cites who allows
one). What is unknown and decisive leaves the case undetermined and is named; what is unknown and matters
only to the order does not: the child stands at the best level that is proved (assumption of this project).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from app.eligibility.decision import Decision, KeyLine, Outcome, Shortfall, TraceLine
from app.eligibility.exact_json import canonical, sha256
from app.eligibility.facts import Facts
from app.eligibility.points import Line, reckon, total
from app.eligibility.priorities import MEASURES
from app.eligibility.ruleset import Level, Needs, Route, Ruleset
from app.eligibility.ruleset_text import GateText, GaveUpText, KeyText, Kind, PointsText
from app.eligibility.values import MET, Finding, Value, all_of, any_of, not_met, unknown

Findings = Mapping[str, Finding]
REFUSED = (Value.NOT_MET,)
UNSETTLED = (Value.NOT_MET, Value.UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """All findings of one child under one ruleset: its parts `common`, `routes` and `gate` must all be met."""

    ruleset: Ruleset
    found: Findings
    common: Value
    routes: tuple[tuple[Route, Value], ...]
    levels: tuple[tuple[Level, Value], ...]
    kind: Kind | None
    lines: tuple[Line, ...]
    gate: Finding

    @property
    def any_route(self) -> Value:
        return any_of(value for _, value in self.routes)

    @property
    def route(self) -> Route | None:
        return next((route for route, value in self.routes if value is Value.MET), None)

    @property
    def level(self) -> Level | None:
        return next((level for level, value in self.levels if value is Value.MET), None)


def decide(facts: Facts, ruleset: Ruleset, as_of: date) -> Decision:
    """Decide one child. `as_of` is the day of the decision: before the ruleset's cut-off nobody is refused
    for a paper that can still be had by then; such a case is undetermined, and says what is missing.
    """
    weighed = _weigh(facts, ruleset)
    outcome = _outcome(weighed, as_of < ruleset.terms.cut_off)
    route, level = weighed.route, weighed.level if outcome == "eligible" else None
    points = total(weighed.lines)
    ranks = _ranks(facts, ruleset, route, level) if route and outcome == "eligible" else None
    keys = _keys(facts, ruleset, route, ranks, points) if route and ranks else ()
    return Decision(
        ruleset=ruleset.id,
        ruleset_digest=ruleset.digest,
        facts_digest=sha256(canonical(facts.to_json())),
        as_of=as_of,
        outcome=outcome,
        kind=weighed.kind,
        route=route.text.id if route else None,
        level=level.text.number if level else None,
        missing=tuple(_shortfalls(weighed, UNSETTLED)) if outcome == "undetermined" else (),
        reasons=tuple(_shortfalls(weighed, REFUSED)) if outcome == "not_eligible" else (),
        improvable=tuple(_improvable(weighed, level)) if outcome == "eligible" else (),
        groups=_groups(weighed) if outcome == "eligible" else (),
        keys_right={key.name: key.right for key in keys if key.right is not None},
        keys_elsewhere={key.name: key.elsewhere for key in keys},
        points=weighed.lines,
        points_total=points,
        keys=keys,
        trace=(*_trace(weighed), *_trace_of_giving_up(facts, ruleset)),
    )


def _weigh(facts: Facts, ruleset: Ruleset) -> _Weighed:
    found = {name: rule.bound.check(facts, ruleset.terms) for name, rule in ruleset.rules.items()}
    routes = tuple((route, _value(route.needs, found)) for route in ruleset.routes)
    kind = next((r.text.kind for r, value in routes if value is Value.MET), None) or _presumed_kind(facts)
    points = _points(ruleset, routes, kind)
    lines = reckon(facts, ruleset.terms, points.item) if points else ()
    return _Weighed(
        ruleset,
        found,
        _value(ruleset.needs, found),
        routes,
        tuple((level, _value(level.needs, found)) for level in ruleset.levels),
        kind,
        lines,
        _pass_gate(points.gate, lines) if points and points.gate else MET,
    )


def _points(ruleset: Ruleset, routes: tuple[tuple[Route, Value], ...], kind: Kind | None) -> PointsText | None:
    """The points rules where they concern the child. Nobody is scored by a route that does without, nor while
    that route is open and no other is met.
    """
    points = ruleset.points
    taken = next((route for route, value in routes if value is Value.MET), None)
    in_view = [taken] if taken else [route for route, value in routes if value is Value.UNKNOWN]
    if points is None or kind not in points.kinds or any(route.text.unscored for route in in_view):
        return None
    return points


def _value(needs: Needs, found: Findings) -> Value:
    return all_of(_step(clause, found) for clause in needs)


def _step(clause: tuple[str, ...], found: Findings) -> Value:
    if len(clause) == 1:
        return found[clause[0]].value
    return any_of(found[name].value for name in clause)


def _presumed_kind(facts: Facts) -> Kind | None:
    """What a child without a met route seems to be, for the counts of a funnel; it decides nothing."""
    if facts.registration.place is None:
        return None
    if facts.registration.place == "county":
        return "local"
    return "migrant" if facts.policy.kind in (None, "none") else "policy"


def _pass_gate(gate: GateText, lines: tuple[Line, ...]) -> Finding:
    if total(lines) >= gate.least:
        return MET
    open_lines = tuple(f"points.{line.item}" for line in lines if line.why == "unknown")
    return unknown(*open_lines) if open_lines else not_met("points")


def _outcome(weighed: _Weighed, before_cut_off: bool) -> Outcome:
    value = all_of((weighed.common, weighed.any_route, weighed.gate.value))
    if value is Value.MET:
        return "eligible"
    # Age is settled by birth; every other need may still be met until the cut-off.
    if value is Value.NOT_MET and (weighed.common is Value.NOT_MET or not before_cut_off):
        return "not_eligible"
    return "undetermined"


def _shortfalls(weighed: _Weighed, values: tuple[Value, ...]) -> Iterator[Shortfall]:
    """What stands in the way, in each part that holds one of `values`."""
    if weighed.common in values:
        yield from _open_steps(weighed, weighed.ruleset.needs, weighed.common, "child")
    for route, value in weighed.routes:
        if value is weighed.any_route and value in values:
            yield from _open_steps(weighed, route.needs, value, f"route {route.text.id}")
    points = weighed.ruleset.points
    if points and points.gate and weighed.gate.value in values:
        zh, en = points.gate.zh.of(weighed.gate.value), points.gate.en.of(weighed.gate.value)
        for code in weighed.gate.about:
            yield Shortfall(code, "gate", "points", 1, zh, en)


def _open_steps(weighed: _Weighed, needs: Needs, value: Value, of: str) -> Iterator[Shortfall]:
    """The rules of the steps that hold `value`; the steps already met are not asked for."""
    for step, clause in enumerate(needs, start=1):
        if _step(clause, weighed.found) is not value:
            continue
        for name in clause:
            found, text = weighed.found[name], weighed.ruleset.rules[name].text
            if found.value is value:
                for code in found.about:
                    yield Shortfall(code, name, of, step, text.zh.of(value), text.en.of(value))


def _improvable(weighed: _Weighed, proved: Level | None) -> Iterator[Shortfall]:
    """What is unknown in the levels better than the proved one, each under the best level it could open."""
    told: set[tuple[str, str]] = set()
    for level, value in weighed.levels:
        if level is proved:
            return
        if value is Value.UNKNOWN:
            for gap in _open_steps(weighed, level.needs, value, f"level {level.text.number}"):
                if (gap.code, gap.rule) not in told:
                    told.add((gap.code, gap.rule))
                    yield gap


def _groups(weighed: _Weighed) -> tuple[str, ...]:
    met = {route.text.group for route, value in weighed.routes if value is Value.MET and route.text.group}
    return tuple(sorted(met))


@dataclass(frozen=True, slots=True)
class _Ranks:
    """A child's level at its right (None without one), and everywhere else."""

    right: int | None
    elsewhere: int


def _ranks(facts: Facts, ruleset: Ruleset, route: Route, level: Level | None) -> _Ranks:
    last = _given_up(facts, ruleset)
    if last is None:
        return _Ranks(level.text.number if level else None, route.text.elsewhere_level)
    return _Ranks(last.level if level else None, last.level)


def _given_up(facts: Facts, ruleset: Ruleset) -> GaveUpText | None:
    return ruleset.text.gave_up if facts.entry.gave_up else None


def _keys(facts: Facts, ruleset: Ruleset, route: Route, ranks: _Ranks, points: int) -> tuple[KeyLine, ...]:
    return tuple(_key(facts, ruleset, key, route, ranks, points) for key in ruleset.keys)


def _key(facts: Facts, ruleset: Ruleset, key: KeyText, route: Route, ranks: _Ranks, points: int) -> KeyLine:
    neutral = key.neutral or 0
    if key.measure == "level":
        return KeyLine(key.name, ranks.right, ranks.elsewhere, True, key.cite.brief, key.zh, key.en)
    if key.measure == "points":
        kinds = ruleset.points.kinds if ruleset.points and not route.text.unscored else ()
        counted = route.text.kind in kinds
        measured = points if counted else None
    else:
        measured = MEASURES[key.measure](facts, ruleset.terms, key.years)
    value = neutral if measured is None else measured
    elsewhere = value if key.elsewhere == "same" and key.counts_at(ranks.elsewhere) else neutral
    right = None if ranks.right is None else value if key.counts_at(ranks.right) else neutral
    return KeyLine(key.name, right, elsewhere, measured is not None, key.cite.brief, key.zh, key.en)


def _trace(weighed: _Weighed) -> Iterator[TraceLine]:
    for name, rule in weighed.ruleset.rules.items():
        value, about = weighed.found[name]
        text = rule.text
        zh, en = text.zh.of(value), text.en.of(value)
        yield TraceLine("rule", name, value, about, text.cite.brief, zh, en, text.note)
    for route, value in weighed.routes:
        yield TraceLine("route", route.text.id, value, (), route.text.cite.brief, route.text.zh, route.text.en)
    for level, value in weighed.levels:
        number = str(level.text.number)
        yield TraceLine("level", number, value, (), level.text.cite.brief, level.text.zh, level.text.en)
    points = weighed.ruleset.points
    if points and points.gate:
        gate, (value, about) = points.gate, weighed.gate
        yield TraceLine("points", "gate", value, about, gate.cite.brief, gate.zh.of(value), gate.en.of(value))


def _trace_of_giving_up(facts: Facts, ruleset: Ruleset) -> Iterator[TraceLine]:
    """Told of whom it concerns alone."""
    last = _given_up(facts, ruleset)
    if last is not None:
        yield TraceLine("gave_up", str(last.level), Value.MET, (), last.cite.brief, last.zh, last.en)
