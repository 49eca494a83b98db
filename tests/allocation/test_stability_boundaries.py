"""What a matching is blocked by, at the edges: the last applicant of all, equal keys, one seat too many of a kind."""

from array import array

import pytest

from app.allocation.bundle import Bundle
from app.allocation.deferred_acceptance import Matching, match
from app.allocation.manifest import Header
from app.allocation.market import Columns, market_of
from app.allocation.stability import blocking
from app.allocation.stability_holders import Blocking, holders_of, programmes_of
from app.allocation.stability_lists import Lists
from tests.allocation.test_matching_boundaries import bundle_of

RESERVED_FIRST = Header("boundaries", ("points>",), "per-applicant", "reserved-first")
CHOSEN = "would be taken by a programme chosen before"
EARLIER = "would be taken by an earlier programme of its fallback"
NOT_LISTED = "holds a seat that its list does not give"
OTHER_KIND = "holds another kind of seat than the choice rule gives"


def columns_of(bundle: Bundle) -> Columns:
    return market_of(bundle).columns


def matching_of(seat: list[int], rank: list[int], held: list[list[int]]) -> Matching:
    return Matching(array("i", seat), array("i", rank), held)


@pytest.mark.parametrize("groups", [(), ("g",)])
@pytest.mark.parametrize("by_choice", [True, False])
def test_a_free_seat_is_wanted_even_by_the_last_of_all(groups: tuple[str, ...], by_choice: bool) -> None:
    # Its standing is 0, as is the bar of a programme with a free seat.
    bundle = bundle_of(
        [("P", 1)],
        [("z", groups, "" if by_choice else "F", 0)],
        [("z", 1, "P", 0)] if by_choice else [],
        [("P", 1, "g", 1)],
        [("F", 1, "P")],
        RESERVED_FIRST,
    )
    columns = columns_of(bundle)
    assert (columns.standing[0] if by_choice else columns.elsewhere[0]) == 0
    found = blocking(columns, matching_of([-1], [0], [[], []]))
    assert found == Blocking(0, 0, CHOSEN if by_choice else EARLIER)


def test_a_seat_is_not_given_by_the_row_of_another_programme_with_the_same_keys() -> None:
    columns = columns_of(bundle_of([("A", 1), ("B", 1)], [("x", (), "", 0)], [("x", 1, "A", 5), ("x", 2, "B", 5)]))
    [standing, same] = columns.standing
    assert standing == same
    assert blocking(columns, matching_of([0], [1], [[standing], []])) is None
    assert blocking(columns, matching_of([0], [2], [[standing], []])) == Blocking(0, 0, NOT_LISTED)
    assert blocking(columns, matching_of([1], [2], [[], [standing]])) == Blocking(0, 0, CHOSEN)


def test_each_kind_of_seat_has_its_own_number_of_seats() -> None:
    # Two on the last of the reserves, which has one seat, though the programme has two.
    bundle = bundle_of(
        [("O", 0), ("P", 2)],
        [("x", ("g", "h"), "", 0), ("y", ("g", "h"), "", 0)],
        [("x", 1, "P", 2), ("y", 1, "P", 1)],
        [("P", 1, "g", 1), ("P", 2, "h", 1)],
        header=RESERVED_FIRST,
    )
    columns = columns_of(bundle)
    one, two = columns.standing
    assert match(market_of(bundle)).held == [[one], [two], [], []]
    assert blocking(columns, matching_of([0, 1], [1, 1], [[one], [two], [], []])) is None
    too_many = Blocking(-1, 1, "more holders than seats")
    assert blocking(columns, matching_of([1, 1], [1, 1], [[], [two, one], [], []])) == too_many
    assert blocking(columns, matching_of([0, 0], [1, 1], [[two, one], [], [], []])) == too_many
    elsewhere = Blocking(-1, -1, "seats held and seats of applicants are not as many")
    assert blocking(columns, matching_of([0, -1], [1, 0], [[one], [two], [], []])) == elsewhere
    assert blocking(columns, matching_of([1, 0], [1, 1], [[two], [one], [], []])) == Blocking(0, 1, OTHER_KIND)


def test_only_the_true_rank_gives_a_seat() -> None:
    choices = [("x", rank, name, 5) for rank, name in enumerate("ABC", 1)]
    columns = columns_of(bundle_of([(name, 1) for name in "ABC"], [("x", (), "", 0)], choices))
    for rank in (1, 2, 4):
        found = blocking(columns, matching_of([2], [rank], [[], [], [columns.standing[2]]]))
        assert found == Blocking(0, 2, NOT_LISTED)


def test_a_whole_list_has_its_choices_and_then_what_is_new_in_its_fallback() -> None:
    children = [("w", (), "", 0), ("x", (), "F", 5), ("y", (), "G", 4)]
    fallbacks = [("F", rank, name) for rank, name in enumerate("BCA", 1)] + [("G", 1, "D")]
    choices = [("x", 1, "A", 9), ("x", 2, "E", 8)]
    columns = columns_of(bundle_of([(name, 1) for name in "ABCDE"], children, choices, (), fallbacks))
    lists, there = Lists(columns, None), columns.elsewhere[1]
    own = [(1, columns.standing[0]), (2, columns.standing[1])]
    assert [lists.at(1, programme) for programme in range(5)] == [own[0], (3, there), (4, there), None, own[1]]
    assert [lists.at(0, programme) for programme in range(5)] == [None] * 5
    for seat, whose in ((3, 1), (3, 0), (1, 0)):
        for rank in range(4):
            held = [[columns.elsewhere[whose]] if number == seat else [] for number in range(5)]
            matching = matching_of(
                [seat if child == whose else -1 for child in range(3)],
                [rank if child == whose else 0 for child in range(3)],
                held,
            )
            assert blocking(columns, matching) == Blocking(whose, seat, NOT_LISTED)


@pytest.mark.parametrize("by_choice", [True, False])
def test_a_ticket_of_the_programme_counts(by_choice: bool) -> None:
    bundle = bundle_of(
        [("P", 1)],
        [(name, (), "" if by_choice else "F", 0) for name in "xy"],
        [(name, 1, "P", 0) for name in "xy"] if by_choice else [],
        (),
        [("F", 1, "P")],
        Header("tickets", ("points>", "ticket"), "per-programme", "reserved-first", "fictitious"),
    )
    market = market_of(bundle)
    right = match(market)
    assert blocking(market.columns, right, market.tickets) is None
    assert market.tickets is not None
    winner, loser = (0, 1) if right.seat[0] == 0 else (1, 0)
    standing = (market.columns.standing if by_choice else market.columns.elsewhere)[loser] + market.tickets(loser, 0)
    seat = [0 if child == loser else -1 for child in range(2)]
    found = blocking(market.columns, matching_of(seat, [one + 1 for one in seat], [[standing]]), market.tickets)
    assert found == Blocking(winner, 0, CHOSEN if by_choice else EARLIER)


def test_who_is_last_of_all_takes_the_reserved_seat_before_the_open_one() -> None:
    columns = columns_of(
        bundle_of([("P", 2)], [("z", ("g",), "", 0)], [("z", 1, "P", 0)], [("P", 1, "g", 1)], header=RESERVED_FIRST)
    )
    assert list(columns.standing) == [0]
    assert blocking(columns, matching_of([0], [1], [[0], []])) is None
    assert blocking(columns, matching_of([1], [1], [[], [0]])) == Blocking(0, 0, OTHER_KIND)


def test_a_full_programme_wants_whoever_a_reserve_with_a_free_seat_is_for() -> None:
    # `u`, who is in no group, has the seat that `z` would take from it with the fewest points of all.
    children = [("u", (), "", 0), ("x", ("g",), "", 0), ("z", ("g",), "", 0)]
    choices = [("u", 1, "P", 9), ("x", 1, "P", 5), ("z", 1, "P", 0)]
    columns = columns_of(bundle_of([("P", 2)], children, choices, [("P", 1, "g", 2)], header=RESERVED_FIRST))
    u, x, z = columns.standing
    assert z == 0
    assert blocking(columns, matching_of([1, 0, -1], [1, 1, 0], [[x], [u]])) == Blocking(2, 0, CHOSEN)
    assert blocking(columns, matching_of([-1, 0, 0], [0, 1, 1], [[x, z], []])) is None


@pytest.mark.parametrize("by_choice", [True, False])
def test_who_stands_next_after_the_last_holder_is_not_wanted(by_choice: bool) -> None:
    # `y` and `z` have the same points; `a` has the fewest, on the seat of a group that `z` is not in.
    points = {"a": 1, "y": 5, "z": 5}
    children = [("a", ("g",), "", 0), ("y", (), "", 0), ("z", ("h",), "" if by_choice else "F", 5)]
    choices = [(name, 1, "P", there) for name, there in points.items() if by_choice or name != "z"]
    reserves = [("P", 1, "g", 1), ("P", 2, "h", 0)]
    columns = columns_of(bundle_of([("P", 2)], children, choices, reserves, [("F", 1, "P")], RESERVED_FIRST))
    a, y = columns.standing[:2]
    assert (columns.standing[2] if by_choice else columns.elsewhere[2]) == y - 1
    assert blocking(columns, matching_of([0, 2, -1], [1, 1, 0], [[a], [], [y]])) is None


def test_holders_are_kept_as_the_smallest_standing_that_each_kind_of_seat_takes() -> None:
    # P: an open step, the reserves of g and of h, what is left; Q has none but open seats.
    children = [
        ("a", (), "", 0),
        ("b", ("g",), "", 0),
        ("c", ("h",), "", 0),
        ("d", ("g", "h"), "", 0),
        ("q", (), "", 0),
    ]
    choices = [(name, 1, "Q" if name == "q" else "P", 9 - at) for at, (name, *_) in enumerate(children)]
    bundle = bundle_of([("P", 4), ("Q", 1)], children, choices, [("P", 1, "g", 1), ("P", 2, "h", 2)])
    columns = columns_of(bundle)
    a, b, c, d, q = columns.standing
    full = match(market_of(bundle))
    assert full.held == [[a], [b], [d, c], [], [q]]
    holders = holders_of(columns, full)
    assert holders.kinds == [[0, 1, 2, 3], [4]]
    assert holders.last == [a, b, d, columns.top, q]
    assert holders.bars == ([a, q], [d, q])
    kinds = {
        columns.applicant[one & columns.mask]: columns.kind[columns.applicant[one & columns.mask]] for one in (b, c, d)
    }
    assert holders.takers == [None, {kinds[1], kinds[3]}, {kinds[2], kinds[3]}, None, None]
    assert programmes_of(holders) == {0: 0, 1: 0, 2: 0, 3: 0, 4: 1}
    without = holders_of(columns, matching_of([0, 1, -1, 2, -1], [1, 1, 0, 1, 0], [[a], [b], [d], [], []]))
    assert without.last == [a, b, 0, 0, 0]
    assert without.bars == ([0, 0], [0, 0])
