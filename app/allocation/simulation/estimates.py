"""Exact estimates from what many draws came to."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

from app.allocation.simulation.tally import Measure

# The 97.5th percentile of the normal distribution, rounded up, and decimal places kept of a square root.
NORMAL = Fraction(196, 100)
PLACES = 10**9


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
