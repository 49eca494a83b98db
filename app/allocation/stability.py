"""Whether a matching is stable, judged on columns from what it says alone: nothing of how it was found is used.

It is stable when every programme would choose, of those who hold a seat there, all and for these very kinds of seats,
and nobody of those who prefer it to what they have. A newcomer is chosen exactly where one of the steps that may take
him has room or holds somebody after him: whomever that displaces goes on to later steps and never to earlier ones.

A million children with ten choices each take seconds, so rows are compared by the thousand: the choices before the
one that was granted, each with the last holder at its programme.
"""

from __future__ import annotations  # an array's type takes no parameter when it is run

from collections.abc import Iterator, Sequence
from itertools import accumulate, compress, pairwise
from operator import ge
from typing import NamedTuple

from app.allocation.deferred_acceptance import Matching
from app.allocation.market import Columns
from app.allocation.priorities import Tickets


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


def blocking(columns: Columns, matching: Matching, tickets: Tickets = None) -> Blocking | None:
    """The first counter-example to the stability of a matching, None where it is stable.

    `tickets`: those of the market, where they are per programme.
    """
    holders = _holders(columns, matching)
    for found in (
        _too_many(columns, matching, holders),
        _not_listed(columns, matching, holders, tickets),
        _on_wrong_seats(columns, matching, holders),
        _wanted(columns, matching, holders, tickets),
        _wanted_in_fallback(columns, matching, holders, tickets),
    ):
        for first in found:
            return first
    return None


def _holders(columns: Columns, matching: Matching) -> Holders:
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


def _would_take(columns: Columns, holders: Holders, programme: int, applicant: int, standing: int) -> bool:
    return any(
        standing >= holders.last[kind] and _may_take(columns, holders, kind, applicant)
        for kind in holders.kinds[programme]
    )


def _too_many(columns: Columns, matching: Matching, holders: Holders) -> Iterator[Blocking]:
    for programme, kinds in enumerate(holders.kinds):
        held = [len(matching.held[kind]) for kind in kinds]
        limits = [columns.seats[kind] for kind in kinds[:-1]]
        if sum(held) > columns.capacity[programme] or any(map(int.__gt__, held, limits)):
            yield Blocking(-1, programme, "more holders than seats")
    if sum(map(len, matching.held)) != len(matching.seat) - matching.seat.count(-1):
        yield Blocking(-1, -1, "seats held and seats of applicants are not as many")


def _not_listed(columns: Columns, matching: Matching, holders: Holders, tickets: Tickets) -> Iterator[Blocking]:
    """Holders who do not list the programme at their rank, or do not stand there as the seat says."""
    first, owner, mask, seat, rank = columns.first, columns.applicant, columns.mask, matching.seat, matching.rank
    listed, standings, rows = columns.programme, columns.standing, 0 if tickets else len(columns.programme)
    lists = _Lists(columns, tickets)
    for kind, programme in sorted(_programmes(holders).items()):
        for standing in matching.held[kind]:
            applicant = owner[standing & mask]
            row = first[applicant] + rank[applicant] - 1
            # A standing tells whose it is, so that no row of another applicant can hold the same.
            own = row < rows and standings[row] == standing and listed[row] == programme
            if seat[applicant] != kind or not (own or lists.at(applicant, programme) == (rank[applicant], standing)):
                yield Blocking(applicant, programme, "holds a seat that its list does not give")


class _Lists:
    """Where programmes stand in whole lists."""

    def __init__(self, columns: Columns, tickets: Tickets) -> None:
        self._columns, self._tickets = columns, tickets
        self._places = [
            {programme: at for at, programme in enumerate(columns.listed[start:end])}
            for start, end in pairwise(columns.list_first)
        ]

    def own(self, applicant: int) -> Sequence[int]:
        return self._columns.programme[self._columns.first[applicant] : self._columns.first[applicant + 1]]

    def depth(self, applicant: int, programme: int) -> int:
        """How many programmes of its fallback stand before this one."""
        return self._places[self._columns.fallback[applicant]].get(programme, -1)

    def at(self, applicant: int, programme: int) -> tuple[int, int] | None:
        """Rank of a programme in an applicant's whole list and its standing there, None where it does not list it."""
        own, columns = self.own(applicant), self._columns
        ticket = self._tickets(applicant, programme) if self._tickets else 0
        if programme in own:
            rank = list(own).index(programme)
            return rank + 1, columns.standing[columns.first[applicant] + rank] + ticket
        if columns.fallback[applicant] < 0 or (depth := self.depth(applicant, programme)) < 0:
            return None
        place = self._places[columns.fallback[applicant]]
        before = depth - sum(place.get(listed, depth) < depth for listed in own)
        return len(own) + before + 1, columns.elsewhere[applicant] + ticket


def _on_wrong_seats(columns: Columns, matching: Matching, holders: Holders) -> Iterator[Blocking]:
    """Holders who are not of a seat's group, or whom an earlier step would have taken."""
    owner, mask, kind_of = columns.applicant, columns.mask, columns.kind
    for programme, kinds in enumerate(holders.kinds):
        for at, kind in enumerate(kinds):
            held, takers = matching.held[kind], holders.takers[kind]
            wrong = [] if takers is None else [one for one in held if kind_of[owner[one & mask]] not in takers]
            for step in kinds[:at]:
                last, before = holders.last[step], holders.takers[step]
                better = (one for one in held if one >= last)
                wrong += [one for one in better if before is None or kind_of[owner[one & mask]] in before]
            for standing in wrong:
                applicant = owner[standing & mask]
                yield Blocking(applicant, programme, "holds another kind of seat than the choice rule gives")


def _wanted(columns: Columns, matching: Matching, holders: Holders, tickets: Tickets) -> Iterator[Blocking]:
    """Applicants whom a programme would take that they chose before what they have."""
    for grouped in (False, True) if columns.groups else (False,):
        before = _rows_before(columns, matching, grouped)
        rows = compress(range(len(columns.programme)), before)
        if tickets is None:
            bars = map(holders.bars[grouped].__getitem__, compress(columns.programme, before))
            rows = compress(rows, map(ge, compress(columns.standing, before), bars))
        applicant = 0
        for row in rows:
            while columns.first[applicant + 1] <= row:
                applicant += 1
            programme, standing = columns.programme[row], columns.standing[row]
            standing += tickets(applicant, programme) if tickets else 0
            if _would_take(columns, holders, programme, applicant, standing):
                yield Blocking(applicant, programme, "would be taken by a programme chosen before")


def _rows_before(columns: Columns, matching: Matching, grouped: bool) -> bytes:
    """1 for each own choice before what its applicant has, of those who are (not) in a group, else 0."""
    patterns: dict[tuple[int, int], bytes] = {}
    parts = []
    rows = zip(pairwise(columns.first), matching.rank, columns.kind, strict=True)
    for (first, end), rank, kind in rows:
        own = end - first
        asked = 0 if (kind > 0) is not grouped else rank - 1 if 0 < rank <= own else own
        if (own, asked) not in patterns:
            patterns[own, asked] = b"\1" * asked + b"\0" * (own - asked)
        parts.append(patterns[own, asked])
    return b"".join(parts)


def _wanted_in_fallback(columns: Columns, matching: Matching, holders: Holders, tickets: Tickets) -> Iterator[Blocking]:
    """The same for the programmes of a fallback, passed over unless the lowest of their bars is within reach."""
    lists, programme_of = _Lists(columns, tickets), _programmes(holders)
    low = [_lowest(columns, bars) for bars in holders.bars]
    for applicant, (fallback, rank, seat) in enumerate(
        zip(columns.fallback, matching.rank, matching.seat, strict=True)
    ):
        own = columns.first[applicant + 1] - columns.first[applicant]
        if fallback < 0 or 0 < rank <= own:
            continue
        start, end = columns.list_first[fallback], columns.list_first[fallback + 1]
        depth = end - start if seat < 0 else lists.depth(applicant, programme_of[seat])
        standing = columns.elsewhere[applicant]
        if not tickets and standing < low[columns.kind[applicant] > 0][fallback][depth]:
            continue
        chosen = lists.own(applicant)
        for programme in columns.listed[start : start + depth]:
            there = standing + (tickets(applicant, programme) if tickets else 0)
            if programme not in chosen and _would_take(columns, holders, programme, applicant, there):
                yield Blocking(applicant, programme, "would be taken by an earlier programme of its fallback")


def _programmes(holders: Holders) -> dict[int, int]:
    """The programme of each kind of seat."""
    return {kind: programme for programme, kinds in enumerate(holders.kinds) for kind in kinds}


def _lowest(columns: Columns, bars: Sequence[int]) -> list[list[int]]:
    """Of each fallback the lowest bar among its first 0, 1, 2 … programmes."""
    return [
        [*accumulate((bars[programme] for programme in columns.listed[start:end]), min, initial=columns.top)]
        for start, end in pairwise(columns.list_first)
    ]
