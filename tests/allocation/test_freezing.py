"""Writing a bundle and entering its draw: what is written is what is read, and neither is ever replaced."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from app.allocation.bundle import Bundle, enter_draw, parse_bundle, read_bundle, render_bundle, write_bundle
from app.allocation.choices import Choice
from app.allocation.manifest import Draw, Header
from app.allocation.tables import Applicant, Fallback, Programme, Reserve, Tables
from app.allocation.text import Refused
from tests.allocation.drafts import draft, save
from tests.allocation.instances import bundles

GOOD = parse_bundle(draft().sealed())


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@settings(max_examples=60, deadline=None)
@given(bundles())
def test_what_is_written_is_read_back(bundle: Bundle) -> None:
    read = parse_bundle(render_bundle(bundle.header, bundle.tables, bundle.draw))
    assert read == bundle


def test_a_frozen_bundle_has_the_root_that_anyone_reckons(tmp_path: Path) -> None:
    assert write_bundle(tmp_path / "new", GOOD.header, GOOD.tables) == read_bundle(tmp_path / "new").root
    by_hand = draft()
    by_hand.tables = {name: data for name, data in contents(tmp_path / "new").items() if name.endswith(".csv")}
    assert read_bundle(save(by_hand.sealed(), tmp_path / "hand")).root == read_bundle(tmp_path / "new").root


def test_rows_in_any_order_freeze_to_the_same_root(tmp_path: Path) -> None:
    tables = Tables(*(tuple(reversed(getattr(GOOD.tables, name))) for name in Tables.__slots__))  # type: ignore[arg-type]
    assert write_bundle(tmp_path, GOOD.header, tables) == parse_bundle(render_bundle(GOOD.header, GOOD.tables)).root


def test_freezing_the_same_again_is_allowed_and_another_bundle_is_not(tmp_path: Path) -> None:
    write_bundle(tmp_path, GOOD.header, GOOD.tables)
    before = contents(tmp_path)
    write_bundle(tmp_path, GOOD.header, GOOD.tables)
    with pytest.raises(Refused, match="another bundle stands in this folder"):
        write_bundle(tmp_path, replace(GOOD.header, round="other"), GOOD.tables)
    enter_draw(tmp_path, "1")
    with pytest.raises(Refused, match="another bundle stands in this folder"):
        write_bundle(tmp_path, GOOD.header, GOOD.tables)
    assert contents(tmp_path).keys() == before.keys()


def test_the_draw_is_entered_once_and_binds_the_root(tmp_path: Path) -> None:
    root = write_bundle(tmp_path, GOOD.header, GOOD.tables)
    drawn = enter_draw(tmp_path, "4-0-7")
    assert drawn == read_bundle(tmp_path).draw == Draw(root, "4-0-7")
    before = contents(tmp_path)
    assert enter_draw(tmp_path, "4-0-7") == drawn
    with pytest.raises(Refused, match="another result was entered before"):
        enter_draw(tmp_path, "4-0-8")
    assert contents(tmp_path) == before


def test_a_draw_is_refused_where_a_table_is_not_the_one_frozen(tmp_path: Path) -> None:
    write_bundle(tmp_path, GOOD.header, GOOD.tables)
    (tmp_path / "programmes.csv").write_text("programme,capacity\nA,3\nB,1\n")
    before = contents(tmp_path)
    with pytest.raises(Refused, match=r"programmes\.csv does not have the SHA-256"):
        enter_draw(tmp_path, "4-0-7")
    assert contents(tmp_path) == before


@pytest.mark.parametrize("value", ["", "04", "4-", "four", "1" * 201, "4\n"])
def test_a_draw_that_is_none_is_refused_with_nothing_written(value: str, tmp_path: Path) -> None:
    write_bundle(tmp_path, GOOD.header, GOOD.tables)
    before = contents(tmp_path)
    with pytest.raises(Refused, match="draw value must be"):
        enter_draw(tmp_path, value)
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("header", "draw", "reason"),
    [
        (replace(GOOD.header, order=("level<", "points>"), draw_name=None), None, "no draw belongs here"),
        (replace(GOOD.header, parent="1" * 64), Draw("2" * 64, "4"), "a later pass carries its parent's draw"),
    ],
)
def test_a_draw_is_refused_where_none_belongs(header: Header, draw: Draw | None, reason: str, tmp_path: Path) -> None:
    write_bundle(tmp_path, header, GOOD.tables, draw)
    with pytest.raises(Refused, match=reason):
        enter_draw(tmp_path, "4-0-7")


def tables(**changed: list[object]) -> Tables:
    rows = {name: getattr(GOOD.tables, name) for name in Tables.__slots__}
    return Tables(**(rows | {name: tuple(of_one) for name, of_one in changed.items()}))


@pytest.mark.parametrize(
    ("header", "broken"),
    [
        (GOOD.header, tables(programmes=[Programme("A", 2), Programme("B", -1)])),
        (GOOD.header, tables(programmes=[Programme("A", 2), Programme("B", 1), Programme("B", 1)])),
        (GOOD.header, tables(programmes=[Programme("A", 2), Programme("B,1\nC", 1)])),
        (GOOD.header, tables(programmes=[Programme("A", 2), Programme("B", True)])),
        (GOOD.header, tables(programmes=[Programme("A", 2), Programme("B", 1), Programme("\ud800", 1)])),
        (GOOD.header, tables(reserves=[Reserve("B", 1, "migrant", 2)])),
        (GOOD.header, tables(choices=[], applicants=[Applicant("x", "", ("b", "a"), "", ())])),
        (GOOD.header, tables(choices=[], applicants=[Applicant("x", "", ("a;b",), "", ())])),
        (GOOD.header, tables(choices=[], applicants=[Applicant("x", "", (), "", (1, 2))])),
        (GOOD.header, tables(choices=[], applicants=[Applicant("x", "", (), "F", (1,))])),
        (GOOD.header, tables(choices=[Choice("x", 1, "A", (1, 2, 3))])),
        (GOOD.header, tables(choices=[Choice("x", 1, "nowhere", (1, 2))])),
        (GOOD.header, tables(fallbacks=[Fallback("F", 0, "A")])),
        (replace(GOOD.header, round="a b"), GOOD.tables),
        (replace(GOOD.header, order=("level<", "points>")), GOOD.tables),
        (replace(GOOD.header, order=("points>", "ticket")), GOOD.tables),
        (replace(GOOD.header, families="0"), GOOD.tables),
    ],
)
def test_what_a_reader_would_refuse_is_not_written(header: Header, broken: Tables, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        write_bundle(tmp_path / "new", header, broken)
    assert list(tmp_path.iterdir()) == []


def test_a_first_pass_is_not_frozen_with_a_draw_of_another_root(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="must be the root of this first pass"):
        write_bundle(tmp_path / "new", GOOD.header, GOOD.tables, Draw("1" * 64, "4-0-7"))
