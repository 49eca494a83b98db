"""A market: a bundle as columns of integers, as the matching reads them.

Applicants and programmes are their places in the bundle's sorted tables. The steps of all programmes' choices stand
in one row; `seats` after them stand for what is left at each programme, in the order of programmes.
"""

from __future__ import annotations  # an array's type takes no parameter when it is run

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby
from operator import add, attrgetter, mul
from typing import NamedTuple

from app.allocation.bundle import Bundle
from app.allocation.manifest import Draw, Header
from app.allocation.priorities import Integers, Scale, Tickets, integers, lots_of, scale_of, tickets_at
from app.allocation.tables import Reserve, Tables

OPEN = "open"


class Columns(NamedTuple):
    """What the matching works on.

    `first[a]` to `first[a + 1]`: the own choices of applicant a, a `programme` and a `standing` each. `fallback[a]`:
    its fallback or -1, where it stands with `elsewhere[a]`; `list_first[f]` to `list_first[f + 1]`: the programmes of
    fallback f in `listed`. `step_first[p]` to `step_first[p + 1]`: the limited steps of programme p's choice, each
    taking `seats` of `group` (-1: of all). `kind[a]`: which groups with a reserve applicant a is in, 0 for none;
    `kind * groups + group` is in `belongs` where a group is among a kind's. `applicant[standing & mask]`: whose a
    standing is; every standing is below `top`.
    """

    first: array[int]
    programme: array[int]
    standing: Integers
    fallback: array[int]
    elsewhere: Integers
    list_first: array[int]
    listed: array[int]
    step_first: array[int]
    group: array[int]
    seats: array[int]
    capacity: array[int]
    kind: array[int]
    belongs: array[int]
    groups: int
    applicant: array[int]
    mask: int
    top: int


@dataclass(frozen=True, slots=True)
class Market:
    """Columns, and with what they were made: `keys`, `elsewhere` are the parts of the standings that no draw changes.

    `tickets`: what a ticket adds to a standing, where there is one for each applicant and programme.
    """

    columns: Columns
    keys: Integers
    elsewhere: Integers
    scale: Scale
    tickets: Tickets


def market_of(bundle: Bundle) -> Market:
    """The market of a bundle, which must be drawn where its order has a ticket."""
    tables = bundle.tables
    scale = scale_of(bundle.header, tables)
    keys = scale.of(tables.choices.keys, len(tables.choices))
    constant, weights = scale.constant, scale.weights
    elsewhere = integers(
        scale,
        (constant + sum(map(mul, weights, row.keys)) if row.fallback else 0 for row in tables.applicants),
    )
    undrawn = Market(_undrawn(bundle.header, tables, scale), keys, elsewhere, scale, None)
    return drawn(undrawn, bundle.header, tables, bundle.draw)


def drawn(market: Market, header: Header, tables: Tables, draw: Draw | None) -> Market:
    """The same market under this draw of the lottery."""
    scale = market.scale
    lots = lots_of(header, tables.applicants, scale, draw)
    standing = scale.with_lots(market.keys, lots.lots, tables.choices.first)
    elsewhere = integers(scale, map(add, market.elsewhere, lots.lots))
    columns = market.columns._replace(standing=standing, elsewhere=elsewhere, applicant=lots.applicant)
    return replace(market, columns=columns, tickets=tickets_at(header, tables, scale, draw))


def seat_names(bundle: Bundle) -> tuple[list[str], list[str]]:
    """Programme and name of each kind of seat, in the order of `Columns`: all limited steps, then what is left."""
    steps = [(programme, name) for programme, of_one in _steps(bundle.header, bundle.tables) for name, _ in of_one]
    rest = [(row.programme, "") for row in bundle.tables.programmes]
    names = [(programme, f"reserve:{group}" if group else OPEN) for programme, group in (*steps, *rest)]
    return [programme for programme, _ in names], [name for _, name in names]


def _undrawn(header: Header, tables: Tables, scale: Scale) -> Columns:
    steps = [of_one for _, of_one in _steps(header, tables)]
    groups = {group: index for index, group in enumerate(sorted({row.group for row in tables.reserves}))}
    groups_of = [
        tuple(groups[name] for name in row.groups if name in groups) if groups else () for row in tables.applicants
    ]
    kinds = {some: index for index, some in enumerate(sorted({(), *groups_of}))}
    programmes = {row.programme: index for index, row in enumerate(tables.programmes)}
    lists = [
        (fallback, [programmes[row.programme] for row in rows])
        for fallback, rows in groupby(tables.fallbacks, attrgetter("fallback"))
    ]
    fallbacks = {"": -1} | {fallback: index for index, (fallback, _) in enumerate(lists)}
    return Columns(
        first=tables.choices.first,
        programme=tables.choices.programme,
        standing=(),
        fallback=array("i", [fallbacks[row.fallback] for row in tables.applicants]),
        elsewhere=(),
        list_first=_starts([some for _, some in lists]),
        listed=array("i", [programme for _, some in lists for programme in some]),
        step_first=_starts(steps),
        group=array("i", [groups[group] if group else -1 for of_one in steps for group, _ in of_one]),
        seats=array("i", [seats for of_one in steps for _, seats in of_one]),
        capacity=array("i", [row.capacity for row in tables.programmes]),
        kind=array("i", map(kinds.__getitem__, groups_of)),
        belongs=array("q", [kind * len(groups) + group for some, kind in kinds.items() for group in some]),
        groups=len(groups),
        applicant=array("i"),
        mask=(1 << scale.tie_bits) - 1,
        top=scale.top,
    )


def _steps(header: Header, tables: Tables) -> list[tuple[str, list[tuple[str, int]]]]:
    """Programme → group ("" for all) and seats of each limited step (section "Meaning", a programme's choice)."""
    rows = groupby(tables.reserves, attrgetter("programme"))
    reserves: dict[str, list[Reserve]] = {programme: list(of_one) for programme, of_one in rows}
    steps = []
    for programme, capacity in tables.programmes:
        of_one = [(row.group, row.seats) for row in reserves.get(programme, ())]
        if of_one and header.reserves == "open-first":
            of_one.insert(0, ("", capacity - sum(seats for _, seats in of_one)))
        steps.append((programme, of_one))
    return steps


def _starts(of_each: Sequence[Sequence[object]]) -> array[int]:
    return array("q", accumulate(map(len, of_each), initial=0))
