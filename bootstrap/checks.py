"""`./run check`: every check runs, one line for each."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bootstrap import processes, servers
from bootstrap.console import say, step
from bootstrap.environment import PYTHON
from bootstrap.places import CHECKOUT

PROGRAMS = PYTHON.parent
SOURCES = ("app", "bootstrap", "benchmarks", "migrations", "tests")


@dataclass(frozen=True)
class Check:
    name: str
    command: Sequence[str | Path]


CHECKS = (
    Check("ruff check", (PROGRAMS / "ruff", "check", ".", "run")),
    Check("ruff format", (PROGRAMS / "ruff", "format", "--check", ".", "run")),
    Check("mypy", (PYTHON, "-m", "mypy", *SOURCES)),
    Check("import contracts", (PROGRAMS / "lint-imports",)),
    Check("declared dependencies", (PYTHON, "-m", "deptry", ".")),
    Check("migrations equal models", (PYTHON, "-m", "app.cli", "check-migrations")),
    Check("OpenAPI unchanged", (PYTHON, "-m", "app.cli", "openapi", "--check")),
)


def run_all() -> int:
    """0 if all pass, else 1; what a failed check printed follows its line."""
    with servers.throwaway("test") as house:
        failed = [check.name for check in CHECKS if not _passes(check, house.environment)]
    say(f"failed: {', '.join(failed)}" if failed else f"all {len(CHECKS)} checks pass")
    return 1 if failed else 0


def _passes(check: Check, environment: dict[str, str]) -> bool:
    with tempfile.TemporaryFile() as output:
        with step(check.name) as line:
            process = processes.spawn(check.command, environment=environment, directory=CHECKOUT, output=output)
            code = processes.finish(process, line)
        if code:
            output.seek(0)
            say(f"FAILED: {check.name} (code {code})\n{output.read().decode(errors='replace').rstrip()}\n")
        return code == 0
