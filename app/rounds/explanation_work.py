"""Explaining a solved bundle: work for a process of its own. Takes bytes and gives JSON; imports the cores alone."""

from collections.abc import Mapping, Sequence

from app.allocation.bundle import Bundle, parse_bundle
from app.allocation.explanation.again import Again
from app.allocation.explanation.change import Change
from app.allocation.explanation.comparison import FEW
from app.allocation.explanation.explained import Explained, explained
from app.allocation.explanation.rows import read_cutoffs
from app.allocation.result import read_placements
from app.eligibility.attainable import attainable
from app.eligibility.ruleset import Ruleset, parse
from app.rounds.explanation_told import as_json, told_change, told_of

PARTS, SMALLEST = 8, 500
# Solving again costs as much as the whole run: of more changes than this in a part, as many are checked, evenly.
CHECKED = 1000

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
            programme: told_change(rules, change, None if (programme, change.seat) in few else value, own)
            for programme, (change, value, own) in nearest.items()
        }
        found[one.explanation.applicant] = as_json(told_of(one, shown))
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
