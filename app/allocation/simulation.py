"""What a frozen bundle would come to under many draws, and under changed seats, reserves or keys.

Bundle and scenario are run under the same draws (common random numbers), so that a difference is the scenario's and
not the lottery's. Each matching is checked to be stable before it counts. Pure: draws come from a seed and a number,
never from the real draw, and nothing here makes a result that could be taken for one.
"""

from __future__ import annotations  # an array's type takes no parameter when it is run

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress, pairwise, repeat
from operator import add

from app.allocation.bundle import Bundle
from app.allocation.deferred_acceptance import Matching, Proposing, match
from app.allocation.manifest import TICKET, Draw
from app.allocation.market import Market, drawn, market_of
from app.allocation.simulation_scenario import Scenario, changed, simulated_draw
from app.allocation.simulation_statistics import Measure, Tally
from app.allocation.stability import blocking

UNKNOWN = "unknown"
BEYOND = "beyond"


class Unstable(Exception):
    """A simulated matching is not stable: the program is at fault, and none of its numbers is to be used."""


@dataclass(frozen=True, slots=True)
class View:
    """By what results are told apart besides programmes and groups.

    `towns`: programme → town. `metres`: (zone, programme) → distance; `zones`: applicant → its zone, by default
    itself. `bands`: upper ends of bands of distance in metres, ascending; farther is `beyond`.
    """

    towns: Mapping[str, str] = field(default_factory=dict)
    metres: Mapping[tuple[str, str], int] = field(default_factory=dict)
    zones: Mapping[str, str] = field(default_factory=dict)
    bands: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Simulation:
    """A bundle, perhaps a scenario of it, and the seed of the draws, made ready by `simulation_of`."""

    root: str
    seed: int
    base: Runner
    other: Runner | None


def simulation_of(bundle: Bundle, scenario: Scenario | None, view: View, seed: int) -> Simulation:
    """Make a simulation ready; raises Refused for a scenario that does not fit the bundle.

    The bundle's own draw, where there is one already, is left out.
    """
    level = bundle.header.keys[0] if bundle.header.keys else None
    base = Runner(replace(bundle, draw=None), view, level)
    other = None if scenario is None else Runner(changed(bundle, scenario), view, level)
    return Simulation(bundle.root, seed, base, other)


def simulate(simulation: Simulation, numbers: Iterable[int], proposing: Proposing | None = None) -> Tally:
    """The replicates of these numbers; raises Unstable. `proposing`: a compiled form, which must give the same."""
    tally = Tally()
    for number in numbers:
        draw = simulated_draw(simulation.root, simulation.seed, number)
        base = simulation.base.replicate(draw, tally.chances, proposing)
        _count(tally.base, base)
        tally.draws += 1
        if simulation.other is not None:
            other = simulation.other.replicate(draw, tally.other_chances, proposing)
            _count(tally.other, other)
            _count(tally.difference, {name: other[name] - value for name, value in base.items() if name in other})
    return tally


class Runner:
    """One bundle, to be run under one draw after the other; what no draw changes is made once."""

    def __init__(self, bundle: Bundle, view: View, level: str | None) -> None:
        tables = bundle.tables
        self._bundle, self._level = bundle, level if level in bundle.header.keys else None
        # Any draw will do here: each replicate brings its own.
        self._market = market_of(replace(bundle, draw=simulated_draw(bundle.root, 0, 0)))
        self._names = [row.programme for row in tables.programmes]
        columns = self._market.columns
        steps = [number for number, ends in enumerate(pairwise(columns.step_first)) for _ in range(*ends)]
        # The seat -1 of the unplaced is the last entry, and so no programme.
        self._programme_of = [*steps, *range(len(self._names)), -1]
        groups = {some: index for index, some in enumerate(sorted({row.groups for row in tables.applicants}))}
        self._groups, self._alike = list(groups), [groups[row.groups] for row in tables.applicants]
        self._towns = [(number, view.towns[name]) for number, name in enumerate(self._names) if name in view.towns]
        self._offset, self._metres = _distances(bundle, view)
        self._bands = {cell: _band(metres, view.bands) for cell, metres in self._metres.items()}

    def replicate(
        self, draw: Draw, chances: Counter[tuple[int, int]], proposing: Proposing | None = None
    ) -> dict[Measure, int]:
        """What this draw comes to, measure by measure; adds to the counts of applicants and programmes."""
        market = self._under(draw)
        matching = match(market, proposing)
        if (wrong := blocking(market.columns, matching, market.tickets)) is not None:
            raise Unstable(wrong.reason)
        programme = [*map(self._programme_of.__getitem__, matching.seat)]
        chances.update(compress(enumerate(programme), matching.rank))
        measures = {("placed", ""): sum(map(bool, matching.rank)), ("first", ""): matching.rank.count(1)}
        measures |= self._of_programmes(market, matching)
        measures |= self._of_groups(matching.rank)
        measures |= self._of_distances(programme, measures["placed", ""])
        return measures

    def _under(self, draw: Draw) -> Market:
        header = self._bundle.header
        if TICKET not in header.order:
            return self._market
        return drawn(self._market, header, self._bundle.tables, draw)

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

    def _of_distances(self, programme: Sequence[int], placed: int) -> dict[Measure, int]:
        """Children placed in each band of distance, and the sum of metres of those whose distance is known."""
        if not self._metres:
            return {}
        cells = [*map(add, self._offset, programme)]
        bands = Counter(map(self._bands.get, cells, repeat(UNKNOWN)))
        measures = {("band", band): bands[band] for band in sorted({*self._bands.values()})}
        measures["band", UNKNOWN] = placed - sum(measures.values())
        measures["metres", ""] = sum(map(self._metres.get, cells, repeat(0)))
        return measures


def _count(counts: dict[Measure, Counter[int]], measures: Mapping[Measure, int]) -> None:
    for measure, value in measures.items():
        if measure not in counts:
            counts[measure] = Counter()
        counts[measure][value] += 1


def _distances(bundle: Bundle, view: View) -> tuple[list[int], dict[int, int]]:
    """For each applicant a number to which its programme's is added, and for such sums the metres."""
    width = len(bundle.tables.programmes) + 1
    numbers = {row.programme: number for number, row in enumerate(bundle.tables.programmes)}
    zones: dict[str, int] = {}
    # Programme -1, of the unplaced, must not fall on the zone before: hence the programme's number + 1.
    zone_of = [
        zones.setdefault(view.zones.get(row.applicant, row.applicant), len(zones)) for row in bundle.tables.applicants
    ]
    cells = {
        zones[zone] * width + numbers[programme] + 1: metres
        for (zone, programme), metres in view.metres.items()
        if zone in zones and programme in numbers
    }
    return [zone * width + 1 for zone in zone_of], cells


def _band(metres: int, ends: Sequence[int]) -> str:
    """`0-1000`, `1001-3000` …, or `beyond`."""
    starts = [0, *(end + 1 for end in ends)]
    within = (f"{start}-{end}" for start, end in zip(starts, ends, strict=False) if metres <= end)
    return next(within, BEYOND)
