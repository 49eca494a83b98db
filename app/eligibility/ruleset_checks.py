"""What makes a ruleset unfit to be published or used. Each refusal is a BadField naming the place."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from app.eligibility.age_classes import refuse_age_classes
from app.eligibility.citation import Citation
from app.eligibility.exact_json import BadField
from app.eligibility.merits import ENTRIES, NAMES, UNITS
from app.eligibility.points import Item
from app.eligibility.priorities import KINDS, MEASURES, RECKONED
from app.eligibility.ruleset_text import KeyText, PointsText, RulesetText, Words
from app.eligibility.vocabulary import OF_ONE_CATCHMENT, Bound, implies

Needs = tuple[tuple[str, ...], ...]
Named = tuple[str, Needs]

_KEY = re.compile(r"[a-z_]{1,64}[<>]")
_GROUP = re.compile(r"[A-Za-z0-9._:-]{0,64}")
# Columns of the bundle's files, which a key may not be named after (allocation-bundle/1, `order`).
_COLUMNS = {
    *("ticket", "applicant", "rank", "programme", "lottery_unit", "groups", "fallback", "seat", "filled"),
}
_ENTRIES_OF_ORDER = 8


def refuse_document(read: RulesetText) -> None:
    """All that can be refused without the vocabulary of conditions."""
    if not read.valid_from <= read.valid_until:
        raise BadField("valid_until", "before valid_from", "give the last day of validity")
    for where, cite, words in cited_parts(read):
        cite.refuse_uncited(where)
        if not all(word.strip() for word in words):
            raise BadField(where, "a word is missing", "give every sentence in zh and in en")
    _refuse_twice("rule", (rule.id for rule in read.rule))
    _refuse_twice("route", (route.id for route in read.route))
    _refuse_twice("key", (key.name for key in read.key))
    refuse_age_classes(read.stage, read.age_class)
    _refuse_levels(read)
    _refuse_gave_up(read)
    _refuse_order(read)
    _refuse_unscored(read)
    for key in read.key:
        _refuse_key(key)
        _refuse_key_levels(key, read)
    if read.points is not None:
        _refuse_points(read.points)
    elif any(key.measure == "points" for key in read.key):
        raise BadField("points", "missing", "give the points rules that the order ranks by")


def refuse_names(needs: Sequence[Named], bound: Mapping[str, Bound], notes: set[str]) -> None:
    """Needs that name no rule, and rules that nothing needs and that are no notes."""
    used: set[str] = set()
    for where, clauses in needs:
        for name in chain.from_iterable(clauses):
            if name not in bound:
                raise BadField(f"{where}.needs", f"no rule is called {name}", "name a rule by its id")
            used.add(name)
    for name in bound:
        if name not in used and name not in notes:
            raise BadField(f"rule {name}", "nothing needs it", "use it, remove it, or mark it as a note")


def refuse_catchment(needs: Sequence[Named], bound: Mapping[str, Bound]) -> None:
    """Eligibility that hangs on one catchment: a child is eligible in the whole county or not at all."""
    for where, clauses in needs:
        for name in chain.from_iterable(clauses):
            if bound[name].name in OF_ONE_CATCHMENT:
                raise BadField(f"{where}.needs", f"{name} speaks of one catchment", "use it in a level")


def refuse_shadowed(needs: Sequence[Named], bound: Mapping[str, Bound]) -> None:
    """A level (or route) that contradicts itself, or whose children an earlier one always takes."""
    for place, (where, clauses) in enumerate(needs):
        contradiction = _contradiction(clauses, bound)
        if contradiction:
            raise BadField(where, f"unreachable: no {contradiction} satisfies it", "mend its needs")
        for earlier, wider in needs[:place]:
            if all(any(_implied(narrow, wide, bound) for narrow in clauses) for wide in wider):
                raise BadField(where, f"unreachable: {earlier} takes all its children", "reorder or mend them")


def _implied(narrow: tuple[str, ...], wide: tuple[str, ...], bound: Mapping[str, Bound]) -> bool:
    return all(any(implies(bound[one], bound[other]) for other in wide) for one in narrow)


def _contradiction(clauses: Needs, bound: Mapping[str, Bound]) -> str:
    """The path of a fact that would have to hold two values at once; "" if there is none."""
    allowed: dict[str, frozenset[str]] = {}
    for clause in clauses:
        demands = [bound[name].demands for name in clause]
        for path in demands[0]:
            if all(path in demand for demand in demands):
                any_of = frozenset(chain.from_iterable(demand[path] for demand in demands))
                allowed[path] = allowed.get(path, any_of) & any_of
    return next((path for path, values in allowed.items() if not values), "")


def cited_parts(read: RulesetText) -> Iterator[tuple[str, Citation, tuple[str, ...]]]:
    """Each part that must cite or assume: its place, its citation and all its words."""
    for rule in read.rule:
        yield f"rule {rule.id}", rule.cite, _sentences(rule.zh, rule.en)
    for route in read.route:
        yield f"route {route.id}", route.cite, (route.zh, route.en)
    for level in read.level:
        yield f"level {level.number}", level.cite, (level.zh, level.en)
    if read.gave_up is not None:
        yield "gave_up", read.gave_up.cite, (read.gave_up.zh, read.gave_up.en)
    for key in read.key:
        yield f"key {key.name}", key.cite, (key.zh, key.en)
    for age_class in read.age_class:
        yield f"age_class {age_class.name}", age_class.cite, (age_class.zh, age_class.en)
    if read.points is not None:
        for item in read.points.item:
            yield f"points {item.id}", item.cite, (item.zh, item.en)
        if read.points.gate is not None:
            yield "points.gate", read.points.gate.cite, _sentences(read.points.gate.zh, read.points.gate.en)


def _sentences(zh: Words, en: Words) -> tuple[str, ...]:
    return zh.met, zh.not_met, zh.unknown, en.met, en.not_met, en.unknown


def _refuse_twice(where: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise BadField(f"{where} {name}", "stands twice", "give each its own name")
        seen.add(name)


def _refuse_levels(read: RulesetText) -> None:
    numbers = [level.number for level in read.level]
    if numbers != list(range(1, len(numbers) + 1)):
        raise BadField("level", "not numbered 1, 2, 3 and so on", "number the levels in their order")
    if not read.route:
        raise BadField("route", "none", "say at least one way to be eligible")
    for route in read.route:
        if route.elsewhere_level <= len(numbers):
            remedy = f"give elsewhere_level above {len(numbers)}"
            raise BadField(f"route {route.id}", "would rank elsewhere like a child with a right", remedy)
        if not _GROUP.fullmatch(route.group):
            raise BadField(f"route {route.id}.group", "not an identifier", "use A-Z a-z 0-9 . _ : -")


def _refuse_gave_up(read: RulesetText) -> None:
    last = max(route.elsewhere_level for route in read.route)
    if read.gave_up is not None and read.gave_up.level <= last:
        raise BadField("gave_up.level", "not after all others", f"give a level above {last}")


def _refuse_unscored(read: RulesetText) -> None:
    scored = False
    for route in read.route:
        if route.unscored and scored:
            remedy = "put it before the routes that are scored"
            raise BadField(f"route {route.id}", "an earlier route would score its children", remedy)
        scored = not route.unscored
    if read.points is not None and read.points.gate is not None and any(route.unscored for route in read.route):
        raise BadField("points.gate", "a route leaves its children unscored", "remove the gate, or score every route")


def _refuse_order(read: RulesetText) -> None:
    order = read.order
    names = [entry[:-1] for entry in order[:-1]]
    if not order or order[-1] != "ticket":
        raise BadField("order", "a last tie that can be foreseen", "end it with ticket, the public draw")
    if len(order) > _ENTRIES_OF_ORDER:
        raise BadField("order", "too long", f"use at most {_ENTRIES_OF_ORDER} entries")
    if not all(_KEY.fullmatch(entry) for entry in order[:-1]) or _COLUMNS & set(names):
        raise BadField("order", "not the name of a key", "use a-z and _, then < or >, and no column's name")
    if len(set(names)) < len(names):
        raise BadField("order", "a key stands twice", "name each key once")
    measures = {key.name: key.measure for key in read.key}
    if set(names) != set(measures):
        odd = ", ".join(sorted(set(names) ^ set(measures)))
        raise BadField("order", f"it and the keys differ in {odd}", "define each key of the order, and no other")
    if any(measures[entry[:-1]] == "points" and entry.endswith("<") for entry in order[:-1]):
        raise BadField("order", "more points would rank later", "write the key of points with >")
    if not names or not order[0].endswith("<") or measures[names[0]] != "level":
        raise BadField("order", "it does not begin with the level", "put the level's key first, with <")


def _refuse_key(key: KeyText) -> None:
    where = f"key {key.name}"
    if key.measure not in (*MEASURES, *RECKONED):
        names = ", ".join((*RECKONED, *MEASURES))
        raise BadField(f"{where}.measure", "unknown measure", f"use one of: {names}")
    if key.measure != "level" and key.neutral is None:
        raise BadField(f"{where}.neutral", "missing", "give the value for a child of whom it is unknown")
    if key.elsewhere == "same" and key.measure != "points":
        raise BadField(f"{where}.elsewhere", "it speaks of one catchment", "use neutral")
    if (key.measure == "flat_locked") != (key.years > 0):
        raise BadField(f"{where}.years", "missing, or out of place", "give years for flat_locked alone")
    _refuse_says(key)


def _refuse_key_levels(key: KeyText, read: RulesetText) -> None:
    where = f"key {key.name}.levels"
    known = {level.number for level in read.level} | {route.elsewhere_level for route in read.route}
    known |= {read.gave_up.level} if read.gave_up is not None else set()
    if not set(key.levels) <= known or len(set(key.levels)) < len(key.levels):
        raise BadField(where, "not a level, or a level twice", "list levels and levels of elsewhere, each once")
    if key.measure == "level" and key.levels:
        raise BadField(where, "out of place", "the level itself counts at all levels")


def _refuse_says(key: KeyText) -> None:
    where = f"key {key.name}.says"
    if (KINDS[key.measure] == "flag") != (key.says is not None):
        raise BadField(where, "missing, or out of place", "give words for 0 and 1 where the measure is a flag")
    for words in (key.says.zh, key.says.en) if key.says else ():
        if len(words) != 2 or not all(word.strip() for word in words):
            raise BadField(where, "not two sentences", "say in zh and in en what 0 and what 1 means")


def _refuse_points(points: PointsText) -> None:
    _refuse_twice("points", (item.id for item in points.item))
    for item in points.item:
        _refuse_item(item)
    if points.gate is not None and not points.gate.cite.source:
        raise BadField("points.gate", "an assumption shuts children out", "cite the rule that allows a gate")


def _refuse_item(item: Item) -> None:
    where = f"points {item.id}"
    table = item.table or {}
    rates = [item.each, item.second_each, *table.values()]
    if item.measure not in (UNITS if item.pattern == "accrual" else ENTRIES):
        raise BadField(f"{where}.measure", "unknown, or not for this pattern", _measures())
    if (item.pattern == "accrual") == bool(table) or not set(table) <= set(NAMES.get(item.measure, ())):
        raise BadField(f"{where}.table", "missing, out of place or with unknown entries", _measures())
    if item.pattern != "accrual" and (item.each or item.second_each):
        raise BadField(f"{where}.each", "out of place", "a table gives the points")
    if item.per < 1 or item.second_per < 1:
        raise BadField(f"{where}.per", "not positive", "give the units of one step")
    if not any(rates) or any((rate < 0) != item.deduction for rate in rates if rate):
        raise BadField(where, "no points, or points with the sign reversed", "only deductions are negative")
    if item.deduction and (item.group or item.pattern == "highest"):
        raise BadField(where, "a deduction that another outdoes", "take it out of the group, or use sum")
    if item.cap is not None and (item.cap < 0) != item.deduction:
        raise BadField(f"{where}.cap", "the sign reversed", "cap a deduction below zero, others above")
    if (item.measure == "records") != (item.years > 0):
        raise BadField(f"{where}.years", "missing, or out of place", "give years for records alone")


def _measures() -> str:
    units = f"for accrual: {', '.join(UNITS)}"
    tables = "; ".join(f"{name} ({', '.join(NAMES[name])})" for name in ENTRIES)
    return f"{units}; for tables: {tables}"
