"""No child gains by listing otherwise than it wishes, nor do several all gain together.

Limits: all misreports of the lists of three applicants and three programmes with 0 to 2 seats; a sample of four and
three; random markets with reserves and fallbacks. It holds where a list may be as long as its family likes
(`counterexamples/cap_on_choices.toml` is what a cap does), where keys, groups and tickets do not depend on what is
listed, and for what is gained strictly: a group can help some of its members at no cost to the others
(`counterexamples/efficiency.toml`).
"""

from dataclasses import replace
from itertools import combinations_with_replacement, islice, permutations, product
from random import Random

import pytest

from tests.allocation.properties.markets import Family, Scene, bundle_of, listed, no_worse, places, random_scene
from tests.allocation.properties.reports import Gains, table_of
from tests.allocation.properties.tiny import Order, Tiny, every_list, orders_and_seats, outcome

PARTS = 4


def test_relabelling_makes_all_orders_and_seats_of_those_tried() -> None:
    made = {
        tuple(sorted(zip((tuple(names[a] for a in order) for order in orders), seats, strict=True)))
        for orders, seats in orders_and_seats(3, 3, 2)
        for names in permutations(range(3))
    }
    kinds = list(product(permutations(range(3)), range(3)))
    assert made == {*combinations_with_replacement(sorted(kinds), 3)}


@pytest.mark.parametrize("part", range(PARTS))
def test_of_three_applicants_nobody_and_no_coalition_gains(part: int) -> None:
    gains = Gains(3, 3)
    for orders, seats in islice(orders_and_seats(3, 3, 2), part, None, PARTS):
        table = table_of(orders, seats)
        for size in (1, 2, 3):
            assert not next(gains.found(table, size), None), f"{orders} {seats}"


def test_of_four_applicants_nobody_gains_in_a_sample() -> None:
    random = Random(4)
    lists = every_list(3)
    for _ in range(6_000):
        orders = tuple(tuple(random.sample(range(4), 4)) for _ in range(3))
        seats = tuple(random.randint(0, 2) for _ in range(3))
        others = tuple(random.choices(lists, k=3))
        got = {one: outcome(Tiny((one, *others), orders, seats))[0] for one in lists}
        for true in lists:
            assert not {*got.values()} & {*true[: place(true, got[true])]}


def place(one: Order, p: int) -> int:
    return one.index(p) if p in one else len(one)


def test_with_reserves_fallbacks_and_tickets_nobody_gains_in_a_sample() -> None:
    random = Random(5)
    tried = 0
    for _ in range(400):
        scene = random_scene(random, applicants=7, programmes=3)
        name = random.choice([*scene.families])
        true = places(bundle_of(scene))[name]
        for wishes in reports(scene):
            got, _ = places(bundle_of(wishing(scene, name, wishes)))[name]
            assert no_worse(true[1], place_in(scene, scene.families[name], got)), f"{scene} {name} {wishes}"
            tried += 1
    assert tried > 2_000


def reports(scene: Scene) -> list[tuple[str, ...]]:
    names = [row.programme for row in scene.programmes]
    return [some for size in range(len(names) + 1) for some in permutations(names, size)]


def wishing(scene: Scene, name: str, wishes: tuple[str, ...]) -> Scene:
    family = replace(scene.families[name], wishes=wishes)
    return replace(scene, families={**scene.families, name: family})


def place_in(scene: Scene, family: Family, programme: str) -> int:
    """The rank of a programme in a family's true list, 0 for none: what it gets against its wish is no gain."""
    whole = [*listed(family), *(row.programme for row in scene.fallbacks if row.fallback == family.fallback)]
    return [*dict.fromkeys(whole)].index(programme) + 1 if programme in whole else 0


def test_reports_of_all_lists_reach_more_than_one_outcome() -> None:
    """The tables are not trivial: some report changes what its applicant gets, and what others get."""
    table = table_of(((0, 1, 2),) * 3, (1, 1, 1))
    assert len({*table.values()}) > 20
    assert any(table[a, 5, 5] != table[b, 5, 5] for a, b in product(range(16), repeat=2))
