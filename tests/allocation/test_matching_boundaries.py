"""The matching's parts at their edges: bars as they are defined, strides of a fallback, the last applicant of all."""

from array import array
from collections.abc import Sequence
from random import Random

import pytest

from app.allocation.bundle import Bundle
from app.allocation.choices import Choice
from app.allocation.deferred_acceptance import BLOCK, Programmes, ask, first_hope, match, propose, raise_bars
from app.allocation.flow import Network
from app.allocation.manifest import Header
from app.allocation.market import Columns, Market, market_of
from app.allocation.solver import solve
from app.allocation.tables import Applicant, Fallback, Programme, Reserve, sorted_tables
from tests.allocation.instances import frozen

HEADER = Header("boundaries", ("points>",), "per-applicant", "open-first")


def bundle_of(
    programmes: Sequence[tuple[str, int]],
    applicants: Sequence[tuple[str, tuple[str, ...], str, int]],
    choices: Sequence[tuple[str, int, str, int]],
    reserves: Sequence[tuple[str, int, str, int]] = (),
    fallbacks: Sequence[tuple[str, int, str]] = (),
    header: Header = HEADER,
) -> Bundle:
    """`applicants`: name, groups, fallback, points there. `choices`: applicant, rank, programme, points there."""
    rows = [
        Applicant(name, "", groups, fallback, (key,) if fallback else ()) for name, groups, fallback, key in applicants
    ]
    tables = sorted_tables(
        [Programme(*row) for row in programmes],
        [Reserve(*row) for row in reserves],
        rows,
        [Choice(name, rank, programme, (points,)) for name, rank, programme, points in choices],
        [Fallback(*row) for row in fallbacks],
        1,
    )
    return frozen(header, tables)


def places(bundle: Bundle) -> dict[str, str]:
    return {row.applicant: f"{row.programme} {row.seat}".strip() for row in solve(bundle).placements}


# An open step of one seat, the reserves of g (one) and of h (none), and what is left, which is taken from a step.
MARKET = market_of(
    bundle_of(
        [("P", 2)],
        [("x", ("g",), "", 0), ("y", (), "", 0), ("z", (), "", 0)],
        [("x", 1, "P", 100), ("y", 1, "P", 0), ("z", 1, "P", 0)],
        [("P", 1, "g", 1), ("P", 2, "h", 0)],
    )
)


def state(held: list[list[int]]) -> Programmes:
    """The only programme, full, with these on the open step, on the reserves of g and of h, and on what is left."""
    return Programmes(held, [0], [[0], [0]], set(MARKET.columns.belongs))


@pytest.mark.parametrize(
    ("held", "ungrouped", "grouped"),
    [
        ([[50], [70], [], [60]], 50, 50),
        ([[60], [70], [], [50]], 50, 50),
        ([[80], [20], [], [60]], 60, 20),
        ([[80], [], [], [30, 60]], 30, 0),
        ([[80], [70], [], []], 80, 70),
    ],
)
def test_bars_are_the_smallest_standings_that_might_be_taken(
    held: list[list[int]], ungrouped: int, grouped: int
) -> None:
    programmes = state(held)
    raise_bars(0, held[3], 0, 3, MARKET.columns, programmes)
    assert programmes.bars == [[ungrouped], [grouped]]


def test_where_no_step_has_a_holder_the_bar_is_above_all() -> None:
    market = market_of(bundle_of([("P", 0)], [("x", (), "", 0)], [("x", 1, "P", 5)]))
    programmes = Programmes([[]], [0], [[0], [0]], set())
    raise_bars(0, [], 0, 0, market.columns, programmes)
    assert programmes.bars == [[market.columns.top], [market.columns.top]]


def test_the_last_seat_raises_the_bars_and_the_seats_before_do_not() -> None:
    market = market_of(bundle_of([("P", 2)], [(name, (), "", 0) for name in "xyz"], [(n, 1, "P", 5) for n in "xyz"]))
    programmes = Programmes([[]], [2], [[0], [0]], set())
    worst, middle, best = sorted(market.columns.standing)
    assert ask(0, middle, market.columns, programmes) == -1
    assert (programmes.free, programmes.bars) == ([1], [[0], [0]])
    assert ask(0, worst, market.columns, programmes) == -1
    assert (programmes.free, programmes.bars) == ([0], [[worst], [worst]])
    assert ask(0, best, market.columns, programmes) == 2
    assert (programmes.free, programmes.bars) == ([0], [[middle], [middle]])


def test_the_last_applicant_with_the_fewest_points_is_turned_away_like_any_other() -> None:
    # Its standing is 0. It has the reserved seat until `a`, whom only the fallback brings, takes that.
    bundle = bundle_of(
        [("P", 2)],
        [("a", ("g",), "F", 9), ("m", (), "", 0), ("z", ("g",), "", 0)],
        [("m", 1, "P", 5), ("z", 1, "P", 0)],
        [("P", 1, "g", 1)],
        [("F", 1, "P")],
        Header("boundaries", ("points>",), "per-applicant", "reserved-first"),
    )
    assert min(market_of(bundle).columns.standing) == 0
    assert places(bundle) == {"a": "P reserve:g", "m": "P open", "z": ""}


def test_whoever_has_no_place_has_neither_seat_nor_rank() -> None:
    bundle = bundle_of([("P", 1)], [("x", (), "", 0), ("y", (), "", 0)], [("x", 1, "P", 1), ("y", 1, "P", 2)])
    matching = match(market_of(bundle))
    assert (list(matching.seat), list(matching.rank)) == ([-1, 0], [0, 1])


def test_the_proposing_that_is_given_is_the_one_that_runs() -> None:
    calls = []

    def counted(columns: Columns, tickets: object) -> tuple[list[list[int]], list[int]]:
        calls.append(columns)
        return propose(columns, None)

    assert match(MARKET, counted) == match(MARKET)
    assert len(calls) == 1


class Counted(Sequence[int]):
    """A row of numbers that counts how often it is looked at."""

    def __init__(self, row: list[int]) -> None:
        self.row, self.looks = row, 0

    def __len__(self) -> int:
        return len(self.row)

    def __getitem__(self, at: int | slice) -> int:  # type: ignore[override]
        self.looks += 1
        return self.row[at]  # type: ignore[return-value]


def test_the_first_hope_is_the_first_programme_whose_bar_is_not_above_the_newcomer() -> None:
    random = Random(2026)
    for _ in range(60):
        listed = [random.randrange(40) for _ in range(random.choice((1, 63, 64, 65, 128, 200, 300)))]
        bar, bound = [random.randrange(5) for _ in range(40)], [0] * (len(listed) // BLOCK + 1)
        for _ in range(60):
            end = random.randint(0, len(listed))
            at, newcomer = random.choice((0, end // BLOCK * BLOCK, random.randint(0, end))), random.randrange(60)
            wanted = next((place for place in range(at, end) if bar[listed[place]] <= newcomer), end)
            assert first_hope(at, end, newcomer, listed, bar, bound) == wanted
            for stride, low in enumerate(bound[: len(listed) // BLOCK]):
                assert low <= min(bar[programme] for programme in listed[stride * BLOCK : (stride + 1) * BLOCK])
            bar = [high + random.choice((0, 0, 0, 1, 7)) for high in bar]  # bars only rise


def test_strides_that_refused_once_cost_one_look_at_their_bound() -> None:
    listed = Counted(list(range(8 * BLOCK)))
    bar, bound = [9] * len(listed), [0] * 9
    assert first_hope(0, len(listed), 5, listed, bar, bound) == len(listed)
    assert bound == [9] * 8 + [0]
    assert listed.looks == 8
    assert first_hope(0, len(listed), 5, listed, bar, bound) == len(listed)
    assert listed.looks == 8
    assert first_hope(0, len(listed), 9, listed, bar, bound) == 0
    bar[3], bar[BLOCK + 3], bar[2 * BLOCK] = 5, 7, 5  # the bound of a stride is of its own programmes
    assert first_hope(BLOCK, 2 * BLOCK, 9, listed, bar, bound) == BLOCK
    assert bound == [9, 7, *[9] * 6, 0]


def test_below_the_bar_of_those_in_no_group_a_child_is_refused_without_asking() -> None:
    # `a` has the reserved seat with 20 points, `b` the other with 60: of 40 and 30 only those of `d` can matter.
    points, groups = {"a": 20, "b": 60, "c": 40, "d": 30}, {"a": ("g",), "d": ("g",)}
    bundle = bundle_of(
        [("P", 2)],
        [(name, groups.get(name, ()), "", 0) for name in points],
        [(name, 1, "P", there) for name, there in points.items()],
        [("P", 1, "g", 1)],
        header=Header("boundaries", ("points>",), "per-applicant", "reserved-first"),
    )
    columns = market_of(bundle).columns
    steps = Counted(list(columns.step_first))
    propose(columns._replace(step_first=steps), None)  # type: ignore[arg-type]
    assert steps.looks == 2 * len(("a", "b", "d"))
    assert places(bundle) == {"a": "", "b": "P open", "c": "", "d": "P reserve:g"}


@pytest.mark.parametrize("offset", [0, 1, 7, 63])
def test_two_long_fallbacks_do_not_share_a_stride(offset: int) -> None:
    # The second list begins within a stride of the first; both are full, each of its own children.
    far, near = [f"A{n:03}" for n in range(BLOCK + offset)], [f"B{n:03}" for n in range(3 * BLOCK)]
    fallbacks = [("F", rank, name) for rank, name in enumerate(far, 1)]
    fallbacks += [("G", rank, name) for rank, name in enumerate(near, 1)]
    children = [(f"c{n:03}", (), "G" if n % 3 else "F", n * 7 % 101) for n in range(4 * BLOCK)]
    bundle = bundle_of([(name, 1) for name in (*far, *near)], children, [], (), fallbacks)
    for fallback, names in (("F", far), ("G", near)):
        queue = sorted((row for row in children if row[2] == fallback), key=lambda row: (-row[3], row[0]))
        found = {row.applicant: row.programme for row in solve(bundle).placements}
        wanted = dict(zip((row[0] for row in queue), (*names, *[""] * len(queue)), strict=False))
        assert {name: found[name] for name in wanted} == wanted


def test_a_flow_is_the_largest_and_the_source_reaches_the_smallest_set_that_lacks_most() -> None:
    random = Random(8)
    for _ in range(150):
        tasks, sites = random.randint(1, 4), random.randint(1, 3)
        supply, room = [random.randint(1, 3) for _ in range(tasks)], [random.randint(0, 3) for _ in range(sites)]
        edges = {(task, site) for task in range(tasks) for site in range(sites) if random.random() < 0.5}
        network = Network(2 + tasks + sites)
        for task, many in enumerate(supply):
            network.connect(0, 2 + task, many)
        for task, site in sorted(edges):
            network.connect(2 + task, 2 + tasks + site, 99)
        for site, many in enumerate(room):
            network.connect(2 + tasks + site, 1, many)
        lacks = {}
        for mask in range(1 << tasks):
            some = [task for task in range(tasks) if mask >> task & 1]
            near = {site for task, site in edges if task in some}
            lacks[mask] = sum(supply[task] for task in some) - sum(room[site] for site in near)
        most = max(lacks.values())
        smallest = min((mask for mask in lacks if lacks[mask] == most), key=lambda mask: bin(mask).count("1"))
        flow, reached = network.saturate(0, 1)
        assert flow == sum(supply) - most
        assert reached[0] and not reached[1]
        assert [reached[2 + task] for task in range(tasks)] == [bool(smallest >> task & 1) for task in range(tasks)]


def test_the_columns_of_a_market_without_reserves_or_fallbacks_are_as_short_as_they_can_be() -> None:
    market: Market = market_of(bundle_of([("P", 1)], [("x", (), "", 0)], [("x", 1, "P", 1)]))
    columns = market.columns
    assert (list(columns.step_first), list(columns.group), list(columns.seats)) == ([0, 0], [], [])
    assert (list(columns.list_first), list(columns.listed), columns.fallback) == ([0], [], array("i", [-1]))
    assert (list(columns.kind), list(columns.belongs), columns.groups) == ([0], [], 0)
