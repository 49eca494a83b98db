"""The nearest change: it would have placed the child there, nothing smaller would, and where none is told none does."""

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given

from app.allocation.bundle import Bundle
from app.allocation.choices import Choice
from app.allocation.explanation.again import Again
from app.allocation.explanation.bars import Bars
from app.allocation.explanation.change import Change
from app.allocation.explanation.changes import Changes
from app.allocation.manifest import Header
from app.allocation.market import market_of
from app.allocation.preferences import preferences
from app.allocation.result import Placement
from app.allocation.solver import solve
from app.allocation.tables import Applicant, Programme, sorted_tables
from tests.allocation.instances import bundles, frozen
from tests.allocation.plain import list_of, stable_matchings
from tests.allocation.rivals import rivals

FAR = 50


def refusals(bundle: Bundle, changes: Changes) -> Iterator[tuple[int, Placement, Choice, tuple[Change, ...]]]:
    lists = preferences(bundle.tables)
    for at, placement in enumerate(solve(bundle).placements):
        own = {choice.programme: choice for choice in lists.choices(bundle.tables.applicants[at])}
        for programme, found in changes.of(at, placement).items():
            yield at, placement, own[programme], found


def better(bundle: Bundle, key: str) -> int:
    return -1 if f"{key}<" in bundle.header.order else 1


@pytest.mark.parametrize("seed", range(6))
def test_the_nearest_change_and_nothing_smaller_would_have_placed_the_child_there(seed: int) -> None:
    chance, told, untold = Random(seed), 0, 0
    for _ in range(60):
        bundle = rivals(chance)
        again = Again(bundle)
        for at, placement, choice, found in refusals(bundle, Changes(bundle)):
            programme, held = choice.programme, dict(zip(bundle.header.keys, choice.keys, strict=True))
            assert placement.programme != programme
            untold += not found
            for change in found:
                value, by = change.least(bundle.header.order), better(bundle, change.key)
                assert (value - held[change.key]) * by > 0
                assert again.place(at, programme, {change.key: value}) == programme
                assert again.place(at, programme, {change.key: value + by * FAR}) == programme
                assert again.place(at, programme, {change.key: value - by}) != programme
                told += 1
            for key in held.keys() - {change.key for change in found}:
                assert again.place(at, programme, {key: held[key] + better(bundle, key) * FAR}) != programme
            order = [entry[:-1] for entry in bundle.header.order]
            assert [order.index(change.key) for change in found] == sorted(
                (order.index(change.key) for change in found), reverse=True
            )
    assert told > 150 and untold > 0


@pytest.mark.parametrize("seed", range(4))
def test_a_change_that_the_child_has_everywhere_places_it_there_and_nowhere_better(seed: int) -> None:
    chance, told, silent = Random(seed), 0, 0
    for _ in range(60):
        bundle = rivals(chance, shared=True)
        again = Again(bundle, {"points"})
        alone = {(at, choice.programme): found for at, _, choice, found in refusals(bundle, Changes(bundle))}
        for at, _, choice, found in refusals(bundle, Changes(bundle, {"points"})):
            for change in found:
                value = change.least(bundle.header.order)
                assert again.place(at, choice.programme, {change.key: value}) == choice.programme
                told += change.key == "points"
            for change in set(alone[at, choice.programme]) - set(found):
                value, wishes = change.least(bundle.header.order), list(list_of(bundle, f"a{at}"))
                place = again.place(at, choice.programme, {change.key: value})
                assert change.key == "points" and wishes.index(place) < wishes.index(choice.programme)
                silent += 1
    assert told > 50 and silent > 0


def chain_that_comes_back() -> Bundle:
    """The child i would oust j at A, j would oust k at B, and k would come back and oust i."""
    header = Header("fictitious", ("level<",), "per-applicant", "reserved-first")
    rows = [Applicant(name, "", (), "", ()) for name in "ijk"]
    choices = [
        Choice("i", 1, "A", (9,)),
        *(Choice("j", 1, "A", (5,)), Choice("j", 2, "B", (1,))),
        *(Choice("k", 1, "B", (2,)), Choice("k", 2, "A", (3,))),
    ]
    return frozen(header, sorted_tables([Programme("A", 1), Programme("B", 1)], [], rows, choices, [], 1))


def test_whoever_would_be_ousted_and_come_back_is_reckoned_with() -> None:
    bundle = chain_that_comes_back()
    ((at, placement, choice, found),) = refusals(bundle, Changes(bundle))
    assert (at, placement.programme, choice.programme) == (0, "", "A")
    assert found == (Change("level", 3, False, "open"),)  # not 5, which the last holder of A has
    places = {level: Again(bundle).place(0, "A", {"level": level}) for level in (2, 3, 4, 5)}
    assert places == {2: "A", 3: "A", 4: "", 5: ""}


def test_equal_keys_and_a_worse_ticket_ask_for_more_than_the_bar() -> None:
    header = Header("fictitious", ("level<", "points>", "ticket"), "per-applicant", "reserved-first", "Fictitious")
    rows = [Applicant(name, "", (), "", ()) for name in "ab"]
    choices = [Choice(name, 1, "P", (2, 50)) for name in "ab"]
    bundle = frozen(header, sorted_tables([Programme("P", 1)], [], rows, choices, [], 2))
    ((at, _, _, found),) = refusals(bundle, Changes(bundle))
    assert found == (Change("points", 50, True, "open"), Change("level", 2, True, "open"))
    assert [change.least(header.order) for change in found] == [51, 1]
    assert Again(bundle).place(at, "P", {"points": 51}) == "P"


def test_where_no_seat_or_no_key_is_nothing_is_told() -> None:
    rows = [Applicant(name, "", (), "", ()) for name in "ab"]
    header = Header("fictitious", ("ticket",), "per-applicant", "reserved-first", "Fictitious draw")
    choices = [Choice(name, 1, "P", ()) for name in "ab"]
    drawn = frozen(header, sorted_tables([Programme("P", 1)], [], rows, choices, [], 0))
    assert [found for *_, found in refusals(drawn, Changes(drawn))] == [()]
    header = Header("fictitious", ("level<",), "per-applicant", "reserved-first")
    choices = [Choice(name, 1, "P", (1,)) for name in "ab"]
    closed = frozen(header, sorted_tables([Programme("P", 0)], [], rows, choices, [], 1))
    assert [found for *_, found in refusals(closed, Changes(closed))] == [(), ()]


@given(bundles(applicants=4))
def test_the_bars_stand_on_the_stable_matching_that_is_worst_for_every_child(bundle: Bundle) -> None:
    bars, found = Bars(market_of(bundle)), list(stable_matchings(bundle))
    names = [row.programme for row in bundle.tables.programmes]
    for at, row in enumerate(bundle.tables.applicants):
        wishes: list[str | None] = [*list_of(bundle, row.applicant), None]
        worst = max(found, key=lambda matching: wishes.index(matching[row.applicant]))
        place = bars.place_of(at)
        assert (None if place < 0 else names[place]) == worst[row.applicant]


def test_one_market_without_a_child_leaves_no_trace_in_the_next() -> None:
    chance = Random(7)
    for _ in range(40):
        bundle = rivals(chance)
        kept, everywhere = Bars(market_of(bundle)), range(len(bundle.tables.programmes))
        children = [*range(len(bundle.tables.applicants))]
        chance.shuffle(children)
        for child in children:
            assert kept.without(child, everywhere) == Bars(market_of(bundle)).without(child, everywhere)
