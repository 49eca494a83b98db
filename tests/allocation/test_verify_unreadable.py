"""A broken sentence of the text is unreadable, exit code 2, naming file, line and reason, whatever else is true."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.allocation.verify import verify
from tests.allocation.verify_reference import VECTORS, read_manifest, seal_input, seal_output, write_manifest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(VECTORS / "42", tmp_path / "42"))


def refused(folder: Path, file: str, line: int, reason: str) -> None:
    report = verify(folder)
    assert report.exit_code == 2, report.text
    assert "\n" not in report.text
    assert report.text.startswith(f"unreadable: {folder / file} line {line}: "), report.text
    assert re.search(reason, report.text), report.text


CSV_TEXT: dict[str, tuple[Callable[[bytes], bytes], int, str]] = {
    "BOM": (lambda data: b"\xef\xbb\xbf" + data, 1, "header"),
    "another header": (lambda data: data.replace(b",", b";", 1), 1, "header"),
    "empty": (lambda data: b"", 1, "header"),
    "no header LF": (lambda data: data.split(b"\n")[0], 1, "header"),
    "carriage returns": (lambda data: data.replace(b"\n", b"\r\n"), 1, "header"),
    "a carriage return": (lambda data: data.replace(b"\n", b"\r\n").replace(b"\r", b"", 1), 2, "not a row of "),
    "a quote": (lambda data: data.replace(b"\n", b'\n"', 1), 2, "not a row of "),
    "a blank line": (lambda data: data.replace(b"\n", b"\n\n", 1), 2, "not a row of "),
    "a blank last line": (lambda data: data + b"\n", -1, "not a row of "),
    "a space": (lambda data: data.replace(b"\n", b"\n ", 1), 2, "not a row of "),
    "no last LF": (lambda data: data[:-1], 0, "not a row of "),
    "a column more": (lambda data: data.replace(b"\n", b"\n,", 1), 2, "not a row of "),
    "latin-1": (lambda data: data.replace(b"\n", b"\n\xe9", 1), 2, "not a row of "),
    "a name in Chinese": (lambda data: data.replace(b"\n", "\n\u6d77".encode(), 1), 2, "not a row of "),
    "a NUL": (lambda data: data.replace(b"\n", b"\n\0", 1), 2, "not a row of "),
}
CSV_FILES = ["applicants", "choices", "fallbacks", "programmes", "reserves", "placements", "cutoffs"]


@pytest.mark.parametrize("name", CSV_TEXT)
@pytest.mark.parametrize("file", [f"{stem}.csv" for stem in CSV_FILES])
def test_csv_that_breaks_the_text_is_refused(file: str, name: str, folder: Path) -> None:
    alter, line, reason = CSV_TEXT[name]
    data = alter((folder / file).read_bytes())
    (folder / file).write_bytes(data)
    last = data.count(b"\n") + (line == 0)
    refused(folder, file, line if line > 0 else last, reason)


@pytest.mark.parametrize("file", sorted(path.name for path in (VECTORS / "42").iterdir() if path.stem != "deficit"))
def test_a_missing_file_is_refused(file: str, folder: Path) -> None:
    (folder / file).unlink()
    refused(folder, file, 0, "No such file")


ROWS: dict[str, tuple[str, str, str]] = {
    "a capacity negative": ("programmes.csv", "P9,-1", "not a row of "),
    "a capacity with a zero before": ("programmes.csv", "P9,01", "not a row of "),
    "a capacity too large": ("programmes.csv", "P9,1000001", "not a row of "),
    "a capacity empty": ("programmes.csv", "P9,", "not a row of "),
    "a capacity with a point": ("programmes.csv", "P9,1.0", "not a row of "),
    "a name of 65": ("programmes.csv", "P" * 65 + ",1", "not a row of "),
    "a name with a slash": ("programmes.csv", "P/9,1", "not a row of "),
    "no name": ("programmes.csv", ",1", "not a row of "),
    "a programme twice": ("programmes.csv", "P1,2", "programme P1 stands twice"),
    "a reserve of an unknown programme": ("reserves.csv", "P9,1,meal,0", "P9 is not in programmes.csv"),
    "a precedence twice": ("reserves.csv", "P1,10,meal,0", "precedence 10 or group meal stands twice at P1"),
    "a precedence of 0": ("reserves.csv", "P0,0,meal,0", "not a row of "),
    "a group twice": ("reserves.csv", "P1,11,migrant,0", "precedence 11 or group migrant stands twice at P1"),
    "more reserved than seats": ("reserves.csv", "P0,1,meal,2", "more reserved at P0 than its capacity 1"),
    "reserves that sum to more": ("reserves.csv", "P1,11,meal,1", "more reserved at P1 than its capacity 2"),
    "a fallback to nowhere": ("fallbacks.csv", "Z1,9,P9", "P9 is not in programmes.csv"),
    "a fallback's rank twice": ("fallbacks.csv", "Z1,1,P0", "rank 1 or programme P0 stands twice in Z1"),
    "a fallback's programme twice": ("fallbacks.csv", "Z1,2,P1", "rank 2 or programme P1 stands twice in Z1"),
    "a fallback's rank too large": ("fallbacks.csv", "Z1,1000001,P0", "not a row of "),
    "an applicant twice": ("applicants.csv", "A000,,,,,", "applicant A000 stands twice"),
    "groups not sorted": ("applicants.csv", "A100,,sibling;meal,,,", "groups sibling;meal are not sorted"),
    "a group twice in a row": ("applicants.csv", "A100,,meal;meal,,,", "groups meal;meal are not sorted"),
    "a group empty": ("applicants.csv", "A100,,meal;,,,", "not a row of "),
    "an unknown fallback": ("applicants.csv", "A100,,,Z9,1,1", "fallback Z9 is not in fallbacks.csv"),
    "keys without fallback": ("applicants.csv", "A100,,,,1,1", "not a row of "),
    "a fallback without keys": ("applicants.csv", "A100,,,Z0,,", "not a row of "),
    "a fallback with half its keys": ("applicants.csv", "A100,,,Z0,1,", "not a row of "),
    "a key too large": ("applicants.csv", "A100,,,Z0,1000000000001,1", "not a row of "),
    "a key too small": ("applicants.csv", "A100,,,Z0,-1000000000001,1", "not a row of "),
    "minus zero": ("applicants.csv", "A100,,,Z0,-0,1", "not a row of "),
    "plus one": ("applicants.csv", "A100,,,Z0,+1,1", "not a row of "),
    "a column less": ("applicants.csv", "A100,,,Z0,1", "not a row of "),
    "a choice of nobody": ("choices.csv", "A100,1,P0,1,1", "applicant A100 is not in applicants.csv"),
    "a choice of nothing": ("choices.csv", "A001,1,P9,1,1", "programme P9 is not in programmes.csv"),
    "a choice twice": ("choices.csv", "A000,9,P1,1,1", "programme P1 stands twice for A000"),
    "a rank twice": ("choices.csv", "A005,1,P0,1,1", "rank 1 stands twice for A005"),
    "a rank of 0": ("choices.csv", "A001,0,P0,1,1", "not a row of "),
    "a choice without keys": ("choices.csv", "A001,1,P0,,", "not a row of "),
    "a rank in words": ("placements.csv", "A100,P0,one,open", "not a row of "),
    "a count in words": ("cutoffs.csv", "P2,open,none,,,", "not a row of "),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_row_that_breaks_a_sentence_is_refused(name: str, folder: Path) -> None:
    file, row, reason = ROWS[name]
    with (folder / file).open("a") as opened:
        opened.write(row + "\n")
    seal_input(folder)
    refused(folder, file, (folder / file).read_text().count("\n"), reason)


def test_values_at_the_ends_of_their_ranges_are_read(folder: Path) -> None:
    for file, row in (
        ("programmes.csv", "P" * 64 + ",1000000"),
        ("reserves.csv", "P" * 64 + ",1000000,meal,1000000"),
        ("fallbacks.csv", "Z1,1000000," + "P" * 64),
        ("applicants.csv", "A100,_.:-,a;b,Z0,1000000000000,-1000000000000"),
        ("choices.csv", "A001,1000000," + "P" * 64 + ",0,-1"),
    ):
        with (folder / file).open("a") as opened:
            opened.write(row + "\n")
    seal_input(folder)
    seal_output(folder)
    assert verify(folder).exit_code == 1


FIELDS: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown field": ({"comment": "fictitious"}, "'comment' is not a field"),
    "another format": ({"format": "allocation-bundle/2"}, "'format' is not"),
    "a round with a space": ({"round": "R 42"}, "'round' is not"),
    "a round with a line feed": ({"round": "R42\n"}, "'round' is not"),
    "a round that is a number": ({"round": 42}, "'round' is not"),
    "another suite": ({"suite": "sm3"}, "'suite' is not"),
    "an order that is a string": ({"order": "ticket"}, "'order' is not"),
    "an empty order": ({"order": []}, "'order' is not"),
    "nine entries": ({"order": [f"{letter}<" for letter in "abcdefghi"]}, "'order' is not"),
    "a key without sign": ({"order": ["points", "level<", "ticket"]}, "'order' is not"),
    "a key in capitals": ({"order": ["Points>", "level<", "ticket"]}, "'order' is not"),
    "a key twice": ({"order": ["points>", "points<", "ticket"]}, "'order' is not"),
    "two tickets": ({"order": ["points>", "ticket", "ticket"]}, "'order' is not"),
    "a key called groups": ({"order": ["points>", "groups<", "ticket"]}, "'order' is not"),
    "a key called ticket": ({"order": ["points>", "level<", "ticket<"]}, "'order' is not"),
    "a number in the order": ({"order": ["points>", 1, "ticket"]}, "'order' is not"),
    "another ticket": ({"ticket": "per-school"}, "'ticket' is neither"),
    "other reserves": ({"reserves": None}, "'reserves' is neither"),
    "a file less": ({"files": {"applicants.csv": "0" * 64}}, "'files' is not"),
    "a root in capitals": ({"root": "A" * 64}, "'root' is not"),
    "no draw's name": ({"draw_name": ""}, "'draw_name' is not"),
    "a draw's name too long": ({"draw_name": "x" * 201}, "'draw_name' is not"),
    "a draw's name in Chinese": ({"draw_name": "\u6447\u53f7"}, "'draw_name' is not"),
    "a draw that is a string": ({"draw": "4-0-7"}, "'draw' is not"),
    "a draw without root": ({"draw": {"value": "4-0-7"}}, "'draw' is not"),
    "a draw with a zero before": ({"draw": {"root": "0" * 64, "value": "4-00-7"}}, "'draw' is not"),
    "a draw too long": ({"draw": {"root": "0" * 64, "value": "1" * 201}}, "'draw' is not"),
    "a draw with a number": ({"draw": {"root": "0" * 64, "value": 7}}, "'draw' is not"),
    "families without root": ({"families": []}, "'families' is not"),
    "a short parent": ({"parent": "0" * 63}, "'parent' is not"),
}


@pytest.mark.parametrize("name", FIELDS)
def test_a_manifest_that_breaks_a_sentence_is_refused(name: str, folder: Path) -> None:
    fields, reason = FIELDS[name]
    write_manifest(folder, {**read_manifest(folder), **fields})
    lines = (folder / "manifest.json").read_text().split("\n")
    line = next(number for number, text in enumerate(lines, 1) if f'"{next(iter(fields))}":' in text)
    refused(folder, "manifest.json", line, reason)


@pytest.mark.parametrize("field", ["format", "round", "suite", "order", "ticket", "reserves", "files", "root"])
def test_a_manifest_without_a_required_field_is_refused(field: str, folder: Path) -> None:
    manifest = read_manifest(folder)
    del manifest[field]
    write_manifest(folder, manifest)
    assert verify(folder).exit_code == 2
    assert f"'{field}' is missing" in verify(folder).text


@pytest.mark.parametrize("field", ["draw", "draw_name"])
def test_a_draw_stands_where_the_order_has_ticket_and_only_there(field: str, folder: Path, tmp_path: Path) -> None:
    manifest = read_manifest(folder)
    other = Path(shutil.copytree(VECTORS / "14", tmp_path / "14"))
    write_manifest(other, {**read_manifest(other), field: manifest[field]})
    assert "only there" in verify(other).text
    del manifest[field]
    write_manifest(folder, manifest)
    assert "only there" in verify(folder).text
    assert (verify(folder).exit_code, verify(other).exit_code) == (2, 2)


JSON: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"{",
    "two values": b"{} {}",
    "BOM": b"\xef\xbb\xbf{}",
    "latin-1": b'{"\xe9": 1}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a key twice": b'{"format": 1, "format": 1}',
    "a key twice inside": b'{"draw": {"root": 1, "root": 1}}',
    "too deep": b"[" * 100_000,
    "a long number": b"[" + b"9" * 5000 + b"]",
}


@pytest.mark.parametrize("name", JSON)
@pytest.mark.parametrize("file", ["manifest.json", "result.json", "deficit.json"])
def test_what_is_not_json_is_refused(file: str, name: str, folder: Path) -> None:
    (folder / file).write_bytes(JSON[name])
    refused(folder, file, 1, "not JSON")


def test_a_manifest_that_is_no_object_is_refused(folder: Path) -> None:
    (folder / "manifest.json").write_text(json.dumps(["fictitious"]))
    refused(folder, "manifest.json", 1, "not a JSON object")


def test_unreadable_comes_before_violated(folder: Path) -> None:
    write_manifest(folder, {**read_manifest(folder), "root": "0" * 64})
    assert verify(folder).exit_code == 1
    with (folder / "cutoffs.csv").open("a") as file:
        file.write("\n")
    assert verify(folder).exit_code == 2
