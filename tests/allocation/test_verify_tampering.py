"""Whoever alters a result, with every checksum made anew, is found out, and the property that tells is named."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.allocation.verify import verify
from tests.allocation.verify_reference import (
    VECTORS,
    Table,
    canonical,
    change_rows,
    read_bundle,
    read_manifest,
    read_table,
    seal_input,
    seal_output,
    write_manifest,
)

FOLDERS = sorted(VECTORS.iterdir())
Tampering = Callable[[Path], bool]  # False where the bundle has nothing of the kind to alter


def on_rows(file: str, alter: Callable[[Table], bool]) -> Tampering:
    def tamper(folder: Path) -> bool:
        rows = read_table(folder / file)
        if not alter(rows):
            return False
        change_rows(folder / file, rows)
        seal_output(folder)
        return True

    return tamper


def exchanged(rows: Table) -> bool:
    """The places of two children at different programmes."""
    one = next((row for row in rows if row[1]), None)
    other = next((row for row in rows if one and row[1] not in ("", one[1])), None)
    if not one or not other:
        return False
    one[1:], other[1:] = other[1:], one[1:]
    return True


def altered(place: Callable[[list[str]], bool], column: int, change: Callable[[str], str]) -> Callable[[Table], bool]:
    """One cell of the first row that has it."""

    def alter(rows: Table) -> bool:
        row = next((row for row in rows if place(row)), None)
        if row is None:
            return False
        row[column] = change(row[column])
        return True

    return alter


def emptied(rows: Table) -> bool:
    row = next((row for row in rows if row[1]), None)
    if row:
        row[1:] = ["", "", ""]
    return row is not None


def changed(change: Callable[[Table], Table | None]) -> Callable[[Table], bool]:
    def alter(rows: Table) -> bool:
        new = change(list(rows))
        if new is None or new == rows:
            return False
        rows[:] = new
        return True

    return alter


def is_placed(row: list[str]) -> bool:
    return bool(row[1])


def squeezed_in(folder: Path) -> bool:
    """An unplaced child gets an open seat at a full programme of its list."""
    reading = read_bundle(folder)
    rows = read_table(folder / "placements.csv")
    row = next((row for row in rows if not row[1] and reading.lists[row[0]]), None)
    if row is None:
        return False
    row[1:] = [reading.lists[row[0]][0], "1", "open"]
    change_rows(folder / "placements.csv", rows)
    seal_output(folder)
    return True


def elsewhere(folder: Path) -> bool:
    """A placed child is moved to a programme that it did not list."""
    reading = read_bundle(folder)
    rows = read_table(folder / "placements.csv")
    for row in rows:
        others = [programme for programme in reading.capacity if programme not in reading.lists[row[0]]]
        if row[1] and others:
            row[1] = others[0]
            change_rows(folder / "placements.csv", rows)
            seal_output(folder)
            return True
    return False


def seat_renamed(folder: Path) -> bool:
    """An open seat is called a reserved one, or the other way round."""
    reading = read_bundle(folder)
    rows = read_table(folder / "placements.csv")
    for row in rows:
        groups = [group for group, seats in reading.reserves.get(row[1], []) if seats]
        if row[1] and groups:
            row[3] = f"reserve:{groups[0]}" if row[3] == "open" else "open"
            change_rows(folder / "placements.csv", rows)
            seal_output(folder)
            return True
    return False


def other_digit(cell: str) -> str:
    return cell[:-1] + ("0" if cell[-1] != "0" else "1")


ON_PLACEMENTS: dict[str, tuple[Tampering, set[int]]] = {
    "two exchanged": (on_rows("placements.csv", exchanged), {4, 7, 8}),
    "one dropped": (on_rows("placements.csv", changed(lambda rows: rows[:-1])), {3}),
    "one twice": (on_rows("placements.csv", changed(lambda rows: [rows[0], *rows])), {3}),
    "a stranger": (on_rows("placements.csv", changed(lambda rows: [*rows, ["zzz", "", "", ""]])), {3}),
    "another order": (on_rows("placements.csv", changed(lambda rows: rows[::-1])), {3}),
    "a place taken away": (on_rows("placements.csv", emptied), {7}),
    "a place too many": (squeezed_in, {5}),
    "a place not listed": (elsewhere, {4}),
    "a rank better": (on_rows("placements.csv", altered(is_placed, 2, lambda rank: str(int(rank) - 1))), {4}),
    "a rank beyond": (on_rows("placements.csv", altered(is_placed, 2, lambda rank: "1000001")), {4}),
    "half a row": (on_rows("placements.csv", altered(is_placed, 3, lambda seat: "")), {4}),
    "an unknown programme": (on_rows("placements.csv", altered(is_placed, 1, lambda programme: "P99")), {4}),
    "an unknown seat": (on_rows("placements.csv", altered(is_placed, 3, lambda seat: "reserve:nobody")), {5}),
    "a seat of another kind": (seat_renamed, {5, 7}),
}
ON_CUTOFFS: dict[str, tuple[Tampering, set[int]]] = {
    "a ticket": (on_rows("cutoffs.csv", altered(lambda row: len(row[-1]) == 64, -1, other_digit)), {6}),
    "a ticket hidden": (on_rows("cutoffs.csv", altered(lambda row: len(row[-1]) == 64, -1, lambda ticket: "")), {6}),
    "a key": (on_rows("cutoffs.csv", altered(lambda row: len(row) > 4 and row[3] != "", 3, lambda key: "77")), {9}),
    "a key made up": (
        on_rows("cutoffs.csv", altered(lambda row: len(row) > 4 and row[3] == "", 3, lambda key: "1")),
        {9},
    ),
    "seats filled": (on_rows("cutoffs.csv", altered(lambda row: True, 2, lambda filled: str(int(filled) + 1))), {9}),
    "a row dropped": (on_rows("cutoffs.csv", changed(lambda rows: rows[:-1])), {9}),
    "a row more": (on_rows("cutoffs.csv", changed(lambda rows: [*rows, rows[-1]])), {9}),
    "rows reversed": (on_rows("cutoffs.csv", changed(lambda rows: rows[::-1])), {9}),
}


def applied(tamper: Tampering, tmp_path: Path) -> list[tuple[str, int, int, str]]:
    """What the verifier says of every vector to which a tampering applies."""
    said = []
    for vector in FOLDERS:
        folder = Path(shutil.copytree(vector, tmp_path / vector.name))
        if tamper(folder):
            report = verify(folder)
            said.append((vector.name, report.exit_code, report.property, report.text))
    assert said
    return said


@pytest.mark.parametrize("name", ON_PLACEMENTS)
def test_altered_placements_are_found_out(name: str, tmp_path: Path) -> None:
    tamper, expected = ON_PLACEMENTS[name]
    for vector, code, number, text in applied(tamper, tmp_path):
        assert (code, number in expected) == (1, True), (vector, text)


@pytest.mark.parametrize("name", ON_CUTOFFS)
def test_altered_cutoffs_are_found_out(name: str, tmp_path: Path) -> None:
    tamper, expected = ON_CUTOFFS[name]
    for vector, code, number, text in applied(tamper, tmp_path):
        assert (code, number in expected) == (1, True), (vector, text)


def in_deficit(change: Callable[[dict[str, Any]], bool]) -> Tampering:
    def tamper(folder: Path) -> bool:
        path = folder / "deficit.json"
        claim = json.loads(path.read_bytes()) if path.exists() else {}
        if not claim or not change(claim):
            return False
        path.write_text(canonical(claim) + "\n")
        seal_output(folder)
        return True

    return tamper


def setting(**fields: object) -> Callable[[dict[str, Any]], bool]:
    """These fields to other values; where a value is a function, to what it makes of the old one."""

    def change(claim: dict[str, Any]) -> bool:
        if any(field not in claim for field in fields if field != "why"):
            return False
        claim.update({f: value(claim[f]) if callable(value) else value for f, value in fields.items()})
        return True

    return change


def without_deficit(folder: Path) -> bool:
    there = (folder / "deficit.json").exists()
    (folder / "deficit.json").unlink(missing_ok=True)
    seal_output(folder)
    return there


def with_deficit(text: str) -> Tampering:
    def tamper(folder: Path) -> bool:
        if (folder / "deficit.json").exists():
            return False
        (folder / "deficit.json").write_text(text)
        seal_output(folder)
        return True

    return tamper


ON_DEFICIT: dict[str, Tampering] = {
    "left out": without_deficit,
    "not called for": with_deficit('{"applicants":["A000"],"kind":"lists"}\n'),
    "not called for and no JSON": with_deficit(""),
    "more missing": in_deficit(setting(missing=lambda k: k + 1)),
    "missing as a float": in_deficit(setting(missing=float)),
    "seats as a truth": in_deficit(setting(seats=True)),
    "fewer seats": in_deficit(setting(seats=lambda m: m - 1)),
    "a programme less": in_deficit(setting(programmes=lambda some: some[1:])),
    "an applicant less": in_deficit(setting(applicants=lambda some: some[1:])),
    "an applicant twice": in_deficit(setting(applicants=lambda some: [*some, some[-1]])),
    "a stranger": in_deficit(setting(applicants=lambda some: [*some, "zzz"])),
    "somebody without right": in_deficit(setting(applicants=lambda some: sorted({*some, "A000", "A005", "A013"}))),
    "applicants reversed": in_deficit(setting(applicants=lambda some: [*reversed(some), "zzz"])),
    "numbers for applicants": in_deficit(setting(applicants=[1, 2])),
    "lists for applicants": in_deficit(setting(applicants=[["A001"]])),
    "no applicants": in_deficit(setting(applicants=[])),
    "another kind": in_deficit(setting(kind=lambda kind: "lists" if kind == "seats" else "seats")),
    "an unknown kind": in_deficit(setting(kind=["seats"])),
    "a field more": in_deficit(setting(why="fictitious")),
    "a field less": in_deficit(lambda claim: bool(claim.pop("applicants"))),
}


@pytest.mark.parametrize("name", ON_DEFICIT)
def test_a_deficit_altered_made_up_or_left_out_is_found_out(name: str, tmp_path: Path) -> None:
    for vector, code, number, text in applied(ON_DEFICIT[name], tmp_path):
        assert (code, number) == (1, 10), (vector, text)


def test_a_deficit_of_the_wrong_kind_is_told_how_many_could_have_a_place(tmp_path: Path) -> None:
    tamper = ON_DEFICIT["another kind"]
    said = {vector: text.split("): ")[1] for vector, _, _, text in applied(tamper, tmp_path)}
    assert said["42"] == "deficit.json is not of kind seats; 3 of 8 could have a place"
    assert said["21"] == "deficit.json is not of kind lists; 6 of 6 could have a place"


def in_result(**fields: object) -> Tampering:
    def tamper(folder: Path) -> bool:
        seal_output(folder, **fields)
        return True

    return tamper


def rewritten(write: Callable[[dict[str, Any]], str]) -> Tampering:
    def tamper(folder: Path) -> bool:
        path = folder / "result.json"
        path.write_text(write(json.loads(path.read_bytes())))
        return True

    return tamper


ZEROS = "0" * 64
ON_RESULT: dict[str, tuple[Tampering, int]] = {
    "digest": (in_result(digest=ZEROS), 1),
    "files": (in_result(files={"cutoffs.csv": ZEROS}), 1),
    "files with one more": (in_result(files={"cutoffs.csv": ZEROS, "placements.csv": ZEROS}), 1),
    "format": (in_result(format="allocation-result/2"), 1),
    "manifest": (in_result(manifest=ZEROS), 1),
    "round": (in_result(round="R0"), 1),
    "a field more": (in_result(comment="fictitious"), 1),
    "a field less": (rewritten(lambda said: canonical({k: v for k, v in said.items() if k != "seats"}) + "\n"), 1),
    "a list": (rewritten(lambda said: "[]\n"), 1),
    "indented": (rewritten(lambda said: json.dumps(said, indent=1, sort_keys=True) + "\n"), 1),
    "no final LF": (rewritten(canonical), 1),
    "applicants": (in_result(applicants=1), 3),
    "placed": (in_result(placed=0), 3),
    "unplaced": (in_result(unplaced=99), 3),
    "seats": (in_result(seats=-1), 3),
    "a float": (rewritten(lambda said: canonical({**said, "seats": float(said["seats"])}) + "\n"), 3),
}


@pytest.mark.parametrize("name", ON_RESULT)
def test_an_altered_statement_is_found_out(name: str, tmp_path: Path) -> None:
    tamper, expected = ON_RESULT[name]
    for vector, code, number, text in applied(tamper, tmp_path):
        assert (code, number) == (1, expected), (vector, text)


@pytest.mark.parametrize("file", ["placements.csv", "cutoffs.csv"])
def test_output_altered_without_new_checksums_is_found_by_its_digest(file: str, tmp_path: Path) -> None:
    folder = shutil.copytree(VECTORS / "77", tmp_path / "77")
    change_rows(folder / file, read_table(folder / file)[::-1])
    assert verify(folder).property == 1


def a_capacity_more(folder: Path) -> bool:
    """One seat more at a programme whose last seats were fought for."""
    full = {row[0] for row in read_table(folder / "cutoffs.csv") if int(row[2]) and any(row[3:])}
    rows = read_table(folder / "programmes.csv")
    row = next((row for row in rows if row[0] in full), None)
    if row is None:
        return False
    row[1] = str(int(row[1]) + 1)
    change_rows(folder / "programmes.csv", rows)
    seal_input(folder)
    seal_output(folder)
    return True


def a_key_altered(folder: Path) -> bool:
    """The key with which somebody stands at a programme where it set the cut-off."""
    last = {(row[0], row[3]) for row in read_table(folder / "cutoffs.csv") if len(row) > 4 and row[3]}
    at = {row[0]: row[1] for row in read_table(folder / "placements.csv")}
    rows = read_table(folder / "choices.csv")
    row = next((row for row in rows if tuple(row[2:4]) in last and at[row[0]] == row[2]), None)
    if row is None:
        return False
    for row in rows:
        row[3] = str(-int(row[3]) - 50)
    change_rows(folder / "choices.csv", rows)
    seal_input(folder)
    seal_output(folder)
    return True


def another_draw(folder: Path) -> bool:
    manifest = read_manifest(folder)
    if not any(len(row[-1]) == 64 for row in read_table(folder / "cutoffs.csv")):
        return False
    manifest["draw"]["value"] += "-1"
    write_manifest(folder, manifest)
    seal_output(folder)
    return True


@pytest.mark.parametrize("tamper", [a_capacity_more, a_key_altered, another_draw])
def test_a_result_of_another_problem_is_found_out(tamper: Tampering, tmp_path: Path) -> None:
    for vector, code, number, text in applied(tamper, tmp_path):
        assert (code, number in {6, 7, 8, 9}) == (1, True), (vector, text)


@pytest.mark.parametrize("file", ["applicants.csv", "choices.csv", "fallbacks.csv", "programmes.csv", "reserves.csv"])
def test_input_altered_after_the_freeze_is_found_by_its_digest(file: str, tmp_path: Path) -> None:
    folder = shutil.copytree(VECTORS / "77", tmp_path / "77")
    change_rows(folder / file, read_table(folder / file)[::-1])
    seal_output(folder)
    report = verify(folder)
    assert (report.exit_code, report.property) == (1, 1)
    assert file in report.text


@pytest.mark.parametrize("field", ["draw_name", "families", "round"])
def test_a_field_altered_after_the_freeze_is_found_by_the_root(field: str, tmp_path: Path) -> None:
    folder = shutil.copytree(VECTORS / "77", tmp_path / "77")
    write_manifest(folder, {**read_manifest(folder), field: ZEROS})
    seal_output(folder)
    report = verify(folder)
    assert (report.exit_code, report.property) == (1, 2), report.text


def test_in_a_first_pass_the_draw_was_made_for_the_root(tmp_path: Path) -> None:
    folder = shutil.copytree(VECTORS / "77", tmp_path / "77")
    manifest = read_manifest(folder)
    write_manifest(folder, {**manifest, "draw": {**manifest["draw"], "root": ZEROS}})
    seal_output(folder)
    report = verify(folder)
    assert (report.exit_code, report.property) == (1, 2), report.text
