"""What is kept of an explanation, as JSON: nothing that speaks of one of fewer than `FEW`."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from app.allocation.explanation.change import Change
from app.allocation.explanation.comparison import FEW, Comparison
from app.allocation.explanation.explained import Explained
from app.allocation.explanation.explanation import Listed
from app.eligibility.ruleset import Ruleset

Told = dict[str, Any]


def told_of(one: Explained, changes: Mapping[str, Told]) -> Told:
    """What is told of one placement; `changes`: by programme, as `told_change` makes them."""
    explanation = one.explanation
    return {
        "place": _listed(explanation.place, {}) if explanation.place else None,
        "seat": explanation.seat or None,
        "preferred": [_listed(listed, changes) for listed in explanation.preferred],
        "untold": explanation.untold,
        "lost_by_lot": explanation.lost_by_lot,
        "won_by_lot": one.won_by_lot,
    }


def _listed(listed: Listed, changes: Mapping[str, Told]) -> Told:
    return {
        "programme": listed.programme,
        "rank": listed.rank,
        "is_own": listed.is_own,
        "comparisons": _comparisons(listed.comparisons),
        "change": changes.get(listed.programme),
    }


def _comparisons(compared: Iterable[Comparison]) -> list[Told]:
    return [
        {
            "seat": one.seat,
            "filled": one.filled if one.filled >= FEW else None,
            "relation": one.relation.value,
            "decided": one.decided,
            "is_band": one.is_band,
            "entries": [{"name": entry.name, "own": entry.own, "last": entry.last} for entry in one.entries],
        }
        for one in compared
    ]


def told_change(rules: Ruleset, change: Change, value: int | None, own: int) -> Told:
    """A change to a value, from the child's own; where it would speak of too few, no value and no key but the first."""
    if value is None and change.key != rules.order[0].rstrip("<>"):
        return {"key": None, "value": None, "more": None}
    is_points = any(key.name == change.key and key.measure == "points" for key in rules.keys)
    return {"key": change.key, "value": value, "more": None if value is None or not is_points else value - own}


def as_json(told: Told) -> str:
    """Canonical: the same for the same."""
    return json.dumps(told, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
