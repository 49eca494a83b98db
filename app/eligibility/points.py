"""Points of new residents: a line-by-line reckoning in integers.

Patterns: `accrual`, so many points for every `per` units; `highest`, a table of which only the best entry
held counts; `sum`, a table of which every entry held counts. A cap bounds an item over both parents. Of the
items of one group only the best counts. A deduction is an item whose points are negative. What is unknown
or unverified counts nothing and says so; so more knowledge of a merit never lowers a total.
"""

from dataclasses import dataclass, replace
from typing import Literal

from app.eligibility.certificates import Terms
from app.eligibility.citation import Brief, Citation
from app.eligibility.facts import Facts
from app.eligibility.merits import ENTRIES, UNITS

Pattern = Literal["accrual", "highest", "sum"]
Which = Literal["first", "second"]
Why = Literal["counted", "capped", "excluded", "none", "unknown"]


@dataclass(frozen=True)
class Item:
    """One item of the points rules. `second_*`: the second parent's own rate, 0 where it has no part."""

    id: str
    measure: str
    pattern: Pattern
    cite: Citation
    zh: str
    en: str
    per: int = 1
    each: int = 0
    second_per: int = 1
    second_each: int = 0
    table: dict[str, int] | None = None
    years: int = 0
    cap: int | None = None
    group: str = ""
    deduction: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """`measured`: units or entries as text; `points`: before cap and group; `counted`: what enters the total."""

    item: str
    parent: Which
    measured: str
    points: int
    counted: int
    why: Why
    cite: Brief
    zh: str
    en: str


def reckon(facts: Facts, terms: Terms, items: tuple[Item, ...]) -> tuple[Line, ...]:
    """All lines in the ruleset's order; the total is the sum of their `counted`."""
    lines = [line for item in items for line in _capped(item, _item_lines(item, facts, terms))]
    kept: dict[str, str] = {}
    for item in items:
        if item.group and _counted(lines, item.id) > _counted(lines, kept.get(item.group, "")):
            kept[item.group] = item.id
    groups = {item.id: item.group for item in items}
    return tuple(
        replace(line, counted=0, why="excluded")
        if line.counted and groups[line.item] and kept.get(groups[line.item]) != line.item
        else line
        for line in lines
    )


def total(lines: tuple[Line, ...]) -> int:
    return sum(line.counted for line in lines)


def _counted(lines: list[Line], item: str) -> int:
    return sum(line.counted for line in lines if line.item == item)


def _item_lines(item: Item, facts: Facts, terms: Terms) -> list[Line]:
    if item.pattern != "accrual":
        held = ENTRIES[item.measure](facts.first_parent, terms, item.years)
        return [_line(item, "first", None if held is None else "+".join(held), _worth(item, held or ()))]
    first = UNITS[item.measure](facts.first_parent, terms)
    lines = [_line(item, "first", first, (first or 0) // item.per * item.each)]
    if item.second_each:
        second = UNITS[item.measure](facts.second_parent, terms)
        lines.append(_line(item, "second", second, (second or 0) // item.second_per * item.second_each))
    return lines


def _worth(item: Item, held: tuple[str, ...]) -> int:
    worth = [(item.table or {}).get(entry, 0) for entry in held]
    return sum(worth) if item.pattern == "sum" else max(worth, default=0)


def _line(item: Item, parent: Which, measured: int | str | None, points: int) -> Line:
    why: Why = "unknown" if measured is None else "counted" if points else "none"
    shown = "" if measured is None else str(measured)
    return Line(item.id, parent, shown, points, points, why, item.cite.brief, item.zh, item.en)


def _capped(item: Item, lines: list[Line]) -> list[Line]:
    if item.cap is None:
        return lines
    left, held = item.cap, []
    for line in lines:
        counted = max(line.points, left) if item.deduction else min(line.points, left)
        left -= counted
        held.append(line if counted == line.points else replace(line, counted=counted, why="capped"))
    return held
