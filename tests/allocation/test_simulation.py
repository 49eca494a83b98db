"""Simulated draws against solving each of them, and what must be so whatever the lottery."""

from array import array
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.allocation.bundle import Bundle
from app.allocation.choices import Choice
from app.allocation.lottery import seed_of
from app.allocation.manifest import Draw, Header
from app.allocation.market import Columns
from app.allocation.simulation.changed import changed
from app.allocation.simulation.distances import View
from app.allocation.simulation.draws import simulated_draw
from app.allocation.simulation.replicates import Simulation, simulate, simulation_of
from app.allocation.simulation.runner import Unstable
from app.allocation.simulation.scenario import Scenario
from app.allocation.simulation.tally import Tally, added
from app.allocation.solver import solve
from app.allocation.tables import Applicant, Fallback, Programme, sorted_tables
from tests.allocation.instances import bundles, frozen

LOTTERY = Header("r1", ("level<", "ticket"), "per-applicant", "reserved-first", "fictitious")
NUMBERS = range(3)


def of(bundle: Bundle, scenario: Scenario | None = None, view: View | None = None, seed: int = 7) -> Simulation:
    return simulation_of(bundle, scenario, view or View(), seed)


def alone(counts: Counter[int]) -> int:
    """The value of a measure in the one replicate there is."""
    ((value, times),) = counts.items()
    assert times == 1
    return value


@settings(max_examples=120, deadline=None)
@given(bundles(applicants=7), st.integers(0, 9))
def test_a_replicate_is_what_solving_under_its_draw_gives(bundle: Bundle, number: int) -> None:
    draw = simulated_draw(bundle.root, 7, number) if bundle.draw else None
    solved = solve(replace(bundle, draw=draw))
    tally = simulate(of(bundle), [number])
    places = [row.programme for row in solved.placements]
    names = [row.programme for row in bundle.tables.programmes]
    assert tally.draws == 1
    assert alone(tally.base["placed", ""]) == sum(map(bool, places))
    assert alone(tally.base["first", ""]) == sum(row.rank == 1 for row in solved.placements)
    assert tally.chances == {(at, names.index(place)): 1 for at, place in enumerate(places) if place}
    for name in names:
        assert alone(tally.base["filled", name]) == places.count(name)
    for row in {row for row in bundle.tables.applicants if row.groups}:
        group = row.groups[0]
        of_group = [p for a, p in zip(bundle.tables.applicants, solved.placements, strict=True) if group in a.groups]
        assert alone(tally.base["group_placed", group]) == sum(bool(p.programme) for p in of_group)
        assert alone(tally.base["group_first", group]) == sum(p.rank == 1 for p in of_group)


@settings(max_examples=80, deadline=None)
@given(bundles(applicants=7))
def test_the_level_of_a_full_programme_is_its_last_holders(bundle: Bundle) -> None:
    if not bundle.header.keys or bundle.header.order[0] == "ticket":
        return
    draw = simulated_draw(bundle.root, 7, 0) if bundle.draw else None
    rows = solve(replace(bundle, draw=draw)).cutoffs
    larger_first = bundle.header.order[0].endswith(">")
    found = simulate(of(bundle), [0]).base
    for name, capacity in bundle.tables.programmes:
        levels = [row.keys[0] for row in rows if row.programme == name and row.keys is not None]
        full = 0 < capacity == alone(found["filled", name])
        assert (("cutoff", name) in found) == full == bool(levels)
        if full:
            assert alone(found["cutoff", name]) == (min(levels) if larger_first else max(levels))


@settings(max_examples=50, deadline=None)
@given(bundles(applicants=6), st.integers(0, 3))
def test_replicates_may_be_shared_out_in_any_way(bundle: Bundle, cut: int) -> None:
    simulation = of(bundle, Scenario(seats={"P0": 4}))
    parts = [simulate(simulation, NUMBERS[cut:]), simulate(simulation, NUMBERS[:cut])]
    assert added(parts) == simulate(simulation, NUMBERS)


@settings(max_examples=50, deadline=None)
@given(bundles(applicants=6))
def test_the_real_draw_plays_no_part(bundle: Bundle) -> None:
    tally = simulate(of(bundle), NUMBERS)
    assert simulate(of(replace(bundle, draw=None)), NUMBERS) == tally
    assert simulate(of(replace(bundle, draw=Draw(bundle.root, "9-9-9"))), NUMBERS) == tally


def test_no_simulated_draw_can_be_a_real_one() -> None:
    root = "ab" * 32
    draws = [simulated_draw(root, seed, number) for seed in range(20) for number in range(50)]
    assert len({draw.root for draw in draws}) == len({seed_of(draw) for draw in draws}) == 1000
    assert root not in {draw.root for draw in draws}
    values = [f"{a}-{b}-{c}" for a in range(10) for b in range(10) for c in range(10)] + [str(n) for n in range(50)]
    assert not {seed_of(Draw(root, value)) for value in values} & {seed_of(draw) for draw in draws}
    assert simulated_draw(root, 1, 2) == simulated_draw(root, 1, 2) != simulated_draw("cd" * 32, 1, 2)


@settings(max_examples=50, deadline=None)
@given(bundles(applicants=6))
def test_a_scenario_that_changes_nothing_differs_in_nothing(bundle: Bundle) -> None:
    tally = simulate(of(bundle, Scenario()), NUMBERS)
    assert tally.base == tally.other
    assert all(counts == {0: counts.total()} for counts in tally.difference.values())


@settings(max_examples=60, deadline=None)
@given(bundles(applicants=6), st.sampled_from(["reserved-first", "open-first"]), st.integers(3, 5))
def test_bundle_and_scenario_are_run_under_the_same_draw(bundle: Bundle, reserves: str, seats: int) -> None:
    scenario = Scenario(seats={"P0": seats}, reserve_order=reserves)
    tally = simulate(of(bundle, scenario), [4])
    draw = simulated_draw(bundle.root, 7, 4) if bundle.draw else None
    before, after = solve(replace(bundle, draw=draw)), solve(replace(changed(bundle, scenario), draw=draw))
    placed = [sum(bool(row.programme) for row in result.placements) for result in (before, after)]
    assert alone(tally.difference["placed", ""]) == placed[1] - placed[0]
    assert alone(tally.other["filled", "P0"]) == sum(row.programme == "P0" for row in after.placements)


def school(seats: int = 1, children: int = 4) -> Bundle:
    """Children of equal standing, the first with a better level, and a near school A; a far one B takes everyone."""
    tables = sorted_tables(
        [Programme("A", seats), Programme("B", 9)],
        [],
        [Applicant(f"c{n}", "", ("meal",) if n < 2 else (), "F", (9,)) for n in range(children)],
        [Choice(f"c{n}", 1, "A", (1 if n == 0 else 2,)) for n in range(children)],
        [Fallback("F", 1, "A"), Fallback("F", 2, "B")],
        1,
    )
    return frozen(LOTTERY, tables)


def test_chances_are_what_level_and_lottery_say() -> None:
    draws = 400
    tally = simulate(of(school(seats=2)), range(draws))
    assert tally.chances[0, 0] == draws and tally.chances[0, 1] == 0
    shares = [tally.chances[child, 0] for child in (1, 2, 3)]
    assert sum(shares) == draws
    # One of three equal children each time: 400/3 give or take four standard deviations (9.4 each).
    assert all(96 <= share <= 171 for share in shares)
    assert all(tally.chances[child, 0] + tally.chances[child, 1] == draws for child in range(4))


def test_one_more_seat_is_one_more_first_choice_in_every_draw() -> None:
    tally = simulate(of(school(), Scenario(seats={"A": 2})), range(20))
    assert tally.difference["first", ""] == {1: 20}
    assert tally.difference["placed", ""] == {0: 20} and tally.difference["filled", "B"] == {-1: 20}
    assert tally.base["cutoff", "A"] == {1: 20} and tally.other["cutoff", "A"] == {2: 20}
    assert tally.difference["cutoff", "A"] == {1: 20}


def test_a_measure_that_one_side_lacks_has_no_difference() -> None:
    tally = simulate(of(school(), Scenario(seats={"A": 9})), range(5))
    assert ("cutoff", "A") in tally.base and ("cutoff", "A") not in tally.other | tally.difference


def test_distance_and_town_are_counted() -> None:
    zones = {f"c{number}": "valley" for number in range(3)}
    metres = {("valley", "A"): 1000, ("valley", "B"): 3001, ("c3", "A"): 1001, ("nobody", "A"): 5, ("c3", "Z"): 5}
    view = View({"A": "east", "B": "west"}, metres, zones, (1000, 3000))
    found = {name: alone(counts) for name, counts in simulate(of(school(), view=view), [0]).base.items()}
    # c0 has the better level and takes A; c1, c2 go to B, and so does c3, of whom no distance to B is known.
    assert [found["band", band] for band in ("0-1000", "1001-3000", "beyond", "unknown")] == [1, 0, 2, 1]
    assert found["metres", ""] == 1000 + 2 * 3001
    assert found["town", "east"] == 1 and found["town", "west"] == 3


def test_the_unplaced_are_at_no_distance() -> None:
    view = View(metres={(f"c{number}", name): 10 for number in range(4) for name in "AB"}, bands=(100,))
    tally = simulate(of(changed(school(), Scenario(seats={"B": 1})), view=view), range(5))
    assert tally.base["band", "0-100"] == {2: 5} and tally.base["band", "unknown"] == {0: 5}
    assert tally.base["metres", ""] == {20: 5} and sum(tally.chances.values()) == 10


def test_a_matching_that_is_not_stable_never_counts() -> None:
    def nobody(columns: Columns, _: object) -> tuple[list[list[int]], list[int]]:
        return [[] for _ in range(len(columns.seats) + len(columns.capacity))], list(columns.first)

    with pytest.raises(Unstable, match="chosen before"):
        simulate(of(school()), [0], nobody)


def test_without_a_lottery_every_draw_is_the_same() -> None:
    tables = replace(school().tables)
    bundle = frozen(replace(LOTTERY, order=("level<",), draw_name=None), tables)
    tally = simulate(of(bundle), range(3))
    assert tally.base["first", ""] == {1: 3} and set(tally.chances.values()) == {3}
    assert isinstance(tally, Tally) and isinstance(bundle.tables.choices.rank, array)
