"""The matching against two methods that are not deferred acceptance, on 2,000 random markets each."""

from dataclasses import replace
from random import Random

import pytest

from app.allocation.bundle import Bundle
from app.allocation.tables import Fallback, Programme, Reserve
from tests.allocation.properties.markets import Family, bundle_of, places, random_scene
from tests.allocation.properties.second_method import (
    Places,
    best_fixed_point,
    best_of,
    sides_of,
    stable_assignments,
    worst_fixed_point,
)

MANY = 130
PARTS, EACH = 4, 500


def placed(bundle: Bundle) -> Places:
    return {name: programme for name, (programme, _) in places(bundle).items() if programme}


@pytest.mark.parametrize("part", range(PARTS))
def test_the_best_fixed_point_is_the_result(part: int) -> None:
    random = Random(1000 + part)
    differ = reserved = 0
    for _ in range(EACH):
        bundle = bundle_of(random_scene(random, applicants=14, programmes=5))
        sides, result = sides_of(bundle), placed(bundle)
        assert best_fixed_point(sides) == result
        worst = worst_fixed_point(sides)
        assert sorted(worst) == sorted(result), "in every stable matching the same applicants have a place"
        assert all(sides.lists[name].index(result[name]) <= sides.lists[name].index(worst[name]) for name in result)
        differ += worst != result
        reserved += any(row.seats for row in bundle.tables.reserves)
    assert differ > EACH // 100, "too few markets in which best and worst differ to tell them apart"
    assert reserved > EACH // 2


@pytest.mark.parametrize("part", range(PARTS))
def test_the_best_of_all_stable_assignments_is_the_result(part: int) -> None:
    random = Random(2000 + part)
    several = 0
    for _ in range(EACH):
        bundle = bundle_of(random_scene(random, applicants=5, programmes=3))
        sides, result = sides_of(bundle), placed(bundle)
        stable = list(stable_assignments(sides))
        assert result in stable
        assert best_of(sides, stable) == result
        several += len(stable) > 1
    assert several, "no market in which more than one assignment is stable"


def test_a_long_fallback_is_gone_down_as_if_each_programme_were_asked() -> None:
    """More programmes than the matching passes at a time, most of them without a seat, listed by all."""
    random = Random(2500)
    for reserves in ("reserved-first", "open-first"):
        scene = random_scene(random, applicants=1, programmes=1)
        offered = [
            Programme(f"P{number:03}", 1 if number in (64, 128) else random.choice((0,) * 9 + (1,)))
            for number in range(MANY)
        ]
        names = [row.programme for row in offered]
        keys = len(scene.header.keys)
        families = {f"a{number:02}": family(random, names, keys) for number in range(16)}
        bundle = bundle_of(
            replace(
                scene,
                header=replace(scene.header, reserves=reserves),
                programmes=tuple(offered),
                reserves=tuple(Reserve(row.programme, 1, "meal", row.capacity) for row in offered[::2]),
                fallbacks=tuple(Fallback("F", rank, name) for rank, name in enumerate(names, 1)),
                families=families,
            )
        )
        result = placed(bundle)
        assert best_fixed_point(sides_of(bundle)) == result
        ranks = [rank for _, rank in places(bundle).values()]
        assert max(ranks) > 64


def family(random: Random, names: list[str], keys: int) -> Family:
    wishes = tuple(random.sample(names, random.randint(0, 4)))
    elsewhere = tuple(random.randint(0, 2) for _ in range(keys))
    return Family(wishes, {}, elsewhere, ("meal",) if random.random() < 0.5 else (), "", "F")
