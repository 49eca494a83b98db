"""Programmes ask, in their order, whom they would choose; an applicant keeps the best that has asked."""

from bisect import bisect_left

from app.allocation.explanation.held import Held
from app.allocation.market import Market


class Asking:
    """The programmes of a market and what they hold, in `held`; `kinds`: of each programme its kinds of seats."""

    def __init__(self, market: Market) -> None:
        self._columns = columns = market.columns
        self._limited = limited = len(columns.seats)
        self._belongs = frozenset(columns.belongs)
        steps = columns.step_first
        self.kinds = [[*range(steps[p], steps[p + 1]), limited + p] for p in range(len(columns.capacity))]
        self.held = Held(market)

    def fill(self, waiting: list[int]) -> None:
        """Let these programmes ask, and those that lose somebody thereby, until nobody is left to ask."""
        while waiting:
            programme = waiting.pop()
            for kind in self.kinds[programme]:
                while self.has_room(programme, kind):
                    newcomer = self._best(programme, kind)
                    if newcomer < 0:
                        break
                    left = self._take(programme, kind, newcomer)
                    if left >= 0:
                        waiting.append(left)

    def has_room(self, programme: int, kind: int) -> bool:
        """Whether such a seat of the programme's is free."""
        if kind >= self._limited:
            return self.held.free[programme] > 0
        return len(self.held.standings[kind]) < self._columns.seats[kind]

    def is_for(self, applicant: int, kind: int) -> bool:
        """Whether the applicant may hold such a seat."""
        columns = self._columns
        if kind >= self._limited or columns.group[kind] < 0:
            return True
        return columns.kind[applicant] * columns.groups + columns.group[kind] in self._belongs

    def _best(self, programme: int, kind: int) -> int:
        """The standing of the best who would take such a seat: not yet asked, or on a later kind of seat; or -1."""
        held, moving = self.held, -1
        for later in self.kinds[programme] if kind < self._limited else ():
            if later > kind:
                fit = (one for one in reversed(held.standings[later]) if self.is_for(self._whose(one), kind))
                moving = max(moving, next(fit, -1))
        standings, places, done = held.asked[programme]
        at, found = held.next[kind], -1
        while at < len(standings) and standings[at] > moving:
            whose = self._whose(standings[at])
            if not done[at] and self.is_for(whose, kind):
                held.ask(programme, at)
                if places[at] < held.place[whose]:
                    found = standings[at]
                    break
            at += 1
        held.ask_on(kind, at)
        return found if found >= 0 else moving

    def _take(self, programme: int, kind: int, standing: int) -> int:
        """Give a seat to who was found for it; the other programme that it leaves, or -1."""
        held, whose = self.held, self._whose(standing)
        left = held.seat[whose][0]
        if left >= 0:
            held.leave(whose)
        order = held.asked[programme]
        at = bisect_left(order.standing, -standing, key=int.__neg__)
        held.take(whose, order.place[at], (programme, kind, standing))
        return -1 if left == programme else left

    def _whose(self, standing: int) -> int:
        return self._columns.applicant[standing & self._columns.mask]
