"""Bundles and results that are false in one point, every checksum made anew: whoever accepts one accepts too much."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.allocation.verify_reference import (
    HEADERS,
    Table,
    canonical,
    change_rows,
    claim_seats,
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

Change = Callable[[Path], None]
Rows = Callable[[Table], Table]


@dataclass(frozen=True)
class Falsehood:
    """A right case, the number of the property that has to tell (0: unreadable), and how it is made false.

    `refused`: the solver has to refuse the bundle. `parent`: the pass before, if not that of the right case.
    """

    of: str
    number: int
    change: Change
    refused: bool = False
    parent: str = ""


def rows(file: str, change: Rows, input_too: bool = False) -> Change:
    """Other rows in a file of the output, or with `input_too` of the input, whose digests are made anew too."""

    def falsify(folder: Path) -> None:
        before = read_table(folder / file)
        after = change([list(row) for row in before])
        assert after != before
        change_rows(folder / file, after)
        if input_too:
            seal_input(folder)
        seal_output(folder)

    return falsify


def unsealed(file: str, change: Rows) -> Change:
    """Other rows in a file of the input after the freeze: only the result is made anew."""

    def falsify(folder: Path) -> None:
        change_rows(folder / file, change(read_table(folder / file)))
        at = {row[0]: row[1] for row in read_table(folder / "placements.csv")}
        write_result(folder, at)

    return falsify


def resolved(file: str, change: Rows) -> Change:
    """Other rows in a file of the input, and what follows from them: right in itself, but not after its parent."""

    def falsify(folder: Path) -> None:
        before = read_table(folder / file)
        after = change([list(row) for row in before])
        assert after != before
        change_rows(folder / file, after)
        solve(folder)

    return falsify


def placed(**places: str) -> Change:
    """These places instead, with seats, cut-offs and deficit that fit them."""

    def falsify(folder: Path) -> None:
        at = {row[0]: row[1] for row in read_table(folder / "placements.csv")}
        write_result(folder, at | places)

    return falsify


def cell(at: int, column: int, value: str) -> Rows:
    """One cell of one row."""

    def change(table: Table) -> Table:
        table[at][column] = value
        return table

    return change


def deficit_of(*names: str, **fields: object) -> Change:
    """A deficit that names these children, by plain sums, but for the fields given."""

    def falsify(folder: Path) -> None:
        claim = claim_seats(read_bundle(folder), names) | fields
        (folder / "deficit.json").write_text(canonical(claim) + "\n")
        seal_output(folder)

    return falsify


def deficit_by_lists(*names: str) -> Change:
    def falsify(folder: Path) -> None:
        (folder / "deficit.json").write_text(canonical({"applicants": names, "kind": "lists"}) + "\n")
        seal_output(folder)

    return falsify


def no_deficit(folder: Path) -> None:
    (folder / "deficit.json").unlink()
    seal_output(folder)


def statement(**fields: object) -> Change:
    """Something else in result.json."""
    return lambda folder: seal_output(folder, **fields)


def manifest(solved: bool = True, **fields: object) -> Change:
    """Other fields in the manifest, sealed and solved anew; with `solved` false they are written as they are."""

    def falsify(folder: Path) -> None:
        if solved:
            write_manifest(folder, read_manifest(folder) | fields)
            solve(folder)
        else:
            write_manifest(folder, read_manifest(folder) | fields)
            write_result(folder, {row[0]: row[1] for row in read_table(folder / "placements.csv")})

    return falsify


def not_canonical(folder: Path) -> None:
    said = json.loads((folder / "result.json").read_bytes())
    (folder / "result.json").write_text(json.dumps(said, sort_keys=True) + "\n")


@dataclass(frozen=True)
class Small:
    """A bundle by hand."""

    manifest: dict[str, Any]
    tables: dict[str, Table]


def small(
    programmes: str, applicants: str, choices: str, reserves: str = "", fallbacks: str = "", **fields: object
) -> Small:
    """A bundle with the order `level<`, its tables written as rows parted by blanks."""
    names = ("programmes.csv", "applicants.csv", "choices.csv", "reserves.csv", "fallbacks.csv")
    texts = (programmes, applicants, choices, reserves, fallbacks)
    tables = {name: [row.split(",") for row in text.split()] for name, text in zip(names, texts, strict=True)}
    rules = {"round": "small", "order": ["level<"], "ticket": "per-applicant", "reserves": "reserved-first"}
    return Small(rules | fields, tables)


SMALL = {
    # Each school likes best the child that likes it less: a second placement is stable, and better for the schools.
    "crossed": small("A,1 B,1", "x,,,, y,,,,", "x,1,A,2 x,2,B,1 y,1,B,2 y,2,A,1"),
    # z comes last at A, and the seat for its group is its own.
    "reserved": small(
        "A,2 B,2", "x,,,, y,,,, z,,g,,", "x,1,A,1 x,2,B,1 y,1,A,2 y,2,B,2 z,1,A,3 z,2,B,3", "A,1,g,1 B,1,h,1"
    ),
    "queued": small("A,1 B,2", "x,,,, y,,,, z,,,,", "x,1,A,1 x,2,B,1 y,1,A,2 y,2,B,2 z,1,A,3 z,2,B,3"),
    # Four children with rights to two seats, and one who has its own.
    "short": small("A,1 B,1 C,1", "u,,,H,1 v,,,G,1 w,,,G,2 x,,,E,1 y,,,E,2 z,,,,", "z,5,C,9", "", "E,1,A G,1,B H,1,C"),
    # There would be a seat for both, if the better child stood back.
    "listed": small("A,1 B,1", "x,,,F,1 y,,,E,2", "", "", "E,1,A F,1,A F,2,B"),
    # Before x leaves, and s and z accept for good; `after_leaving` makes the pass after it.
    "before": small(
        "A,1 B,2 C,1",
        "s,,,E,1 t,,,E,2 x,,,, y,,,, z,,,F,9",
        "x,1,A,1 y,1,A,2 y,2,B,2",
        "A,1,g,0 A,2,h,0",
        "E,1,C F,1,B",
        round="two-passes",
    ),
    "drawn": small("A,1 B,3", "x,,, y,,, z,,,", "x,1,A y,1,A z,1,A x,2,B y,2,B", order=["ticket"], draw="4-0-7"),
}

AFTER = (("s", "", ""), ("t", "E", "2"), ("y", "", ""), ("z", "", ""))


def after_leaving(before: Path, after: Path) -> None:
    """The pass after `before`, from which x is gone and in which s and z hold their places."""
    tables = {name: read_table(before / name) for name in HEADERS}
    tables["applicants.csv"] = [[name, "", "", fallback, key] for name, fallback, key in AFTER]
    tables["choices.csv"] = [["s", "1", "C", "1"], ["y", "1", "A", "2"], ["y", "2", "B", "2"], ["z", "1", "B", "9"]]
    parent = sha256((before / "manifest.json").read_bytes())
    write_bundle(after, SMALL["before"].manifest | {"parent": parent}, tables)
    solve(after)


FALSE = {
    "two children change places": Falsehood("crossed", 8, placed(x="B", y="A")),
    "the second before the first": Falsehood("queued", 7, placed(x="B", y="A")),
    "a reserve is passed over": Falsehood("reserved", 7, placed(y="A", z="B")),
    "a seat is left empty": Falsehood("reserved", 7, placed(y="")),
    "the seats' names are exchanged": Falsehood(
        "reserved", 7, rows("placements.csv", lambda t: [[*t[0][:3], "reserve:g"], t[1], [*t[2][:3], "open"]])
    ),
    "one seat more": Falsehood("reserved", 5, rows("placements.csv", lambda t: [t[0], ["y", "A", "1", "open"], t[2]])),
    "one reserved seat more": Falsehood(
        "reserved", 5, rows("placements.csv", lambda t: [[*t[0][:3], "reserve:g"], *t[1:]])
    ),
    "a seat that nobody has": Falsehood("reserved", 5, rows("placements.csv", cell(0, 3, "reserve:h"))),
    "a place not listed": Falsehood("drawn", 4, rows("placements.csv", lambda t: [*t[:2], ["z", "B", "2", "open"]])),
    "a rank one better": Falsehood("reserved", 4, rows("placements.csv", cell(1, 2, "1"))),
    "half a row": Falsehood("reserved", 4, rows("placements.csv", cell(0, 3, ""))),
    "a child left out": Falsehood("crossed", 3, rows("placements.csv", lambda t: t[:1])),
    "a child twice": Falsehood("crossed", 3, rows("placements.csv", lambda t: [*t, t[-1]])),
    "a stranger": Falsehood("crossed", 3, rows("placements.csv", lambda t: [*t, ["zz", "", "", ""]])),
    "one placed more": Falsehood("short", 3, statement(placed=4)),
    "one seat counted more": Falsehood("crossed", 3, statement(seats=3)),
    "another ticket": Falsehood("drawn", 6, rows("cutoffs.csv", cell(0, 3, "0" * 64))),
    "a key of the cut-off": Falsehood("reserved", 9, rows("cutoffs.csv", cell(0, 3, "0"))),
    "a seat filled more": Falsehood("reserved", 9, rows("cutoffs.csv", cell(0, 2, "2"))),
    "a cut-off where a seat is free": Falsehood("reserved", 9, rows("cutoffs.csv", cell(2, 3, "2"))),
    "a cut-off left out": Falsehood("reserved", 9, rows("cutoffs.csv", lambda t: t[:-1])),
    "JSON as one likes": Falsehood("crossed", 1, not_canonical),
    "another digest of the placements": Falsehood("crossed", 1, statement(digest="0" * 64)),
    "a seat more after the freeze": Falsehood("reserved", 1, unsealed("programmes.csv", cell(0, 1, "3")), True),
    "a root of something else": Falsehood("crossed", 2, manifest(False, root="0" * 64), True),
    "a draw for another root": Falsehood("drawn", 2, manifest(False, draw={"root": "0" * 64, "value": "4-0-7"}), True),
    "more reserved than there is": Falsehood("reserved", 0, rows("reserves.csv", cell(0, 3, "3"), True), True),
    "a programme twice on a list": Falsehood("reserved", 0, rows("choices.csv", cell(1, 2, "A"), True), True),
    "keys without a fallback": Falsehood("reserved", 0, rows("applicants.csv", cell(0, 4, "1"), True), True),
    "no deficit said": Falsehood("short", 10, no_deficit),
    "a deficit not called for": Falsehood("crossed", 10, deficit_by_lists("x")),
    "a set that lacks less": Falsehood("short", 10, deficit_of("x", "y")),
    "a larger set that lacks as many": Falsehood("short", 10, deficit_of("u", "v", "w", "x", "y")),
    "one seat missing less": Falsehood("short", 10, deficit_of("v", "w", "x", "y", missing=1)),
    "a programme more in the deficit": Falsehood(
        "short", 10, deficit_of("v", "w", "x", "y", programmes=["A", "B", "C"])
    ),
    "a child without a right in the deficit": Falsehood("short", 10, deficit_of("v", "w", "x", "y", "z")),
    "lists blamed for want of seats": Falsehood("short", 10, deficit_by_lists("w", "y")),
    "another child blamed": Falsehood("listed", 10, deficit_by_lists("x")),
    "want of seats where there are enough": Falsehood("listed", 10, deficit_of("x", "y")),
    "a place empty before": Falsehood("before", 7, placed(y="")),
    "a later pass with a seat less": Falsehood("after", 11, resolved("programmes.csv", cell(1, 1, "1"))),
    "a later pass with a child more": Falsehood(
        "after", 11, resolved("applicants.csv", lambda t: [*t, ["zz", *[""] * 4]])
    ),
    "a later pass with another key": Falsehood("after", 11, resolved("choices.csv", cell(1, 3, "3"))),
    "a place held with another key": Falsehood("after", 11, resolved("choices.csv", cell(3, 3, "8"))),
    "another place held": Falsehood("after", 11, resolved("choices.csv", cell(3, 2, "A"))),
    "a later pass of another round": Falsehood("after", 11, manifest(round="another")),
    "a later pass of another pass": Falsehood("after", 11, manifest(parent="0" * 64)),
    "a later pass with lines exchanged": Falsehood("after", 11, resolved("reserves.csv", lambda t: t[::-1])),
    "a later pass after a false one": Falsehood("after", 11, lambda folder: None, parent="false/a place empty before"),
}
