"""Everyone has a place where the lists permit it; else the certificate says who has none and why, by brute force."""

from dataclasses import replace
from itertools import combinations
from random import Random

from app.allocation.bundle import Bundle
from app.allocation.deficit import ListsDeficit, SeatsDeficit
from app.allocation.solver import solve
from app.allocation.tables import Fallback
from tests.allocation.plain import most_short
from tests.allocation.properties.markets import bundle_of, random_scene
from tests.allocation.properties.second_method import Sides, sides_of, stable_assignments


def due_in(bundle: Bundle) -> list[str]:
    return [row.applicant for row in bundle.tables.applicants if row.fallback]


def test_whose_list_names_as_many_seats_as_there_are_who_may_want_them_has_a_place() -> None:
    random = Random(16)
    sure = 0
    for _ in range(2_000):
        bundle = bundle_of(random_scene(random, applicants=10, programmes=4))
        lists, seats = sides_of(bundle).lists, dict(bundle.tables.programmes)
        placed = {row.applicant for row in solve(bundle).placements if row.programme}
        for name, one in lists.items():
            rivals = sum(1 for other in lists.values() if {*other} & {*one})
            if one and sum(seats[programme] for programme in one) >= rivals:
                assert name in placed
                sure += 1
    assert sure > 1_500


def test_with_a_fallback_of_all_programmes_and_seats_for_all_everyone_is_placed() -> None:
    random = Random(17)
    full = 0
    for _ in range(1_500):
        scene = random_scene(random, applicants=10, programmes=4)
        families = {name: replace(family, fallback="F") for name, family in scene.families.items()}
        names = random.sample([row.programme for row in scene.programmes], len(scene.programmes))
        fallbacks = tuple(Fallback("F", rank, name) for rank, name in enumerate(names, 1))
        result = solve(bundle_of(replace(scene, families=families, fallbacks=fallbacks)))
        missing = len(families) - result.seats
        assert sum(1 for row in result.placements if not row.programme) == max(0, missing)
        assert (result.deficit is None) == (missing <= 0)
        full += missing <= 0
    assert 100 < full < 1_400


def test_a_certificate_is_what_brute_force_finds() -> None:
    random = Random(18)
    kinds = {"none": 0, "seats": 0, "lists": 0}
    for _ in range(2_000):
        bundle = bundle_of(random_scene(random, applicants=6, programmes=3))
        due, deficit = due_in(bundle), solve(bundle).deficit
        sides = sides_of(bundle)
        short = most_short(bundle, due)
        if isinstance(deficit, SeatsDeficit):
            kinds["seats"] += 1
            assert short == ([*deficit.applicants], deficit.missing, [*deficit.programmes], deficit.seats)
            assert valid(deficit, bundle, sides)
        elif isinstance(deficit, ListsDeficit):
            kinds["lists"] += 1
            assert short is None
            for places in stable_assignments(sides):
                assert [name for name in due if name not in places] == [*deficit.applicants]
        else:
            kinds["none"] += 1
            assert {*due} <= {row.applicant for row in solve(bundle).placements if row.programme}
    assert min(kinds.values()) > 20, kinds


def valid(deficit: SeatsDeficit, bundle: Bundle, sides: Sides) -> bool:
    """By plain sums: these applicants list these programmes alone, and are more than their seats by so many."""
    listed = {programme for name in deficit.applicants for programme in sides.lists[name]}
    seats = sum(row.capacity for row in bundle.tables.programmes if row.programme in listed)
    return (
        sorted(listed) == [*deficit.programmes]
        and seats == deficit.seats
        and len(deficit.applicants) - seats == deficit.missing > 0
    )


def test_no_certificate_of_seats_could_be_larger() -> None:
    """A subset of those with a fallback lacks at most what the certificate says, one by one counted anew."""
    random = Random(19)
    for _ in range(300):
        bundle = bundle_of(random_scene(random, applicants=7, programmes=3))
        lists, seats = sides_of(bundle).lists, dict(bundle.tables.programmes)
        due, deficit = due_in(bundle), solve(bundle).deficit
        missing = deficit.missing if isinstance(deficit, SeatsDeficit) else 0
        for size in range(len(due) + 1):
            for some in combinations(due, size):
                reach = {programme for name in some for programme in lists[name]}
                assert size - sum(seats[programme] for programme in reach) <= missing
