"""Every vector of the format, solved through the command and compared byte by byte."""

import shutil
from pathlib import Path

import pytest

from app.allocation.bundle import read_bundle
from app.allocation.later_pass import later_pass
from app.allocation.result import OUTPUTS, read_placements
from tests.allocation.running import run_solve

VECTORS = Path(__file__).parent / "vectors"
NAMES = sorted(folder.name for folder in VECTORS.iterdir())
LATER = [name for name in NAMES if name.endswith("-2")]


def outputs_in(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in OUTPUTS if (folder / name).exists()}


def test_all_vectors_are_here() -> None:
    assert len(NAMES) == 18
    assert len(LATER) == 6


@pytest.mark.parametrize("name", NAMES)
def test_a_vector_is_solved_byte_by_byte(name: str, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(VECTORS / name, bundle, ignore=shutil.ignore_patterns(*OUTPUTS))
    done = run_solve(bundle)
    assert (done.returncode, done.stderr) == (0, "")
    assert outputs_in(bundle) == outputs_in(VECTORS / name)
    assert done.stdout == (VECTORS / name / "result.json").read_text()


@pytest.mark.parametrize("name", LATER)
def test_a_later_pass_is_made_again_from_its_parent(name: str) -> None:
    parent, child = read_bundle(VECTORS / name.removesuffix("-2")), read_bundle(VECTORS / name)
    placements = read_placements((VECTORS / name.removesuffix("-2") / "placements.csv").read_bytes())
    before = {row.applicant: row for row in parent.tables.applicants}
    after = {row.applicant: row for row in child.tables.applicants}
    listed = {name: [row.programme for row in child.tables.choices if row.applicant == name] for name in after}
    placed = {row.applicant: row.programme for row in placements}
    settled = [name for name, row in after.items() if not row.fallback and listed[name] == [placed[name]]]
    made = later_pass(parent, placements, before.keys() - after.keys(), settled, dict(child.tables.programmes))
    assert (made.header, made.tables, made.draw) == (child.header, child.tables, child.draw)
