"""Solving and writing at their edges: an undrawn bundle, a result that cannot be written to its end."""

from pathlib import Path

import pytest

from app.allocation.bundle import parse_bundle
from app.allocation.result import OUTPUTS, RESULT, Placement, read_placements
from app.allocation.solver import solve, write_result
from app.allocation.text import Refused
from tests.allocation.drafts import MANIFEST, draft

HEADER = b"applicant,programme,rank,seat\n"


def test_an_undrawn_bundle_is_refused_on_the_first_line_of_its_manifest() -> None:
    undrawn = draft()
    undrawn.value = None
    with pytest.raises(Refused, match="draw is missing") as caught:
        solve(parse_bundle(undrawn.sealed()))
    assert (caught.value.file, caught.value.line) == (MANIFEST, 1)


def test_the_old_statement_goes_before_the_files_it_vouches_for(tmp_path: Path) -> None:
    result = solve(parse_bundle(draft().sealed()))
    assert write_result(result, tmp_path) == (tmp_path / RESULT).read_bytes()
    (tmp_path / "cutoffs.csv").unlink()
    (tmp_path / "cutoffs.csv").mkdir()  # which cannot be removed as a file
    with pytest.raises(OSError):
        write_result(result, tmp_path)
    assert not (tmp_path / RESULT).exists()
    assert (tmp_path / "placements.csv").exists()


def test_a_deficit_of_before_is_removed(tmp_path: Path) -> None:
    (tmp_path / "deficit.json").write_text("{}\n")
    write_result(solve(parse_bundle(draft().sealed())), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted({*OUTPUTS} - {"deficit.json"})


def test_a_placement_is_read_up_to_the_longest_rank() -> None:
    rows = b"x,A,1000001,open\ny,B,1,reserve:g\nz,,,\n"
    assert read_placements(HEADER + rows) == (
        Placement("x", "A", 1_000_001, "open"),
        Placement("y", "B", 1, "reserve:g"),
        Placement("z"),
    )


@pytest.mark.parametrize(
    "row", [b"x,A,01,open", b"x,A,1,", b"x,A,,open", b"x,,1,open", b",A,1,open", b"x,A,10000000,open"]
)
def test_a_row_that_is_no_placement_is_refused_by_its_line(row: bytes) -> None:
    with pytest.raises(Refused) as caught:
        read_placements(HEADER + b"w,,,\n" + row + b"\n")
    assert (caught.value.file, caught.value.line) == ("placements.csv", 3)
