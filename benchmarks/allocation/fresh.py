"""A measurement in a process of its own: its wall time, its largest resident set, and the JSON it printed."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from app.clock import perf_counter

CHECKOUT = Path(__file__).parents[2]
UNIT = 1 << 20 if sys.platform == "darwin" else 1 << 10  # ru_maxrss: bytes there, KiB here


@dataclass(frozen=True)
class Ran:
    """What a command took, on the clock and of the processor, and what it wrote to standard output."""

    seconds: float
    processor: float
    mebibytes: float
    output: str

    def said(self) -> dict[str, Any]:
        """The last line of the output, which is a JSON object."""
        found: dict[str, Any] = json.loads(self.output.splitlines()[-1])
        return found


def run(command: Sequence[str | Path], cap: float | None = None) -> Ran | None:
    """Run a command in the checkout; None where it was ended after `cap` seconds.

    Raises RuntimeError with the end of what it wrote where it fails.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=errors, cwd=CHECKOUT)
        timer = threading.Timer(cap or 0, process.kill)
        if cap:
            timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = perf_counter() - started
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        if cap and seconds >= cap:
            return None
        texts = []
        for file in (output, errors):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
        if process.returncode:
            raise RuntimeError(f"{command}: exit code {process.returncode}\n{texts[1][-2000:]}")
        return Ran(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * UNIT / (1 << 20), texts[0])


def module(name: str, *arguments: object, cap: float | None = None) -> Ran | None:
    """Run a module of this package; see `run`."""
    return run([sys.executable, "-m", f"{__package__}.{name}", *map(str, arguments)], cap)


def asked(name: str, *arguments: object) -> dict[str, Any]:
    """What a module of this package says, however long it takes."""
    ran = module(name, *arguments)
    assert ran is not None
    return ran.said()


def median_of(repeats: int, action: Callable[[], object]) -> float:
    """The median of an action's wall times, in seconds."""
    return medians_of(repeats, {"": action})[""]


def medians_of(repeats: int, actions: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """The median of each action's wall times, in seconds; all are run once, then all again."""
    times: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(repeats):
        for name, action in actions.items():
            started = perf_counter()
            action()
            times[name].append(perf_counter() - started)
    return {name: median(some) for name, some in times.items()}
