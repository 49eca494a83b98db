"""`python -m app.allocation solve`: what it writes, prints and returns, and what it leaves alone."""

from pathlib import Path

import pytest

from app.allocation.result import OUTPUTS
from tests.allocation.drafts import draft, save
from tests.allocation.running import run_solve

EXAMPLE = {
    "programmes.csv": "programme,capacity\nA,1\nB,1\n",
    "reserves.csv": "programme,precedence,group,seats\n",
    "applicants.csv": "applicant,lottery_unit,groups,fallback,level\nz,,,,\ny,,,,\nx,,,,\n",
    "choices.csv": "applicant,rank,programme,level\nx,1,A,2\nx,2,B,1\ny,1,A,1\ny,2,B,2\nz,1,B,3\n",
    "fallbacks.csv": "fallback,rank,programme\n",
}
SOLVED = "applicant,programme,rank,seat\nx,B,2,open\ny,A,1,open\nz,,,\n"


def example(folder: Path) -> Path:
    return save(draft(EXAMPLE, order=["level<"], without=("draw_name",)).sealed(), folder)


def names_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_the_worked_example_of_the_format_is_solved(tmp_path: Path) -> None:
    bundle = example(tmp_path / "bundle")
    given = names_in(bundle)
    done = run_solve(bundle)
    assert (done.returncode, done.stderr) == (0, "")
    assert (bundle / "placements.csv").read_text() == SOLVED
    assert (bundle / "cutoffs.csv").read_text() == "programme,seat,filled,level,ticket\nA,open,1,1,\nB,open,1,1,\n"
    assert done.stdout == (bundle / "result.json").read_text()
    assert names_in(bundle) == sorted([*given, "placements.csv", "cutoffs.csv", "result.json"])


def test_the_result_goes_to_another_folder_made_for_it(tmp_path: Path) -> None:
    bundle, out = example(tmp_path / "bundle"), tmp_path / "made" / "for" / "it"
    given = names_in(bundle)
    assert run_solve(bundle, "--out", out).returncode == 0
    assert names_in(out) == ["cutoffs.csv", "placements.csv", "result.json"]
    assert names_in(bundle) == given


def test_stale_files_of_a_result_are_removed_and_others_kept(tmp_path: Path) -> None:
    bundle, out = example(tmp_path / "bundle"), tmp_path / "out"
    save(dict.fromkeys([*OUTPUTS, "notes.txt"], b"stale"), out)
    assert run_solve(bundle, "--out", out).returncode == 0
    assert names_in(out) == ["cutoffs.csv", "notes.txt", "placements.csv", "result.json"]
    assert (out / "placements.csv").read_text() == SOLVED


def test_a_refused_bundle_changes_nothing_and_says_why_in_one_line(tmp_path: Path) -> None:
    bundle, out = example(tmp_path / "bundle"), tmp_path / "out"
    save({"choices.csv": b"applicant,rank,programme,level\nx,1,A,-0\n"}, bundle)
    save(dict.fromkeys(OUTPUTS, b"earlier"), out)
    done = run_solve(bundle, "--out", out)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("choices.csv line 2: level must be an integer")
    assert done.stderr.count("\n") == 1
    assert [(out / name).read_bytes() for name in OUTPUTS] == [b"earlier"] * 4


def test_a_refused_bundle_makes_no_folder(tmp_path: Path) -> None:
    done = run_solve(tmp_path / "nowhere", "--out", tmp_path / "out")
    assert (done.returncode, done.stderr) == (2, "manifest.json: cannot be read: No such file or directory\n")
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("field", ["a\nb", "\u2028", "\ud800", "字" * 300, "\x1b[31m"])
def test_a_hostile_field_is_refused_in_one_plain_line(field: str, tmp_path: Path) -> None:
    made = draft()
    made.manifest[field] = "x"
    done = run_solve(save(made.sealed(), tmp_path))
    assert done.returncode == 2
    assert done.stderr.endswith("is unknown\n")
    assert done.stderr.isascii()
    assert len(done.stderr) < 200
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_that_cannot_be_written_is_reported_in_one_line(tmp_path: Path) -> None:
    bundle = example(tmp_path / "bundle")
    (tmp_path / "file").write_bytes(b"")
    done = run_solve(bundle, "--out", tmp_path / "file")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"the result cannot be written: {str(tmp_path / 'file')!r}: File exists\n"


@pytest.mark.parametrize("arguments", [[], ["--quick", "bundle"], ["one", "two"]])
def test_a_wrong_call_is_refused(arguments: list[str]) -> None:
    assert run_solve(*arguments).returncode == 2
