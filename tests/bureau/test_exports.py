"""An export that opens in a spreadsheet runs nothing and deceives nobody (T-14)."""

import csv
import io
import unicodedata
import zipfile

import pytest
from python_calamine import CalamineWorkbook

from app.bureau.exports import neutral, to_csv, to_xlsx

FORMULAE = [
    '=cmd|"/c calc"!A1',
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1:A9)",
    '=HYPERLINK("https://example.invalid","镇")',
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "\u3000=1+1",
    "\u202e=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "\x00=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(1)",
]
HIDDEN = " \t\r\n\x00\u3000\u202e\u200b\ufeff"
DECEPTIONS = ["虚构\u202e镇", "虚构\u2066镇\u2069", "虚\u200f构镇", "虚构镇\u061c", "虚构\x07镇", "虚\u200d构镇"]
PLAIN = ["虚构镇", "", "a;=1+1", 'say "=1"', "a,b", "50.00", "1-2", "电话：0573-1234", "https://example.invalid"]


def csv_cells(rows: list[list[str | int | None]]) -> list[list[str]]:
    content = to_csv(("虚构表头", "header"), rows)
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("payload", FORMULAE)
def test_what_begins_like_a_formula_becomes_a_text(payload: str) -> None:
    written = str(neutral(payload))
    assert written.startswith("'") and written[1:].strip() == payload.strip(HIDDEN)
    assert csv_cells([[payload, "虚构"]])[1] == [written, "虚构"]


@pytest.mark.parametrize("payload", DECEPTIONS)
def test_signs_that_nobody_sees_are_removed(payload: str) -> None:
    assert neutral(payload) == "虚构镇"


@pytest.mark.parametrize("payload", PLAIN)
def test_what_is_harmless_is_kept_as_it_is(payload: str) -> None:
    assert neutral(payload) == payload and csv_cells([[payload, 1]])[1] == [payload, "1"]


def test_no_control_or_direction_sign_and_no_line_break_stays_in_a_cell() -> None:
    everything = "".join(chr(code) for code in range(0x3000) if not 0xD800 <= code < 0xE000)
    kept = str(neutral(everything))
    assert {unicodedata.category(letter) for letter in kept}.isdisjoint({"Cc", "Cf", "Cs"})
    assert neutral("上\r\n下\u2028左") == "上 下 左"


def test_numbers_stay_numbers_and_nothing_stays_empty() -> None:
    assert (neutral(-5), neutral(0), neutral(None)) == (-5, 0, "")
    assert csv_cells([[-5, None]])[1] == ["-5", ""]


def test_every_text_is_quoted_so_that_another_list_separator_makes_no_cell_of_its_end() -> None:
    assert '"a;=1+1"' in to_csv(("h",), [["a;=1+1"]]).decode()


def test_a_workbook_reads_back_as_texts_and_numbers_without_one_formula() -> None:
    payloads = [*FORMULAE, *DECEPTIONS, *PLAIN]
    content = to_xlsx("provision", ("甲", "乙"), [[payload, index] for index, payload in enumerate(payloads)])
    read = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert read[0] == ["甲", "乙"]
    assert [row[0] for row in read[1:]] == [neutral(payload) for payload in payloads]
    assert [row[1] for row in read[1:]] == list(range(len(payloads)))
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet and "hyperlink" not in sheet
        assert not [name for name in parts.namelist() if "vba" in name or "externalLink" in name]


def test_a_title_longer_than_a_sheet_may_have_is_cut() -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(to_xlsx("t" * 40, ("甲",), [])))
    assert book.sheet_names == ["t" * 31]
