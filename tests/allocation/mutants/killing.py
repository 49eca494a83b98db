"""The killing suite: `python -m tests.allocation.mutants.killing CASES FILE`, where `app` is a mutant. Exit 1: killed.

Small enough to be shown to thousands of mutants; `cases.prepare` writes the cases once.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from app.allocation.bundle import Bundle, read_bundle
from app.allocation.later_pass import later_pass
from app.allocation.result import OUTPUTS, read_placements, render_result
from app.allocation.solver import solve
from app.allocation.text import Refused
from app.allocation.verify import verify


def differences(cases: Path, file: str) -> Iterator[str]:
    """What this package does otherwise than it has to; `file`: the one that was mutated."""
    yield from _of_verifier(cases) if file == "verify.py" else _of_solver(cases)


def _of_solver(cases: Path) -> Iterator[str]:
    for case in sorted((cases / "right").iterdir()):
        files = {name: (case / name).read_bytes() for name in OUTPUTS if (case / name).exists()}
        bundle, parent = read_bundle(case), parent_of(cases, case)
        if render_result(solve(bundle)) != files:
            yield f"{case.name}: another result"
        if parent and not made_again(parent, bundle):
            yield f"{case.name}: another later pass"
    for case in sorted((cases / "false").iterdir()):
        if json.loads((case / "expected.json").read_text())["refused"] and not is_refused(case):
            yield f"{case.name}: solved"


def _of_verifier(cases: Path) -> Iterator[str]:
    for case in sorted((cases / "right").iterdir()):
        report = verify(case, parent=parent_of(cases, case))
        if report.exit_code:
            yield f"{case.name}: {report.text}"
    for case in sorted((cases / "false").iterdir()):
        number = json.loads((case / "expected.json").read_text())["property"]
        report = verify(case, parent=parent_of(cases, case))
        if (report.exit_code, report.property) != (1 if number else 2, number):
            yield f"{case.name}: {report.text}"


def parent_of(cases: Path, case: Path) -> Path | None:
    return cases / (case / "parent").read_text() if (case / "parent").exists() else None


def is_refused(case: Path) -> bool:
    try:
        solve(case)
    except Refused:
        return True
    return False


def made_again(folder: Path, child: Bundle) -> bool:
    """Whether the later pass follows from its parent, those who left, and those who hold their place for good."""
    parent = read_bundle(folder)
    placements = read_placements((folder / "placements.csv").read_bytes())
    place = {row.applicant: row.programme for row in placements}
    after = {row.applicant: row for row in child.tables.applicants}
    listed = {name: [row.programme for row in child.tables.choices if row.applicant == name] for name in after}
    settled = [name for name, row in after.items() if not row.fallback and listed[name] == [place[name]]]
    left = {row.applicant for row in parent.tables.applicants} - after.keys()
    made = later_pass(parent, placements, left, settled, dict(child.tables.programmes))
    return (made.header, made.tables, made.draw) == (child.header, child.tables, child.draw)


def main(cases: Path, file: str) -> int:
    try:
        difference = next(differences(cases, file), None)
    except Exception as error:
        difference = f"{type(error).__name__}: {error}"
    if difference:
        print(difference)
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
