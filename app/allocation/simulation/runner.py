"""One bundle under one draw after the other. Each matching is checked to be stable before it counts."""

from collections import Counter
from dataclasses import replace
from itertools import compress, pairwise

from app.allocation.bundle import Bundle
from app.allocation.deferred_acceptance import Proposing, match
from app.allocation.manifest import TICKET, Draw
from app.allocation.market import Market, drawn, market_of
from app.allocation.simulation.distances import View
from app.allocation.simulation.draws import simulated_draw
from app.allocation.simulation.measures import Measures
from app.allocation.simulation.tally import Measure
from app.allocation.stability import blocking


class Unstable(Exception):
    """A simulated matching is not stable: the program is at fault, and none of its numbers is to be used."""


class Runner:
    """One bundle, to be run under one draw after the other; what no draw changes is made once."""

    def __init__(self, bundle: Bundle, view: View, level: str | None) -> None:
        self._bundle = bundle
        # Any draw will do here: each replicate brings its own.
        self._market = market_of(replace(bundle, draw=simulated_draw(bundle.root, 0, 0)))
        columns = self._market.columns
        steps = [number for number, ends in enumerate(pairwise(columns.step_first)) for _ in range(*ends)]
        # The seat -1 of the unplaced is the last entry, and so no programme.
        self._programme_of = [*steps, *range(len(columns.capacity)), -1]
        self._measures = Measures(bundle, view, level, self._programme_of)

    def replicate(
        self, draw: Draw, chances: Counter[tuple[int, int]] | None, proposing: Proposing | None = None
    ) -> dict[Measure, int]:
        """What this draw comes to, measure by measure; adds to the counts, if any, of applicants and programmes."""
        market = self._under(draw)
        matching = match(market, proposing)
        if (wrong := blocking(market.columns, matching, market.tickets)) is not None:
            raise Unstable(wrong.reason)
        programme = [*map(self._programme_of.__getitem__, matching.seat)]
        if chances is not None:
            chances.update(compress(enumerate(programme), matching.rank))
        return self._measures.of(market, matching, programme)

    def _under(self, draw: Draw) -> Market:
        header = self._bundle.header
        if TICKET not in header.order:
            return self._market
        return drawn(self._market, header, self._bundle.tables, draw)
