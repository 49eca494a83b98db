"""Known answers from the literature, and its theorem that reserves are better for all than quotas."""

from dataclasses import replace
from random import Random

import pytest

from app.allocation.bundle import Bundle
from app.allocation.solver import solve
from tests.allocation.properties.markets import bundle_of as drawn_bundle
from tests.allocation.properties.markets import random_scene
from tests.allocation.properties.second_method import (
    Places,
    Sides,
    best_fixed_point,
    sides_of,
    stable_assignments,
    worst_fixed_point,
)
from tests.allocation.properties.written import Fields, bundle_of, instances

INSTANCES = dict(instances())


def placed(bundle: Bundle) -> Places:
    return {row.applicant: row.programme for row in solve(bundle).placements if row.programme}


def under_quotas(bundle: Bundle, group: str) -> Sides:
    """The same, but a programme takes by priority alone and, of all outside the group, no more than seats not reserved
    for it: the quota on the majority that stands against a reserve for the minority."""
    minority = {row.applicant for row in bundle.tables.applicants if group in row.groups}
    sides = sides_of(replace(bundle, tables=replace(bundle.tables, reserves=())))
    capacities = dict(bundle.tables.programmes)
    quotas = capacities | {r.programme: capacities[r.programme] - r.seats for r in bundle.tables.reserves}

    def choice(programme: str, asking: frozenset[str]) -> frozenset[str]:
        taken: list[str] = []
        room = quotas[programme]
        for name in sides.orders[programme]:
            if name in asking and len(taken) < capacities[programme] and (name in minority or room):
                taken.append(name)
                room -= name not in minority
        return frozenset(taken)

    return replace(sides, choice=choice)


@pytest.mark.parametrize("name", INSTANCES)
def test_the_result_is_the_one_that_is_known(name: str) -> None:
    fields: Fields = INSTANCES[name]
    bundle = bundle_of(fields)
    sides = sides_of(bundle)
    assert placed(bundle) == fields["best"]
    assert best_fixed_point(sides) == fields["best"]
    assert worst_fixed_point(sides) == fields["worst"]
    if "stable" in fields:
        assert len(list(stable_assignments(sides))) == fields["stable"]


def test_a_quota_may_hurt_whom_it_is_for_and_a_reserve_of_as_many_seats_does_not() -> None:
    without = INSTANCES["hafalir_yenmez_yildirim_2013: neither quota nor reserve"]
    reserve = INSTANCES["hafalir_yenmez_yildirim_2013: a reserve of one seat"]
    assert best_fixed_point(under_quotas(bundle_of(reserve), "minority")) == reserve["quota"]
    assert without["lists"]["s3"].index(reserve["quota"]["s3"]) > without["lists"]["s3"].index(without["best"]["s3"])
    assert placed(bundle_of(reserve)) == placed(bundle_of(without))


def test_reserves_are_for_nobody_worse_than_quotas_on_random_markets() -> None:
    random = Random(10)
    better = 0
    for _ in range(1_000):
        scene = random_scene(random, applicants=10, programmes=4)
        reserves = tuple(row._replace(precedence=1) for row in scene.reserves if row.group == "meal")
        header = replace(scene.header, reserves="reserved-first")
        bundle = drawn_bundle(replace(scene, header=header, reserves=reserves))
        result, sides = placed(bundle), under_quotas(bundle, "meal")
        quota = best_fixed_point(sides)
        for name, one in sides.lists.items():
            ranks = {programme: rank for rank, programme in enumerate(one)}
            assert ranks.get(result.get(name, ""), len(one)) <= ranks.get(quota.get(name, ""), len(one))
        better += result != quota
    assert better > 50
