"""Nobody who stays is worse off after a later pass: 10,000 random markets, each with two passes after the first.

Why it holds, with reserves in either order too: the parent's matching without its leavers gives every programme no
more than it would take, and stays stable where a family that holds its place for good lists that place alone. One who
leaves or a seat that is added lets a programme's choice keep all it has of those who stay, since each of its steps
passes on one fewer; so whoever stays and asks as before is never turned away from its place.
"""

from random import Random

import pytest

from app.allocation.bundle import Bundle
from app.allocation.later_pass import later_pass
from app.allocation.result import Placement
from tests.allocation.properties.markets import bundle_of, no_worse, places, random_scene
from tests.allocation.properties.second_method import best_fixed_point, sides_of

PARTS, EACH = 4, 2_500


def next_pass(random: Random, parent: Bundle) -> tuple[Bundle, set[str]]:
    """The pass after a parent, some having left, some held their places for good, some seats added; and the held."""
    before = places(parent)
    left = {name for name in before if random.random() < 0.25}
    held = {name for name, (programme, _) in before.items() if programme and name not in left and random.random() < 0.4}
    more = {name: seats + (random.random() < 0.3) for name, seats in parent.tables.programmes}
    made = later_pass(parent, [Placement(name, place) for name, (place, _) in before.items()], left, held, more)
    return Bundle(made.header, made.tables, "3" * 64, "4" * 64, made.draw), held


@pytest.mark.parametrize("part", range(PARTS))
def test_nobody_who_stays_is_worse_off(part: int) -> None:
    random = Random(3000 + part)
    gained = 0
    for _ in range(EACH):
        parent = bundle_of(random_scene(random, applicants=12, programmes=4))
        for _ in range(2):
            child, held = next_pass(random, parent)
            before, after = places(parent), places(child)
            assert {*after} == {row.applicant for row in child.tables.applicants}
            for name, (programme, rank) in after.items():
                if name in held:
                    assert programme == before[name][0]
                    continue
                assert no_worse(rank, before[name][1]), f"{parent}: {name}: {child}"
                gained += rank != before[name][1]
            parent = child
    assert gained > EACH // 10


def test_the_result_of_a_later_pass_is_that_of_the_second_method() -> None:
    random = Random(3100)
    for _ in range(300):
        child, _ = next_pass(random, bundle_of(random_scene(random, applicants=10, programmes=3)))
        result = {name: programme for name, (programme, _) in places(child).items() if programme}
        assert best_fixed_point(sides_of(child)) == result


def test_a_pass_in_which_nothing_changes_changes_nothing() -> None:
    random = Random(3200)
    for _ in range(300):
        parent = bundle_of(random_scene(random, applicants=10, programmes=3))
        placements = [Placement(name, place) for name, (place, _) in places(parent).items()]
        made = later_pass(parent, placements, [], [], {})
        child = Bundle(made.header, made.tables, "3" * 64, "4" * 64, made.draw)
        assert places(child) == places(parent)
        assert child.tables == parent.tables
