"""Estimates against the same by floating point, and what must hold exactly."""

from collections import Counter
from fractions import Fraction
from statistics import mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.allocation.simulation.estimates import Estimate, estimate, estimates
from app.allocation.simulation.tally import Tally, added

VALUES = st.lists(st.integers(-1000, 1000), min_size=2, max_size=60)


@given(VALUES)
def test_mean_and_interval_are_those_of_the_textbook(values: list[int]) -> None:
    found = estimate(Counter(values))
    half = 1.96 * stdev(values) / len(values) ** 0.5
    assert found.mean == Fraction(sum(values), len(values)) and float(found.mean) == pytest.approx(mean(values))
    assert found.low is not None and found.high is not None
    assert float(found.high - found.mean) == float(found.mean - found.low) == pytest.approx(half, abs=1e-7)
    assert found.high - found.mean >= half - 1e-9


@given(VALUES)
def test_the_middle_of_the_replicates_leaves_a_fortieth_at_either_end(values: list[int]) -> None:
    found, each = estimate(Counter(values)), Fraction(1, 40)
    below, above = sum(v < found.least for v in values), sum(v > found.most for v in values)
    assert Fraction(below, len(values)) < each and Fraction(above, len(values)) <= each
    assert found.least in values and found.most in values


def test_known_answers() -> None:
    # 1, 2, 3, 4: mean 5/2, variance 5/3, standard error sqrt(5/12) = 0.645497224…
    four = estimate(Counter([1, 2, 3, 4]))
    assert (four.draws, four.mean, four.least, four.most) == (4, Fraction(5, 2), 1, 4)
    assert four.high == Fraction(5, 2) + Fraction(196, 100) * Fraction(645497225, 10**9)
    assert estimate(Counter({7: 100})) == Estimate(100, Fraction(7), Fraction(7), Fraction(7), 7, 7)
    assert estimate({3: 1}) == Estimate(1, Fraction(3), None, None, 3, 3)
    assert estimate(Counter(range(1, 1001))).least == 25 and estimate(Counter(range(1, 1001))).most == 975


def test_measures_come_in_order_and_an_empty_one_not_at_all() -> None:
    counts = {("placed", ""): Counter({1: 2}), ("filled", "B"): Counter({1: 2}), ("filled", "A"): Counter[int]()}
    assert list(estimates(counts)) == [("filled", "B"), ("placed", "")]


def test_tallies_add_up() -> None:
    one = Tally(1, {("placed", ""): Counter({3: 1})}, chances=Counter({(0, 0): 1}))
    two = Tally(
        2, {("placed", ""): Counter({3: 1, 4: 1}), ("first", ""): Counter({1: 2})}, chances=Counter({(0, 0): 2})
    )
    whole = added([one, two])
    assert whole.draws == 3 and whole.base == {("placed", ""): {3: 2, 4: 1}, ("first", ""): {1: 2}}
    assert whole.chances == {(0, 0): 3} and added([]) == Tally()
    assert one.base == {("placed", ""): {3: 1}}
