"""What a frozen bundle would come to under many draws, and under changed seats, reserves or keys.

Bundle and scenario are run under the same draws (common random numbers), so that a difference is the scenario's and
not the lottery's. Pure: draws come from a seed and a number, never from the real draw, and nothing here makes a result
that could be taken for one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.allocation.bundle import Bundle
from app.allocation.deferred_acceptance import Proposing
from app.allocation.simulation.changed import changed
from app.allocation.simulation.distances import View
from app.allocation.simulation.draws import simulated_draw
from app.allocation.simulation.runner import Runner
from app.allocation.simulation.scenario import Scenario
from app.allocation.simulation.tally import Tally


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
        other = None
        if simulation.other is not None:
            other = simulation.other.replicate(draw, None, proposing)
        tally.count(base, other)
    return tally
