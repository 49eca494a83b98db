"""Whom a cut-off parted from its twin, against the format's sentences written plainly."""

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from app.allocation.bundle import Bundle, parse_bundle, render_bundle
from app.allocation.choices import Choice
from app.allocation.manifest import Header
from app.allocation.result import Placement
from app.allocation.solver import solve
from app.allocation.tables import Applicant, Programme, Reserve, sorted_tables
from app.allocation.twins import IDENTIFIER, Parted, parted
from tests.allocation import plain
from tests.allocation.instances import bundles, frozen

HEADER = Header("fict-2026", ("level<", "ticket"), "per-applicant", "reserved-first", "Fictitious draw")
TWINS = ("t1", "t2")


def town(
    first: int = 2,
    second: int = 2,
    groups: tuple[str, ...] = (),
    header: Header = HEADER,
    others: dict[str, int] | None = None,
) -> Bundle:
    """Thirty seats at A and five at B; 29 children with level 1, and twins with these levels, all wish A and then B."""
    levels = (
        {f"c{number:02}": 1 for number in range(29)} | (others or {}) | dict(zip(TWINS, (first, second), strict=True))
    )
    keys = 1 if header.keys else 0
    return frozen(
        header,
        sorted_tables(
            [Programme("A", 30), Programme("B", 5)],
            [Reserve("A", 1, "meal", 1)] if groups else [],
            [
                Applicant(name, "unit" if name in TWINS else "", groups if name == "t1" else (), "", ())
                for name in levels
            ],
            [
                Choice(name, rank, programme, (level,) * keys)
                for name, level in levels.items()
                for rank, programme in ((3, "A"), (8, "B"))
            ],
            [],
            keys,
        ),
    )


def found(bundle: Bundle) -> tuple[Parted, ...]:
    return parted(bundle, solve(bundle).placements)


def test_of_twins_who_stand_thirtieth_and_thirty_first_of_thirty_seats_the_second_missed_by_its_identifier() -> None:
    bundle = town()
    queue = sorted(plain.priority_of(bundle, row.applicant, "A") for row in bundle.tables.applicants)
    assert [queue.index(plain.priority_of(bundle, name, "A")) + 1 for name in TWINS] == [30, 31]
    assert found(bundle) == (Parted("A", ("t1",), "t2", 1, "B", IDENTIFIER, 0),)


def test_the_key_that_decided_is_named_and_so_is_who_stands_between() -> None:
    assert found(town(second=4)) == (Parted("A", ("t1",), "t2", 1, "B", "level", 0),)
    [one] = found(town(second=4, others={"x": 3}))
    assert (one.by, one.passed_over) == ("level", 1)


def test_a_seat_that_was_reserved_for_the_other_is_named() -> None:
    [one] = found(town(first=9, second=9, groups=("meal",)))
    assert (one.placed, one.applicant, one.by) == (("t1",), "t2", "reserve:meal")


def test_twins_who_are_together_or_where_they_would_rather_be_are_not_parted() -> None:
    assert found(town(first=0, second=0)) == () == found(town(first=3, second=3, others={"x": 2}))


def test_without_any_place_the_second_is_parted_too() -> None:
    [one] = found(town(others={f"x{number}": 1 for number in range(5)} | {"c": 0}, first=1, second=9))
    assert (one.placed, one.applicant, one.instead) == (("t1",), "t2", "")


def test_an_undrawn_bundle_parts_nobody_and_a_result_names_everybody() -> None:
    drawn = town()
    with pytest.raises(ValueError, match="not drawn"):
        parted(parse_bundle(render_bundle(drawn.header, drawn.tables)), ())
    with pytest.raises(KeyError):
        parted(drawn, [Placement("t1", "A", 1, "open")])


def alike(bundle: Bundle) -> Bundle:
    """The same with twins who all have the rows of the first of them."""
    tables = bundle.tables
    twins = [row for row in tables.applicants if row.lottery_unit == "twins"]
    copied = {row.applicant: twins[0] for row in twins}
    rows = [copied.get(row.applicant, row)._replace(applicant=row.applicant) for row in tables.applicants]
    choices = [
        choice._replace(applicant=row.applicant)
        for row in tables.applicants
        for choice in tables.choices.of(copied.get(row.applicant, row).applicant)
    ]
    keys = len(bundle.header.keys)
    return frozen(
        bundle.header, sorted_tables(tables.programmes, tables.reserves, rows, choices, tables.fallbacks, keys)
    )


@settings(max_examples=200, deadline=None)
@given(st.one_of(bundles(applicants=8), bundles(applicants=8).map(alike)))
def test_parted_are_exactly_those_who_would_rather_be_where_one_of_their_unit_is(bundle: Bundle) -> None:
    placements = solve(bundle).placements
    place = {row.applicant: row.programme or None for row in placements}
    unit = {row.applicant: row.lottery_unit or row.applicant for row in bundle.tables.applicants}
    there = {(programme, unit[name]) for name, programme in place.items()}
    expected = [
        (programme, tuple(n for n in place if place[n] == programme and unit[n] == unit[name]), name)
        for programme, _ in bundle.tables.programmes
        for name in sorted(place)
        if (programme, unit[name]) in there and plain.prefers(bundle, name, programme, place[name])
    ]
    rows = parted(bundle, placements)
    assert [(row.programme, row.placed, row.applicant) for row in rows] == expected
    for row in rows:
        check(bundle, placements, row)


def check(bundle: Bundle, placements: tuple[Placement, ...], row: Parted) -> None:
    """Rank, place, who is passed over, and what decided, each from its sentence."""
    place = {placed.applicant: placed.programme or None for placed in placements}
    unit = {one.applicant: one.lottery_unit or one.applicant for one in bundle.tables.applicants}
    event(row.by.partition(":")[0])
    assert [*plain.list_of(bundle, row.applicant)][row.rank - 1] == row.programme
    assert row.instead == (place[row.applicant] or "")
    mine = plain.priority_of(bundle, row.applicant, row.programme)
    last = max(row.placed, key=lambda name: plain.priority_of(bundle, name, row.programme))
    kind = next(placed.seat for placed in placements if placed.applicant == last)
    mates = [
        name for name in place if kind == f"reserve:{kind[8:]}" and kind[8:] in plain.applicant_of(bundle, name).groups
    ]
    before = [
        name
        for name in (mates if row.applicant in mates else place)
        if unit[name] != unit[row.applicant]
        and plain.prefers(bundle, name, row.programme, place[name])
        and plain.priority_of(bundle, name, row.programme) < mine
    ]
    assert row.passed_over == len(before)
    if row.by.startswith("reserve:"):
        assert row.by.removeprefix("reserve:") not in plain.applicant_of(bundle, row.applicant).groups
        return
    entries = [*(entry.rstrip("<>") for entry in bundle.header.order), IDENTIFIER]
    at = entries.index(row.by)
    there = plain.priority_of(bundle, last, row.programme)
    assert there < mine and there[:at] == mine[:at] and there[at] != mine[at] and row.by != "ticket"
    if row.by == IDENTIFIER and "ticket" in entries:
        assert row.passed_over == 0
