"""Applicant-proposing deferred acceptance (Gale and Shapley 1962) with a programme's choice by reserves.

A programme's choice is a row of steps, each taking the best of one group, or of all, among those whom the steps
before it left over. One more applicant therefore changes each step by at most one: it is taken, and where the step
was full its last holder goes on to the next step in its stead. So a programme need not choose anew among all who
ever asked; it passes the newcomer along its steps. Whoever is turned away once is never wanted again (the choice is
substitutable) and a seat once filled stays filled (it satisfies the law of aggregate demand): the order in which
applicants ask does not matter, and the result is the applicant-optimal stable matching (Hatfield and Milgrom 2005).

What a programme would still take only rises. So each keeps a bar, the smallest standing that it might take (one for
applicants of no group with a reserve anywhere, one for the others), and each 64 programmes of a fallback a bound,
which no bar among them is below: most refusals cost one comparison, and a child far down a list of thousands passes
64 schools at a time.

`propose` and what it calls use integers, lists and heaps alone, so that a compiler for Python may take them as they
stand.
"""

from __future__ import annotations  # an array's type takes no parameter when it is run

from array import array
from collections.abc import Callable, Sequence
from heapq import heappop, heappush, heappushpop
from itertools import pairwise
from typing import NamedTuple

from app.allocation.market import Columns, Market
from app.allocation.priorities import Tickets

BLOCK = 64


class Matching(NamedTuple):
    """Who holds what. `seat`: of each applicant, as an index into the kinds of seats, or -1; `rank`: 1-based in the
    whole list, 0 without a seat. `held`: the standings on each kind of seat, the last holder first."""

    seat: array[int]
    rank: array[int]
    held: Sequence[Sequence[int]]


class Programmes(NamedTuple):
    """All programmes while they choose. `held`: standings by kind of seat, as heaps; `free`: seats of each that nobody
    has; `bars`: the smallest standing that each might still take of those in no group [0], of others [1]; `belongs`:
    kinds and groups that go together."""

    held: list[list[int]]
    free: list[int]
    bars: list[list[int]]
    belongs: set[int]


Proposing = Callable[[Columns, Tickets], tuple[list[list[int]], list[int]]]


def match(market: Market, proposing: Proposing | None = None) -> Matching:
    """The applicant-optimal stable matching; `proposing`: a compiled `propose`, which must give the same."""
    columns = market.columns
    held, going = (proposing or propose)(columns, market.tickets)
    ranks, first = Ranks(columns), columns.first
    seat, rank = array("i", [-1]) * len(columns.kind), array("i", [0]) * len(columns.kind)
    for number, standings in enumerate(held):
        for standing in standings:
            applicant = columns.applicant[standing & columns.mask]
            seat[applicant] = number
            rank[applicant] = going[applicant] - first[applicant]
            if going[applicant] > first[applicant + 1]:
                rank[applicant] -= ranks.listed_twice(applicant, going[applicant])
    return Matching(seat, rank, held)


class Ranks:
    """What the positions in whole lists hang on besides how far an applicant went."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._listed = [
            {programme: at for at, programme in enumerate(columns.listed[start:end])}
            for start, end in pairwise(columns.list_first)
        ]

    def listed_twice(self, applicant: int, going: int) -> int:
        """How many of an applicant's own choices its fallback lists again as far as it went: they count once."""
        first, last = self._columns.first[applicant], self._columns.first[applicant + 1]
        listed, depth = self._listed[self._columns.fallback[applicant]], going - last
        return sum(1 for programme in self._columns.programme[first:last] if listed.get(programme, depth) < depth)


def propose(columns: Columns, tickets: Tickets) -> tuple[list[list[int]], list[int]]:
    """The standings held in the end, by kind of seat, each a heap; and how far each applicant went down its list.

    Whoever has asked at all own choices waits; of those who wait the best goes down its fallback first, so that few
    who found a place there are turned away by others.
    """
    programmes = Programmes(
        [[0][:0] for _ in range(len(columns.seats) + len(columns.capacity))],
        list(columns.capacity),
        [[0 if number else columns.top for number in columns.capacity] for _ in range(2)],
        set(columns.belongs),
    )
    going = list(columns.first)
    bounds = [[0] * (len(columns.listed) // BLOCK + 1) for _ in range(2)]
    waiting = [0][:0]
    for applicant in range(len(columns.kind)):
        through = go_down(applicant, columns, tickets, programmes, going)
        if through >= 0:
            heappush(waiting, -columns.elsewhere[through])
    while waiting:
        asking = columns.applicant[-heappop(waiting) & columns.mask]
        last, fallback = columns.first[asking + 1], columns.fallback[asking]
        at, end = columns.list_first[fallback] + going[asking] - last, columns.list_first[fallback + 1]
        newcomer, grouped = columns.elsewhere[asking], min(columns.kind[asking], 1)
        if tickets is None:
            at = first_hope(at, end, newcomer, columns.listed, programmes.bars[grouped], bounds[grouped])
        if at == end:
            continue
        wanted, refused = columns.listed[at], asking
        going[asking] = last + at + 1 - columns.list_first[fallback]
        if tickets is not None:
            newcomer += tickets(asking, wanted)
        if (
            wanted not in columns.programme[columns.first[asking] : last]
            and newcomer >= programmes.bars[grouped][wanted]
        ):
            refused = ask(wanted, newcomer, columns, programmes)
        through = go_down(refused, columns, tickets, programmes, going) if refused >= 0 else -1
        if through >= 0:
            heappush(waiting, -columns.elsewhere[through])
    return programmes.held, going


def go_down(asking: int, columns: Columns, tickets: Tickets, programmes: Programmes, going: list[int]) -> int:
    """Let an applicant, and then whoever is turned away, ask at their own choices, one after the other.

    Ends when nobody is turned away (-1) or with whom there is no choice left for, if it has a fallback.
    """
    first, programme, standing, kind = columns.first, columns.programme, columns.standing, columns.kind
    while asking >= 0:
        bar = programmes.bars[1 if kind[asking] else 0]
        choice, last = going[asking], first[asking + 1]
        while choice < last:
            newcomer, wanted = standing[choice], programme[choice]
            if tickets is not None:
                newcomer += tickets(asking, wanted)
            choice += 1
            if newcomer >= bar[wanted]:
                going[asking] = choice
                asking = ask(wanted, newcomer, columns, programmes)
                break
        else:
            going[asking] = max(choice, going[asking])
            return asking if columns.fallback[asking] >= 0 else -1
    return -1


def ask(wanted: int, newcomer: int, columns: Columns, programmes: Programmes) -> int:
    """Let one more ask at a programme, not below its bar; the applicant who is turned away, or -1."""
    held, free = programmes.held, programmes.free
    rest = held[len(columns.seats) + wanted]
    first, last = columns.step_first[wanted], columns.step_first[wanted + 1]
    left = newcomer if first == last else pass_along(newcomer, first, last, columns, programmes)
    refused = -1
    if free[wanted]:
        free[wanted] -= 1
        if left >= 0:
            heappush(rest, left)
    else:
        # Limited steps never exceed the capacity together, so whoever is too many is the last of the rest.
        refused = heappop(rest) if left < 0 else heappushpop(rest, left)
    if first == last and not free[wanted]:
        programmes.bars[0][wanted] = programmes.bars[1][wanted] = rest[0]
    elif not free[wanted]:
        raise_bars(wanted, rest, first, last, columns, programmes)
    return columns.applicant[refused & columns.mask] if refused >= 0 else -1


def pass_along(newcomer: int, first: int, last: int, columns: Columns, programmes: Programmes) -> int:
    """Pass a newcomer along the limited steps: whoever is left over in the end, or -1 where a step had a seat."""
    kind = columns.kind[columns.applicant[newcomer & columns.mask]]
    for step in range(first, last):
        group, held = columns.group[step], programmes.held[step]
        if group >= 0 and (not kind or kind * columns.groups + group not in programmes.belongs):
            continue
        if len(held) < columns.seats[step]:
            heappush(held, newcomer)
            return -1
        former, newcomer = newcomer, heappushpop(held, newcomer)
        if former != newcomer:
            kind = columns.kind[columns.applicant[newcomer & columns.mask]]
    return newcomer


def raise_bars(
    wanted: int, rest: Sequence[int], first: int, last: int, columns: Columns, programmes: Programmes
) -> None:
    """Reckon the bars of a full programme, with these limited steps, anew."""
    low = bar = rest[0] if len(rest) else columns.top
    for step in range(first, last):
        held, seats = programmes.held[step], columns.seats[step]
        if seats:
            least = held[0] if len(held) == seats else 0
            low = least if least < low else low
            if columns.group[step] < 0:
                bar = least if least < bar else bar
    programmes.bars[0][wanted], programmes.bars[1][wanted] = bar, low


def first_hope(at: int, end: int, newcomer: int, listed: Sequence[int], bar: Sequence[int], bound: list[int]) -> int:
    """The first place in the fallback lists, from `at` on, where the newcomer might be taken; `end` where none is."""
    while at < end:
        if at % BLOCK == 0 and at + BLOCK <= end:
            if newcomer >= bound[at // BLOCK]:
                bound[at // BLOCK] = min([bar[programme] for programme in listed[at : at + BLOCK]])
            if newcomer < bound[at // BLOCK]:
                at += BLOCK
                continue
        if newcomer >= bar[listed[at]]:
            return at
        at += 1
    return end
