"""The market that is measured is the one that the table speaks of."""

from itertools import product
from pathlib import Path

import pytest

from app.allocation.bundle import enter_draw, read_bundle, write_bundle
from app.allocation.deferred_acceptance import match, propose
from app.allocation.market import market_of
from benchmarks.allocation.market import CHOICES, DRAW, HEADER, drawn_bundle, proposals, tables
from benchmarks.allocation.strict import strict


def test_the_market_is_tight() -> None:
    columns = market_of(drawn_bundle(2000)).columns
    held, going = propose(columns, None)
    assert sum(columns.capacity) == 2000
    assert sum(map(len, held)) < 2000
    assert {after - before for before, after in zip(columns.first[:-1], columns.first[1:], strict=True)} == {CHOICES}
    assert proposals(columns, going) >= 4


def test_with_fallbacks_everyone_is_placed_by_asking_no_less_at_the_own_choices() -> None:
    columns = market_of(drawn_bundle(2000, fallbacks=True)).columns
    held, going = propose(columns, None)
    assert sum(map(len, held)) == 2000
    assert proposals(columns, going) >= 4
    assert sum(going) - sum(columns.first[:-1]) > proposals(columns, going) * 2000


@pytest.mark.parametrize(("reserves", "fallbacks"), [*product((False, True), repeat=2)])
def test_its_columns_are_those_of_its_files(reserves: bool, fallbacks: bool, tmp_path: Path) -> None:
    made = tables(300, reserves=reserves, fallbacks=fallbacks)
    write_bundle(tmp_path, HEADER, made)
    enter_draw(tmp_path, DRAW)
    assert read_bundle(tmp_path).tables == made


def test_written_out_as_strict_priorities_it_has_the_same_placements() -> None:
    problem = strict(500)
    assert match(market_of(problem.bundle)).seat == match(market_of(drawn_bundle(500))).seat
    for school, children in enumerate(problem.priorities):
        assert {*children} == {child for child, listed in enumerate(problem.lists) if school in listed}
