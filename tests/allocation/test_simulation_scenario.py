"""What may be changed of a frozen bundle, and that nothing else changes."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from app.allocation.bundle import Bundle, render_bundle
from app.allocation.choices import Choice
from app.allocation.manifest import Header
from app.allocation.simulation.changed import changed
from app.allocation.simulation.scenario import Scenario, render_scenario, scenario_of
from app.allocation.tables import Applicant, Fallback, Programme, Reserve, sorted_tables
from app.allocation.text import Refused
from tests.allocation.instances import bundles, frozen


def bundle() -> Bundle:
    tables = sorted_tables(
        [Programme("A", 3), Programme("B", 2)],
        [Reserve("A", 1, "meal", 1)],
        [Applicant("x", "twins", ("meal",), "F", (4, 5)), Applicant("y", "twins", (), "", ())],
        [Choice("x", 1, "A", (1, 2)), Choice("y", 1, "B", (3, 6))],
        [Fallback("F", 1, "B")],
        2,
    )
    return frozen(Header("r1", ("level<", "points>", "ticket"), "per-applicant", "reserved-first", "a draw"), tables)


@settings(max_examples=60, deadline=None)
@given(bundles())
def test_without_a_change_the_bundle_stays_and_is_not_drawn(given: Bundle) -> None:
    assert changed(given, Scenario()) == replace(given, manifest=changed(given, Scenario()).manifest, draw=None)


def test_seats_reserves_and_their_order() -> None:
    new = changed(bundle(), Scenario({"B": 0}, (Reserve("A", 2, "z", 3),), "open-first"))
    assert new.tables.programmes == (Programme("A", 3), Programme("B", 0))
    assert new.tables.reserves == (Reserve("A", 2, "z", 3),) and new.header.reserves == "open-first"
    assert new.tables.applicants == bundle().tables.applicants and new.root != bundle().root


@pytest.mark.parametrize(
    ("order", "keys", "fallback"),
    [
        (("points>", "level<", "ticket"), [(2, 1), (6, 3)], (5, 4)),
        (("points>", "ticket"), [(2,), (6,)], (5,)),
        (("level>", "points<"), [(1, 2), (3, 6)], (4, 5)),
        (("ticket",), [(), ()], ()),
        (("ticket", "level<"), [(1,), (3,)], (4,)),
    ],
)
def test_keys_are_reordered_dropped_or_turned_round(
    order: tuple[str, ...], keys: list[tuple[int, ...]], fallback: tuple[int, ...]
) -> None:
    new = changed(bundle(), Scenario(order=order))
    assert new.header.order == order
    assert [choice.keys for choice in new.tables.choices] == keys
    assert [row.keys for row in new.tables.applicants] == [fallback, ()]
    assert (new.header.draw_name is None) == ("ticket" not in order)
    assert new.draw is None and render_bundle(new.header, new.tables)


def test_a_ticket_may_be_added() -> None:
    plain = changed(bundle(), Scenario(order=("level<",)))
    assert changed(plain, Scenario(order=("level<", "ticket"))).header.draw_name == "simulation"


def test_tickets_may_be_of_each_programme() -> None:
    assert changed(bundle(), Scenario(ticket="per-programme")).header.ticket == "per-programme"
    assert changed(bundle(), Scenario()).header.ticket == "per-applicant"


@pytest.mark.parametrize(
    ("scenario", "reason"),
    [
        (Scenario({"Z": 3}), "there is no programme 'Z'"),
        (Scenario({"A": -1}), "capacity must be an integer"),
        (Scenario({"A": 0}), "reserve"),
        (Scenario(reserves=(Reserve("Z", 1, "meal", 1),)), "programme"),
        (Scenario(reserves=(Reserve("A", 1, "meal", 4),)), "reserve"),
        (Scenario(reserve_order="last"), "reserves must be"),
        (Scenario(ticket="per-school"), "ticket must be"),
        (Scenario(order=()), "must be a list of 1 to 8"),
        (Scenario(order=("colour<",)), "has no key 'colour'"),
        (Scenario(order=("level<", "level>")), "order"),
        (Scenario(order=("level",)), "has no key 'leve'"),
    ],
)
def test_what_the_format_refuses_a_scenario_may_not_ask_for(scenario: Scenario, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        changed(bundle(), scenario)


def test_a_scenario_is_read_from_json_and_written_again() -> None:
    fields = {
        "seats": {"A": 4},
        "reserves": [["A", 1, "meal", 2]],
        "reserve_order": "open-first",
        "order": ["points>", "ticket"],
        "ticket": "per-programme",
    }
    scenario = scenario_of(fields)
    reserves = (Reserve("A", 1, "meal", 2),)
    assert scenario == Scenario({"A": 4}, reserves, "open-first", ("points>", "ticket"), "per-programme")
    assert render_scenario(scenario) == (
        b'{"order":["points>","ticket"],"reserve_order":"open-first","reserves":[["A",1,"meal",2]],"seats":{"A":4},'
        b'"ticket":"per-programme"}'
    )
    assert scenario_of({}) == Scenario() and render_scenario(Scenario()) == b"{}"


@pytest.mark.parametrize(
    "fields",
    [
        {"colour": 1},
        {"seats": [["A", 1]]},
        {"seats": {"A": True}},
        {"seats": {"A": "3"}},
        {"reserves": {"A": 1}},
        {"reserves": [["A", 1, "meal"]]},
        {"reserves": [["A", "1", "meal", 2]]},
        {"order": "level<"},
        {"order": [1]},
        {"reserve_order": 3},
    ],
)
def test_what_is_no_scenario_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        changed(bundle(), scenario_of(fields))
