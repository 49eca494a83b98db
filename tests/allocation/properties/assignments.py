"""Brute force: all assignments of a tiny instance at once, a set of assignments being the bits of one integer.

Bit number i stands for the i-th way to give each applicant a programme or none. Whatever the definition of stability
forbids is taken out of the set of all ways; nobody asks, holds or is turned away here.
"""

from collections.abc import Sequence
from functools import cache
from itertools import product

from tests.allocation.properties.tiny import Outcome, Tiny


class Ways:
    """All assignments of so many applicants to so many programmes (or none), and subsets of them.

    `at[a][p]`: applicant a is at programme p. `fewer[p][s]`: programme p has fewer than s applicants.
    """

    def __init__(self, applicants: int, programmes: int) -> None:
        self.every: list[Outcome] = list(product(range(programmes + 1), repeat=applicants))
        self.all = (1 << len(self.every)) - 1
        self.at = [
            [self._where([way[a] == p for way in self.every]) for p in range(programmes + 1)] for a in range(applicants)
        ]
        self.fewer = [
            [self._where([way.count(p) < s for way in self.every]) for s in range(applicants + 2)]
            for p in range(programmes)
        ]

    def _where(self, holds: Sequence[bool]) -> int:
        return sum(1 << number for number, some in enumerate(holds) if some)


@cache
def ways(applicants: int, programmes: int) -> Ways:
    return Ways(applicants, programmes)


def stable(instance: Tiny) -> int:
    """The set of all stable assignments: to listed programmes, within seats, nothing wasted, no justified envy."""
    lists, orders, seats = instance
    all_ways = ways(len(lists), len(seats))
    at, none = all_ways.at, len(seats)
    left = all_ways.all
    for p, some in enumerate(seats):
        left &= all_ways.fewer[p][min(some, len(lists)) + 1]
    for a, one in enumerate(lists):
        worse = at[a][none]
        for p in reversed(one):
            envied = all_ways.fewer[p][min(seats[p], len(lists) + 1)]
            order = orders[p]
            for b in order[order.index(a) + 1 :]:
                envied |= at[b][p]
            left &= ~(worse & envied)
            worse |= at[a][p]
        left &= worse
    return left


def violation(instance: Tiny, result: Outcome) -> str:
    """What is wrong with a result, "" for nothing: it must be stable and for each the best of all stable ones."""
    all_ways = ways(len(instance.lists), len(instance.seats))
    left = stable(instance)
    mine = all_ways.all
    for a, p in enumerate(result):
        mine &= all_ways.at[a][p]
    if not mine & left:
        return "not stable"
    for a, one in enumerate(instance.lists):
        for p in one:
            if p == result[a]:
                break
            if left & all_ways.at[a][p]:
                return f"applicant {a} has {p} in another stable assignment"
    return ""
