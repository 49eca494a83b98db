"""Feasible, nothing wasted, no justified envy, and the best of that for each: against brute force on tiny instances.

The same in full, with progress: `python -m tests.allocation.properties.exhaustive`.
"""

from itertools import islice, permutations, product

from app.allocation.bundle import Bundle
from app.allocation.solver import solve
from tests.allocation.properties.assignments import violation, ways
from tests.allocation.properties.exhaustive import SEED, count_checked
from tests.allocation.properties.tiny import (
    HEADER,
    Tiny,
    all_up_to_relabelling,
    every_list,
    outcome,
    sampled,
    tables_of,
)

IN_CI = 200_000


def test_all_of_three_applicants_and_three_programmes() -> None:
    assert count_checked(all_up_to_relabelling(3, 3, 2)) == 296_580


def test_all_of_four_applicants_and_two_programmes() -> None:
    assert count_checked(all_up_to_relabelling(4, 2, 4)) == 73_950


def test_a_part_of_the_million_samples_of_four_applicants_and_three_programmes() -> None:
    assert count_checked(islice(sampled(4, 3, 2, SEED), IN_CI)) == IN_CI


def test_brute_force_lets_one_result_pass_and_no_other() -> None:
    for instance in islice(sampled(4, 3, 2, 1), 300):
        passing = [way for way in ways(4, 3).every if not violation(instance, way)]
        assert passing == [outcome(instance)]


def test_of_instances_that_differ_by_names_one_at_least_is_there() -> None:
    orders, seats = product(permutations(range(3)), repeat=2), list(product(range(3), repeat=2))
    every = {classed(Tiny(x, y, z)) for y in orders for x in product(every_list(2), repeat=3) for z in seats}
    assert every == {classed(instance) for instance in all_up_to_relabelling(3, 2, 2)}


def test_an_instance_made_by_hand_is_what_its_bundle_gives() -> None:
    for instance in islice(sampled(4, 3, 2, 3), 300):
        names = [f"P{p}" for p in range(3)] + [""]
        placements = solve(Bundle(HEADER, tables_of(instance), "", "")).placements
        assert [row.programme for row in placements] == [names[p] for p in outcome(instance)]


def classed(instance: Tiny) -> object:
    """The same for instances that differ by the names of applicants and programmes alone."""
    lists, orders, seats = instance
    return min(
        (
            tuple(tuple(where.index(p) for p in lists[a]) for a in who),
            tuple(tuple(who.index(a) for a in orders[p] if p in lists[a]) for p in where),
            tuple(seats[p] for p in where),
        )
        for who in permutations(range(len(lists)))
        for where in permutations(range(len(seats)))
    )
