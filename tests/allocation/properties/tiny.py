"""Tiny instances without reserves: what the matching works on, made by hand, and all instances of a size.

Applicants and programmes are 0, 1, 2 … A list holds programmes, best first; an order of a programme holds applicants,
best first, and at least those who list it; an outcome holds for each applicant a programme, or their number for none.
"""

from array import array
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations_with_replacement, permutations, product
from random import Random
from typing import NamedTuple

from app.allocation.choices import Choice
from app.allocation.deferred_acceptance import match
from app.allocation.manifest import Header
from app.allocation.market import Columns, Market
from app.allocation.priorities import Scale
from app.allocation.tables import Applicant, Programme, Tables, sorted_tables

Order = tuple[int, ...]
Outcome = tuple[int, ...]

HEADER = Header(round="tiny", order=("place<",), ticket="per-applicant", reserves="reserved-first")


class Tiny(NamedTuple):
    """An instance: a list for each applicant, an order and a number of seats for each programme."""

    lists: tuple[Order, ...]
    orders: tuple[Order, ...]
    seats: tuple[int, ...]


def outcome(instance: Tiny) -> Outcome:
    """Where the matching under test puts each applicant."""
    columns = columns_of(instance)
    none = len(instance.seats)
    matching = match(Market(columns, (), (), Scale(0, (), 0, 0, columns.top, False), None))
    return tuple(none if seat < 0 else seat for seat in matching.seat)


def columns_of(instance: Tiny) -> Columns:
    lists, orders, seats = instance
    number = len(lists)
    bits = number.bit_length()
    standings = [{a: (number - place) << bits | a for place, a in enumerate(order)} for order in orders]
    first = [0]
    for one in lists:
        first.append(first[-1] + len(one))
    return Columns(
        first=array("q", first),
        programme=array("i", [p for one in lists for p in one]),
        standing=array("q", [standings[p][a] for a, one in enumerate(lists) for p in one]),
        fallback=array("i", [-1] * number),
        elsewhere=array("q", [0] * number),
        list_first=array("q", [0]),
        listed=array("i"),
        step_first=array("q", [0] * (len(seats) + 1)),
        group=array("i"),
        seats=array("i"),
        capacity=array("i", seats),
        kind=array("i", [0] * number),
        belongs=array("q"),
        groups=0,
        applicant=array("i", range(number)),
        mask=(1 << bits) - 1,
        top=(number + 1) << bits,
    )


def tables_of(instance: Tiny) -> Tables:
    """The same instance as the rows of a bundle with HEADER: a programme's order is the key `place`."""
    lists, orders, seats = instance
    return sorted_tables(
        [Programme(f"P{p}", some) for p, some in enumerate(seats)],
        [],
        [Applicant(f"a{a}", "", (), "", ()) for a in range(len(lists))],
        [
            Choice(f"a{a}", rank, f"P{p}", (orders[p].index(a),))
            for a, one in enumerate(lists)
            for rank, p in enumerate(one, 1)
        ],
        [],
        1,
    )


@cache
def every_list(programmes: int) -> tuple[Order, ...]:
    """All lists of so many programmes, truncated ones and the empty one included."""
    return tuple(some for size in range(programmes + 1) for some in permutations(range(programmes), size))


def all_up_to_relabelling(applicants: int, programmes: int, most: int) -> Iterator[Tiny]:
    """At least one of each class of instances that differ by names alone, with 0 to `most` seats a programme.

    Lists ascend and so do seats, which some relabelling achieves. Orders hold those who list the programme: where
    the others stand is no part of what the matching is given.
    """
    seats = list(combinations_with_replacement(range(most + 1), programmes))
    for lists in combinations_with_replacement(every_list(programmes), applicants):
        asking = [[a for a, one in enumerate(lists) if p in one] for p in range(programmes)]
        for orders in product(*map(permutations, asking)):
            for some in seats:
                yield Tiny(lists, orders, some)


def sampled(applicants: int, programmes: int, most: int, seed: int) -> Iterator[Tiny]:
    """Instances without end, each part drawn evenly and alone."""
    random = Random(seed)
    lists, orders = every_list(programmes), tuple(permutations(range(applicants)))
    some = tuple(product(range(most + 1), repeat=programmes))
    while True:
        yield Tiny(
            tuple(random.choices(lists, k=applicants)), tuple(random.choices(orders, k=programmes)), random.choice(some)
        )


def orders_and_seats(applicants: int, programmes: int, most: int) -> Iterator[tuple[tuple[Order, ...], Order]]:
    """At least one of each class, up to relabelling, of the orders of all applicants and the seats at programmes."""
    named = tuple(range(applicants))
    seen = set[tuple[tuple[Order, int], ...]]()
    for orders in product(permutations(named), repeat=programmes - 1):
        for seats in product(range(most + 1), repeat=programmes):
            kept = tuple(zip((named, *orders), seats, strict=True))
            if least(kept) not in seen:
                seen.add(least(kept))
                yield (named, *orders), seats


def least(programmes: Sequence[tuple[Order, int]]) -> tuple[tuple[Order, int], ...]:
    """Of all that relabelling makes of these orders and seats the smallest."""
    applicants = len(programmes[0][0])
    return min(
        tuple(sorted((tuple(names[a] for a in order), seats) for order, seats in programmes))
        for names in permutations(range(applicants))
    )
