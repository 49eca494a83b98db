"""Explaining a solved bundle: work for a process of its own. Takes bytes and gives JSON; imports the cores alone."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.allocation.bundle import Bundle, parse_bundle
from app.allocation.explanation import FEW, Comparison, Listed
from app.allocation.explanation_again import Again
from app.allocation.explanation_bundle import Explained, explained
from app.allocation.explanation_changes import Change
from app.allocation.explanation_rows import read_cutoffs
from app.allocation.result import read_placements
from app.eligibility.attainable import attainable
from app.eligibility.ruleset import Ruleset, parse

PARTS, SMALLEST = 8, 500
# Solving again costs as much as the whole run: of more changes than this in a part, as many are checked, evenly.
CHECKED = 1000

Told = dict[str, Any]
# Index of an applicant, a programme, a key and the value of it that would have placed it there.
Claim = tuple[int, str, str, int]


class Untrue(Exception):
    """A change that would be told does not place the child there when the bundle is solved again."""


def parts(applicants: int) -> list[range]:
    """The indexes of so many applicants in at most `PARTS` parts of about the same size."""
    size = max(SMALLEST, -(-applicants // PARTS))
    return [range(start, min(start + size, applicants)) for start in range(0, applicants, size)]


def told(bundle: Mapping[str, bytes], result: Mapping[str, bytes], ruleset: str, applicants: range) -> dict[str, str]:
    """Pseudonym → the canonical JSON of what its family is to be told, for the applicants of these indexes.

    Raises Refused or ValueError where bundle and result do not belong together, Untrue for a change that does not
    hold. Whose last holder is one of fewer than `FEW` is never told with a number.
    """
    parsed, rules = parse_bundle(bundle), parse(ruleset)
    cutoffs = read_cutoffs(result["cutoffs.csv"], parsed.header.keys)
    placements = read_placements(result["placements.csv"])
    few = {(row.programme, row.seat) for row in cutoffs if row.filled < FEW}
    everywhere = frozenset(key.name for key in rules.keys if key.elsewhere == "same")
    made = explained(parsed, cutoffs, placements, everywhere, applicants)
    found, claims = {}, list[Claim]()
    for at, one in zip(applicants, made, strict=True):
        nearest = _nearest(parsed, rules, at, one)
        claims += [(at, programme, change.key, value) for programme, (change, value, _) in nearest.items()]
        shown = {
            programme: _change(rules, change, None if (programme, change.seat) in few else value, own)
            for programme, (change, value, own) in nearest.items()
        }
        found[one.explanation.applicant] = _json(_told(one, shown))
    refuse_untrue(Again(parsed, everywhere), claims)
    return found


def _nearest(bundle: Bundle, rules: Ruleset, at: int, one: Explained) -> dict[str, tuple[Change, int, int]]:
    row = bundle.tables.applicants[at]
    own = {choice.programme: choice.keys for choice in bundle.tables.choices.of(row.applicant)}
    found = {}
    for programme, changes in one.changes.items():
        keys = dict(zip(bundle.header.keys, own[programme], strict=True))
        for change in changes:
            value = attainable(rules, change.key, change.bound, change.is_strict, keys, row.groups)
            if value is not None:
                found[programme] = change, value, keys[change.key]
                break
    return found


def refuse_untrue(again: Again, claims: Sequence[Claim]) -> None:
    """Solve again with each of these changes, or with `CHECKED` of them; raises Untrue for one that does not hold."""
    step = max(1, -(-len(claims) // CHECKED))
    for at, programme, key, value in claims[::step]:
        if again.place(at, programme, {key: value}) != programme:
            raise Untrue(f"applicant {at}, {key}")


def _told(one: Explained, changes: Mapping[str, Told]) -> Told:
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


def _change(rules: Ruleset, change: Change, value: int | None, own: int) -> Told:
    is_points = any(key.name == change.key and key.measure == "points" for key in rules.keys)
    return {"key": change.key, "value": value, "more": None if value is None or not is_points else value - own}


def _json(told: Told) -> str:
    return json.dumps(told, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
