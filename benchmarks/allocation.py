"""A county's stage: solve and verify as commands, against one stable sort of as many pairs as there are choices."""

import random
import subprocess
import sys
import tempfile
from pathlib import Path

from app.allocation.bundle import enter_draw, write_bundle
from app.allocation.choices import Choice
from app.allocation.manifest import Header
from app.allocation.tables import Applicant, Fallback, Programme, Tables, sorted_tables
from app.clock import perf_counter
from app.settings import Settings

CHILDREN, SCHOOLS, WISHES, REPEATS = 4000, 40, 10, 5
VERIFIER = Path(__file__).parents[1] / "app" / "allocation" / "verify.py"


async def measure(_settings: Settings) -> str:
    """A table of medians in milliseconds and as multiples of the sort."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_bundle(folder, HEADER, _market())
        enter_draw(folder, "4-0-7")
        solve = [sys.executable, "-m", "app.allocation", "solve", str(folder)]
        verify = [sys.executable, "-I", "-S", str(VERIFIER), str(folder)]
        times = {
            "stable sort of the pairs, in memory": _median(_sort),
            "start of the interpreter": _median(lambda: _run([sys.executable, "-c", "pass"])),
            "solve, as a command": _median(lambda: _run(solve)),
            "verify, as a command": _median(lambda: _run(verify)),
        }
    yardstick = times["stable sort of the pairs, in memory"]
    rows = [f"| {what} | {time * 1000:.0f} | {time / yardstick:.0f} |" for what, time in times.items()]
    head = f"# Allocation: {CHILDREN} children, {SCHOOLS} schools, {WISHES} choices each, median of {REPEATS}\n\n"
    return head + "| what | ms | × sort |\n|---|---|---|\n" + "\n".join(rows) + "\n"


HEADER = Header("bench", ("level<", "ticket"), "per-applicant", "reserved-first", "benchmark draw")


def _market() -> Tables:
    chance = random.Random(1)
    schools = [f"s{number:02d}" for number in range(SCHOOLS)]
    seats = CHILDREN * 104 // 100 // SCHOOLS
    choices = [
        Choice(f"a{child:05d}", rank, school, (chance.randrange(9),))
        for child in range(CHILDREN)
        for rank, school in enumerate(chance.sample(schools, WISHES), 1)
    ]
    return sorted_tables(
        (Programme(school, seats) for school in schools),
        (),
        (Applicant(f"a{child:05d}", f"a{child:05d}", (), "all", (9,)) for child in range(CHILDREN)),
        choices,
        (Fallback("all", rank, school) for rank, school in enumerate(schools, 1)),
        1,
    )


def _sort() -> None:
    chance = random.Random(2)
    sorted((chance.randrange(9), chance.getrandbits(64)) for _ in range(CHILDREN * WISHES))


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _median(action: object) -> float:
    assert callable(action)
    times = []
    for _ in range(REPEATS):
        started = perf_counter()
        action()
        times.append(perf_counter() - started)
    return sorted(times)[REPEATS // 2]
