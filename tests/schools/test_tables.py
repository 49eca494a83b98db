"""A file as a whole: encodings, separators, limits, and workbooks made to do harm."""

import io
import random
import zipfile
from collections.abc import Callable

import pytest
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from app.schools import tables
from app.schools.findings import Refused
from app.schools.limits import MAX_BYTES, MAX_ROWS, MAX_UNPACKED_BYTES
from tests.schools.register import TOWNS, csv_of, xlsx_of

SHEET = "xl/worksheets/sheet1.xml"


def book(write: Callable[[Worksheet], None], more: Callable[[xlsxwriter.Workbook], None] | None = None) -> bytes:
    """A workbook whose first sheet is written by `write`."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["code", "name"])
        sheet.write_row(1, 0, ["330424001", "虚构镇"])
        write(sheet)
        if more is not None:
            more(workbook)
    return held.getvalue()


def repacked(data: bytes, part: str, content: Callable[[bytes], bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The archive with one part rewritten."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(held, "w", method) as new:
        for name in old.namelist():
            new.writestr(name, content(old.read(name)) if name == part else old.read(name))
    return held.getvalue()


def understated(data: bytes) -> bytes:
    """The archive whose sheet declares 10 bytes and inflates to more, in the directory and in the entry alike."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entry = archive.getinfo(SHEET)
        at = entry.header_offset
    size = entry.file_size.to_bytes(4, "little")
    changed = bytearray(data)
    changed[at + 22 : at + 26] = (10).to_bytes(4, "little")
    directory = data.rindex(b"PK\x01\x02", 0, data.rindex(SHEET.encode()))
    assert bytes(changed[directory + 24 : directory + 28]) == size
    changed[directory + 24 : directory + 28] = (10).to_bytes(4, "little")
    return bytes(changed)


def nothing(sheet: Worksheet) -> None:
    """The sheet as it is."""


PLAIN = book(nothing)
RIGHT = csv_of(TOWNS)
FILES = [
    ("nothing at all", b"", "empty_file", None),
    ("blank lines", b"\n\n,,\n", "empty_file", None),
    ("GBK", csv_of(TOWNS, "gbk"), "not_utf8", 2),
    ("GB 18030", csv_of(TOWNS, "gb18030"), "not_utf8", 2),
    ("UTF-16", csv_of(TOWNS, "utf-16"), "not_utf8", 1),
    ("semicolons", RIGHT.replace(b",", b";"), "separator", 1),
    ("tabs", RIGHT.replace(b",", b"\t"), "separator", 1),
    ("an open quote", b'code,name\n330424001,"A\n330424002,B\n', "csv_broken", 3),
    ("text after a quote", b'code,name\n330424001,"A"B\n', "csv_broken", 2),
    ("a header alone", b"code,name\n", "no_rows", 1),
    ("too many bytes", b"a" * (MAX_BYTES + 1), "too_large", None),
    ("too many rows", b"code\n" + b"1\n" * (MAX_ROWS + 1), "too_many_rows", MAX_ROWS + 2),
    ("too many columns", ",".join(f"c{n}" for n in range(65)).encode() + b"\n1\n", "too_many_columns", 1),
    ("old XLS", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "old_workbook", None),
    ("a torn workbook", PLAIN[:-200], "not_a_workbook", None),
    ("no workbook inside", repacked(PLAIN, "xl/workbook.xml", lambda _: b"<x/>"), "not_a_workbook", None),
    ("a part that lies about its size", understated(PLAIN), "not_a_workbook", None),
    ("a method unknown", repacked(PLAIN, SHEET, lambda xml: xml, zipfile.ZIP_LZMA), "not_a_workbook", None),
    (
        "UTF-16 inside",
        repacked(PLAIN, SHEET, lambda xml: xml.decode().replace("UTF-8", "UTF-16").encode("utf-16")),
        "not_a_workbook",
        None,
    ),
    ("a bomb", repacked(PLAIN, SHEET, lambda _: bytes(MAX_UNPACKED_BYTES)), "archive_too_large", None),
    ("the last row of a sheet", book(lambda sheet: sheet.write(1_048_575, 0, "x")), "too_many_rows", None),
    ("the last column of a sheet", book(lambda sheet: sheet.write(3, 16_383, "x")), "too_many_columns", 4),
    (
        "rows without numbers",
        repacked(PLAIN, SHEET, lambda xml: xml.replace(b"</sheetData>", b"<row/>" * MAX_ROWS + b"</sheetData>")),
        "too_many_rows",
        None,
    ),
    (
        "cells without places",
        repacked(PLAIN, SHEET, lambda xml: xml.replace(b"</row>", b"<c><v>1</v></c>" * 65 + b"</row>", 1)),
        "too_many_columns",
        1,
    ),
    ("merged cells", book(lambda sheet: sheet.merge_range(2, 0, 3, 0, "330424002")), "merged_cells", 3),
    ("a cell in error", book(lambda sheet: sheet.write_formula(2, 0, "=1/0", None, "#DIV/0!")), "error_cells", 3),
    ("a number too long", book(lambda sheet: sheet.write_number(2, 0, 330424201009010011)), "number_too_long", 3),
]
REASONS = {reason for _, _, reason, _ in FILES} | {"flag_bom", "flag_formulas", "flag_other_sheets", "cells_missing"}


@pytest.mark.parametrize(("data", "reason", "line"), [case[1:] for case in FILES], ids=[case[0] for case in FILES])
def test_a_file_that_cannot_be_read_is_refused(data: bytes, reason: str, line: int | None) -> None:
    with pytest.raises(Refused) as refused:
        tables.read(data)
    assert (refused.value.finding.reason, refused.value.finding.line) == (reason, line)
    assert all(refused.value.finding.words().values())


def hidden(workbook: xlsxwriter.Workbook) -> None:
    workbook.add_worksheet().write(0, 0, "something")


@pytest.mark.parametrize(
    ("data", "flags"),
    [
        (csv_of(TOWNS, "utf-8-sig"), ["flag_bom"]),
        (RIGHT, []),
        (RIGHT.replace(b"\n", b"\r\n"), []),
        (PLAIN, []),
        (book(nothing, hidden), ["flag_other_sheets"]),
        (book(lambda sheet: sheet.write_formula(2, 0, "=A2", None, "330424001")), ["flag_formulas"]),
    ],
)
def test_what_a_person_should_know_of_the_file_is_flagged(data: bytes, flags: list[str]) -> None:
    assert [flag.reason for flag in tables.read(data).flags] == flags


def test_csv_and_xlsx_read_the_same() -> None:
    csv, xlsx = tables.read(RIGHT), tables.read(xlsx_of(TOWNS))
    assert csv == xlsx and len(csv.rows) == 3 and csv.rows[0][1][0] == "330424001"


def test_lines_are_counted_as_an_editor_shows_them_and_empty_ones_passed_over() -> None:
    table = tables.read(b'code,name,,\n\n330424001,"A",,\n,,,\n330424002\n330424003,B,,x\n')
    assert table.header == ("code", "name") and table.rows == ((3, ("330424001", "A")),)
    assert [(p.reason, p.line) for p in table.problems] == [("cells_missing", 5), ("cells_extra", 6)]


def test_a_declared_size_of_the_sheet_is_not_believed() -> None:
    vast = repacked(PLAIN, SHEET, lambda xml: xml.replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"'))
    assert tables.read(vast).rows == tables.read(PLAIN).rows


def test_a_damaged_workbook_is_refused_or_read_and_never_more() -> None:
    """Bytes of the parts are altered at random, under right checksums."""
    chance, sound = random.Random(330424), 0
    parts = [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"]
    for _ in range(300):

        def damage(xml: bytes) -> bytes:
            changed = bytearray(xml)
            for _ in range(chance.randint(1, 4)):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
            return bytes(changed)

        try:
            tables.read(repacked(PLAIN, chance.choice(parts), damage, zipfile.ZIP_STORED))
            sound += 1
        except Refused:
            continue
    assert 0 < sound < 300
