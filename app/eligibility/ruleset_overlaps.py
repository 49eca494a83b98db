"""What may not lie over something else: two rules on one question, one merit counted twice, two rulesets of one day."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING

from app.eligibility.exact_json import BadField
from app.eligibility.points import Item
from app.eligibility.vocabulary import Bound

if TYPE_CHECKING:
    from app.eligibility.ruleset import Ruleset


def refuse_overlapping_rules(bound: Mapping[str, Bound]) -> None:
    """Raise BadField where two rules ask the same: a family would read two clauses for one answer."""
    for (one, asked), (other, again) in combinations(bound.items(), 2):
        if (asked.name, asked.parameters) == (again.name, again.parameters):
            raise BadField(f"rule {other}", f"it asks what rule {one} asks", "keep one of them, with both clauses")


def refuse_overlapping_items(items: Sequence[Item]) -> None:
    """Raise BadField where two items count the same of the same parent, unless one group lets one of them count."""
    for one, other in combinations(items, 2):
        same = one.measure == other.measure and _of_one_parent(one, other)
        if same and not (one.group and one.group == other.group):
            raise BadField(
                f"points {other.id}", f"it counts what {one.id} counts", "merge them, or give both one group"
            )


def _of_one_parent(one: Item, other: Item) -> bool:
    if one.table or other.table:
        return True
    return bool((one.each and other.each) or (one.second_each and other.second_each))


def refuse_overlapping_validities(rulesets: Iterable["Ruleset"]) -> None:
    """Raise BadField where an id stands twice, or where two rulesets of one series hold on one day."""
    for one, other in combinations(rulesets, 2):
        if one.id == other.id:
            raise BadField("id", f"{one.id} stands twice", "give each ruleset its own id")
        first, last = max(one.text.valid_from, other.text.valid_from), min(one.text.valid_until, other.text.valid_until)
        if one.text.series and one.text.series == other.text.series and first <= last:
            raise BadField(
                "valid_from",
                f"{one.id} and {other.id} both hold from {first} to {last}",
                "let one end before the other",
            )


def of_day(rulesets: Sequence["Ruleset"], series: str, on: date) -> "Ruleset":
    """The one ruleset of a series that holds on a day, or BadField where there is none or more than one."""
    refuse_overlapping_validities(rulesets)
    held = [ruleset for ruleset in rulesets if ruleset.text.series == series and ruleset.in_force(on)]
    if not held:
        raise BadField("series", f"none of {series} holds on {on}", "publish a ruleset that does")
    return held[0]
