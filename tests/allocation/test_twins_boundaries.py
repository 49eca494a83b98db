"""Whom a cut-off parts, at the edges: three of one unit, two units, units of one."""

from app.allocation.bundle import Bundle
from app.allocation.choices import Choice
from app.allocation.manifest import Header
from app.allocation.solver import solve
from app.allocation.tables import Applicant, Programme, sorted_tables
from app.allocation.twins import Parted, parted
from app.allocation.twins_missed import together_at
from tests.allocation.instances import frozen

HEADER = Header("r1", ("level<",), "per-applicant", "reserved-first")


def bundle_of(programmes: dict[str, int], units: dict[str, str], wishes: dict[str, list[tuple[str, int]]]) -> Bundle:
    """`units`: of each applicant, "" for its own. `wishes`: programmes in order, each with the level there."""
    tables = sorted_tables(
        [Programme(*row) for row in programmes.items()],
        [],
        [Applicant(name, unit, (), "", ()) for name, unit in units.items()],
        [
            Choice(name, rank, programme, (level,))
            for name, listed in wishes.items()
            for rank, (programme, level) in enumerate(listed, 1)
        ],
        [],
        1,
    )
    return frozen(HEADER, tables)


def test_of_several_who_are_placed_the_last_one_is_compared() -> None:
    bundle = bundle_of(
        {"A": 2}, dict.fromkeys(("t1", "t2", "t3"), "unit"), {"t1": [("A", 1)], "t2": [("A", 3)], "t3": [("A", 3)]}
    )
    assert parted(bundle, solve(bundle).placements) == (Parted("A", ("t1", "t2"), "t3", 1, "", "applicant", 0),)


def test_they_are_listed_by_programme_and_then_by_name() -> None:
    one, two = dict.fromkeys(("a1", "a2"), "one"), dict.fromkeys(("z1", "z2", "z3"), "two")
    wishes = {name: [("B", 1)] for name in one} | {name: [("A", 1)] for name in two}
    bundle = bundle_of({"A": 1, "B": 1}, one | two, wishes)
    rows = parted(bundle, solve(bundle).placements)
    assert [(row.programme, row.applicant) for row in rows] == [("A", "z2"), ("A", "z3"), ("B", "a2")]


def test_who_has_a_place_together_is_told_by_programme_and_unit_and_nobody_is_together_alone() -> None:
    units = {"t1": "unit", "t2": "unit", "x": "", "y": "y"}
    bundle = bundle_of({"A": 2, "B": 9}, units, {name: [("A", 1), ("B", 1)] for name in units})
    place = {row.applicant: row for row in solve(bundle).placements}
    rows = {row.applicant: row for row in bundle.tables.applicants}
    assert together_at(bundle, place) == {("A", "unit"): [rows["t1"], rows["t2"]]}
    assert place["x"].programme == place["y"].programme == "B"
