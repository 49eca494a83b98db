"""Explaining a solved bundle: work for a process of its own. Takes bytes and gives JSON; imports the cores alone."""

from collections.abc import Mapping

from app.allocation.bundle import Bundle, parse_bundle
from app.allocation.explanation.again import Again
from app.allocation.explanation.change import Change
from app.allocation.explanation.comparison import FEW
from app.allocation.explanation.explained import Explained, explained
from app.allocation.explanation.rows import read_cutoffs
from app.allocation.result import read_placements
from app.eligibility.attainable import attainable
from app.eligibility.priorities import KINDS
from app.eligibility.ruleset import Ruleset, parse
from app.rounds.explanation_told import as_json, told_change, told_of

PARTS, SMALLEST = 8, 500


def parts(applicants: int) -> list[range]:
    """The indexes of so many applicants in at most `PARTS` parts of about the same size."""
    size = max(SMALLEST, -(-applicants // PARTS))
    return [range(start, min(start + size, applicants)) for start in range(0, applicants, size)]


def told(bundle: Mapping[str, bytes], result: Mapping[str, bytes], ruleset: str, applicants: range) -> dict[str, str]:
    """Pseudonym → the canonical JSON of what its family is to be told, for the applicants of these indexes.

    Raises Refused or ValueError where bundle and result do not belong together. Whose last holder is one of fewer
    than `FEW` is never told with a number.
    """
    parsed, rules = parse_bundle(bundle), parse(ruleset)
    cutoffs = read_cutoffs(result["cutoffs.csv"], parsed.header.keys)
    placements = read_placements(result["placements.csv"])
    few = {(row.programme, row.seat) for row in cutoffs if row.filled < FEW}
    everywhere = frozenset(key.name for key in rules.keys if key.elsewhere == "same")
    made = explained(parsed, cutoffs, placements, everywhere, applicants)
    found, again = {}, Again(parsed, everywhere)
    for at, one in zip(applicants, made, strict=True):
        shown = {
            programme: told_change(rules, change, None if (programme, change.seat) in few else value, own)
            for programme, (change, value, own) in nearest(parsed, rules, again, at, one).items()
        }
        found[one.explanation.applicant] = as_json(told_of(one, shown))
    return found


def nearest(
    bundle: Bundle, rules: Ruleset, again: Again, at: int, one: Explained
) -> dict[str, tuple[Change, int, int]]:
    """By programme the nearest change that the family could have had and that, solved again, places the child there,
    with its value and the child's own. `at`: the applicant's index. A change that does not hold is left out."""
    row = bundle.tables.applicants[at]
    own = {choice.programme: choice.keys for choice in bundle.tables.choices.of(row.applicant)}
    found = {}
    for programme, changes in one.changes.items():
        keys = dict(zip(bundle.header.keys, own[programme], strict=True))
        for change in changes:
            if _is_lacking(rules, change.key, keys[change.key]):
                continue
            value = attainable(rules, change.key, change.bound, change.is_strict, keys, row.groups)
            if value is not None and again.place(at, programme, {change.key: value}) == programme:
                found[programme] = change, value, keys[change.key]
                break
    return found


def _is_lacking(rules: Ruleset, key: str, own: int) -> bool:
    """Whether it is a day that the child has none of: a family without a deed had none to register earlier."""
    return any(text.name == key and KINDS[text.measure] == "date" and own == text.neutral for text in rules.keys)
