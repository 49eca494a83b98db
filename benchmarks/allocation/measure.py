"""All measurements of the allocation, one after the other: a run of several minutes."""

import importlib.util
import math
import sys
from collections.abc import Sequence
from statistics import median

from benchmarks.allocation import commands, fresh
from benchmarks.allocation.table import Large, Measured, Peer, render

SIZES = (10_000, 100_000, 1_000_000)
REPEATS = ((10_000, 9), (100_000, 5), (sys.maxsize, 3))
OPTIONAL = ("numpy", "numba", "matching", "algmatch", "ortools")
OURS = ("ours", "ours_compiled")
PEERS = ("matching", "algmatch", "ortools")
PEER_CHILDREN, PEER_REPEATS, CAP = 10_000, 3, 120.0


def measure(sizes: Sequence[int]) -> str:
    """The table; `sizes` in children: the peers run on the smallest, files are made of the largest.

    Raises SystemExit where a package of the group `bench` is not installed.
    """
    absent = [name for name in OPTIONAL if importlib.util.find_spec(name) is None]
    if absent:
        raise SystemExit(f"not installed: {', '.join(absent)}; `./run bench allocation` installs what it needs")
    kernels = []
    for children in sorted(sizes):
        _say(f"kernel, {children} children")
        kernels.append(fresh.asked("kernel", children, next(times for most, times in REPEATS if children <= most)))
    few, many = min(*sizes, PEER_CHILDREN), max(sizes)
    return render(Measured(kernels, few, _peers(few), _large(many), _stage()))


def _peers(children: int) -> list[Peer]:
    # ours takes the median of several runs in one process
    return [_peer(name, children, 1 if name in OURS else PEER_REPEATS) for name in (*OURS, *PEERS)]


def _peer(name: str, children: int, repeats: int) -> Peer:
    """Median of some runs, or, where one is not done after CAP seconds, what smaller sizes lead to expect."""
    runs = []
    for _ in range(repeats):
        _say(f"{name}, {children} children")
        if (ran := fresh.module("peers", name, children, cap=CAP)) is None:
            return Peer(name, None, None, None, _expected(name, children))
        runs.append(ran.said())
    return Peer(name, median(run["seconds"] for run in runs), all(run["same"] for run in runs), runs[0]["placed"])


def _expected(name: str, children: int) -> str:
    """The growth between two smaller sizes that can be done, carried on."""
    size, larger = children // 2, float("nan")
    while size > 100:
        _say(f"{name}, {size} children")
        if (ran := fresh.module("peers", name, size, cap=CAP)) is not None:
            seconds = ran.said()["seconds"]
            if larger > 0:
                growth = math.log2(larger / seconds)
                guess = larger * (children / (2 * size)) ** growth
                return f"extrapolated {guess:.0f} s: {larger:.1f} s at {2 * size}, exponent {growth:.2f} from {size}"
            larger = seconds
        size //= 2
    return "no size can be done"


def _large(children: int) -> Large:
    _say(f"columns to checked placements, {children} children")
    ran = fresh.module("checked", children)
    assert ran is not None
    _say(f"files and commands, {children} children")
    return Large(children, ran.said(), ran.mebibytes, commands.through(children))


def _stage() -> dict[str, float]:
    _say(f"a stage, {commands.STAGE} children")
    return commands.stage()


def _say(what: str) -> None:
    print(f"measuring {what}", file=sys.stderr, flush=True)
