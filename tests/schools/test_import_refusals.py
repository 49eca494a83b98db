"""T-09: a wrong file is refused, or flagged, by line and column; and neither way is anything written by itself."""

from collections.abc import Callable

import pytest

from app.schools.findings import reasons
from app.schools.layouts import Kind
from tests.schools.register import FILES, FORMS, Grid, Register

TOWNS, SCHOOLS, COMMUNITIES = Kind.TOWNS, Kind.SCHOOLS, Kind.COMMUNITIES
CATCHMENTS, FEEDERS, PROGRAMMES = Kind.CATCHMENTS, Kind.FEEDERS, Kind.PROGRAMMES
Change = Callable[[Grid], None]


def put(line: int, **cells: str) -> Change:
    """Write these cells on a line (counted as in the file: the header is 1)."""

    def change(grid: Grid) -> None:
        for name, cell in cells.items():
            grid[line - 1][grid[0].index(name)] = cell

    return change


def swap(one: str, other: str) -> Change:
    """Swap the contents of two columns under their headers."""

    def change(grid: Grid) -> None:
        a, b = grid[0].index(one), grid[0].index(other)
        for cells in grid[1:]:
            cells[a], cells[b] = cells[b], cells[a]

    return change


def shift_right(line: int) -> Change:
    def change(grid: Grid) -> None:
        grid[line - 1].insert(0, "")

    return change


def shift_left(line: int) -> Change:
    def change(grid: Grid) -> None:
        grid[line - 1] = [*grid[line - 1][1:], ""]

    return change


def shift_down(column: str) -> Change:
    """One column slips a line down against the others."""

    def change(grid: Grid) -> None:
        at = grid[0].index(column)
        cells = ["", *[line[at] for line in grid[1:-1]]]
        for line, cell in zip(grid[1:], cells, strict=True):
            line[at] = cell

    return change


def rotate(column: str) -> Change:
    """One column slips by a line, its last cell coming first: every cell by itself looks right."""

    def change(grid: Grid) -> None:
        at = grid[0].index(column)
        cells = [grid[-1][at], *[line[at] for line in grid[1:-1]]]
        for line, cell in zip(grid[1:], cells, strict=True):
            line[at] = cell

    return change


def repeat(line: int, **cells: str) -> Change:
    def change(grid: Grid) -> None:
        grid.append(list(grid[line - 1]))
        put(len(grid), **cells)(grid)

    return change


def header(old: str, new: str) -> Change:
    def change(grid: Grid) -> None:
        grid[0][grid[0].index(old)] = new

    return change


def drop(column: str) -> Change:
    def change(grid: Grid) -> None:
        at = grid[0].index(column)
        for cells in grid:
            del cells[at]

    return change


def keep(lines: int) -> Change:
    def change(grid: Grid) -> None:
        del grid[lines:]

    return change


REFUSED = [
    # swapped columns
    (TOWNS, swap("code", "name"), "town_code", 2, "code"),
    (TOWNS, swap("approx_lon", "approx_lat"), "longitude", 2, "approx_lon"),
    (SCHOOLS, swap("school", "name"), "identifier", 2, "school"),
    (SCHOOLS, swap("name", "official_code"), "name_of_digits", 2, "name"),
    (SCHOOLS, swap("stages", "ownership"), "choice", 2, "stages"),
    (SCHOOLS, swap("lon", "lat"), "latitude", 3, "lat"),
    (SCHOOLS, swap("valid_from", "valid_to"), "required", 2, "valid_from"),
    (SCHOOLS, swap("valid_from", "valid_to"), "dates_in_order", 4, "valid_to"),
    (COMMUNITIES, swap("community", "town"), "town_code", 2, "town"),
    (CATCHMENTS, swap("community", "school"), "unknown_community", 2, "community"),
    (CATCHMENTS, swap("stage", "community"), "choice", 2, "stage"),
    (PROGRAMMES, swap("programme", "school"), "unknown_school", 2, "school"),
    (PROGRAMMES, swap("grade", "class_size"), "integer", 2, "grade"),
    # shifted rows and columns
    (TOWNS, shift_right(3), "cells_extra", 3, None),
    (SCHOOLS, shift_left(3), "identifier", 3, "school"),
    (CATCHMENTS, shift_left(4), "choice", 4, "stage"),
    (PROGRAMMES, shift_right(2), "cells_extra", 2, None),
    (PROGRAMMES, shift_down("classes"), "required", 2, "classes"),
    (COMMUNITIES, shift_down("name"), "required", 2, "name"),
    # headers
    (SCHOOLS, header("lon", "longitude"), "header_unknown", 1, None),
    (SCHOOLS, header("lon", ""), "header_blank", 1, None),
    (SCHOOLS, header("official_code", "name"), "header_twice", 1, "name"),
    (SCHOOLS, header("official_code", "名称"), "header_twice", 1, "name"),
    (PROGRAMMES, drop("class_size"), "header_missing", 1, "class_size"),
    (PROGRAMMES, keep(1), "no_rows", 1, None),
    # duplicates
    (TOWNS, repeat(2), "twice", 5, "code"),
    (SCHOOLS, repeat(2, name="虚构另校"), "twice", 6, "school"),
    (CATCHMENTS, repeat(2), "twice", 8, "stage"),
    (PROGRAMMES, repeat(2), "twice", 4, "round"),
    (PROGRAMMES, repeat(2, programme="p1-again"), "programme_twice", 4, "school"),
    # numbers
    (PROGRAMMES, put(2, classes="-1"), "integer", 2, "classes"),
    (PROGRAMMES, put(2, class_size="-45"), "integer", 2, "class_size"),
    (PROGRAMMES, put(3, class_size="400"), "integer", 3, "class_size"),
    (PROGRAMMES, put(3, classes="400"), "integer", 3, "classes"),
    (PROGRAMMES, put(3, classes="2.5"), "integer", 3, "classes"),
    (PROGRAMMES, put(3, classes="２"), "integer", 3, "classes"),
    (PROGRAMMES, put(3, classes="2个"), "integer", 3, "classes"),
    (PROGRAMMES, put(3, class_size="0"), "integer", 3, "class_size"),
    (SCHOOLS, put(5, kindergarten_level="4"), "integer", 5, "kindergarten_level"),
    (SCHOOLS, put(2, lon="1209.46"), "longitude", 2, "lon"),
    # texts and dates
    (TOWNS, put(2, name=""), "required", 2, "name"),
    (TOWNS, put(2, valid_from="2010-02-30"), "date", 2, "valid_from"),
    (TOWNS, put(2, valid_from="01/11/2010"), "date", 2, "valid_from"),
    (SCHOOLS, put(2, name="=HYPERLINK(A1)"), "formula", 2, "name"),
    (SCHOOLS, put(2, consortium="@cmd"), "formula", 2, "consortium"),
    (SCHOOLS, put(2, name="虚构\u202e小学"), "characters", 2, "name"),
    (SCHOOLS, put(2, name="虚构\u200b小学"), "characters", 2, "name"),
    (SCHOOLS, put(2, name="锟斤拷小学"), "characters", 2, "name"),
    (SCHOOLS, put(2, name="虚" * 201), "too_long", 2, "name"),
    (SCHOOLS, put(2, school="p1,330424"), "identifier", 2, "school"),
    (SCHOOLS, put(2, stages="primary;primary"), "choice", 2, "stages"),
    # what rows refer to
    (SCHOOLS, put(3, town="330424999"), "unknown_town", 3, "town"),
    (SCHOOLS, put(3, inclusive="yes"), "kindergarten_only", 3, "inclusive"),
    (COMMUNITIES, put(3, town="330424003"), "town_ended", 3, "town"),
    (COMMUNITIES, put(4, town="330424005", valid_to="2015-12-31"), "not_yet", 4, "town"),
    (TOWNS, put(3, valid_to=""), "successor_without_end", 3, "valid_to"),
    (TOWNS, put(3, succeeded_by="330424009"), "successor_unknown", 3, "succeeded_by"),
    (TOWNS, put(4, valid_from="2018-10-01"), "successor_unknown", 3, "succeeded_by"),
    (CATCHMENTS, put(2, school="p9"), "unknown_school", 2, "school"),
    (CATCHMENTS, put(2, stage="junior"), "stage_not_offered", 2, "stage"),
    (CATCHMENTS, put(5, valid_to=""), "not_valid_then", 5, "community"),
    (CATCHMENTS, repeat(2, valid_from="2024-01-01"), "overlap", 8, "valid_from"),
    (FEEDERS, put(2, junior="p9"), "unknown_school", 2, "junior"),
    (FEEDERS, put(2, primary="p9"), "unknown_school", 2, "primary"),
    (FEEDERS, put(2, primary="k1"), "stage_not_offered", 2, "primary"),
    (FEEDERS, put(3, junior="p1"), "stage_not_offered", 3, "junior"),
    (FEEDERS, swap("primary", "junior"), "stage_not_offered", 2, "junior"),
    (FEEDERS, put(2, junior="n1", valid_to="2026-08-31"), "feeder_not_public", 2, "junior"),
    (FEEDERS, put(4, valid_to=""), "not_valid_then", 4, "primary"),
    (FEEDERS, put(2, valid_from="2009-01-01"), "not_valid_then", 2, "primary"),
    (FEEDERS, put(2, valid_to="2019-12-31"), "dates_in_order", 2, "valid_to"),
    (FEEDERS, repeat(2), "twice", 5, "primary"),
    (FEEDERS, repeat(2, valid_from="2024-01-01"), "overlap", 5, "valid_from"),
    (PROGRAMMES, put(2, round="primary-2025"), "other_round", 2, "round"),
    (PROGRAMMES, put(2, school="k1"), "stage_not_offered", 2, "school"),
    (PROGRAMMES, put(2, school="p2"), "id_of_another", 2, "programme"),
    (PROGRAMMES, put(2, grade="7"), "grade_of_stage", 2, "grade"),
]
FLAGGED = [
    (PROGRAMMES, put(2, classes="40"), "flag_tenfold", 2, "class_size"),
    (PROGRAMMES, put(2, class_size="4"), "flag_tenfold", 2, "class_size"),
    (PROGRAMMES, swap("classes", "class_size"), "flag_swapped", 2, "classes"),
    (PROGRAMMES, repeat(2, programme="n1-2026", school="n1", classes="30"), "flag_many_classes", 4, "classes"),
    (SCHOOLS, rotate("name"), "flag_name_of_another", 2, "name"),
    (SCHOOLS, put(2, lon="120.750"), "flag_moved", 2, None),
    (COMMUNITIES, rotate("name"), "flag_name_of_another", 4, "name"),
    (TOWNS, put(2, valid_to="2026-08-31"), "flag_left_behind", 2, "valid_to"),
    (CATCHMENTS, repeat(3, school="n1", valid_from="2021-01-01"), "flag_private_catchment", 8, "school"),
]


def changed(kind: Kind, change: Change) -> Grid:
    grid = [list(cells) for cells in FILES[kind]]
    change(grid)
    return grid


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("kind", "change", "reason", "line", "column"), REFUSED)
async def test_a_wrong_row_is_refused_by_line_and_column(
    standing_register: Register, form: str, kind: Kind, change: Change, reason: str, line: int, column: str | None
) -> None:
    report = await standing_register.dry_run(kind, FORMS[form](changed(kind, change)))
    found = {(problem.reason, problem.line, problem.column) for problem in report.problems}
    assert (reason, line, column) in found, found
    assert report.digest is None and not report.difference.added and not report.difference.changed


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("kind", "change", "reason", "line", "column"), FLAGGED)
async def test_an_unlikely_row_is_flagged_by_line_and_column(
    standing_register: Register, form: str, kind: Kind, change: Change, reason: str, line: int, column: str | None
) -> None:
    report = await standing_register.dry_run(kind, FORMS[form](changed(kind, change)))
    assert not report.problems and report.digest
    assert (reason, line, column) in {(flag.reason, flag.line, flag.column) for flag in report.flags}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", FILES)
async def test_the_right_file_again_changes_nothing_and_has_no_flag(
    standing_register: Register, form: str, kind: Kind
) -> None:
    report = await standing_register.dry_run(kind, FORMS[form](FILES[kind]))
    assert (report.problems, report.flags) == ((), ())
    assert report.difference.unchanged == len(FILES[kind]) - 1 == report.rows
    assert (report.difference.added, report.difference.changed, report.difference.absent) == ((), (), ())


async def test_a_fault_names_the_code_that_replaced_the_old_one(standing_register: Register) -> None:
    grid = changed(COMMUNITIES, put(3, town="330424003"))
    (problem,) = (await standing_register.dry_run(COMMUNITIES, FORMS["csv"](grid))).problems
    words = problem.words()
    assert "330424005" in words["remedy_zh"] and "330424005" in words["remedy_en"] and "2018-09-16" in words["zh"]


async def test_a_refusal_never_repeats_what_stood_in_the_cell(standing_register: Register) -> None:
    grid = changed(SCHOOLS, put(2, school="PLANTED VALUE", town="PLANTED", lon="PLANTED", stages="PLANTED"))
    report = await standing_register.dry_run(SCHOOLS, FORMS["csv"](grid))
    assert len(report.problems) == 4
    assert "PLANTED" not in str([(problem, problem.words()) for problem in report.problems])


def test_every_reason_has_its_words_in_both_languages() -> None:
    for reason, words in reasons().items():
        assert set(words) == {"zh", "en", "remedy_zh", "remedy_en"}, reason
        assert all(words.values()), reason


def test_every_reason_is_proved_here_or_among_the_files() -> None:
    """A reason that no test provokes is a promise that nobody keeps."""
    from tests.applications import test_leaver_register
    from tests.invitations import test_registers
    from tests.schools import test_import, test_kindergartens, test_seats, test_tables

    proved = {case[2] for case in (*REFUSED, *FLAGGED)} | test_tables.REASONS | test_import.REASONS
    proved |= test_leaver_register.REASONS | test_kindergartens.REASONS | test_seats.REASONS
    proved |= test_registers.REASONS
    assert set(reasons()) == proved
