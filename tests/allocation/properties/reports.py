"""What applicants can reach by reporting other lists than their true ones, from a table of all outcomes.

A result for all applicants, an outcome, is one number; a set of outcomes is the bits of one integer.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations, product

from tests.allocation.properties.tiny import Order, Outcome, Tiny, every_list, outcome

Reports = tuple[int, ...]
Table = dict[Reports, Outcome]


def table_of(orders: tuple[Order, ...], seats: Order) -> Table:
    """The outcome for all reports together, a report being the number of a list in `every_list`."""
    lists = every_list(len(seats))
    return {
        reports: outcome(Tiny(tuple(lists[r] for r in reports), orders, seats))
        for reports in product(range(len(lists)), repeat=len(orders[0]))
    }


class Gains:
    """Which outcomes an applicant likes better than its own: the sets, for applicants and programmes so many."""

    def __init__(self, applicants: int, programmes: int) -> None:
        self.applicants = applicants
        outcomes = list(product(range(programmes + 1), repeat=applicants))
        self.bit = {some: 1 << number for number, some in enumerate(outcomes)}
        self._better = [
            [
                [
                    sum(self.bit[some] for some in outcomes if some[a] in one[: _at(one, p)])
                    for p in range(programmes + 1)
                ]
                for one in every_list(programmes)
            ]
            for a in range(applicants)
        ]

    def strictly(self, coalition: Sequence[int], reports: Reports, result: Outcome) -> int:
        """The outcomes that all of a coalition like better than the result, their reports being true."""
        wanted = -1
        for a in coalition:
            wanted &= self._better[a][reports[a]][result[a]]
        return wanted

    def found(self, table: Table, size: int) -> Iterator[tuple[tuple[int, ...], Reports]]:
        """Coalitions of a size that all gain by some reports, and the true reports from which they do."""
        for coalition in combinations(range(self.applicants), size):
            others = [a for a in range(self.applicants) if a not in coalition]
            reached: dict[Reports, int] = {}
            for reports, result in table.items():
                fixed = tuple(reports[a] for a in others)
                reached[fixed] = reached.get(fixed, 0) | self.bit[result]
            for reports, result in table.items():
                if self.strictly(coalition, reports, result) & reached[tuple(reports[a] for a in others)]:
                    yield coalition, reports


def _at(one: Order, p: int) -> int:
    return one.index(p) if p in one else len(one)
