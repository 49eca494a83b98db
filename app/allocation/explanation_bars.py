"""What an applicant would have to beat at each programme, whatever it lists: the bars of the market without it.

In the applicant-optimal mechanism nobody's list moves anybody's menu: the programmes that an applicant could get, by
any list, are those that would choose it over whom they hold in the *programme-optimal* stable matching of the market
without it. Proof, for choices that are substitutable and obey the law of aggregate demand, as those by reserves do:
let it list one programme p. By the rural hospitals theorem it is unmatched in all stable matchings or in none
(Hatfield and Milgrom 2005, theorem 8). Where p would not choose it, that matching with it unmatched is stable. Where
p would, no stable matching leaves it out: such a one would be stable without it, its applicants no worse off than in
the programme-optimal one, so those who would rather have p no more, and p would choose it from fewer all the more.
(The bars of the applicant-optimal matching without it are too low: whoever it displaced may come back and oust it.)

Programmes ask, in their order, whom they would choose; an applicant keeps the best that has asked. An applicant who
refuses everybody is as good as absent, and nothing that was asked before has to be taken back: so the market without
one applicant is a short chain from the matching with all, and taken back by a log.
"""

from __future__ import annotations  # an array's type takes no parameter when it is run

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.allocation.market import Columns, Market

NOWHERE = (-1, 0)
NO_SEAT = (-1, -1, -1)


class Asked(NamedTuple):
    """Whom a programme may ask, the first in its order first: their standings, and its place in each one's list."""

    standing: Sequence[int]
    place: array[int]
    done: bytearray


class Bars:
    """The programme-optimal stable matching of a market, and of it without any one applicant."""

    def __init__(self, market: Market) -> None:
        self._columns = columns = market.columns
        self._limited, programmes = len(columns.seats), len(columns.capacity)
        self._asked = list(_orders(market))
        self._kinds = [
            [*range(columns.step_first[p], columns.step_first[p + 1]), self._limited + p] for p in range(programmes)
        ]
        self._held: list[list[int]] = [[] for _ in range(self._limited + programmes)]
        self._next = [0] * (self._limited + programmes)
        self._free = list(columns.capacity)
        self._place = [len(columns.listed) + len(columns.programme)] * len(columns.kind)
        self._seat = [NO_SEAT] * len(columns.kind)
        self._log: list[tuple[int, ...]] = []
        self._belongs = frozenset(columns.belongs)
        self._settle(list(range(programmes)))
        self._log.clear()

    def without(self, applicant: int, programmes: Sequence[int]) -> list[tuple[int, int] | None]:
        """For each programme the standing that the applicant must exceed there, and the kind of seat whose last
        holder has it; None where a seat is free, (-1, 0) where there is no seat for it at all."""
        released = self._seat[applicant][0]
        if released >= 0:
            self._leave(applicant)
        self._move(applicant, -1, NO_SEAT)
        self._settle([released] if released >= 0 else [])
        found = [self._bar(applicant, programme) for programme in programmes]
        self._take_back()
        return found

    def place_of(self, applicant: int) -> int:
        """The programme that holds the applicant in the programme-optimal matching, or -1."""
        return self._seat[applicant][0]

    def _bar(self, applicant: int, programme: int) -> tuple[int, int] | None:
        kinds = [kind for kind in self._kinds[programme] if self._is_for(applicant, kind)]
        if any(self._has_room(programme, kind) for kind in kinds):
            return None
        return min(((self._held[kind][0], kind) for kind in kinds if self._held[kind]), default=NOWHERE)

    def _settle(self, waiting: list[int]) -> None:
        while waiting:
            programme = waiting.pop()
            for kind in self._kinds[programme]:
                while self._has_room(programme, kind):
                    newcomer = self._best(programme, kind)
                    if newcomer < 0:
                        break
                    left = self._take(programme, kind, newcomer)
                    if left >= 0:
                        waiting.append(left)

    def _best(self, programme: int, kind: int) -> int:
        """The standing of the best who would take such a seat: not yet asked, or on a later kind of seat; or -1."""
        moving = -1
        for later in self._kinds[programme] if kind < self._limited else ():
            if later > kind:
                fit = (one for one in reversed(self._held[later]) if self._is_for(self._whose(one), kind))
                moving = max(moving, next(fit, -1))
        standings, places, done = self._asked[programme]
        at, before = self._next[kind], self._next[kind]
        found = -1
        while at < len(standings) and standings[at] > moving:
            whose = self._whose(standings[at])
            if not done[at] and self._is_for(whose, kind):
                done[at] = 1
                self._log.append((0, programme, at))
                if places[at] < self._place[whose]:
                    found = standings[at]
                    break
            at += 1
        if at != before:
            self._log.append((1, kind, before))
            self._next[kind] = at
        return found if found >= 0 else moving

    def _take(self, programme: int, kind: int, standing: int) -> int:
        """Give a seat to who was found for it; the other programme that it leaves, or -1."""
        whose = self._whose(standing)
        left = self._seat[whose][0]
        if left >= 0:
            self._leave(whose)
        order = self._asked[programme]
        at = bisect_left(order.standing, -standing, key=int.__neg__)
        self._move(whose, order.place[at], (programme, kind, standing))
        insort(self._held[kind], standing)
        self._free[programme] -= 1
        self._log.append((2, kind, standing, programme))
        return -1 if left == programme else left

    def _leave(self, applicant: int) -> None:
        programme, kind, standing = self._seat[applicant]
        del self._held[kind][bisect_left(self._held[kind], standing)]
        self._log.append((3, kind, standing, programme))
        self._free[programme] += 1

    def _move(self, applicant: int, place: int, seat: tuple[int, int, int]) -> None:
        self._log.append((4, applicant, self._place[applicant], *self._seat[applicant]))
        self._place[applicant], self._seat[applicant] = place, seat

    def _take_back(self) -> None:
        for what, which, value, *more in reversed(self._log):
            if what == 0:
                self._asked[which].done[value] = 0
            elif what == 1:
                self._next[which] = value
            elif what == 2:
                self._held[which].remove(value)
                self._free[more[0]] += 1
            elif what == 3:
                insort(self._held[which], value)
                self._free[more[0]] -= 1
            else:
                self._place[which], self._seat[which] = value, (more[0], more[1], more[2])
        self._log.clear()

    def _has_room(self, programme: int, kind: int) -> bool:
        if kind >= self._limited:
            return self._free[programme] > 0
        return len(self._held[kind]) < self._columns.seats[kind]

    def _is_for(self, applicant: int, kind: int) -> bool:
        columns = self._columns
        if kind >= self._limited or columns.group[kind] < 0:
            return True
        return columns.kind[applicant] * columns.groups + columns.group[kind] in self._belongs

    def _whose(self, standing: int) -> int:
        return self._columns.applicant[standing & self._columns.mask]


def _orders(market: Market) -> Iterator[Asked]:
    columns, tickets = market.columns, market.tickets
    asked: list[list[tuple[int, int]]] = [[] for _ in columns.capacity]
    for applicant in range(len(columns.kind)):
        first, last = columns.first[applicant], columns.first[applicant + 1]
        for at in range(first, last):
            programme = columns.programme[at]
            ticket = tickets(applicant, programme) if tickets else 0
            asked[programme].append((columns.standing[at] + ticket, at - first))
        own = frozenset(columns.programme[first:last])
        for place, programme in enumerate(_fallback(columns, applicant), last - first):
            if programme not in own:
                ticket = tickets(applicant, programme) if tickets else 0
                asked[programme].append((columns.elsewhere[applicant] + ticket, place))
    for rows in asked:
        rows.sort(reverse=True)
        yield Asked([standing for standing, _ in rows], array("i", [at for _, at in rows]), bytearray(len(rows)))


def _fallback(columns: Columns, applicant: int) -> Sequence[int]:
    fallback = columns.fallback[applicant]
    return columns.listed[columns.list_first[fallback] : columns.list_first[fallback + 1]] if fallback >= 0 else ()
