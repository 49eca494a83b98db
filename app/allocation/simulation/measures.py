"""What a matching comes to, measure by measure: of all, of programmes and towns, and of groups."""

from __future__ import annotations  # an array's type takes no parameter when it is run

from array import array
from collections import Counter
from collections.abc import Sequence
from itertools import compress

from app.allocation.bundle import Bundle
from app.allocation.deferred_acceptance import Matching
from app.allocation.market import Market
from app.allocation.simulation.distances import Distances, View
from app.allocation.simulation.tally import Measure


class Measures:
    """What is measured of the matchings of one bundle. `level`: the key by which a programme's cut-off is told.

    `programme_of`: the number of the programme of each kind of seat.
    """

    def __init__(self, bundle: Bundle, view: View, level: str | None, programme_of: Sequence[int]) -> None:
        tables = bundle.tables
        self._bundle, self._level = bundle, level if level in bundle.header.keys else None
        self._names, self._programme_of = [row.programme for row in tables.programmes], programme_of
        groups = {some: index for index, some in enumerate(sorted({row.groups for row in tables.applicants}))}
        self._groups, self._alike = list(groups), [groups[row.groups] for row in tables.applicants]
        self._towns = [(number, view.towns[name]) for number, name in enumerate(self._names) if name in view.towns]
        self._distances = Distances(bundle, view)

    def of(self, market: Market, matching: Matching, programme: Sequence[int]) -> dict[Measure, int]:
        """The measures of a matching of the market under some draw; `programme`: of each applicant, -1 for none."""
        measures = {("placed", ""): sum(map(bool, matching.rank)), ("first", ""): matching.rank.count(1)}
        measures |= self._of_programmes(market, matching)
        measures |= self._of_groups(matching.rank)
        measures |= self._distances.of(programme, measures["placed", ""])
        return measures

    def _of_programmes(self, market: Market, matching: Matching) -> dict[Measure, int]:
        """Seats taken, by town too; and of each full programme the level (first key) of its last holder."""
        measures, columns = dict[Measure, int](), market.columns
        filled, last = [0] * len(self._names), [columns.top] * len(self._names)
        for number, standings in zip(self._programme_of, matching.held, strict=False):
            filled[number] += len(standings)
            last[number] = min(last[number], standings[0]) if standings else last[number]
        for number, name in enumerate(self._names):
            measures["filled", name] = filled[number]
            if self._level and 0 < columns.capacity[number] == filled[number]:
                measures["cutoff", name] = self._level_of(market, matching, last[number])
        for number, town in self._towns:
            measures["town", town] = measures.get(("town", town), 0) + filled[number]
        return measures

    def _level_of(self, market: Market, matching: Matching, standing: int) -> int:
        columns, tables = market.columns, self._bundle.tables
        at = self._bundle.header.keys.index(self._level or "")
        applicant = columns.applicant[standing & columns.mask]
        row = columns.first[applicant] + matching.rank[applicant] - 1
        own = row < columns.first[applicant + 1]
        return tables.choices.keys[at][row] if own else tables.applicants[applicant].keys[at]

    def _of_groups(self, rank: array[int]) -> dict[Measure, int]:
        measures = dict[Measure, int]()
        placed, first = Counter(compress(self._alike, rank)), Counter(compress(self._alike, map((1).__eq__, rank)))
        for number, groups in enumerate(self._groups):
            for group in groups:
                measures["group_placed", group] = measures.get(("group_placed", group), 0) + placed[number]
                measures["group_first", group] = measures.get(("group_first", group), 0) + first[number]
        return measures
