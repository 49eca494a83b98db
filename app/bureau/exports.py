"""CSV and XLSX that open in a spreadsheet without running anything: cells are neutralised (T-14)."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

import xlsxwriter

# What a spreadsheet takes for the beginning of a formula, in full width too; signs that nobody sees are removed first.
DANGEROUS = tuple("=+-@＝＋－＠")
UNSEEN = ("Cc", "Cf", "Cs")

Cell = str | int | None


def neutral(cell: Cell) -> str | int:
    """A text that a spreadsheet takes as text: formulae get a leading apostrophe; line breaks, control and direction
    signs are removed."""
    if isinstance(cell, int):
        return cell
    plain = " ".join("".join(letter for letter in line if _seen(letter)) for line in (cell or "").splitlines())
    return f"'{plain}" if plain.lstrip().startswith(DANGEROUS) else plain


def _seen(letter: str) -> bool:
    return unicodedata.category(letter) not in UNSEEN


def to_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with a byte order mark, because that is what spreadsheets need to read Chinese; every text in quotes, so
    that none falls apart where the list separator is another."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(header)
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return "\ufeff".encode() + out.getvalue().encode()


def to_xlsx(title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """One sheet; texts are written as texts, never as formulae, links or numbers."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(title[:31])
        sheet.write_row(0, 0, header, book.add_format({"bold": True}))
        for index, row in enumerate(rows, start=1):
            sheet.write_row(index, 0, [neutral(cell) for cell in row])
    return out.getvalue()
