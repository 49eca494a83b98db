"""A frozen bundle under a scenario."""

from dataclasses import replace
from itertools import starmap

from app.allocation.bundle import Bundle, parse_bundle, render_bundle
from app.allocation.choices import Choices
from app.allocation.manifest import TICKET, Header
from app.allocation.simulation.scenario import NAME, Scenario, refused
from app.allocation.tables import Applicant, Programme, Tables
from app.allocation.text import Refused


def changed(bundle: Bundle, scenario: Scenario) -> Bundle:
    """The bundle, undrawn, under a scenario, read by all rules of the format; raises Refused.

    Of the same applicants with the same lottery units, so that one draw gives them the same tickets in both,
    unless `ticket` makes these of another kind.
    """
    tables, header = bundle.tables, bundle.header
    programmes = {row.programme: row.capacity for row in tables.programmes}
    for name in sorted(scenario.seats):
        if name not in programmes:
            raise refused(f"seats: there is no programme {ascii(name)[:80]}")
    order = header.order if scenario.order is None else scenario.order
    drawn = TICKET in order
    new = replace(
        header,
        order=order,
        ticket=header.ticket if scenario.ticket is None else scenario.ticket,
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
        raise refused("a value is not of its kind") from None


def _positions(header: Header, order: tuple[str, ...]) -> list[int]:
    """Where the keys of the order stand among the bundle's."""
    names = [entry[:-1] for entry in order if entry != TICKET]
    for name in names:
        if name not in header.keys:
            raise refused(f"order: the bundle has no key {ascii(name)[:80]}")
    return [header.keys.index(name) for name in names]


def _with_keys(tables: Tables, positions: list[int]) -> tuple[tuple[Applicant, ...], Choices]:
    applicants = tuple(
        row._replace(keys=tuple(row.keys[at] for at in positions)) if row.fallback else row for row in tables.applicants
    )
    return applicants, replace(tables.choices, keys=tuple(tables.choices.keys[at] for at in positions))
