"""Which value of a key a child could have had at all, so that no change is told that nobody could make."""

from collections.abc import Collection, Mapping
from datetime import timedelta

from app.eligibility.key_words import as_date
from app.eligibility.periods import as_number
from app.eligibility.priorities import KINDS
from app.eligibility.ruleset import Ruleset
from app.eligibility.ruleset_text import KeyText


def attainable(
    ruleset: Ruleset, key: str, least: int, is_strict: bool, own: Mapping[str, int], groups: Collection[str]
) -> int | None:
    """The least good value of `key` that is at least as good as `least`, strictly better than it where `is_strict`.

    `own`: the child's keys at the programme, `groups`: its groups. None where it could have no such value: there is
    none of that kind, it has no right at the programme of which the key speaks, the key does not count at its level,
    or no points are reckoned for it.
    """
    text = next(text for text in ruleset.keys if text.name == key)
    levels = [own[other.name] for other in ruleset.keys if KINDS[other.measure] == "level"]
    if not all(text.counts_at(level) for level in levels):
        return None
    has_right = all(level <= len(ruleset.levels) for level in levels)
    match KINDS[text.measure]:
        case "level":
            last = ruleset.text.gave_up
            gave_up = last is not None and last.level in levels
            return None if gave_up else _level(ruleset, least - is_strict)
        case "points":
            more = least + is_strict
            return more if _are_points_reckoned(ruleset, text, has_right, groups) and more > own[key] else None
        case "flag":
            by = -1 if f"{key}<" in ruleset.order else 1
            value = least + by * is_strict
            return value if has_right and value in (0, 1) else None
        case "date":
            return _date(ruleset, text, least, is_strict) if has_right else None


def _level(ruleset: Ruleset, least: int) -> int | None:
    known = {level.text.number for level in ruleset.levels} | {r.text.elsewhere_level for r in ruleset.routes}
    return max((number for number in known if number <= least), default=None)


def _are_points_reckoned(ruleset: Ruleset, text: KeyText, has_right: bool, groups: Collection[str]) -> bool:
    """Only where every route by which the child may be eligible is of a kind with points."""
    kinds = ruleset.points.kinds if ruleset.points else ()
    routes = [route.text for route in ruleset.routes if route.text.group and route.text.group in groups]
    return bool(routes) and all(route.kind in kinds for route in routes) and (has_right or text.elsewhere == "same")


def _date(ruleset: Ruleset, text: KeyText, least: int, is_strict: bool) -> int | None:
    """The day itself, or the one before (after, where later dates come first)."""
    smaller_first = f"{text.name}<" in ruleset.order
    if least == text.neutral:
        # Whoever has a date at all stands before one who has none, if that is how the order counts it.
        return as_number(ruleset.terms.cut_off) if is_strict and smaller_first else None
    day = as_date(least)
    if day is None:
        return None
    return as_number(day + timedelta(days=0 if not is_strict else -1 if smaller_first else 1))
