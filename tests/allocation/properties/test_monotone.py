"""A better priority, a better ticket, one more group or one more seat never hurts that child; a seat hurts nobody.

All instances of three applicants and two programmes; samples of four and three; and random markets with reserves in
both orders, groups that overlap, fallbacks and both kinds of ticket.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, permutations, product
from random import Random

from app.allocation.choices import Keys
from app.allocation.lottery import seed_of, ticket_of
from tests.allocation.properties.markets import GROUPS, Family, Scene, bundle_of, no_worse, places, random_scene
from tests.allocation.properties.tiny import Order, Outcome, Tiny, every_list, outcome, sampled

Changed = tuple[str, Scene]


def no_worse_in(one: Order, after: int, before: int) -> bool:
    ranks = {p: rank for rank, p in enumerate(one)}
    return ranks.get(after, len(one)) <= ranks.get(before, len(one))


def raised(orders: tuple[Order, ...], p: int, at: int) -> tuple[Order, ...]:
    """The same orders, but at programme p whoever is at a place goes before the one before it."""
    order = orders[p]
    return (*orders[:p], (*order[: at - 1], order[at], order[at - 1], *order[at + 1 :]), *orders[p + 1 :])


def one_more(seats: Order, p: int) -> Order:
    return (*seats[:p], seats[p] + 1, *seats[p + 1 :])


def check(instance: Tiny, before: Outcome) -> None:
    """Each smallest improvement; all others are some of these after one another."""
    lists, orders, seats = instance
    for p, order in enumerate(orders):
        for at in range(1, len(order)):
            child = order[at]
            after = outcome(Tiny(lists, raised(orders, p, at), seats))
            assert no_worse_in(lists[child], after[child], before[child]), f"{instance}: {child} raised at {p}"
        after = outcome(Tiny(lists, orders, one_more(seats, p)))
        for child, one in enumerate(lists):
            assert no_worse_in(one, after[child], before[child]), f"{instance}: {child} by a seat at {p}"


def test_all_of_three_applicants_and_two_programmes() -> None:
    number = 0
    for lists in product(every_list(2), repeat=3):
        for orders, seats in product(product(permutations(range(3)), repeat=2), product(range(3), repeat=2)):
            if orders[0] == (0, 1, 2):  # the others differ from these by the names of applicants alone
                instance = Tiny(lists, orders, seats)
                check(instance, outcome(instance))
                number += 1
    assert number == 125 * 6 * 9


def test_a_sample_of_four_applicants_and_three_programmes() -> None:
    for instance in islice(sampled(4, 3, 2, seed=6), 8_000):
        check(instance, outcome(instance))


def test_in_markets_with_reserves_a_better_priority_or_one_more_group_never_hurts_that_child() -> None:
    random = Random(7)
    gained = 0
    for _ in range(1_500):
        scene = random_scene(random, applicants=9, programmes=4)
        name = random.choice([*scene.families])
        before = places(bundle_of(scene))[name][1]
        for change, better in (*better_keys(random, scene, name), *more_groups(scene, name)):
            after = places(bundle_of(better))[name][1]
            assert no_worse(after, before), f"{scene}: {name} by {change}"
            gained += after != before
    assert gained > 100


def better_keys(random: Random, scene: Scene, name: str) -> Iterator[Changed]:
    """The child's keys made better: elsewhere, or where it has a right, one key by one or two."""
    family = scene.families[name]
    named = [entry for entry in scene.header.order if entry != "ticket"]
    for at, entry in enumerate(named):
        step = random.randint(1, 2) * (1 if entry.endswith(">") else -1)
        yield entry, with_family(scene, name, replace(family, elsewhere=moved(family.elsewhere, at, step)))
        for programme, keys in family.rights.items():
            rights = {**family.rights, programme: moved(keys, at, step)}
            yield f"{entry} at {programme}", with_family(scene, name, replace(family, rights=rights))


def moved(keys: Keys, at: int, step: int) -> Keys:
    return (*keys[:at], keys[at] + step, *keys[at + 1 :])


def more_groups(scene: Scene, name: str) -> Iterator[Changed]:
    family = scene.families[name]
    for group in GROUPS:
        if group not in family.groups:
            yield group, with_family(scene, name, replace(family, groups=tuple(sorted((*family.groups, group)))))


def with_family(scene: Scene, name: str, family: Family) -> Scene:
    return replace(scene, families={**scene.families, name: family})


def test_in_markets_with_reserves_one_more_seat_hurts_nobody() -> None:
    random = Random(8)
    gained = 0
    for _ in range(1_500):
        scene = random_scene(random, applicants=9, programmes=4)
        before = places(bundle_of(scene))
        at = random.randrange(len(scene.programmes))
        row = scene.programmes[at]
        offered = (*scene.programmes[:at], row._replace(capacity=row.capacity + 1), *scene.programmes[at + 1 :])
        after = places(bundle_of(replace(scene, programmes=offered)))
        for name, (_, rank) in before.items():
            assert no_worse(after[name][1], rank), f"{scene}: {name} by a seat at {row.programme}"
            gained += after[name][1] != rank
    assert gained > 100


def test_a_better_ticket_never_hurts_that_child() -> None:
    random = Random(9)
    gained = 0
    for _ in range(1_000):
        scene = random_scene(random, applicants=9, programmes=4)
        name = random.choice([*scene.families])
        if "ticket" not in scene.header.order:
            continue
        tried = []
        for unit in ("one", "two", "three", "four"):
            other = with_family(scene, name, replace(scene.families[name], lottery_unit=unit))
            tried.append((tickets(other, unit), places(bundle_of(other))[name][1]))
        for (one, before), (two, after) in product(tried, repeat=2):
            if all(a <= b for a, b in zip(two, one, strict=True)):
                assert no_worse(after, before), f"{scene}: {name}"
                gained += after != before
    assert gained > 50


def tickets(scene: Scene, unit: str) -> list[bytes]:
    """What a unit draws, at each programme where tickets are of programmes."""
    draw = bundle_of(scene).draw
    assert draw is not None
    names = [row.programme if scene.header.ticket == "per-programme" else None for row in scene.programmes]
    return [ticket_of(seed_of(draw), scene.header.round, unit, name) for name in names]
