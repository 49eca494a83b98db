"""A ticket is of the draw, the round and the lottery unit (and the programme): nothing else a family does changes it.

Not what it applies for, in which order, how often it submits, when, who else applies, nor its keys and groups.
"""

import time
from dataclasses import replace
from random import Random

import pytest

from app.allocation.bundle import Bundle
from app.allocation.market import market_of
from app.allocation.priorities import TICKET_BITS, tickets_of
from app.allocation.solver import solve
from tests.allocation.properties.markets import Family, Scene, bundle_of, random_scene

UNITS = ("", "twins", "lot-7")


def scene_with(random: Random, ticket: str) -> Scene:
    """Any scene of one round and draw in which some lot decides, and an applicant `child` among whoever else."""
    while True:
        scene = random_scene(random, applicants=8, programmes=4)
        if "ticket" in scene.header.order and scene.header.ticket == ticket:
            keys = next(iter(scene.families.values())).elsewhere
            names = [row.programme for row in scene.programmes]
            child = Family(tuple(random.sample(names, random.randint(0, len(names)))), {}, keys, fallback="F")
            return replace(scene, families={**scene.families, "child": child}, draw="4-0-7")


def of_unit(scene: Scene, unit: str) -> Bundle:
    child = replace(scene.families["child"], lottery_unit=unit)
    return bundle_of(replace(scene, families={**scene.families, "child": child}))


def ticket_at(bundle: Bundle, programme: int) -> int:
    """The child's ticket at a programme as the matching compares it: what is left of it from the 256 bits."""
    market = market_of(bundle)
    assert market.tickets is not None
    index = [row.applicant for row in bundle.tables.applicants].index("child")
    return market.tickets(index, programme) // market.scale.unit % (1 << TICKET_BITS)


@pytest.mark.parametrize("unit", UNITS)
def test_a_ticket_of_an_applicant_is_the_same_whatever_else_there_is(unit: str) -> None:
    random = Random(12)
    tickets = set()
    for _ in range(300):
        bundle = of_unit(scene_with(random, "per-applicant"), unit)
        index = [row.applicant for row in bundle.tables.applicants].index("child")
        tickets.add(tickets_of(bundle.header, bundle.tables.applicants, bundle.draw)[index])
    assert len(tickets) == 1


@pytest.mark.parametrize("unit", UNITS)
def test_a_ticket_at_a_programme_is_the_same_whatever_else_there_is(unit: str) -> None:
    random = Random(13)
    bundles = [of_unit(scene_with(random, "per-programme"), unit) for _ in range(300)]
    for programme in range(4):
        tickets = {ticket_at(one, programme) for one in bundles if programme < len(one.tables.programmes)}
        assert len(tickets) == 1


def test_another_unit_round_or_draw_gives_another_ticket() -> None:
    scene = scene_with(Random(14), "per-applicant")
    tickets = set()
    for unit in UNITS:
        for round_name in ("fictitious", "another"):
            for value in ("4-0-7", "4-0-8"):
                header = replace(scene.header, round=round_name)
                bundle = of_unit(replace(scene, header=header, draw=value), unit)
                index = [row.applicant for row in bundle.tables.applicants].index("child")
                tickets.add(tickets_of(bundle.header, bundle.tables.applicants, bundle.draw)[index])
    assert len(tickets) == 3 * 2 * 2


def test_who_submits_again_later_under_the_same_name_stands_where_it_stood() -> None:
    """Withdrawn and made again, with the same list, at another moment: the same rows, and so the same result."""
    scene = scene_with(Random(15), "per-programme")
    first = solve(bundle_of(scene))
    others = {name: family for name, family in scene.families.items() if name != "child"}
    assert solve(bundle_of(replace(scene, families=others))).placements != first.placements
    time.sleep(0.01)
    again = replace(scene, families={"child": scene.families["child"], **others})
    assert solve(bundle_of(again)) == first
