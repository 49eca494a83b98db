"""What many draws come to: counts of values, added up over replicates in any order.

Counts alone are kept, so that processes may share the replicates out and add up what they found, to the same numbers.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# (what is measured, of which programme, group, band or town; "" for all)
Measure = tuple[str, str]


@dataclass(slots=True)
class Tally:
    """`base`, `other`, `difference`: measure → value → in how many replicates, of the bundle as frozen, of the
    scenario, and of what the scenario has more under the same draw. `chances`: number of an applicant
    and of a programme → in how many replicates of the bundle as frozen it was placed there."""

    draws: int = 0
    base: dict[Measure, Counter[int]] = field(default_factory=dict)
    other: dict[Measure, Counter[int]] = field(default_factory=dict)
    difference: dict[Measure, Counter[int]] = field(default_factory=dict)
    chances: Counter[tuple[int, int]] = field(default_factory=Counter)

    def add(self, tally: "Tally") -> None:
        """Add what other replicates came to."""
        self.draws += tally.draws
        for mine, theirs in (
            (self.base, tally.base),
            (self.other, tally.other),
            (self.difference, tally.difference),
        ):
            for measure, counts in theirs.items():
                mine.setdefault(measure, Counter()).update(counts)
        self.chances.update(tally.chances)

    def count(self, base: Mapping[Measure, int], other: Mapping[Measure, int] | None) -> None:
        """Count one replicate more: what it measured of the bundle, and under the scenario if there is one."""
        self.draws += 1
        _count(self.base, base)
        if other is not None:
            _count(self.other, other)
            _count(self.difference, {name: other[name] - value for name, value in base.items() if name in other})


def added(tallies: Iterable[Tally]) -> Tally:
    """The sum of tallies."""
    whole = Tally()
    for tally in tallies:
        whole.add(tally)
    return whole


def _count(counts: dict[Measure, Counter[int]], measures: Mapping[Measure, int]) -> None:
    for measure, value in measures.items():
        if measure not in counts:
            counts[measure] = Counter()
        counts[measure][value] += 1
