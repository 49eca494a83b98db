"""Other packages on the same market, from lists of preferences and priorities in memory to placements.

python -m benchmarks.allocation.peers NAME CHILDREN: a JSON object with the seconds of one run, and whether each child
has the place that we give it. The largest size that a package reaches is found by whoever calls.
"""

import json
import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from app.allocation.deferred_acceptance import match
from app.allocation.market import market_of
from app.bureau.compiled import proposing
from app.clock import perf_counter
from benchmarks.allocation.fresh import median_of
from benchmarks.allocation.strict import Strict, strict

Placements = list[int]
REPEATS = 7
STACK = 1 << 30


def ours(problem: Strict) -> tuple[float, Placements]:
    """From the rows of a bundle in memory, so the building of the market is within."""
    seconds = median_of(REPEATS, lambda: match(market_of(problem.bundle)))
    return seconds, [*match(market_of(problem.bundle)).seat]


def ours_compiled(problem: Strict) -> tuple[float, Placements]:
    """The same with the compiled kernel; its compiling, once a process, is not within."""
    fast = proposing()
    placements = [*match(market_of(problem.bundle), fast).seat]
    return median_of(REPEATS, lambda: match(market_of(problem.bundle), fast)), placements


def matching(problem: Strict) -> tuple[float, Placements]:
    """`matching`'s HospitalResident."""
    from matching.games import HospitalResident

    warnings.simplefilter("ignore")  # it warns of each school that nobody lists
    lists, priorities = dict(enumerate(problem.lists)), dict(enumerate(problem.priorities))
    capacities = dict(enumerate(problem.capacities))
    started = perf_counter()
    found = HospitalResident.create_from_dictionaries(lists, priorities, capacities).solve()
    seconds = perf_counter() - started
    of_each = ((school.name, [child.name for child in children]) for school, children in found.items())
    return seconds, _by_child(len(lists), of_each)


def algmatch(problem: Strict) -> tuple[float, Placements]:
    """`algmatch`'s HospitalResidentsProblem."""
    from algmatch import HospitalResidentsProblem

    schools = {
        school: {"capacity": capacity, "preferences": children}
        for school, (capacity, children) in enumerate(zip(problem.capacities, problem.priorities, strict=True))
    }
    source = {"residents": dict(enumerate(problem.lists)), "hospitals": schools}
    started = perf_counter()
    found = HospitalResidentsProblem(dictionary=source).get_stable_matching()
    seconds = perf_counter() - started
    placed = ((int(school[1:]), [int(child[1:])]) for child, school in found["resident_sided"].items() if school)
    return seconds, _by_child(len(problem.lists), placed)


def ortools(problem: Strict) -> tuple[float, Placements]:
    """Most places, then the least sum of ranks, whatever the priorities: another optimum, not a stable matching."""
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    children, schools = len(problem.lists), len(problem.capacities)
    sink, nowhere = children + schools, 1000
    started = perf_counter()
    network = SimpleMinCostFlow()
    arcs = [
        network.add_arc_with_capacity_and_unit_cost(child, children + school, 1, rank)
        for child, listed in enumerate(problem.lists)
        for rank, school in enumerate(listed, 1)
    ]
    for school, capacity in enumerate(problem.capacities):
        network.add_arc_with_capacity_and_unit_cost(children + school, sink, capacity, 0)
    for child in range(children):
        network.add_arc_with_capacity_and_unit_cost(child, sink, 1, nowhere)
        network.set_node_supply(child, 1)
    network.set_node_supply(sink, -children)
    if network.solve() != network.OPTIMAL:
        raise SystemExit("no flow was found")
    placed = [(network.head(arc) - children, [network.tail(arc)]) for arc in arcs if network.flow(arc)]
    return perf_counter() - started, _by_child(children, placed)


NAMED: dict[str, Callable[[Strict], tuple[float, Placements]]] = {
    "ours": ours,
    "ours_compiled": ours_compiled,
    "matching": matching,
    "algmatch": algmatch,
    "ortools": ortools,
}


def _by_child(children: int, placed: Any) -> Placements:
    school_of = [-1] * children
    for school, some in placed:
        for child in some:
            school_of[child] = school
    return school_of


def main(name: str, children: int) -> None:
    """Print what was measured."""
    problem = strict(children)
    seconds, placements = NAMED[name](problem)
    same = placements == [*match(market_of(problem.bundle)).seat]
    print(json.dumps({"seconds": seconds, "same": same, "placed": _placed(placements)}))


def _placed(placements: Sequence[int]) -> float:
    return sum(1 for school in placements if school >= 0) / len(placements)


if __name__ == "__main__":
    # `matching` copies its graph of players by recursion, one call within another for each of them
    sys.setrecursionlimit(1 << 30)
    threading.stack_size(STACK)
    thread = threading.Thread(target=main, args=(sys.argv[1], int(sys.argv[2])))
    thread.start()
    thread.join()
