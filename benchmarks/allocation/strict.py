"""The market as other packages take it: strict priorities as lists, without a lottery; and the same for us."""

from __future__ import annotations  # an array's type takes no parameter when it is run

from array import array
from dataclasses import dataclass, replace
from itertools import pairwise

from app.allocation.bundle import Bundle
from app.allocation.manifest import Header
from app.allocation.market import market_of
from benchmarks.allocation.market import drawn_bundle

HEADER = Header("bench", ("place<",), "per-applicant", "reserved-first")


@dataclass(frozen=True)
class Strict:
    """`lists` of each child: schools, best first. `priorities` of each school: the children who list it, first first.

    `bundle`: the same, the key of a choice being its place in the school's priorities.
    """

    lists: list[list[int]]
    priorities: list[list[int]]
    capacities: list[int]
    bundle: Bundle


def strict(children: int) -> Strict:
    """The plain market of so many children with the draw's outcome written out."""
    bundle = drawn_bundle(children)
    columns, choices = market_of(bundle).columns, bundle.tables.choices
    asking: list[list[tuple[int, int]]] = [[] for _ in columns.capacity]
    for row, (programme, standing) in enumerate(zip(columns.programme, columns.standing, strict=True)):
        asking[programme].append((-standing, row))
    place = array("q", bytes(8 * len(choices)))
    for rows in asking:
        rows.sort()
        for at, (_, row) in enumerate(rows):
            place[row] = at
    return Strict(
        [[*columns.programme[start:end]] for start, end in pairwise(columns.first)],
        [[choices.applicant[row] for _, row in rows] for rows in asking],
        [*columns.capacity],
        replace(
            bundle,
            header=HEADER,
            draw=None,
            tables=replace(bundle.tables, choices=replace(choices, keys=(place,))),
        ),
    )
