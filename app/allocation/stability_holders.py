"""The final holders of seats as thresholds, which is all that whoever would rather have their seats has to pass."""

from itertools import pairwise
from typing import NamedTuple

from app.allocation.deferred_acceptance import Matching
from app.allocation.market import Columns


class Blocking(NamedTuple):
    """A counter-example: numbers of an applicant and a programme in the tables (-1: none), and what is wrong."""

    applicant: int
    programme: int
    reason: str


class Holders(NamedTuple):
    """The final holders as thresholds. `kinds`: of each programme its kinds of seats, in the order of its steps.
    `last`: of each kind the smallest standing that would be taken there, 0 while there is room. `bars`: the smallest
    of these at each programme, [0] for applicants of no group with a reserve, [1] for whichever group. `takers`: which
    kinds of applicants (as in `Columns.kind`) a kind of seat may take, None for all."""

    kinds: list[list[int]]
    last: list[int]
    bars: tuple[list[int], list[int]]
    takers: list[set[int] | None]


def holders_of(columns: Columns, matching: Matching) -> Holders:
    """The holders of a matching, each kind of seat by itself."""
    steps, held = len(columns.seats), matching.held
    kinds = [[*range(*ends), steps + number] for number, ends in enumerate(pairwise(columns.step_first))]
    last = [min(standings, default=columns.top) for standings in held]
    for step, seats in enumerate(columns.seats):
        if len(held[step]) < seats:
            last[step] = 0
    for programme, capacity in enumerate(columns.capacity):
        if sum(len(held[kind]) for kind in kinds[programme]) < capacity:
            last[steps + programme] = 0
    for_all = [[kind for kind in some if kind >= steps or columns.group[kind] < 0] for some in kinds]
    bars = [min(last[kind] for kind in some) for some in for_all], [min(last[kind] for kind in some) for some in kinds]
    members: list[set[int]] = [set() for _ in range(columns.groups)]
    for one in columns.belongs:
        members[one % columns.groups].add(one // columns.groups)
    takers = [None if group < 0 else members[group] for group in columns.group]
    return Holders(kinds, last, bars, [*takers, *(None for _ in columns.capacity)])


def _may_take(columns: Columns, holders: Holders, kind: int, applicant: int) -> bool:
    takers = holders.takers[kind]
    return takers is None or columns.kind[applicant] in takers


def would_take(columns: Columns, holders: Holders, programme: int, applicant: int, standing: int) -> bool:
    """Whether the programme would choose a newcomer who stands so there."""
    return any(
        standing >= holders.last[kind] and _may_take(columns, holders, kind, applicant)
        for kind in holders.kinds[programme]
    )


def programmes_of(holders: Holders) -> dict[int, int]:
    """The programme of each kind of seat."""
    return {kind: programme for programme, kinds in enumerate(holders.kinds) for kind in kinds}
