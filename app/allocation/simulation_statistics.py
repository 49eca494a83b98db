"""What many draws come to: counts of values, added up over replicates in any order, and from them exact estimates.

Counts alone are kept, so that processes may share the replicates out and add up what they found, to the same numbers.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import isqrt

# (what is measured, of which programme, group, band or town; "" for all)
Measure = tuple[str, str]

# The 97.5th percentile of the normal distribution, rounded up, and decimal places kept of a square root.
NORMAL = Fraction(196, 100)
PLACES = 10**9


@dataclass(slots=True)
class Tally:
    """`base`, `other`, `difference`: measure → value → in how many replicates, of the bundle as frozen, of the
    scenario, and of what the scenario has more under the same draw. `chances`, `other_chances`: number of an
    applicant and of a programme → in how many replicates it was placed there."""

    draws: int = 0
    base: dict[Measure, Counter[int]] = field(default_factory=dict)
    other: dict[Measure, Counter[int]] = field(default_factory=dict)
    difference: dict[Measure, Counter[int]] = field(default_factory=dict)
    chances: Counter[tuple[int, int]] = field(default_factory=Counter)
    other_chances: Counter[tuple[int, int]] = field(default_factory=Counter)

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
        self.other_chances.update(tally.other_chances)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Of a measure over `draws` replicates that have it.

    `low` to `high`: the 95% interval of the mean, by the normal approximation (1.96 standard errors, the root rounded
    up), None for a single replicate. `least` to `most`: between these lie the middle 95% of the replicates, and so
    what one draw may bring.
    """

    draws: int
    mean: Fraction
    low: Fraction | None
    high: Fraction | None
    least: int
    most: int


def estimate(counts: Mapping[int, int]) -> Estimate:
    """The estimate from value → replicates, of which there is at least one."""
    draws = sum(counts.values())
    total = sum(value * times for value, times in counts.items())
    mean = Fraction(total, draws)
    ends = _percentile(counts, draws, Fraction(25, 1000)), _percentile(counts, draws, Fraction(975, 1000))
    if draws < 2:
        return Estimate(draws, mean, None, None, *ends)
    squares = sum(value * value * times for value, times in counts.items())
    variance = Fraction(draws * squares - total * total, draws * (draws - 1))
    half = NORMAL * _root_up(variance / draws)
    return Estimate(draws, mean, mean - half, mean + half, *ends)


def estimates(counts: Mapping[Measure, Mapping[int, int]]) -> dict[Measure, Estimate]:
    """The estimate of each measure, in their order."""
    return {measure: estimate(values) for measure, values in sorted(counts.items()) if values}


def added(tallies: Iterable[Tally]) -> Tally:
    """The sum of tallies."""
    whole = Tally()
    for tally in tallies:
        whole.add(tally)
    return whole


def _percentile(counts: Mapping[int, int], draws: int, share: Fraction) -> int:
    """The smallest value that at least this share of the replicates does not exceed."""
    seen, last = 0, 0
    for last in sorted(counts):
        seen += counts[last]
        if seen >= share * draws:
            break
    return last


def _root_up(value: Fraction) -> Fraction:
    scaled = value.numerator * PLACES * PLACES
    floor = isqrt(scaled // value.denominator)
    exact = floor * floor * value.denominator == scaled
    return Fraction(floor if exact else floor + 1, PLACES)
