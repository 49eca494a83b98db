"""Freezing and drawing at their edges: the line of each refusal, folders that are not there, writers that die."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.allocation.bundle import Bundle, enter_draw, parse_bundle, read_bundle, write_bundle, write_files
from app.allocation.manifest import Draw
from app.allocation.tables import Applicant, Tables
from app.allocation.text import Refused
from tests.allocation.drafts import GOOD_TABLES, MANIFEST, Draft, draft, save

HEX = "0" * 64
GOOD = parse_bundle(draft().sealed())


def line_of(folder: Path, field: str) -> int:
    lines = (folder / MANIFEST).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(f' "{field}"'))


def undrawn(made: Draft) -> Draft:
    made.value = None
    return made


@pytest.mark.parametrize(
    ("made", "field", "reason"),
    [
        (draft(order=["level<", "points>"], without=("draw_name",)), "order", "order has no ticket"),
        (undrawn(draft(parent=HEX)), "parent", "parent: a later pass carries its parent's draw"),
        (draft(), "draw", "draw: another result was entered before"),
        (undrawn(draft(files=dict.fromkeys(GOOD_TABLES, HEX))), "files", "files: applicants.csv does not have"),
        (undrawn(draft(root=HEX)), "root", "root does not match what it binds"),
        (draft(draw={"root": HEX, "value": "1"}), "draw", "draw: root must be the root of this first pass"),
    ],
)
def test_a_draw_is_refused_on_the_line_of_the_field(made: Draft, field: str, reason: str, tmp_path: Path) -> None:
    save(made.sealed(), tmp_path)
    with pytest.raises(Refused) as caught:
        enter_draw(tmp_path, "1")
    assert (caught.value.file, caught.value.line) == (MANIFEST, line_of(tmp_path, field))
    assert caught.value.reason.startswith(reason)


def test_a_bundle_is_undrawn_until_it_is_given_a_draw() -> None:
    assert Bundle(GOOD.header, GOOD.tables, GOOD.root, GOOD.manifest).draw is None


def test_the_same_draw_again_leaves_the_manifest_as_it_is_laid_out(tmp_path: Path) -> None:
    save(draft().sealed(), tmp_path)
    before = (tmp_path / MANIFEST).read_bytes()
    assert enter_draw(tmp_path, "4-0-7") == Draw(GOOD.root, "4-0-7")
    assert (tmp_path / MANIFEST).read_bytes() == before


def test_a_bundle_is_frozen_below_folders_that_are_not_there_yet(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert write_bundle(folder, GOOD.header, GOOD.tables) == read_bundle(folder).root
    assert write_bundle(folder, GOOD.header, GOOD.tables) == read_bundle(folder).root
    assert read_bundle(folder).draw is None
    assert sorted(path.name for path in folder.iterdir()) == sorted([MANIFEST, *GOOD_TABLES])


@pytest.mark.parametrize(
    ("change", "reason"),
    [("another round", "another bundle stands in this folder"), ("a separator", "does not read back the same")],
)
def test_a_refusal_to_freeze_is_of_the_manifest_as_a_whole(change: str, reason: str, tmp_path: Path) -> None:
    write_bundle(tmp_path, GOOD.header, GOOD.tables)
    header, tables = GOOD.header, GOOD.tables
    if change == "another round":
        header = replace(header, round="another")
    else:
        applicants = (Applicant("w", "", ("a;b",), "", ()), *tables.applicants)
        tables = Tables(tables.programmes, tables.reserves, applicants, tables.choices, tables.fallbacks)
    with pytest.raises(Refused, match=reason) as caught:
        write_bundle(tmp_path, header, tables)
    assert (caught.value.file, caught.value.line) == (MANIFEST, 0)


def test_a_bundle_that_cannot_be_read_is_refused_by_the_file_as_a_whole(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        read_bundle(tmp_path)
    assert (caught.value.file, caught.value.line) == (MANIFEST, 0)
    assert caught.value.reason == "cannot be read: No such file or directory"
    assert caught.value.__cause__ is None


def test_files_are_written_whole_in_the_order_given_after_the_stale_ones_are_gone(tmp_path: Path) -> None:
    (tmp_path / "stale").write_text("x")
    (tmp_path / "kept").write_text("x")
    (tmp_path / "second").mkdir()  # which no file can replace
    with pytest.raises(OSError, match="second"):
        write_files(tmp_path, {"first": b"1", "second": b"2", "third": b"3"}, stale=("stale", "never there"))
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.endswith(".partial")) == [
        "first",
        "kept",
        "second",
    ]
    assert (tmp_path / "first").read_bytes() == b"1"
