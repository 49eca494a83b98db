"""The comparison of a child with the cut-offs: from what its family holds alone, and against a plain reckoning."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given

from app.allocation.bundle import Bundle
from app.allocation.choices import Choice
from app.allocation.explanation.comparison import FEW, Comparison, Relation
from app.allocation.explanation.explained import explained, explanations
from app.allocation.explanation.explanation import Explanation
from app.allocation.explanation.reasons import NEAREST, by_programme, explain
from app.allocation.explanation.rows import read_cutoffs, read_own_rows
from app.allocation.families import family_rows
from app.allocation.manifest import Draw, Header
from app.allocation.ranking import Entry, Ranking
from app.allocation.result import Placement, Result, render_result
from app.allocation.solver import solve
from app.allocation.tables import Applicant, Fallback, Programme, Reserve, sorted_tables
from app.allocation.text import Refused
from tests.allocation.instances import bundles, frozen
from tests.allocation.plain import applicant_of, choice_of, priority_of, ticket_of
from tests.allocation.rivals import rivals

ORDER = ("level<", "points>", "ticket")


def made_of(bundle: Bundle, result: Result) -> dict[str, Explanation]:
    made = explanations(bundle, result.cutoffs, result.placements)
    return {one.applicant: one for one in made}


def from_the_family_s_papers(bundle: Bundle, result: Result, placement: Placement) -> Explanation:
    """By the public header, draw and fallback list, cutoffs.csv as published, and the child's own rows."""
    keys, name = bundle.header.keys, placement.applicant
    row, choices = read_own_rows(family_rows(bundle.tables, len(keys))[name], keys)
    cutoffs = by_programme(read_cutoffs(render_result(result)["cutoffs.csv"], keys))
    fallback = [entry.programme for entry in bundle.tables.fallbacks if entry.fallback == row.fallback]
    return explain(Ranking(bundle.header, bundle.draw), cutoffs, row, choices, fallback, placement)


@given(bundles(applicants=7))
def test_a_family_s_own_rows_and_the_public_cutoffs_are_enough(bundle: Bundle) -> None:
    result = solve(bundle)
    made = made_of(bundle, result)
    for placement in result.placements:
        assert from_the_family_s_papers(bundle, result, placement) == made[placement.applicant]


def test_each_comparison_is_that_of_a_plain_reckoning() -> None:
    chance, compared = Random(3), 0
    for _ in range(150):
        bundle = rivals(chance, applicants=14)
        result = solve(bundle)
        holders = {row.applicant: row.programme for row in result.placements}
        for one in made_of(bundle, result).values():
            told = [*one.preferred, *([one.place] if one.place else [])]
            assert [listed.rank for listed in one.preferred] == list(range(1, len(one.preferred) + 1))
            for listed in told:
                asking = [name for name, place in holders.items() if place == listed.programme]
                seats = choice_of(bundle, listed.programme, asking)
                for comparison in listed.comparisons:
                    compared += 1
                    check(bundle, one.applicant, listed.programme, comparison, seats)
    assert compared > 1000


def check(bundle: Bundle, child: str, programme: str, comparison: Comparison, seats: dict[str, str]) -> None:
    holders = [name for name, seat in seats.items() if seat == comparison.seat]
    assert comparison.filled == len(holders)
    assert comparison.seat == "open" or comparison.seat.removeprefix("reserve:") in applicant_of(bundle, child).groups
    capacity = dict(bundle.tables.programmes)[programme]
    if not holders or len(seats) < capacity:
        assert comparison.relation is (Relation.FREE if holders else Relation.NOBODY) and not comparison.entries
        return
    last = max(priority_of(bundle, name, programme) for name in holders)
    own = priority_of(bundle, child, programme)
    names = [*(entry.rstrip("<>") for entry in bundle.header.order), "applicant"]
    at = next(at for at in range(len(names) + 1) if own[at : at + 1] != last[at : at + 1] or at == len(names))
    is_refused = child not in seats
    if at == len(names) - 1 and not is_refused:
        at = len(names)  # the rows do not hold who the last holder is
    relation = Relation.EQUAL if at == len(names) else Relation.BEFORE if last < own else Relation.BEHIND
    assert comparison.relation is relation
    decided = [*names, None][at]
    if comparison.is_band:
        assert comparison.decided == (decided if decided == names[0] else None)
    else:
        assert comparison.decided == decided
        assert [entry.name for entry in comparison.entries] == names[:-1][: at + 1]


def county(order: tuple[str, ...] = ORDER) -> Bundle:
    """P0 has six seats, one of them for music; P1 two. Children of level 1 to 3 want P0, then P1."""
    header = Header("fictitious", order, "per-applicant", "reserved-first", "Fictitious draw")
    levels = {"a": 1, "b": 1, "c": 1, "d": 1, "e": 2, "f": 2, "g": 2, "h": 3, "m": 3, "z": 3, "x": 3, "y": 3}
    rows = [Applicant(name, "", ("music",) if name in "mz" else (), "F", (9, 0)) for name in levels]
    choices = [Choice(name, 1, "P0", (level, 50)) for name, level in levels.items()]
    choices += [Choice(name, 2, "P1", (9, 0)) for name in "gh"]
    seats = [Programme("P0", 6), Programme("P1", 2), Programme("P2", 1), Programme("P3", 1), Programme("P4", 1)]
    seats += [Programme("P5", 9)]
    fallbacks = [Fallback("F", rank, name) for rank, (name, _) in enumerate(seats, 1)]
    return frozen(header, sorted_tables(seats, [Reserve("P0", 1, "music", 1)], rows, choices, fallbacks, 2))


def test_a_cutoff_over_five_is_told_key_by_key_to_the_first_that_decides() -> None:
    bundle = county()
    made = made_of(bundle, solve(bundle))
    (open_seat,) = made["h"].preferred[0].comparisons
    assert (open_seat.seat, open_seat.filled, open_seat.decided) == ("open", 5, "level")
    assert open_seat.entries == (Entry("level", 3, 2),) and not open_seat.is_band
    lost = next(made[name] for name in "efg" if made[name].preferred)
    (by_lot,) = lost.preferred[0].comparisons
    assert (by_lot.relation, by_lot.decided) == (Relation.BEFORE, "ticket")
    assert [entry.name for entry in by_lot.entries] == ["level", "points", "ticket"]
    assert by_lot.entries[-1].own == ticket_of(bundle, lost.applicant, "P0").hex() > str(by_lot.entries[-1].last)
    assert lost.lost_by_lot


def test_a_cutoff_over_fewer_is_a_band_without_a_value() -> None:
    bundle = county()
    made = made_of(bundle, solve(bundle))
    one, other = (made[name] for name in sorted("mz", key=lambda name: ticket_of(bundle, name, "P0")))
    held = {compared.seat: compared for compared in one.place.comparisons} if one.place else {}
    assert held["reserve:music"] == Comparison("reserve:music", 1, Relation.EQUAL, None, (), True)
    refused = {compared.seat: compared for compared in other.preferred[0].comparisons}
    assert refused["reserve:music"] == Comparison("reserve:music", 1, Relation.BEFORE, None, (), True, "ticket")
    assert other.lost_by_lot
    assert refused["open"].entries == (Entry("level", 3, 2),)
    assert FEW == 5


@pytest.mark.parametrize(("points", "tie"), [(49, None), (50, "ticket")])
def test_a_band_does_not_say_which_later_key_or_the_lottery_decided(points: int, tie: str | None) -> None:
    header = Header("fictitious", ("level<", "points>", "moved_in<", "ticket"), "per-applicant", "reserved-first", "D")
    rows = [Applicant(name, "", (), "", ()) for name in "ab"]
    choices = [Choice("a", 1, "P", (1, 50, 20190501)), Choice("b", 1, "P", (1, points, 20190501))]
    bundle = frozen(header, sorted_tables([Programme("P", 1)], [], rows, choices, [], 3))
    made = made_of(bundle, solve(bundle))
    (refused,) = (one for one in made.values() if one.preferred)
    assert refused.preferred[0].comparisons == (Comparison("open", 1, Relation.BEFORE, None, (), True, tie),)


def test_the_lottery_is_said_to_have_decided_only_where_it_parted_equals() -> None:
    bundle = county()
    result = solve(bundle)
    told = {one.explanation.applicant: one for one in explained(bundle, result.cutoffs, result.placements)}
    in_p0 = {row.applicant for row in result.placements if row.programme == "P0"}
    assert {name for name in in_p0 if told[name].won_by_lot} == in_p0 & set("efgmz")
    assert not any(told[name].lottery_decided for name in "abcd")
    assert all(told[name].lottery_decided for name in "efgmz")


def test_the_last_holder_without_an_equal_rival_owes_nothing_to_the_lottery() -> None:
    header = Header("fictitious", ORDER, "per-applicant", "reserved-first", "Fictitious draw")
    rows = [Applicant(name, "", (), "", ()) for name in "ab"]
    choices = [Choice("a", 1, "P", (1, 5)), Choice("b", 1, "P", (2, 5))]
    bundle = frozen(header, sorted_tables([Programme("P", 1)], [], rows, choices, [], 2))
    result = solve(bundle)
    one, other = explained(bundle, result.cutoffs, result.placements)
    assert one.explanation.held is not None and one.explanation.held.relation is Relation.EQUAL
    assert not one.lottery_decided and not other.lottery_decided


@pytest.mark.parametrize(("ordinary", "lottery"), [(7, False), (8, True)])
def test_equals_owe_nothing_to_the_lottery_unless_it_turned_one_away(ordinary: int, lottery: bool) -> None:
    """Seven seats: seven equals and one of a lower level, or eight equals."""
    header = Header("fictitious", ORDER, "per-applicant", "reserved-first", "Fictitious draw")
    rows = [Applicant(f"a{number}", "", (), "", ()) for number in range(8)]
    choices = [Choice(row.applicant, 1, "P", (1 if at < ordinary else 2, 5)) for at, row in enumerate(rows)]
    bundle = frozen(header, sorted_tables([Programme("P", 7)], [], rows, choices, [], 2))
    result = solve(bundle)
    made = list(explained(bundle, result.cutoffs, result.placements))
    assert sum(one.explanation.place is not None for one in made) == 7
    assert {one.lottery_decided for one in made} == {lottery}


def test_whom_the_lottery_turns_away_at_a_far_school_is_reckoned_with() -> None:
    """All but one are full of better children; at the last of six schools two equals have one seat."""
    header = Header("fictitious", ORDER, "per-applicant", "reserved-first", "Fictitious draw")
    names = [f"P{number}" for number in range(6)]
    rows = [Applicant(f"a{number}", "", (), "", ()) for number in range(5)]
    rows += [Applicant(name, "", (), "F", (9, 0)) for name in ("x", "y")]
    choices = [Choice(f"a{number}", 1, names[number], (1, 50)) for number in range(5)]
    fallbacks = [Fallback("F", rank, name) for rank, name in enumerate(names, 1)]
    seats = [Programme(name, 1) for name in names]
    bundle = frozen(header, sorted_tables(seats, [], rows, choices, fallbacks, 2))
    result = solve(bundle)
    won, lost = sorted(
        (one for one in explained(bundle, result.cutoffs, result.placements) if one.explanation.applicant in "xy"),
        key=lambda one: one.explanation.place is None,
    )
    assert lost.explanation.place is None and lost.explanation.lost_by_lot and lost.explanation.untold == 3
    assert won.won_by_lot


def test_a_child_before_twins_of_whom_one_is_refused_owes_it_to_the_lottery() -> None:
    """Two seats and three equals, two of them with one ticket: whoever comes before the refused one does so by it."""
    header = Header("fictitious", ORDER, "per-applicant", "reserved-first", "Fictitious draw")
    seen = set()
    for number in range(12):
        rows = [Applicant(f"s{number}", "", (), "", ())]
        rows += [Applicant(f"t{number}{which}", f"u{number}", (), "", ()) for which in "ab"]
        choices = [Choice(row.applicant, 1, "P", (1, 5)) for row in rows]
        bundle = frozen(header, sorted_tables([Programme("P", 2)], [], rows, choices, [], 2))
        result = solve(bundle)
        single, *twins = explained(bundle, result.cutoffs, result.placements)
        if single.explanation.place is not None:
            seen.add("first")
            assert single.won_by_lot and not any(twin.won_by_lot for twin in twins)
        else:
            seen.add("last")
            assert single.explanation.lost_by_lot and all(twin.won_by_lot for twin in twins)
    assert seen == {"first", "last"}


def test_the_far_schools_of_a_fallback_are_counted_and_the_nearest_told() -> None:
    bundle = county()
    result = solve(bundle)
    for one in made_of(bundle, result).values():
        own = [listed for listed in one.preferred if listed.is_own]
        assert one.place is not None and len(one.preferred) + one.untold == one.place.rank - 1
        assert len(one.preferred) - len(own) == min(NEAREST, one.place.rank - 1 - len(own))
        assert one.preferred[: len(own)] == tuple(own)
    assert max(one.untold for one in made_of(bundle, result).values()) == 1


def test_rows_that_cannot_belong_together_are_refused() -> None:
    bundle = county()
    result = solve(bundle)
    refused = next(row for row in result.placements if row.applicant == "h")
    cutoffs = tuple(row._replace(keys=None, ticket="") for row in result.cutoffs)
    with pytest.raises(ValueError, match="contradict each other at P0"):
        explanations(bundle, cutoffs, result.placements)
    swapped = replace(
        result,
        placements=tuple(
            row._replace(programme="P0", rank=1, seat="open") if row == refused else row for row in result.placements
        ),
    )
    with pytest.raises(ValueError, match="contradict each other at P0"):
        explanations(bundle, result.cutoffs, swapped.placements)


def test_own_rows_and_cutoffs_are_read_by_the_format_s_rules() -> None:
    with pytest.raises(Refused, match="level must be empty or an integer"):
        read_own_rows(b"x,,,F,one,10\n", ("level", "points"))
    with pytest.raises(Refused, match="keys must be given together"):
        read_cutoffs(b"programme,seat,filled,level,points,ticket\nP,open,1,1,,\n", ("level", "points"))
    row, choices = read_own_rows(b"x,,meal;music,,,\nx,2,B,2,0\nx,1,A,1,5\n", ("level", "points"))
    assert row == Applicant("x", "", ("meal", "music"), "", ())
    assert [choice.programme for choice in choices] == ["A", "B"]


def test_a_draw_is_needed_for_a_ticket_alone() -> None:
    header = Header("r", ("level<",), "per-applicant", "reserved-first")
    child = Applicant("x", "", (), "", ())
    assert Ranking(header, None).ticket(child, "P") == ""
    drawn = Ranking(Header("r", ("ticket",), "per-programme", "reserved-first", "D"), Draw("0" * 64, "1"))
    assert len({drawn.ticket(child, name) for name in "PQ"}) == 2
