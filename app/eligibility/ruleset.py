"""Rulesets: TOML documents that a county publishes, read and checked before a round may use them.

    ruleset = load(RULESETS / "primary-2026.toml")      # or parse(text)

The digest is the SHA-256 of the file's bytes, so that anybody can check it with sha256sum; a text that could
be written in two ways (byte order mark, carriage returns) is refused.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from app.eligibility import ruleset_checks
from app.eligibility.age_classes import age_class_of
from app.eligibility.certificates import Terms
from app.eligibility.exact_json import BadField, Json, from_object, sha256
from app.eligibility.periods import add_years
from app.eligibility.ruleset_overlaps import refuse_overlapping_items, refuse_overlapping_rules
from app.eligibility.ruleset_scope import refuse_scope
from app.eligibility.ruleset_text import KeyText, LevelText, PointsText, RouteText, RulesetText, RuleText
from app.eligibility.vocabulary import Bound, bind

RULESETS = Path(__file__).parent / "rulesets"

Needs = tuple[tuple[str, ...], ...]  # all of these, each met by any of its rules


@dataclass(frozen=True)
class Rule:
    text: RuleText
    bound: Bound


@dataclass(frozen=True)
class Route:
    text: RouteText
    needs: Needs


@dataclass(frozen=True)
class Level:
    text: LevelText
    needs: Needs


@dataclass(frozen=True)
class Ruleset:
    """A checked ruleset; `rules` in the order of the document, `levels` from the first."""

    id: str
    digest: str
    text: RulesetText
    terms: Terms
    needs: Needs
    rules: Mapping[str, Rule]
    routes: tuple[Route, ...]
    levels: tuple[Level, ...]

    @property
    def order(self) -> tuple[str, ...]:
        """As the manifest of an allocation bundle wants it."""
        return self.text.order

    @property
    def keys(self) -> tuple[KeyText, ...]:
        return self.text.key

    @property
    def points(self) -> PointsText | None:
        return self.text.points

    def age_class(self, born_on: date) -> str:
        """The class of a kindergarten that a child of this birth enters; "" at other stages."""
        return age_class_of(self.text.age_class, self.text.year, born_on)

    def in_force(self, on: date) -> bool:
        return self.text.valid_from <= on <= self.text.valid_until

    def for_day(self, applied_on: date) -> "Ruleset":
        """As it judges who applied on this day: a rolling one by what holds then, any other as it is."""
        return replace(self, terms=replace(self.terms, cut_off=applied_on)) if self.text.rolling else self

    def for_entry(self, year: int) -> "Ruleset":
        """As it would judge the children of another year of entry: every day of it is moved by whole years."""
        cut_off = add_years(self.terms.cut_off, year - self.terms.year)
        return replace(self, terms=Terms(year, cut_off))


def load(path: Path) -> Ruleset:
    """Read a ruleset's file, or raise BadField naming the place, the reason and the remedy."""
    try:
        return parse(path.read_bytes().decode())
    except UnicodeDecodeError:
        raise BadField(path.name, "not UTF-8", "save the file as UTF-8") from None


def parse(text: str) -> Ruleset:
    """Read a ruleset from its text. Refused, as BadField: what is misspelt, unknown or uncited, words that
    are missing, a rule that nothing uses, a level or route that nobody can reach, an order that could be
    foreseen or that ranks a child without a right before one with it, points with the sign reversed, two rules or
    items on one question, words of fees, classes or aid.
    """
    if text.startswith("\ufeff") or "\r" in text:
        raise BadField("text", "byte order mark or carriage return", "save it without, lines ending in LF")
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadField("text", f"not TOML ({error})", "mend the syntax") from None
    read = from_object(RulesetText, _as_json(document, "text"))
    ruleset_checks.refuse_document(read)
    refuse_scope(read)
    rules = {rule.id: Rule(rule, _bound(rule)) for rule in read.rule}
    ruleset = Ruleset(
        id=read.id,
        digest=sha256(text),
        text=read,
        terms=Terms(read.year, read.cut_off),
        needs=_needs(read.needs, "needs"),
        rules=rules,
        routes=tuple(Route(route, _needs(route.needs, f"route {route.id}")) for route in read.route),
        levels=tuple(Level(level, _needs(level.needs, f"level {level.number}")) for level in read.level),
    )
    _refuse_unreachable(ruleset)
    refuse_overlapping_rules({name: rule.bound for name, rule in rules.items()})
    refuse_overlapping_items(read.points.item if read.points else ())
    return ruleset


def _bound(rule: RuleText) -> Bound:
    return bind(rule.condition, rule.parameters or {}, f"rule {rule.id}")


def _needs(needs: tuple[str, ...], where: str) -> Needs:
    parsed = tuple(tuple(name.strip() for name in need.split("|")) for need in needs)
    if not all(name for need in parsed for name in need):
        raise BadField(f"{where}.needs", "an empty need", 'write rule ids, alternatives parted by "|"')
    return parsed


def _refuse_unreachable(ruleset: Ruleset) -> None:
    bound = {name: rule.bound for name, rule in ruleset.rules.items()}
    notes = {name for name, rule in ruleset.rules.items() if rule.text.note}
    routes = [(f"route {route.text.id}", route.needs) for route in ruleset.routes]
    levels = [(f"level {level.text.number}", level.needs) for level in ruleset.levels]
    eligibility = [("needs", ruleset.needs), *routes]
    ruleset_checks.refuse_names([*eligibility, *levels], bound, notes)
    ruleset_checks.refuse_catchment(eligibility, bound)
    ruleset_checks.refuse_shadowed(routes, bound)
    ruleset_checks.refuse_shadowed(levels, bound)


def _as_json(value: object, where: str) -> Json:
    """TOML's dates become text; what has no exact form (floats, times) is refused."""
    if isinstance(value, dict):
        return {name: _as_json(held, f"{where}.{name}") for name, held in value.items()}
    if isinstance(value, list):
        return [_as_json(held, f"{where}[{place}]") for place, held in enumerate(value)]
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool | int | str):
        return value
    raise BadField(where, "a number with a point, or a time", 'use whole numbers, fractions as "51/100", dates')
