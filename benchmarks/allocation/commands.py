"""A bundle through its commands, each a process of its own: frozen, drawn, solved, verified."""

import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from benchmarks.allocation import fresh
from benchmarks.allocation.fresh import CHECKOUT, Ran, median_of

VERIFIER = CHECKOUT / "app" / "allocation" / "verify.py"
STAGE, STAGE_REPEATS = 4000, 5
SIMULATED = "simulate 1,000 draws in 2 processes, once"


class Step(NamedTuple):
    """One command: its time on the clock and of the processor in seconds, its largest resident set in MiB."""

    name: str
    seconds: float
    processor: float
    mebibytes: float


def through(children: int) -> list[Step]:
    """A bundle of the plain market through all four; the making of the market is in the memory of the first."""
    with tempfile.TemporaryDirectory() as name:
        written = _done(fresh.module("freeze", "write", name, children))
        drawn = _done(fresh.module("freeze", "draw", name))
        solved = _done(fresh.run(_solve(name)))
        verified = _done(fresh.run(_verify(name)))
    wall, processor = written.said()["seconds"]
    return [
        Step("write_bundle", wall, processor, written.mebibytes),
        Step("enter_draw", drawn.seconds, drawn.processor, drawn.mebibytes),
        Step("solve", solved.seconds, solved.processor, solved.mebibytes),
        Step("verify.py", verified.seconds, verified.processor, verified.mebibytes),
    ]


def stage() -> dict[str, float]:
    """Medians of a county's stage in seconds: every child has a fallback, which lists all schools."""
    with tempfile.TemporaryDirectory() as name:
        _done(fresh.module("freeze", "write", name, STAGE, "fallbacks"))
        _done(fresh.module("freeze", "draw", name))
        return {
            "interpreter": median_of(STAGE_REPEATS, lambda: fresh.run([sys.executable, "-c", "pass"])),
            "solve": median_of(STAGE_REPEATS, lambda: fresh.run(_solve(name))),
            "verify": median_of(STAGE_REPEATS, lambda: fresh.run(_verify(name))),
            SIMULATED: _done(fresh.run(_simulate(name))).seconds,
        }


def _simulate(folder: str) -> list[str | Path]:
    return [sys.executable, "-m", "app.cli", "simulate", folder, "--draws", "1000", "--processes", "2"]


def _solve(folder: str) -> list[str | Path]:
    return [sys.executable, "-m", "app.allocation", "solve", folder]


def _verify(folder: str) -> list[str | Path]:
    return [sys.executable, "-I", "-S", VERIFIER, folder]


def _done(ran: Ran | None) -> Ran:
    assert ran is not None, "without a cap nothing is ended"
    return ran
