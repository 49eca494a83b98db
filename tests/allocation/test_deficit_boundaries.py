"""Whom a certificate is about, and how children who list the same are put together."""

from dataclasses import replace

import pytest

from app.allocation.bundle import Bundle
from app.allocation.choices import Choice
from app.allocation.deficit import ListsDeficit, Zone, deficit, due_in, shortage, zones_of
from app.allocation.manifest import Header
from app.allocation.tables import Applicant, Fallback, Programme, sorted_tables
from tests.allocation.instances import frozen

HEADER = Header("deficits", ("level<",), "per-applicant", "reserved-first")
PLACES = [f"P{number}" for number in range(10)]


def bundle_of(fallbacks: dict[str, str], choices: dict[str, tuple[str, ...]], seats: int = 1) -> Bundle:
    """Children with their fallback ("" for none) and their choices; F lists P1 and P2, E lists P0."""
    tables = sorted_tables(
        [Programme(name, seats) for name in PLACES],
        [],
        [Applicant(name, "", (), fallback, (1,) if fallback else ()) for name, fallback in fallbacks.items()],
        [Choice(name, rank, listed, (1,)) for name, some in choices.items() for rank, listed in enumerate(some, 1)],
        [Fallback("E", 1, "P0"), Fallback("F", 1, "P1"), Fallback("F", 2, "P2")],
        1,
    )
    return frozen(HEADER, tables)


@pytest.mark.parametrize(("parent", "due"), [(None, [0]), ("1" * 64, [0, 1])])
def test_the_placed_with_one_choice_alone_are_due_in_a_later_pass(parent: str | None, due: list[int]) -> None:
    first = bundle_of(dict.fromkeys("abcde", "") | {"a": "F"}, {"b": ("P1",), "c": ("P1", "P2"), "d": ("P1",), "e": ()})
    bundle = replace(first, header=replace(first.header, parent=parent))
    assert due_in(bundle, [False, True, True, False, False]) == due


def test_children_who_list_the_same_are_one_zone_whatever_the_order_and_whatever_the_fallback_covers() -> None:
    choices = {"a": ("P8", "P0"), "b": ("P0", "P8"), "c": ("P1", "P0", "P8"), "d": (), "e": ("P2",)}
    bundle = bundle_of(dict.fromkeys("abcde", "F"), choices)
    assert zones_of(bundle.tables, range(5)) == [Zone("F", (0, 8), (0, 1, 2)), Zone("F", (), (3, 4))]


def test_where_everyone_could_have_a_place_nothing_is_short() -> None:
    bundle = bundle_of({"a": "E", "b": "F"}, {})
    assert shortage(zones_of(bundle.tables, [0, 1]), bundle.tables) is None
    assert deficit(bundle, [True, True]) is None
    assert deficit(bundle, [True, False]) == ListsDeficit(("b",))


def test_what_is_listed_is_reached_and_nothing_else() -> None:
    bundle = bundle_of({"a": "E", "b": "E", "c": "F"}, {"b": ("P9",), "c": ("P9",)}, seats=0)
    found = shortage(zones_of(bundle.tables, [0, 1, 2]), bundle.tables)
    assert found is not None
    assert (found.applicants, found.missing, found.programmes, found.seats) == (
        ("a", "b", "c"),
        3,
        ("P0", "P1", "P2", "P9"),
        0,
    )
