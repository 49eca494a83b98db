"""The quick check on columns against the slow definition, on matchings that are stable and on some that are not."""

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from app.allocation.bundle import Bundle
from app.allocation.choices import Choice
from app.allocation.deferred_acceptance import Matching, match
from app.allocation.manifest import Header
from app.allocation.market import Market, market_of, seat_names
from app.allocation.stability import blocking
from app.allocation.stability_holders import Blocking
from app.allocation.tables import Applicant, Fallback, Programme, Reserve, Tables, sorted_tables
from tests.allocation.instances import bundles, frozen
from tests.allocation.plain import choice_of, is_stable, list_of


def standing_of(market: Market, bundle: Bundle, applicant: int, programme: int) -> int:
    """The standing of an applicant at a programme of its list, from the columns."""
    columns = market.columns
    rows = range(columns.first[applicant], columns.first[applicant + 1])
    own = [columns.standing[row] for row in rows if columns.programme[row] == programme]
    ticket = market.tickets(applicant, programme) if market.tickets else 0
    return (own[0] if own else columns.elsewhere[applicant]) + ticket


def as_columns(bundle: Bundle, market: Market, places: Mapping[str, str | None]) -> Matching | None:
    """A matching given by names, on the seats that the choice rule gives; None where some programme has too many."""
    names = [row.applicant for row in bundle.tables.applicants]
    kinds = list(zip(*seat_names(bundle), strict=True))
    chosen: dict[str, str] = {}
    for offered, _ in bundle.tables.programmes:
        askers = [name for name in names if places[name] == offered]
        seats = choice_of(bundle, offered, askers)
        if len(seats) < len(askers):
            return None
        chosen |= seats
    held: list[list[int]] = [[] for _ in kinds]
    seat, rank = array("i", [-1] * len(names)), array("i", [0] * len(names))
    for number, name in enumerate(names):
        programme = places[name]
        if programme is None:
            continue
        # Of two kinds of one name (open-first: before and after the reserves) the earlier one is filled first.
        at = programme_at(bundle, programme)
        seat[number] = kind_for(bundle, market, kinds, programme, chosen[name], name, places)
        rank[number] = 1 + list(list_of(bundle, name)).index(programme)
        held[seat[number]].append(standing_of(market, bundle, number, at))
    return Matching(seat, rank, [sorted(standings) for standings in held])


def programme_at(bundle: Bundle, programme: str) -> int:
    return [row.programme for row in bundle.tables.programmes].index(programme)


def kind_for(
    bundle: Bundle,
    market: Market,
    kinds: list[tuple[str, str]],
    programme: str,
    seat: str,
    name: str,
    places: Mapping[str, str | None],
) -> int:
    """The kind of seat of this name, of two the first while it has room for whoever has priority."""
    alike = [number for number, kind in enumerate(kinds) if kind == (programme, seat)]
    if len(alike) == 1:
        return alike[0]
    names = [row.applicant for row in bundle.tables.applicants]
    at = programme_at(bundle, programme)
    askers = [other for other in names if places[other] == programme]
    better = [
        other
        for other in askers
        if standing_of(market, bundle, names.index(other), at) > standing_of(market, bundle, names.index(name), at)
    ]
    return alike[0] if len(better) < market.columns.seats[alike[0]] else alike[1]


def random_places(bundle: Bundle, seed: int) -> dict[str, str | None]:
    """Each applicant somewhere on its list or nowhere."""
    chance = Random(seed)
    return {row.applicant: chance.choice([*list_of(bundle, row.applicant), None]) for row in bundle.tables.applicants}


@settings(max_examples=80, deadline=None)
@given(bundles(applicants=7))
def test_what_deferred_acceptance_finds_is_stable(bundle: Bundle) -> None:
    market = market_of(bundle)
    assert blocking(market.columns, match(market), market.tickets) is None


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(bundles(applicants=4), st.integers(0, 99))
def test_any_matching_is_judged_as_the_definition_judges_it(bundle: Bundle, seed: int) -> None:
    market, places = market_of(bundle), random_places(bundle, seed)
    matching = as_columns(bundle, market, places)
    if matching is None:
        assert not is_stable(bundle, places)
        return
    stable = is_stable(bundle, places)
    event("stable" if stable else "not stable")
    assert (blocking(market.columns, matching, market.tickets) is None) == stable


@settings(max_examples=80, deadline=None)
@given(bundles(applicants=6), st.integers(0, 99))
def test_a_stable_matching_from_which_one_is_taken_out_is_not_stable(bundle: Bundle, seed: int) -> None:
    market = market_of(bundle)
    found = match(market)
    placed = [applicant for applicant, seat in enumerate(found.seat) if seat >= 0]
    if not placed:
        return
    out = Random(seed).choice(placed)
    standings = {
        number: [one for one in some if market.columns.applicant[one & market.columns.mask] != out]
        for number, some in enumerate(found.held)
    }
    seat, rank = array("i", found.seat), array("i", found.rank)
    seat[out], rank[out] = -1, 0
    wrong = blocking(market.columns, Matching(seat, rank, list(standings.values())), market.tickets)
    assert wrong is not None


def reserved() -> Bundle:
    """A has one seat for a group and one for all; B one for all. m1 and m2 are of the group; o1 is not."""
    tables = sorted_tables(
        [Programme("A", 2), Programme("B", 1)],
        [Reserve("A", 1, "g", 1)],
        [
            Applicant("m1", "", ("g",), "F", (3,)),
            Applicant("m2", "", ("g",), "F", (4,)),
            Applicant("o1", "", (), "", ()),
        ],
        [
            Choice("m1", 1, "A", (1,)),
            Choice("m2", 1, "A", (3,)),
            Choice("o1", 1, "A", (2,)),
            Choice("o1", 2, "B", (1,)),
        ],
        [Fallback("F", 1, "A"), Fallback("F", 2, "B")],
        1,
    )
    return frozen(Header("r1", ("level<",), "per-applicant", "reserved-first"), tables)


def tampered() -> Iterator[tuple[str, Matching]]:
    """Matchings that the definition refuses, each with what is to be said."""
    market = market_of(reserved())
    true = match(market)
    kept = Matching(array("i", true.seat), array("i", true.rank), [list(some) for some in true.held])
    step, rest_a, rest_b = 0, 1, 2
    assert list(kept.seat) == [step, rest_b, rest_a] and list(kept.rank) == [1, 2, 1]
    swapped = kept._replace(seat=array("i", [rest_a, rest_b, step]), held=[kept.held[1], kept.held[0], kept.held[2]])
    yield "holds another kind of seat than the choice rule gives", swapped
    yield "holds a seat that its list does not give", kept._replace(rank=array("i", [1, 1, 1]))
    yield "holds a seat that its list does not give", kept._replace(seat=array("i", [step, rest_b, rest_b]))
    yield "holds a seat that its list does not give", kept._replace(held=[[kept.held[0][0] + 8], *kept.held[1:]])
    yield "more holders than seats", kept._replace(held=[kept.held[0], [*kept.held[1], *kept.held[2]], []])
    yield "seats held and seats of applicants are not as many", kept._replace(held=[*kept.held[:2], []])
    second = standing_of(market, reserved(), 2, 1)
    at_b = Matching(array("i", [step, -1, rest_b]), array("i", [1, 0, 2]), [kept.held[0], [], [second]])
    yield "would be taken by a programme chosen before", at_b
    nowhere = Matching(array("i", [step, -1, rest_a]), array("i", [1, 0, 1]), [*kept.held[:2], []])
    yield "would be taken by an earlier programme of its fallback", nowhere


@pytest.mark.parametrize("number", range(8))
def test_what_is_wrong_is_said(number: int) -> None:
    reason, matching = list(tampered())[number]
    found = blocking(market_of(reserved()).columns, matching)
    assert isinstance(found, Blocking) and found.reason == reason


def test_the_counter_example_names_child_and_school() -> None:
    reason, matching = list(tampered())[7]
    assert blocking(market_of(reserved()).columns, matching) == Blocking(1, 1, reason)


def test_nobody_and_nothing_is_stable() -> None:
    tables = Tables((), (), (), sorted_tables([], [], [], [], [], 1).choices, ())
    bundle = replace(reserved(), tables=tables)
    market = market_of(bundle)
    assert blocking(market.columns, match(market)) is None
