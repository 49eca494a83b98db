"""The manifest at the edge of being refused, with the very line and words of each refusal."""

from typing import Any

import pytest

from app.allocation.bundle import parse_bundle
from app.allocation.canonical import canonical_file, line_of, read_object
from app.allocation.manifest import Header, read_manifest
from app.allocation.text import BLOCK, IDENTIFIER, SEATS, Refused, read_columns, read_rows, write_rows
from tests.allocation.drafts import GOOD_TABLES, MANIFEST, draft

HEX = "0" * 64
COLUMNS = [("programme", IDENTIFIER), ("capacity", SEATS)]


def refusal_of(data: bytes) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        read_manifest(data)
    assert caught.value.file == MANIFEST
    return caught.value.line, caught.value.reason


def test_what_is_not_given_is_not_there() -> None:
    header = Header("r", ("level<",), "per-applicant", "open-first")
    assert (header.draw_name, header.families, header.parent) == (None, None, None)


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        (
            {"order": ["level<"]},
            "draw_name",
            "draw_name must be given where the order has a ticket, and only there",
        ),
        ({"order": ["level<", "Level<"]}, "order", "order must hold keys' names of 1 to 64 of a-z_ with < or > after"),
        (
            {"order": ["level<", "rank<"]},
            "order",
            "order must not use the name of a column as a key: ticket, applicant",
        ),
        (
            {"files": dict.fromkeys(GOOD_TABLES, HEX) | {"choices.csv": "1", "fallbacks.csv": "2"}},
            "files",
            "files choices.csv must be 64 lower-case hex digits",
        ),
        ({"draw": {"root": "1", "value": "1"}}, "draw", "draw root must be 64 lower-case hex digits"),
    ],
)
def test_a_refusal_names_the_line_of_its_field(fields: dict[str, Any], field: str, reason: str) -> None:
    data = draft(**fields).sealed()[MANIFEST]
    line, said = refusal_of(data)
    assert said.startswith(reason)
    assert data.decode().splitlines()[line - 1].startswith(f' "{field}"')


def test_a_draw_without_a_ticket_is_refused_on_its_line() -> None:
    made = draft(order=["level<"], without=("draw_name",), draw={"root": HEX, "value": "1"})
    data = made.sealed()[MANIFEST]
    line, said = refusal_of(data)
    assert said == "draw must be given only where the order has a ticket"
    assert data.decode().splitlines()[line - 1].startswith(' "draw"')


@pytest.mark.parametrize("order", [["ab<", "ac>"], ["a<", "b<", "c<"], ["ticket", "a<"], ["_<"]])
def test_keys_that_differ_in_one_letter_are_two(order: list[str]) -> None:
    made = draft(order=order, without=() if "ticket" in order else ("draw_name",))
    assert read_manifest(made.sealed()[MANIFEST]).header.order == tuple(order)


def test_the_fields_of_a_draw_stand_in_any_order() -> None:
    manifest = read_manifest(draft(draw={"value": "4-0-7", "root": HEX}).sealed()[MANIFEST])
    assert manifest.draw is not None
    assert (manifest.draw.root, manifest.draw.value) == (HEX, "4-0-7")


TEXT = '{\n "one": {\n  "two": ["three:", {"two": 1}],\n  "on\\u0065": 2\n },\n'
TEXT += ' "tw\\u006f"\n : 3,\n "three": "four: [{"\n}'


@pytest.mark.parametrize(("field", "line"), [("one", 2), ("two", 6), ("three", 8), ("four", 1), ("three:", 1)])
def test_a_field_of_the_outermost_object_is_found_however_it_is_written(field: str, line: int) -> None:
    assert line_of(TEXT, field) == line
    assert line_of("\n\n" + TEXT, field) == (line + 2 if line > 1 else 1)


def test_a_value_that_reads_like_a_field_is_none() -> None:
    assert line_of('{"a": "b",\n "b": 1}', "b") == 2


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b'{"a": 1,\n "b": 2,\n "a": 3}', 3, "'a' stands twice"),
        (b'{"a": {"b": 1,\n"b"\n : 2},\n "c": 3}', 2, "'b' stands twice"),
        (b'{"\\u0061": 1, "a": 2}', 1, "'a' stands twice"),
        (b'{"a": 1,\n "\\u0061": 2}', 1, "'a' stands twice"),
        (b'\n{"a": 1,\n "a": 2,\n "a": 3}', 4, "'a' stands twice"),
        (b'\n{"\\u0061": 1,\n "\\u0061": 2}', 1, "'a' stands twice"),
        (b'\n\n{"a": \xff}', 3, "must be UTF-8"),
        (b"\xff", 1, "must be UTF-8"),
        (b"\n\n[]", 1, "must be a JSON object"),
        (b"\n\n" + b"[" * 100_000, 1, "must be JSON of a reasonable size"),
        (b'\n{"a" 1}', 2, "must be JSON: Expecting ':' delimiter"),
        (b'{"' + b"k" * 100 + b'": 1, "' + b"k" * 100 + b'": 2}', 1, "'" + "k" * 79 + " stands twice"),
    ],
)
def test_text_that_is_no_object_is_refused_by_line_and_reason(data: bytes, line: int, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        read_object("some.json", data)
    assert (caught.value.file, caught.value.line, caught.value.reason) == ("some.json", line, reason)
    assert caught.value.__cause__ is None


def test_the_canonical_form_is_ascii_sorted_and_ends_in_one_lf() -> None:
    assert canonical_file({"b": "ä", "a": [1, {"d": 2, "c": None}]}) == b'{"a":[1,{"c":null,"d":2}],"b":"\\u00e4"}\n'


def test_tables_of_many_blocks_are_read_with_true_lines() -> None:
    rows = [(f"P{number:05}", number % 1000) for number in range(BLOCK // 4)]
    data = write_rows(["programme", "capacity"], rows)
    assert len(data) > 2 * BLOCK
    read = list(read_rows("programmes.csv", data, COLUMNS))
    assert read == [(line, (name, str(seats))) for line, (name, seats) in enumerate(rows, 2)]
    assert len(list(read_columns("programmes.csv", data, COLUMNS))) > 2
    for line in (2, 3, len(rows) // 2, len(rows) + 1):
        lines = data.decode().split("\n")
        lines[line - 1] = "P,x"
        with pytest.raises(Refused) as caught:
            list(read_rows("programmes.csv", "\n".join(lines).encode(), COLUMNS))
        assert (caught.value.line, caught.value.reason[:8]) == (line, "capacity")


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b"", 1, "the header must be exactly programme,capacity"),
        (b"programme,capacity", 1, "the last line must end in LF too"),
        (b"programme,capacity\nA,1\nB,2", 3, "the last line must end in LF too"),
        (b"programme,capacity,\n", 1, "the header must be exactly programme,capacity"),
        (b"programme,capacit\n", 1, "the header must be exactly programme,capacity"),
        (b"\xef\xbb\xbfprogramme,capacity\n", 1, "must not begin with a byte order mark"),
        (b"programme,capacity\nA,1\n\n\n", 3, "must not be blank"),
        (b"programme,capacity\nA,1\nB\r,1\n", 3, "must not hold a CR"),
        (b"programme,capacity\nA,1\nB ,1\n", 3, "must not hold a space"),
        (b'programme,capacity\nA,1\nB",1\n', 3, "must not hold a quote"),
        (b"programme,capacity\nA,1\nB,1,\n", 3, "must have 2 cells, has 3"),
        (b"programme,capacity\nA,1\n\xff,1\n", 3, "must be UTF-8"),
        (b"programme,capacity\nA!,1\n", 2, "programme must be 1 to 64 of A-Z a-z 0-9 . _ : -"),
        (b"programme,capacity\n,\n", 2, "programme must be 1 to 64 of A-Z a-z 0-9 . _ : -"),
    ],
)
def test_a_table_is_refused_by_line_and_reason(data: bytes, line: int, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        list(read_rows("programmes.csv", data, COLUMNS))
    assert (caught.value.file, caught.value.line, caught.value.reason) == ("programmes.csv", line, reason)


def test_a_refusal_of_a_whole_file_names_no_line() -> None:
    assert str(Refused("a.csv", 0, "why")) == "a.csv: why"
    assert str(Refused("a.csv", 1, "why")) == "a.csv line 1: why"
    assert Refused("a.csv", 1, "why").args == ("a.csv", 1, "why")


def test_a_header_alone_is_a_table_without_rows() -> None:
    assert list(read_rows("programmes.csv", b"programme,capacity\n", COLUMNS)) == []


def test_the_first_of_several_faults_among_choices_is_the_one_refused() -> None:
    choices = GOOD_TABLES["choices.csv"] + "z,5,A,1,1\nz,6,B,1,1\nx,1,B,1,1\n"
    with pytest.raises(Refused) as caught:
        parse_bundle(draft({"choices.csv": choices}).sealed())
    assert (caught.value.line, caught.value.reason) == (5, "applicant and rank must stand once only")
