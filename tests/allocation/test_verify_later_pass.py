"""A later pass whose output follows from its input, but whose input does not follow from its parent."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.allocation import verify as verifier
from app.allocation.verify import verify
from tests.allocation.verify_reference import (
    VECTORS,
    Table,
    change_rows,
    read_bundle,
    read_manifest,
    read_table,
    seal_input,
    seal_output,
    sha256,
    solve,
    write_bundle,
    write_manifest,
    write_result,
)

MANIFEST = {"round": "two", "order": ["level<"], "ticket": "per-applicant", "reserves": "reserved-first"}
TABLES: dict[str, Table] = {
    "applicants.csv": [
        ["gone", "", "", "", ""],
        ["good", "", "g", "F", "4"],
        ["stay", "unit", "g;h", "F", "5"],
        ["wait", "", "", "F", "6"],
    ],
    "choices.csv": [
        ["gone", "1", "A", "1"],
        ["good", "1", "A", "3"],
        ["good", "2", "B", "1"],
        ["stay", "1", "A", "7"],
        ["stay", "3", "B", "7"],
        ["wait", "1", "B", "9"],
    ],
    "fallbacks.csv": [["F", "1", "C"], ["F", "2", "B"]],
    "programmes.csv": [["A", "1"], ["B", "1"], ["C", "2"], ["D", "0"]],
    "reserves.csv": [["C", "10", "h", "1"]],
}
FOR_GOOD = {
    "applicants.csv": [["good", "", "g", "", ""], *TABLES["applicants.csv"][2:]],
    "choices.csv": [["good", "1", "B", "1"], *TABLES["choices.csv"][3:]],
}
Change = Callable[[Table], Table]


def write_passes(tmp_path: Path, order: list[str] | None = None) -> tuple[Path, Path]:
    """A parent in which gone holds A, good B, stay and wait C; then gone leaves and good keeps B for good."""
    parent, later = tmp_path / "parent", tmp_path / "later"
    write_bundle(parent, {**MANIFEST, **({"order": order, "draw": "1-2"} if order else {})}, TABLES)
    solve(parent)
    shutil.copytree(parent, later)
    for name, rows in FOR_GOOD.items():
        change_rows(later / name, rows)
    write_manifest(later, {**read_manifest(later), "parent": sha256((parent / "manifest.json").read_bytes())})
    solve(later)
    return parent, later


def test_a_place_held_for_good_and_rows_left_alone_are_accepted(tmp_path: Path) -> None:
    parent, later = write_passes(tmp_path)
    assert [row[1] for row in read_table(parent / "placements.csv")] == ["A", "B", "C", "C"]
    assert [row[1] for row in read_table(later / "placements.csv")] == ["B", "A", "C"]
    assert verify(later, parent=parent).exit_code == 0
    for name in ("applicants.csv", "choices.csv", "programmes.csv"):
        change_rows(later / name, read_table(later / name)[::-1])
    solve(later)
    assert verify(later, parent=parent).exit_code == 0


def test_everybody_may_keep_its_place_for_good_at_its_fallback_too(tmp_path: Path) -> None:
    parent, later = write_passes(tmp_path)
    change_rows(later / "applicants.csv", [["good", "", "g", "", ""], ["wait", "", "", "", ""]])
    change_rows(later / "choices.csv", [["good", "1", "B", "1"], ["wait", "1", "C", "6"]])
    solve(later)
    report = verify(later, parent=parent)
    assert report.exit_code == 0, report.text


def test_a_place_held_for_good_takes_its_seat_in_a_deficit(tmp_path: Path) -> None:
    parent, later = write_passes(tmp_path)
    for folder in (parent, later):
        change_rows(folder / "fallbacks.csv", [["F", "2", "B"]])
    solve(parent)
    write_manifest(later, {**read_manifest(later), "parent": sha256((parent / "manifest.json").read_bytes())})
    solve(later)
    deficit = (later / "deficit.json").read_text()
    assert deficit == '{"applicants":["good","wait"],"kind":"seats","missing":1,"programmes":["B"],"seats":1}\n'
    assert verify(later, parent=parent).exit_code == 0


def test_a_place_with_two_choices_and_no_fallback_is_no_place_for_good(tmp_path: Path) -> None:
    parent, later = write_passes(tmp_path)
    for folder in (parent, later):
        change_rows(folder / "fallbacks.csv", [["F", "2", "B"]])
        change_rows(folder / "programmes.csv", [["A", "1"], ["B", "2"], ["C", "2"], ["D", "0"]])
        change_rows(folder / "applicants.csv", [*read_table(folder / "applicants.csv"), ["both", "", "", "", ""]])
        both = [["both", "1", "D", "1"], ["both", "2", "B", "1"]]
        change_rows(folder / "choices.csv", [*read_table(folder / "choices.csv"), *both])
    solve(parent)
    write_manifest(later, {**read_manifest(later), "parent": sha256((parent / "manifest.json").read_bytes())})
    solve(later)
    assert (later / "deficit.json").read_text() == '{"applicants":["wait"],"kind":"lists"}\n'
    report = verify(later, parent=parent)
    assert report.exit_code == 0, report.text


def row_by_row(change: Callable[[list[str]], list[str]]) -> Change:
    return lambda rows: [change(list(row)) for row in rows]


def replaced(old: list[str], *new: list[str]) -> Change:
    def change(rows: Table) -> Table:
        assert old in rows
        return [row for row in rows if row != old] + list(new)

    return change


CHANGED_INPUT: dict[str, tuple[str, Change]] = {
    "a new child": ("applicants.csv", lambda rows: [*rows, ["new", "", "", "F", "9"]]),
    "another lottery unit": (
        "applicants.csv",
        replaced(["stay", "unit", "g;h", "F", "5"], ["stay", "", "g;h", "F", "5"]),
    ),
    "a group less": ("applicants.csv", replaced(["stay", "unit", "g;h", "F", "5"], ["stay", "unit", "g", "F", "5"])),
    "a group less for good": ("applicants.csv", replaced(["good", "", "g", "", ""], ["good", "", "", "", ""])),
    "another key in the fallback": ("applicants.csv", replaced(["wait", "", "", "F", "6"], ["wait", "", "", "F", "5"])),
    "no fallback": ("applicants.csv", replaced(["stay", "unit", "g;h", "F", "5"], ["stay", "unit", "g;h", "", ""])),
    "a fallback with a place for good": (
        "applicants.csv",
        replaced(["good", "", "g", "", ""], ["good", "", "g", "F", "4"]),
    ),
    "another key": ("choices.csv", replaced(["stay", "1", "A", "7"], ["stay", "1", "A", "6"])),
    "a choice less": ("choices.csv", replaced(["stay", "3", "B", "7"])),
    "a choice more": ("choices.csv", lambda rows: [*rows, ["wait", "2", "A", "9"]]),
    "another rank": ("choices.csv", replaced(["stay", "3", "B", "7"], ["stay", "2", "B", "7"])),
    "ranks exchanged": (
        "choices.csv",
        row_by_row(lambda row: [row[0], {"1": "3", "3": "1"}[row[1]], *row[2:]] if row[0] == "stay" else row),
    ),
    "a place for good at rank 2": ("choices.csv", replaced(["good", "1", "B", "1"], ["good", "2", "B", "1"])),
    "a place for good with better keys": ("choices.csv", replaced(["good", "1", "B", "1"], ["good", "1", "B", "0"])),
    "a place for good that was not held": ("choices.csv", replaced(["good", "1", "B", "1"], ["good", "1", "A", "3"])),
    "two places for good": ("choices.csv", lambda rows: [*rows, ["good", "2", "C", "4"]]),
    "a capacity less": ("programmes.csv", replaced(["C", "2"], ["C", "1"])),
    "a programme more": ("programmes.csv", lambda rows: [*rows, ["E", "1"]]),
    "a programme less": ("programmes.csv", replaced(["D", "0"])),
    "reserves": ("reserves.csv", replaced(["C", "10", "h", "1"], ["C", "10", "h", "0"])),
    "reserves gone": ("reserves.csv", lambda rows: []),
    "fallbacks in another order of rows": ("fallbacks.csv", lambda rows: rows[::-1]),
}


@pytest.mark.parametrize("name", CHANGED_INPUT)
def test_input_that_does_not_follow_from_the_parent_is_found_out(name: str, tmp_path: Path) -> None:
    file, change = CHANGED_INPUT[name]
    parent, later = write_passes(tmp_path)
    change_rows(later / file, change(read_table(later / file)))
    solve(later)
    assert verify(later).exit_code == 0
    report = verify(later, parent=parent)
    assert (report.exit_code, report.property) == (1, 11), report.text
    assert "parent violates" not in report.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("round", "three"),
        ("order", ["ticket", "level<"]),
        ("ticket", "per-programme"),
        ("reserves", "open-first"),
        ("draw_name", "another draw"),
        ("draw", {"root": "0" * 64, "value": "1-2"}),
        ("parent", "0" * 64),
    ],
)
def test_rules_or_draw_other_than_the_parents_are_found_out(field: str, value: Any, tmp_path: Path) -> None:
    parent, later = write_passes(tmp_path, ["level<", "ticket"])
    assert verify(later, parent=parent).exit_code == 0
    seal_input(later, {**read_manifest(later), field: value})
    solve(later)
    assert verify(later).exit_code == 0
    report = verify(later, parent=parent)
    assert (report.exit_code, report.property) == (1, 11), report.text
    assert field in report.text


def test_more_seats_and_other_families_are_allowed(tmp_path: Path) -> None:
    parent, later = write_passes(tmp_path, ["level<", "ticket"])
    change_rows(later / "programmes.csv", [[name, str(int(seats) + 1)] for name, seats in TABLES["programmes.csv"]])
    seal_input(later, {**read_manifest(later), "families": "f" * 64})
    solve(later)
    assert verify(later, parent=parent).exit_code == 0


def test_a_parent_whose_own_result_is_false_proves_nothing(tmp_path: Path) -> None:
    parent, later = write_passes(tmp_path)
    at = {row[0]: row[1] for row in read_table(parent / "placements.csv")}
    write_result(parent, {**at, "wait": ""})
    report = verify(later, parent=parent)
    assert (report.exit_code, report.property) == (1, 11)
    assert "the parent violates property 7" in report.text
    (parent / "placements.csv").unlink()
    assert verify(later, parent=parent).exit_code == 2


@pytest.mark.parametrize("name", sorted(folder.name for folder in VECTORS.glob("*-2")))
def test_the_parent_of_another_later_pass_is_found_out(name: str) -> None:
    other = "33" if name == "77-2" else "77"
    assert verify(VECTORS / name, parent=VECTORS / other).property == 11


def test_somebody_who_stays_and_is_worse_off_is_found_out(tmp_path: Path) -> None:
    """With all other sentences kept nobody can be, so the sentence itself is tried on altered placements."""
    parent, later = write_passes(tmp_path)
    problem, earlier = verifier.read_problem(later), verifier.read_problem(parent)
    before = verifier.check_result(earlier, verifier.read_result(parent, earlier))
    places = verifier.check_result(problem, verifier.read_result(later, problem))
    verifier.check_stayers(problem, places, earlier, before)
    for name, held, worse in (("stay", "C", "D"), ("stay", "C", ""), ("good", "B", "C")):
        worsened = {**places, name: places[name]._replace(programme=worse)}
        with pytest.raises(verifier.Violation, match=f"{name} had {held} and is worse off") as caught:
            verifier.check_stayers(problem, worsened, earlier, before)
        assert caught.value.number == 11


def test_a_later_pass_checked_alone_is_checked_on_all_else(tmp_path: Path) -> None:
    _, later = write_passes(tmp_path)
    assert "not checked 11" in verify(later).text
    rows = read_table(later / "placements.csv")
    change_rows(later / "placements.csv", rows[1:])
    seal_output(later)
    assert verify(later).property == 3
    assert read_bundle(later).entitled({row[0]: row[1] for row in rows}) == ["good", "stay", "wait"]
