"""A CSV or XLSX file as a header and rows of text, within limits; told apart by content, never by name."""

import csv
import io
from dataclasses import dataclass

from app.schools import workbooks
from app.schools.findings import Finding, Refused
from app.schools.limits import MAX_BYTES, MAX_COLUMNS, MAX_ROWS

Line = tuple[int, list[str]]
ZIP, OLE2, BOM = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "\ufeff"


@dataclass(frozen=True)
class Table:
    """`rows` are (line, one text per column of the header), the empty ones left out; `problems` are rows refused."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    flags: tuple[Finding, ...]
    problems: tuple[Finding, ...]


def read(data: bytes) -> Table:
    """The table in these bytes. Raises Refused where the file as a whole cannot be read."""
    if not data:
        raise Refused("empty_file")
    if len(data) > MAX_BYTES:
        raise Refused("too_large", limit=MAX_BYTES)
    if data.startswith(OLE2):
        raise Refused("old_workbook")
    lines, flags = workbooks.lines_of(data) if data.startswith(ZIP) else _csv_lines(data)
    return _table([(line, [cell.strip() for cell in cells]) for line, cells in lines], flags)


def _csv_lines(data: bytes) -> tuple[list[Line], list[Finding]]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("not_utf8", data.count(b"\n", 0, error.start) + 1) from None
    flags = [Finding("flag_bom", 1)] if text.startswith(BOM) else []
    reader = csv.reader(io.StringIO(text.removeprefix(BOM), newline=""), strict=True)
    lines: list[Line] = []
    try:
        for cells in reader:
            lines.append((reader.line_num, cells))
            if len(lines) > MAX_ROWS + 1:
                raise Refused("too_many_rows", reader.line_num, limit=MAX_ROWS)
    except csv.Error:
        raise Refused("csv_broken", reader.line_num) from None
    return lines, flags


def _table(lines: list[Line], flags: list[Finding]) -> Table:
    filled = [(line, cells) for line, cells in lines if any(cells)]
    if not filled:
        raise Refused("empty_file")
    at, header = filled[0]
    while not header[-1]:
        header = header[:-1]
    if len(header) > MAX_COLUMNS:
        raise Refused("too_many_columns", at, limit=MAX_COLUMNS)
    if len(header) == 1 and any(sign in header[0] for sign in ";\t；，"):
        raise Refused("separator", at)
    if len(filled) == 1:
        raise Refused("no_rows", at)
    rows: list[tuple[int, tuple[str, ...]]] = []
    problems: list[Finding] = []
    for line, cells in filled[1:]:
        if len(cells) < len(header):
            problems.append(Finding("cells_missing", line, None, {"found": len(cells), "expected": len(header)}))
        elif any(cells[len(header) :]):
            problems.append(Finding("cells_extra", line, None, {"expected": len(header)}))
        else:
            rows.append((line, tuple(cells[: len(header)])))
    return Table(tuple(header), tuple(rows), tuple(flags), tuple(problems))
