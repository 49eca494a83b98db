"""What becomes of one child under another ruleset, and which rules and clauses make the difference.

Last year's facts under this year's rules: the later ruleset is moved to the earlier one's year (`Ruleset.for_entry`),
so that what differs is the rules, and not that a year has passed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain

from app.eligibility.citation import Brief
from app.eligibility.decide import decide
from app.eligibility.decision import Decision, TraceLine
from app.eligibility.facts import Facts
from app.eligibility.ruleset import Ruleset
from app.eligibility.words import Language

ABSENT = "absent"
ASSUMED: dict[Language, str] = {"zh": "假定", "en": "assumption"}


@dataclass(frozen=True, slots=True)
class Why:
    """A rule, route, level, gate, key or item of points that tells the two rulesets apart for this child. `before` and
    `after`: its value, `absent` where the ruleset has no such part. Clause and words: of the later ruleset that has it.
    """

    subject: str
    name: str
    before: str
    after: str
    cite: Brief
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Change:
    """`what`: outcome, route, level, groups, or `right KEY` and `elsewhere KEY`; "" where there is no value."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Never without changes: a child for whom nothing changes has no difference."""

    changes: tuple[Change, ...]
    why: tuple[Why, ...]


def replayed(facts: Facts, old: Ruleset, new: Ruleset, as_of: date) -> Difference | None:
    """A child decided by both rulesets on a day, the new one as for the old one's year; None where nothing changes."""
    was, would = old.for_day(as_of), new.for_entry(old.terms.year).for_day(as_of)
    return difference(decide(facts, was, as_of), decide(facts, would, as_of), was, would)


def difference(one: Decision, other: Decision, old: Ruleset, new: Ruleset) -> Difference | None:
    """What differs between the decisions of two rulesets on the same facts; None where outcome and keys are alike."""
    changes = tuple(_changes(one, other))
    if not changes:
        return None
    found = chain(_traced(one, other, old, new), _keys(one, other), _points(one, other))
    return Difference(changes, tuple(dict.fromkeys(found)))


def told(found: Difference, language: Language) -> Iterator[str]:
    """The difference in words: first what changes, then each reason with its clause."""
    yield "; ".join(f"{change.what} {change.before or '–'} → {change.after or '–'}" for change in found.changes)
    for why in found.why:
        said = why.zh if language == "zh" else why.en
        clause = " ".join(filter(None, (why.cite.source, why.cite.clause))) or ASSUMED[language]
        yield f"{why.subject} {why.name}: {why.before} → {why.after} ({clause}) {said}"


def _changes(one: Decision, other: Decision) -> Iterator[Change]:
    for what in ("outcome", "route", "level"):
        before, after = (getattr(made, what) for made in (one, other))
        if before != after:
            yield Change(what, _text(before), _text(after))
    if one.groups != other.groups:
        yield Change("groups", " ".join(one.groups), " ".join(other.groups))
    for where in ("right", "elsewhere"):
        before, after = (getattr(made, f"keys_{where}") for made in (one, other))
        # Where one of them has no keys at all, outcome or level says so.
        for key in dict.fromkeys((*before, *after)) if before and after else ():
            if before.get(key) != after.get(key):
                yield Change(f"{where} {key}", _text(before.get(key)), _text(after.get(key)))


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _traced(one: Decision, other: Decision, old: Ruleset, new: Ruleset) -> Iterator[Why]:
    """Of the parts that carried either decision, those that do not stand alike under both rulesets."""
    before, after = _lines(one), _lines(other)
    for part in dict.fromkeys((*_carried(one, old), *_carried(other, new))):
        told, tells = before.get(part), after.get(part)
        was, is_now = (line.value.value if line else ABSENT for line in (told, tells))
        line = tells or told
        if line and (was != is_now or _asked(part, old) != _asked(part, new)):
            yield Why(*part, was, is_now, line.cite, line.zh, line.en)


def _lines(made: Decision) -> dict[tuple[str, str], TraceLine]:
    return {(line.subject, line.name): line for line in made.trace}


def _carried(made: Decision, ruleset: Ruleset) -> Iterator[tuple[str, str]]:
    """The parts on which the decision rests: route, level, what they and the ruleset ask, what is in the way."""
    needs = [*ruleset.needs]
    for route in ruleset.routes:
        if route.text.id == made.route:
            yield "route", route.text.id
            needs += route.needs
    for level in ruleset.levels:
        if level.text.number == made.level:
            yield "level", str(level.text.number)
            needs += level.needs
    for gap in (*made.missing, *made.reasons):
        yield ("points" if gap.of == "points" else "rule"), gap.rule
    yield from (("rule", name) for name in chain.from_iterable(needs))
    yield from (("gave_up", line.name) for line in made.trace if line.subject == "gave_up")


def _asked(part: tuple[str, str], ruleset: Ruleset) -> object:
    """What a route or a level asks and gives, so that one name with other needs is seen to differ."""
    for route in ruleset.routes:
        if part == ("route", route.text.id):
            return route.needs, route.text.elsewhere_level, route.text.group
    return next((level.needs for level in ruleset.levels if part == ("level", str(level.text.number))), None)


def _keys(one: Decision, other: Decision) -> Iterator[Why]:
    if not one.outcome == other.outcome == "eligible":
        return
    before, after = ({key.name: key for key in made.keys} for made in (one, other))
    for name in dict.fromkeys((*before, *after)):
        told, tells = before.get(name), after.get(name)
        was, is_now = (ABSENT if held is None else f"{_text(held.right)}/{held.elsewhere}" for held in (told, tells))
        key = tells or told
        if key and was != is_now:
            yield Why("key", name, was, is_now, key.cite, key.zh, key.en)


def _points(one: Decision, other: Decision) -> Iterator[Why]:
    before, after = ({(line.item, line.parent): line for line in made.points} for made in (one, other))
    for item in dict.fromkeys((*before, *after)):
        told, tells = before.get(item), after.get(item)
        was, is_now = (ABSENT if held is None else str(held.counted) for held in (told, tells))
        line = tells or told
        if line and was != is_now:
            yield Why("points", " ".join(item), was, is_now, line.cite, line.zh, line.en)
