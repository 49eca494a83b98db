"""The first visible sheet of an XLSX workbook, as lines of text.

The reader lays a sheet out as a full rectangle: one cell in the last row and column of a sheet of 5 kB makes it
ask for 549 GB, and the process is gone. So the archive is unpacked here, within limits; every sheet's rows, cells
and references are counted; and only then is it handed on, stored, so that nothing is inflated a second time.
"""

import datetime
import re
import zipfile
import zlib
from io import BytesIO

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from app.schools.findings import Finding, Refused
from app.schools.limits import MAX_ARCHIVE_ENTRIES, MAX_COLUMNS, MAX_ROWS, MAX_UNPACKED_BYTES

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)
CHUNK = 65_536
PREFIX = rb"<(?:[A-Za-z_][\w.-]*:)?"
ROW, CELL, FORMULA = (re.compile(PREFIX + name + rb"[\s/>]") for name in (b"row", b"c", b"f"))
REFERENCE = re.compile(rb"[\s\"']r\s*=\s*[\"']\s*([A-Za-z]*)([0-9]*)")
IN_ERROR = re.compile(rb"\st\s*=\s*[\"']e[\"']")
SHEET_IN_UTF16 = b"\0".join(b"sheetData"[i : i + 1] for i in range(9))  # the counting below reads bytes of ASCII
EXACT = 10**15  # a spreadsheet keeps fifteen digits of a number


def lines_of(data: bytes) -> tuple[list[tuple[int, list[str]]], list[Finding]]:
    """(row number, cells) of the sheet, and flags. Raises Refused for a workbook that is unsound or too large."""
    parts = _unpacked(data)
    sheets = [xml for xml in parts.values() if b"sheetData" in xml]
    for xml in sheets:
        _within_limits(xml)
    book = _opened(parts)
    sheet, others = _sheets(book)
    if sheet.merged_cell_ranges:
        raise Refused("merged_cells", sheet.merged_cell_ranges[0][0][0] + 1)
    flags = [Finding("flag_formulas")] if any(FORMULA.search(xml) for xml in sheets) else []
    flags += [Finding("flag_other_sheets")] if others else []
    rows = sheet.to_python(skip_empty_area=False)
    return [(number, [_text(cell, number) for cell in row]) for number, row in enumerate(rows, 1)], flags


def _unpacked(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ARCHIVE_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
                raise Refused("archive_too_large")
            if any(entry.compress_type not in METHODS for entry in entries):
                raise Refused("not_a_workbook")
            parts = {entry.filename: _bytes_of(archive, entry) for entry in entries}
    except BROKEN:
        raise Refused("not_a_workbook") from None
    if "xl/workbook.xml" not in parts or any(SHEET_IN_UTF16 in part for part in parts.values()):
        raise Refused("not_a_workbook")
    return parts


def _bytes_of(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """In chunks: an entry that hides more than it declares is found out by its checksum, not by its size in memory."""
    with archive.open(entry) as stream:
        return b"".join(iter(lambda: stream.read(CHUNK), b""))


def _within_limits(xml: bytes) -> None:
    rows = ROW.split(xml)
    if len(rows) > MAX_ROWS + 2:
        raise Refused("too_many_rows", limit=MAX_ROWS)
    for number, row in enumerate(rows):
        if sum(1 for _ in CELL.finditer(row)) > MAX_COLUMNS:
            raise Refused("too_many_columns", number, limit=MAX_COLUMNS)
    for letters, digits in REFERENCE.findall(xml):
        if len(digits) > 7 or int(digits or b"0") > MAX_ROWS + 1:
            raise Refused("too_many_rows", limit=MAX_ROWS)
        if len(letters) > 3 or _column(letters) > MAX_COLUMNS:
            raise Refused("too_many_columns", int(digits or b"0") or None, limit=MAX_COLUMNS)
    if IN_ERROR.search(xml):
        number = next(number for number, row in enumerate(rows) if IN_ERROR.search(row))
        raise Refused("error_cells", number)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _opened(parts: dict[str, bytes]) -> CalamineWorkbook:
    stored = BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    stored.seek(0)
    try:
        return CalamineWorkbook.from_filelike(stored)
    except Exception:
        raise Refused("not_a_workbook") from None


def _sheets(book: CalamineWorkbook) -> tuple[CalamineSheet, bool]:
    """The first visible sheet, and whether another one holds anything."""
    visible = [
        number
        for number, sheet in enumerate(book.sheets_metadata)
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]
    if not visible:
        raise Refused("not_a_workbook")
    try:
        sheets = [book.get_sheet_by_index(number) for number in range(len(book.sheet_names))]
    except Exception:
        raise Refused("not_a_workbook") from None
    first = visible[0]
    return sheets[first], any(sheet.height for number, sheet in enumerate(sheets) if number != first)


def _text(cell: object, row: int) -> str:
    """A cell as a CSV would have it: whole numbers without a point, dates as year-month-day."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int | float):
        if abs(cell) >= EXACT:
            raise Refused("number_too_long", row)
        return str(int(cell)) if cell == int(cell) else repr(cell)
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat()
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    return str(cell)
