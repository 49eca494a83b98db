"""What a simulation changes of a frozen bundle, and the draws that it makes up.

A simulated draw is of a root of its own, made from the bundle's root, the simulation's seed and the replicate's number
under a label that no bundle's root is made with. Tickets come from a draw's root and its value (`lottery`), so that
none of these draws can be the real one, whatever numbers fall in it, nor foretell who gains by which numbers: a public
draw may have as few as a thousand outcomes, and whoever may try them all before it knows every result in advance.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import starmap
from typing import Any

from app.allocation.bundle import Bundle, parse_bundle, render_bundle
from app.allocation.canonical import canonical_json
from app.allocation.choices import Choices
from app.allocation.manifest import TICKET, Draw, Header
from app.allocation.tables import Applicant, Programme, Reserve, Tables
from app.allocation.text import Refused, sha256

LABEL = "allocation-simulation/1"
FIELDS = ("order", "reserve_order", "reserves", "seats")
NAME = "simulation"


@dataclass(frozen=True, slots=True)
class Scenario:
    """`seats`: programme → its seats. `reserves`: all rows in the stead of the bundle's. `reserve_order`:
    reserved-first or open-first. `order`: keys of the bundle in another order, fewer of them, or turned round, with
    or without `ticket`. What is not given stays."""

    seats: Mapping[str, int] = field(default_factory=dict)
    reserves: tuple[Reserve, ...] | None = None
    reserve_order: str | None = None
    order: tuple[str, ...] | None = None


def scenario_of(fields: Mapping[str, Any]) -> Scenario:
    """The scenario in a JSON object; raises Refused for an unknown field or what is not of its kind.

    `{"seats": {"P1": 90}, "reserves": [["P1", 1, "migrant", 9]], "reserve_order": "open-first",
    "order": ["points>", "ticket"]}`, each field optional; a reserve is programme, precedence, group, seats.
    """
    for name in fields:
        if name not in FIELDS:
            raise _refused(f"{ascii(name)[:80]} is unknown; there are {', '.join(FIELDS)}")
    seats, rows, order = fields.get("seats", {}), fields.get("reserves"), fields.get("order")
    if not isinstance(seats, dict) or not all(type(value) is int for value in seats.values()):
        raise _refused("seats must be an object of programmes and integers")
    if rows is not None and not (isinstance(rows, list) and all(map(_is_reserve, rows))):
        raise _refused("reserves must be a list of [programme, precedence, group, seats]")
    if order is not None and not (isinstance(order, list) and all(isinstance(entry, str) for entry in order)):
        raise _refused("order must be a list of keys, each with < or >, and ticket")
    reserves = None if rows is None else tuple(starmap(Reserve, rows))
    return Scenario(seats, reserves, fields.get("reserve_order"), None if order is None else tuple(order))


def changed(bundle: Bundle, scenario: Scenario) -> Bundle:
    """The bundle, undrawn, under a scenario, read by all rules of the format; raises Refused.

    Of the same applicants with the same lottery units, so that one draw gives them the same tickets in both.
    """
    tables, header = bundle.tables, bundle.header
    programmes = {row.programme: row.capacity for row in tables.programmes}
    for name in sorted(scenario.seats):
        if name not in programmes:
            raise _refused(f"seats: there is no programme {ascii(name)[:80]}")
    order = header.order if scenario.order is None else scenario.order
    drawn = TICKET in order
    new = replace(
        header,
        order=order,
        reserves=header.reserves if scenario.reserve_order is None else scenario.reserve_order,
        draw_name=(header.draw_name or NAME) if drawn else None,
        families=None,
    )
    rows = Tables(
        tuple(starmap(Programme, sorted((programmes | dict(scenario.seats)).items()))),
        tables.reserves if scenario.reserves is None else tuple(sorted(scenario.reserves)),
        *_with_keys(tables, _positions(header, order)),
        tables.fallbacks,
    )
    try:
        return parse_bundle(render_bundle(new, rows))
    except (TypeError, ValueError) as error:
        if isinstance(error, Refused):
            raise
        raise _refused("a value is not of its kind") from None


def simulated_draw(root: str, seed: int, number: int) -> Draw:
    """The draw of one replicate: by root of the bundle, seed of the simulation and number."""
    return Draw(sha256(f"{LABEL}\n{root}\n{seed}\n{number}".encode()), str(number))


def render_scenario(scenario: Scenario) -> bytes:
    """The scenario as canonical JSON, for its digest and for whoever reads the results."""
    fields = {
        "seats": dict(scenario.seats),
        "reserves": scenario.reserves,
        "reserve_order": scenario.reserve_order,
        "order": scenario.order,
    }
    return canonical_json({name: value for name, value in fields.items() if value not in (None, {})})


def _positions(header: Header, order: tuple[str, ...]) -> list[int]:
    """Where the keys of the order stand among the bundle's."""
    names = [entry[:-1] for entry in order if entry != TICKET]
    for name in names:
        if name not in header.keys:
            raise _refused(f"order: the bundle has no key {ascii(name)[:80]}")
    return [header.keys.index(name) for name in names]


def _with_keys(tables: Tables, positions: list[int]) -> tuple[tuple[Applicant, ...], Choices]:
    applicants = tuple(
        row._replace(keys=tuple(row.keys[at] for at in positions)) if row.fallback else row for row in tables.applicants
    )
    return applicants, replace(tables.choices, keys=tuple(tables.choices.keys[at] for at in positions))


def _is_reserve(row: object) -> bool:
    return isinstance(row, list) and [type(cell) for cell in row] == [str, int, str, int]


def _refused(reason: str) -> Refused:
    return Refused(NAME, 0, reason)
