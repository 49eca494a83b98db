"""One test per refusal: each breaks one sentence of the format, with every digest made true again."""

import json
import pickle
from pathlib import Path

import pytest

from app.allocation.bundle import parse_bundle
from app.allocation.solver import solve
from app.allocation.text import Refused
from tests.allocation.drafts import GOOD_TABLES, MANIFEST, Draft, draft, save


def refusal_of(files: dict[str, bytes]) -> Refused:
    with pytest.raises(Refused) as caught:
        solve(parse_bundle(files))
    return caught.value


def test_the_bundle_that_the_refusals_start_from_is_accepted() -> None:
    assert len(solve(parse_bundle(draft().sealed())).placements) == 3


A, C, F, P, R = "applicants.csv", "choices.csv", "fallbacks.csv", "programmes.csv", "reserves.csv"
LONG = "i" * 65

ROWS = [
    # the text of every table
    (P, "programme,capacity", "capacity,programme", 1, "header must be exactly programme,capacity"),
    (P, "programme,capacity", "\ufeffprogramme,capacity", 1, "byte order mark"),
    (P, "programme,capacity\n", "programme,capacity \n", 1, "header"),
    (P, "programme,capacity\n", "programme,capacity\r\n", 1, "header"),
    (P, "programme,capacity\n", "", 1, "header"),
    (P, "programme,capacity\nA,2\nB,1\n", "", 1, "header"),
    (P, "programme,capacity\nA,2\nB,1\n", "programme,capacity", 1, "end in LF"),
    (P, "B,1\n", "B,1", 3, "end in LF"),
    (P, "A,2\n", "A,2\r\n", 2, "CR"),
    (P, "B,1\n", "B,1\n\n", 4, "blank"),
    (P, "A,2\n", "\nA,2\n", 2, "blank"),
    (P, "A,2", '"A",2', 2, "quote"),
    (P, "A,2", "A, 2", 2, "space"),
    (P, "A,2", "A,2,", 2, "2 cells, has 3"),
    (P, "B,1", "B", 3, "2 cells, has 1"),
    (P, "A,2", "A\t,2", 2, "programme must be 1 to 64"),
    (P, "A,2", "Ä,2", 2, "programme must be 1 to 64"),
    (P, "A,2", ",2", 2, "programme must be 1 to 64"),
    (P, "B,1", f"B,1\n{LONG},1", 4, "programme must be 1 to 64"),
    (P, "B,1", "B,1\n;,1", 4, "programme must be 1 to 64"),
    (P, "B,1", "B,1\u2028C,1", 3, "2 cells, has 3"),
    # integers
    (P, "B,1", "B,", 3, "capacity must be an integer"),
    (P, "B,1", "B,-0", 3, "capacity must be an integer"),
    (P, "B,1", "B,-1", 3, "capacity must be an integer"),
    (P, "B,1", "B,+1", 3, "capacity must be an integer"),
    (P, "B,1", "B,01", 3, "capacity must be an integer"),
    (P, "B,1", "B,1.0", 3, "capacity must be an integer"),
    (P, "B,1", "B,1_0", 3, "capacity must be an integer"),
    (P, "B,1", "B,1e3", 3, "capacity must be an integer"),
    (P, "B,1", "B,١", 3, "capacity must be an integer"),
    (P, "B,1", "B,1000001", 3, "capacity must be an integer from 0 to 1000000"),
    (P, "B,1", f"B,{'9' * 5000}", 3, "capacity must be an integer"),
    (R, "A,1,migrant,1", "A,0,migrant,1", 2, "precedence must be an integer from 1"),
    (R, "A,1,migrant,1", "A,1000001,migrant,1", 2, "precedence must be an integer from 1 to 1000000"),
    (R, "A,1,migrant,1", "A,1,migrant,-1", 2, "seats must be an integer"),
    (R, "A,1,migrant,1", "A,1,,1", 2, "group must be 1 to 64"),
    (C, "x,1,A,1,10", "x,0,A,1,10", 2, "rank must be an integer from 1"),
    (C, "x,1,A,1,10", "x,1000001,A,1,10", 2, "rank must be an integer from 1 to 1000000"),
    (C, "x,1,A,1,10", "x,1,A,1,1000000000001", 2, "points must be an integer within"),
    (C, "x,1,A,1,10", "x,1,A,-1000000000001,10", 2, "level must be an integer within"),
    (C, "x,1,A,1,10", "x,1,A,-0,10", 2, "level must be an integer within"),
    (C, "x,1,A,1,10", "x,1,A,,10", 2, "level must be an integer within"),
    (C, "x,1,A,1,10", "x,1,A,1", 2, "5 cells, has 4"),
    (F, "F,1,B", "F,-1,B", 2, "rank must be an integer from 1"),
    (A, "x,,,F,1,10", "x,,,F,1,1000000000001", 2, "points must be empty or an integer within"),
    # unique
    (P, "B,1", "A,1", 3, "programme must stand once"),
    (R, "A,2,sibling:A,1", "A,1,sibling:A,1", 3, "programme and precedence must stand once"),
    (R, "A,2,sibling:A,1", "A,2,migrant,1", 3, "programme and group must stand once"),
    (A, "z,twins,,,,", "x,twins,,,,", 4, "applicant must stand once"),
    (C, "x,2,B,3,0", "x,1,B,3,0", 3, "applicant and rank must stand once"),
    (C, "x,2,B,3,0", "x,2,A,3,0", 3, "applicant and programme must stand once"),
    (F, "F,2,A", "F,1,A", 3, "fallback and rank must stand once"),
    (F, "F,2,A", "F,2,B", 3, "fallback and programme must stand once"),
    # references
    (R, "A,1,migrant,1", "C,1,migrant,1", 2, "programme must be declared"),
    (C, "z,5,B,2,7", "z,5,C,2,7", 4, "programme must be declared"),
    (C, "z,5,B,2,7", "w,5,B,2,7", 4, "applicant must be declared"),
    (F, "F,2,A", "F,2,C", 3, "programme must be declared"),
    (A, "x,,,F,1,10", "x,,,G,1,10", 2, "fallback must be declared"),
    # sums, groups, keys of a fallback
    (R, "A,2,sibling:A,1", "A,2,sibling:A,2", 3, "must not exceed its capacity"),
    (A, "migrant;sibling:A", "sibling:A;migrant", 3, "groups must be sorted"),
    (A, "migrant;sibling:A", "migrant;migrant", 3, "groups must be sorted as bytes, each once"),
    (A, "migrant;sibling:A", "migrant;Z", 3, "groups must be sorted as bytes"),
    (A, "migrant;sibling:A", "migrant;", 3, "groups must be empty or identifiers"),
    (A, "migrant;sibling:A", ";migrant", 3, "groups must be empty or identifiers"),
    (A, "x,,,F,1,10", "x,,,F,1,", 2, "keys must be given with a fallback"),
    (A, "x,,,F,1,10", "x,,,F,,", 2, "keys must be given with a fallback"),
    (A, "z,twins,,,,", "z,twins,,,1,10", 4, "keys must be given with a fallback, and empty without"),
    (A, "z,twins,,,,", "z,twins,,,,10", 4, "keys must be given with a fallback, and empty without"),
    (A, "z,twins,,,,", "z,t w,,,,", 4, "space"),
    (A, "z,twins,,,,", f"z,{LONG},,,,", 4, "lottery_unit must be empty or 1 to 64"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "line", "reason"), ROWS)
def test_a_row_that_breaks_a_sentence_is_refused_by_file_line_and_reason(
    file: str, old: str, new: str, line: int, reason: str
) -> None:
    text = GOOD_TABLES[file]
    assert text.count(old) == 1
    refused = refusal_of(draft({file: text.replace(old, new)}).sealed())
    assert (refused.file, refused.line) == (file, line)
    assert reason in refused.reason


def test_a_table_that_is_not_utf_8_is_refused_by_its_line() -> None:
    made = draft()
    made.tables[P] = b"programme,capacity\nA,2\n\xff,1\n"
    refused = refusal_of(made.sealed())
    assert (refused.file, refused.line, refused.reason) == (P, 3, "must be UTF-8")


@pytest.mark.parametrize("file", [A, C])
def test_without_keys_a_header_with_a_trailing_comma_is_refused(file: str) -> None:
    headers = {A: "applicant,lottery_unit,groups,fallback\n", C: "applicant,rank,programme\n"}
    refused = refusal_of(draft(headers | {file: headers[file].replace("\n", ",\n")}, order=["ticket"]).sealed())
    assert (refused.file, refused.line) == (file, 1)


HEX = "0" * 64
FIELDS: list[tuple[str, object]] = [
    ("format", "allocation-bundle/2"), ("format", None), ("format", ["allocation-bundle/1"]),
    ("round", ""), ("round", LONG), ("round", "a b"), ("round", "a\n"), ("round", 2026),
    ("suite", "sm3"), ("suite", None),
    ("order", []), ("order", "ticket"), ("order", ["ticket"] * 2), ("order", ["level"]), ("order", ["Level<"]),
    ("order", ["level<", "level>"]), ("order", ["<"]), ("order", ["a" * 65 + "<"]), ("order", ["a1<"]),
    ("order", [*(f"{letter}<" for letter in "abcdefgh"), "ticket"]), ("order", ["level< "]), ("order", ["level<\n"]),
    ("order", [["level<"]]), ("order", [1]), ("order", {"level<": 1}),
    *(("order", [f"{name}<"]) for name in ("ticket", "applicant", "rank", "programme", "lottery_unit", "groups",
                                           "fallback", "seat", "filled")),
    ("ticket", "per-family"), ("ticket", None), ("reserves", "reserved"), ("reserves", True),
    ("draw_name", ""), ("draw_name", "d" * 201), ("draw_name", "抽签"), ("draw_name", "a\n"), ("draw_name", "\x7f"),
    ("draw_name", None),
    ("families", None), ("families", "0" * 63), ("families", "A" * 64), ("families", f"{HEX}\n"),
    ("parent", None), ("parent", "0" * 65), ("parent", 0),
    ("root", None), ("root", "0" * 63), ("root", "F" * 64),
    ("files", {}), ("files", None), ("files", dict.fromkeys([A, C, F, P], HEX)),
    ("files", dict.fromkeys([A, C, F, P, R, "extra.csv"], HEX)), ("files", dict.fromkeys([A, C, F, P, R], "0")),
    ("draw", None), ("draw", {}), ("draw", {"root": HEX}), ("draw", {"root": HEX, "value": "1", "date": "1"}),
    ("draw", {"root": "0", "value": "1"}),
    *(("draw", {"root": HEX, "value": value}) for value in ("", "-", "01", "1-", "-1", "1--2", "1-02", "4 0", "a",
                                                            "1\n", "1" * 201, "1-" * 100 + "1", 407, None)),
    ("comment", "unknown"), ("Round", "unknown"), ("\ud800", "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), FIELDS)
def test_a_field_that_breaks_a_sentence_is_refused_by_its_name(field: str, value: object) -> None:
    made = draft()
    made.manifest[field] = value
    refused = refusal_of(made.sealed())
    assert refused.file == MANIFEST
    assert refused.line >= 1
    assert refused.reason.startswith((f"{field} ", f"{field!a} is unknown"))


@pytest.mark.parametrize("field", ["format", "round", "suite", "order", "ticket", "reserves", "files", "root"])
def test_a_required_field_that_is_missing_is_refused(field: str) -> None:
    files = draft().sealed()
    fields = json.loads(files[MANIFEST])
    del fields[field]
    refused = refusal_of(files | {MANIFEST: json.dumps(fields).encode()})
    assert (refused.file, refused.reason) == (MANIFEST, f"{field} is missing")


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (draft(without=("draw_name",)), "draw_name must be given where the order has a ticket"),
        (draft(order=["level<", "points>"]), "draw_name must be given where the order has a ticket, and only there"),
        (draft(order=["level<", "points>"], without=("draw_name",), draw={"root": HEX, "value": "1"}), "draw must be"),
        (draft(root=HEX), "root does not match"),
        (draft(draw={"root": HEX, "value": "1"}), "root must be the root of this first pass"),
        (draft(files=dict.fromkeys(GOOD_TABLES, HEX)), "applicants.csv does not have the SHA-256"),
    ],
)
def test_a_manifest_that_contradicts_itself_is_refused(made: Draft, reason: str) -> None:
    refused = refusal_of(made.sealed())
    assert refused.file == MANIFEST
    assert reason in refused.reason


def test_a_drawn_order_without_its_draw_is_refused_by_the_solver_alone() -> None:
    made = draft()
    made.value = None
    files = made.sealed()
    assert parse_bundle(files).draw is None
    assert "draw is missing" in refusal_of(files).reason


JSON = [
    (b'"round"', b'"suite": "sha256",\n "round"', 5, "'suite' stands twice"),
    (b'"applicants.csv"', b'"choices.csv": "",\n "applicants.csv"', None, "'choices.csv' stands twice"),
    (b'"value"', b'"value": "1", "value"', None, "'value' stands twice"),
    (b'{\n "format"', b'\xef\xbb\xbf{\n "format"', 1, "must be JSON"),
    (b'"suite"', b'"s\xffite"', 4, "must be UTF-8"),
    (b'"suite":', b'"suite"', 4, "must be JSON"),
    (b'"sha256"', b'"sha256\n"', 4, "must be JSON"),
    (b'"sha256"', b"9" * 5000, 1, "reasonable size"),
    (b'"sha256"', b"[" * 100_000 + b"]" * 100_000, 1, "reasonable size"),
    (b'"sha256"', b"NaN", 4, "suite must be sha256"),
    (b'"sha256"', b'"sha1"', 4, "suite must be sha256"),
    (b'"per-applicant"', b'"per-family"', 10, "ticket must be per-applicant or per-programme"),
]


@pytest.mark.parametrize(("old", "new", "line", "reason"), JSON)
def test_a_manifest_that_breaks_a_sentence_as_text_is_refused(
    old: bytes, new: bytes, line: int | None, reason: str
) -> None:
    files = draft().sealed()
    files[MANIFEST] = files[MANIFEST].replace(old, new, 1)
    refused = refusal_of(files)
    assert refused.file == MANIFEST
    assert line is None or refused.line == line
    assert reason in refused.reason


@pytest.mark.parametrize("text", [b"", b"[]", b"null", b'"{}"', b"{} {}"])
def test_a_manifest_that_is_no_single_object_is_refused(text: bytes) -> None:
    assert "must be" in refusal_of(draft().sealed() | {MANIFEST: text}).reason


@pytest.mark.parametrize("file", [MANIFEST, *GOOD_TABLES])
def test_a_missing_file_is_refused_by_its_name(file: str, tmp_path: Path) -> None:
    save(draft().sealed(), tmp_path)
    (tmp_path / file).unlink()
    with pytest.raises(Refused, match=f"^{file}: cannot be read: No such file"):
        solve(tmp_path)


def test_a_refusal_survives_the_way_between_processes() -> None:
    refused = Refused("choices.csv", 7, "rank must stand once only")
    assert str(pickle.loads(pickle.dumps(refused))) == "choices.csv line 7: rank must stand once only"
