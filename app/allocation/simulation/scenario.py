"""What a simulation changes of a frozen bundle, read and written as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import starmap
from typing import Any

from app.allocation.canonical import canonical_json
from app.allocation.tables import Reserve
from app.allocation.text import Refused

FIELDS = ("order", "reserve_order", "reserves", "seats", "ticket")
NAME = "simulation"


@dataclass(frozen=True, slots=True)
class Scenario:
    """`seats`: programme → its seats. `reserves`: all rows in the stead of the bundle's. `reserve_order`:
    reserved-first or open-first. `order`: keys of the bundle in another order, fewer of them, or turned round, with
    or without `ticket`. `ticket`: per-applicant or per-programme. What is not given stays."""

    seats: Mapping[str, int] = field(default_factory=dict)
    reserves: tuple[Reserve, ...] | None = None
    reserve_order: str | None = None
    order: tuple[str, ...] | None = None
    ticket: str | None = None


def scenario_of(fields: Mapping[str, Any]) -> Scenario:
    """The scenario in a JSON object; raises Refused for an unknown field or what is not of its kind.

    `{"seats": {"P1": 90}, "reserves": [["P1", 1, "migrant", 9]], "reserve_order": "open-first",
    "order": ["points>", "ticket"], "ticket": "per-applicant"}`, each field optional; a reserve is
    programme, precedence, group, seats.
    """
    for name in fields:
        if name not in FIELDS:
            raise refused(f"{ascii(name)[:80]} is unknown; there are {', '.join(FIELDS)}")
    seats, rows, order = fields.get("seats", {}), fields.get("reserves"), fields.get("order")
    if not isinstance(seats, dict) or not all(type(value) is int for value in seats.values()):
        raise refused("seats must be an object of programmes and integers")
    if rows is not None and not (isinstance(rows, list) and all(map(_is_reserve, rows))):
        raise refused("reserves must be a list of [programme, precedence, group, seats]")
    if order is not None and not (isinstance(order, list) and all(isinstance(entry, str) for entry in order)):
        raise refused("order must be a list of keys, each with < or >, and ticket")
    reserves = None if rows is None else tuple(starmap(Reserve, rows))
    keys = None if order is None else tuple(order)
    return Scenario(seats, reserves, fields.get("reserve_order"), keys, fields.get("ticket"))


def render_scenario(scenario: Scenario) -> bytes:
    """The scenario as canonical JSON, for its digest and for whoever reads the results."""
    fields = {
        "seats": dict(scenario.seats),
        "reserves": scenario.reserves,
        "reserve_order": scenario.reserve_order,
        "order": scenario.order,
        "ticket": scenario.ticket,
    }
    return canonical_json({name: value for name, value in fields.items() if value not in (None, {})})


def _is_reserve(row: object) -> bool:
    return isinstance(row, list) and [type(cell) for cell in row] == [str, int, str, int]


def refused(reason: str) -> Refused:
    """The refusal of a scenario."""
    return Refused(NAME, 0, reason)
