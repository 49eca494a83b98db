"""The certificate against all subsets and all assignments of small instances."""

from dataclasses import replace
from itertools import product

from hypothesis import event, given, settings

from app.allocation.bundle import Bundle, parse_bundle, render_bundle
from app.allocation.choices import Choice
from app.allocation.deficit import ListsDeficit, SeatsDeficit
from app.allocation.manifest import Draw
from app.allocation.solver import solve
from app.allocation.tables import Applicant, Fallback, Programme, sorted_tables
from tests.allocation.drafts import draft
from tests.allocation.instances import bundles, frozen
from tests.allocation.plain import list_of, most_short


def could_all_be_placed(bundle: Bundle, due: list[str]) -> bool:
    capacities = dict(bundle.tables.programmes)
    ways = product(*(list_of(bundle, name) for name in due))
    return any(all(way.count(programme) <= seats for programme, seats in capacities.items()) for way in ways)


def check(bundle: Bundle, due: list[str]) -> None:
    """The certificate says what brute force finds."""
    result = solve(bundle)
    placed = {row.applicant for row in result.placements if row.programme}
    unplaced = tuple(name for name in due if name not in placed)
    short = most_short(bundle, due)
    assert (short is None) == could_all_be_placed(bundle, due)
    event("none" if not unplaced else "lists" if short is None else "seats")
    if not unplaced:
        assert result.deficit is None
    elif short is None:
        assert result.deficit == ListsDeficit(unplaced)
    else:
        applicants, missing, programmes, seats = short
        assert result.deficit == SeatsDeficit(tuple(applicants), missing, tuple(programmes), seats)


@settings(max_examples=100, deadline=None)
@given(bundles(applicants=7))
def test_in_a_first_pass_the_certificate_is_about_those_with_a_fallback(bundle: Bundle) -> None:
    check(bundle, [row.applicant for row in bundle.tables.applicants if row.fallback])


@settings(max_examples=100, deadline=None)
@given(bundles(applicants=7))
def test_in_a_later_pass_it_is_also_about_those_who_hold_their_only_choice(first: Bundle) -> None:
    draw = Draw("1" * 64, "4-0-7") if first.draw else None
    bundle = parse_bundle(render_bundle(replace(first.header, parent="2" * 64), first.tables, draw))
    choices = [row.applicant for row in bundle.tables.choices]
    held = [row.applicant for row in solve(bundle).placements if row.programme and choices.count(row.applicant) == 1]
    check(bundle, [row.applicant for row in bundle.tables.applicants if row.fallback or row.applicant in held])


def test_a_place_given_to_someone_without_a_right_is_a_deficit_of_lists() -> None:
    bundle = frozen(
        replace(parse_bundle(draft().sealed()).header, order=("level<",), draw_name=None),
        sorted_tables(
            [Programme("A", 1)],
            [],
            [Applicant("due", "", (), "F", (2,)), Applicant("guest", "", (), "", ())],
            [Choice("guest", 1, "A", (1,))],
            [Fallback("F", 1, "A")],
            1,
        ),
    )
    assert solve(bundle).deficit == ListsDeficit(("due",))


def test_those_who_are_placed_are_named_where_they_share_too_few_seats() -> None:
    bundle = frozen(
        replace(parse_bundle(draft().sealed()).header, order=("level<",), draw_name=None),
        sorted_tables(
            [Programme("A", 1), Programme("B", 5), Programme("C", 0)],
            [],
            [Applicant(name, "", (), "F" if name < "c" else "G", (0,)) for name in "abcd"],
            [],
            [Fallback("F", 1, "A"), Fallback("F", 2, "C"), Fallback("G", 1, "A"), Fallback("G", 2, "B")],
            1,
        ),
    )
    assert solve(bundle).deficit == SeatsDeficit(("a", "b"), 1, ("A", "C"), 1)
