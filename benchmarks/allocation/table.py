"""The table of all measurements, with what was timed said beside each, and the goals beside what was reached."""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from benchmarks.allocation.commands import SIMULATED, STAGE, STAGE_REPEATS, Step
from benchmarks.allocation.market import CHOICES


class Peer(NamedTuple):
    """A package: `seconds` None where it was not done in time; `same`: whether all placements are ours."""

    name: str
    seconds: float | None
    same: bool | None
    placed: float | None
    remark: str = ""


class Large(NamedTuple):
    """The largest market: seconds of market, match and check in one process of so many MiB; and its commands."""

    children: int
    checked: Mapping[str, float]
    mebibytes: float
    steps: Sequence[Step]


class Measured(NamedTuple):
    """All there is to show. `kernels`: what kernel.py says of each size, ascending."""

    kernels: Sequence[Mapping[str, Any]]
    few: int
    peers: Sequence[Peer]
    large: Large
    stage: Mapping[str, float]


NAMES = {"ours": "this", "ours_compiled": "this, kernel compiled"}


def render(measured: Measured) -> str:
    """The whole page."""
    parts = [INTRODUCTION, _kernels(measured.kernels), _compiled(measured.kernels), _peers(measured)]
    return "\n".join([*parts, _large(measured.large), _stage(measured.stage), _goals(measured)])


INTRODUCTION = f"""# Allocation

Medians of one run on one machine. Seconds depend on the machine; the ratios are what counts.

The market: {CHOICES} choices a child from the twenty schools about its home, as many seats as children, a hundred at
each school, the more liked of which are liked by all; level by nearness, then a ticket for each applicant. Proposals a
child: at how many of its own choices it asked, Σ (`going` − first) / children. Reserves: a fifth of each school's
seats for a fifth of the children. Fallbacks: each child goes on to all schools of its area, lists of up to 1,000.
"""


def _kernels(kernels: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for before, said in zip([None, *kernels], kernels, strict=False):
        took = said["medians"]
        growth = "" if before is None else f"{_exponent(before, said):.2f}"
        rows.append(
            (
                f"{said['children']:,}", f"{said['proposals']:.2f}", f"{said['placed']:.1%}", said["repeats"],
                _time(took["sort"]), _time(took["market"]), _time(took["plain"]), _time(took["match"]),
                f"{took['plain'] / took['sort']:.1f}", growth,
                f"{took['reserves'] / took['plain']:.2f}", f"{took['fallbacks'] / took['plain']:.2f}",
            )
        )  # fmt: skip
    head = (
        "children", "proposals a child", "placed", "runs", "sort", "market", "kernel", "match", "kernel / sort",
        "exponent", "reserves / plain", "fallbacks / plain",
    )  # fmt: skip
    return f"""## Kernel

Sort: `np.sort(kind='stable')` of one 64-bit integer a choice, programme then standing, as the choices stand in the
market: it puts the applicants of every school in the order of priority. Market: `market_of`, from a drawn bundle in
memory (choices as columns) to the columns of the matching, tickets reckoned. Kernel: `propose` alone, the one function
for reserves and fallbacks too. Match: `match`, the kernel and from it seat and rank of each child. Exponent: growth of
the kernel from the size above. The last two: the kernel with reserves, with fallbacks, as multiples of the plain one.

{_rows(head, rows)}"""


def _compiled(kernels: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for said in kernels:
        took = said["medians"]
        ratios = (f"{took[f'compiled {variant}'] / took['sort']:.2f}" for variant in ("plain", "reserves", "fallbacks"))
        rows.append((f"{said['children']:,}", _time(took["compiled plain"]), *ratios, _time(said["compiling"])))
    head = "children", "plain", "plain / sort", "reserves / sort", "fallbacks / sort", "compiling, once"
    return f"""## Kernel, compiled

The same functions compiled by numba, from their own code (`app/bureau/compiled.py`), the turning of its lists into
the plain kernel's within; each gives what the plain kernel gives, bit for bit.

{_rows(head, rows)}"""


def _peers(measured: Measured) -> str:
    ours = measured.peers[0].seconds or math.nan
    rows = []
    for peer in measured.peers:
        took = (peer.remark, "") if peer.seconds is None else (_time(peer.seconds), f"{peer.seconds / ours:.3g}")
        same = {True: "the same", False: "other", None: ""}[peer.same]
        rows.append((NAMES.get(peer.name, peer.name), *took, same, "" if peer.placed is None else f"{peer.placed:.1%}"))
    head = "package", "end to end", "× this", "placements", "placed"
    return f"""## Other packages, {measured.few:,} children

The plain market with its draw written out as strict priorities. End to end, to the placements of all children: for
`matching` (HospitalResident) and `algmatch` (HospitalResidentsProblem) from dictionaries of preferences, priorities
(already in order) and capacities in memory; for this from the rows and columns of a bundle in memory, `market_of` and
`match`. Files, the making of these objects and the compiling of the kernel are in none. ortools' SimpleMinCostFlow
knows no priorities: it seeks most places, then the least sum of ranks, so its placements are others.

{_rows(head, rows)}"""


def _large(large: Large) -> str:
    took = large.checked
    steps = [(step.name, _time(step.seconds), _time(step.processor), f"{step.mebibytes:,.0f}") for step in large.steps]
    wall, processor = sum(step.seconds for step in large.steps), sum(step.processor for step in large.steps)
    steps.append(("all four", _time(wall), _time(processor), ""))
    return f"""## {large.children:,} children

From columns in memory to placements that are checked for stability, in a process of its own: market
{_time(took["market"])}, match {_time(took["match"])}, check {_time(took["check"])}, together {_time(took["all"])};
{large.mebibytes:,.0f} MiB at most, with the making of the columns, which is not timed.

A bundle, each step a process of its own, its start included but for `write_bundle`, which is timed from tables in
memory.

{_rows(("step", "wall", "processor", "MiB at most"), steps)}"""


def _stage(stage: Mapping[str, float]) -> str:
    rows = [(name, _time(seconds)) for name, seconds in stage.items()]
    return f"""## A county's stage, {STAGE:,} children

Commands with the start of the interpreter, each child with a fallback of all schools; median of {STAGE_REPEATS}.

{_rows(("command", "wall"), rows)}"""


def _goals(measured: Measured) -> str:
    ours, rows = measured.peers[0].seconds or math.nan, list[tuple[str, str, str]]()
    for peer in measured.peers:
        if peer.name not in ("matching", "algmatch"):
            continue
        reached = peer.remark if peer.seconds is None else f"{peer.seconds / ours:.0f} ×"
        rows.append((f"end to end, against {peer.name}, {measured.few:,} children", "at least 300 ×", reached))
    middle = min(measured.kernels, key=lambda said: abs(said["children"] - 100_000))
    took, size = middle["medians"], f"{middle['children']:,} children"
    growths = ", ".join(f"{_exponent(*pair):.2f}" for pair in pairwise(measured.kernels))
    rows += [
        (f"kernel, {size}", "at most 20 × sort", f"{took['plain'] / took['sort']:.1f} ×"),
        ("growth exponents of the kernel", "at most 1.3", growths),
        (f"reserves, {size}", "at most 1.6 × plain", f"{took['reserves'] / took['plain']:.2f} ×"),
        (f"fallbacks, {size}", "at most 3 × plain", f"{took['fallbacks'] / took['plain']:.2f} ×"),
        (f"compiled, {size}", "at most 6 × sort", f"{took['compiled plain'] / took['sort']:.2f} ×"),
    ]
    large, stage = measured.large, measured.stage
    memory, steps = f"{large.mebibytes / 1024:.2f} GiB", sum(step.seconds for step in large.steps)
    rows += [
        (f"checked, {large.children:,} children", "20 s, 1 GB", f"{_time(large.checked['all'])}, {memory}"),
        (f"bundle, {large.children:,} children", "120 s", _time(steps)),
        (f"solve, {STAGE:,} children", "under 0.5 s", _time(stage["solve"])),
        (f"verify, {STAGE:,} children", "under 1 s", _time(stage["verify"])),
        (f"{SIMULATED}, {STAGE:,} children", "under 60 s", _time(stage[SIMULATED])),
    ]
    return f"## Goals\n\n{_rows(('what', 'goal', 'reached'), rows)}"


def _exponent(before: Mapping[str, Any], said: Mapping[str, Any]) -> float:
    slower = said["medians"]["plain"] / before["medians"]["plain"]
    return math.log(slower) / math.log(said["children"] / before["children"])


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _rows(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in lines) + "\n"
