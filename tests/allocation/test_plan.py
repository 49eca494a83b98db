"""The plan against every way of adding seats to small instances."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from app.allocation.bundle import Bundle
from app.allocation.canonical import canonical_file
from app.allocation.deficit import SeatsDeficit, due_in, shortage, zones_of
from app.allocation.manifest import Header
from app.allocation.plan import Plan, ShortZone, plan
from app.allocation.plan_additions import with_seats
from app.allocation.plan_command import render_plan
from app.allocation.solver import solve, write_result
from app.allocation.tables import Applicant, Fallback, Programme, Tables, sorted_tables
from app.allocation.text import Refused
from tests.allocation.drafts import save
from tests.allocation.instances import bundles, files_of, frozen
from tests.allocation.running import ROOT

HEADER = Header("r1", ("level<",), "per-applicant", "reserved-first")
LIMITS = st.dictionaries(st.sampled_from(["P0", "P1", "P2"]), st.integers(0, 4))


def placed_in(bundle: Bundle) -> list[bool]:
    return [bool(row.programme) for row in solve(bundle).placements]


def lacking(bundle: Bundle, due: Sequence[int], added: Mapping[str, int]) -> int:
    short = shortage(zones_of(bundle.tables, due), with_seats(bundle.tables, added))
    return short.missing if short else 0


def fewest_by_trying(bundle: Bundle, due: Sequence[int], limits: Mapping[str, int]) -> tuple[int, int]:
    """(seats still missing, seats added) of the best way to add seats within the limits."""
    programmes = bundle.tables.programmes
    rooms = [max(0, min(4, limits.get(name, 99) - seats)) for name, seats in programmes]
    ways = product(*(range(room + 1) for room in rooms))
    names = [name for name, _ in programmes]
    return min((lacking(bundle, due, dict(zip(names, way, strict=True))), sum(way)) for way in ways)


@settings(max_examples=120, deadline=None)
@given(bundles(applicants=5, programmes=3), LIMITS)
def test_no_other_way_within_the_limits_adds_fewer_seats_or_serves_more(bundle: Bundle, limits: dict[str, int]) -> None:
    placed = placed_in(bundle)
    limits = {name: most for name, most in limits.items() if name in dict(bundle.tables.programmes)}
    made, due = plan(bundle, placed, limits), due_in(bundle, placed)
    event(f"missing {made.missing}, beyond {made.beyond}")
    assert (made.beyond, sum(made.added.values())) == fewest_by_trying(bundle, due, limits)
    assert made.missing == made.beyond + sum(made.added.values()) == lacking(bundle, due, {})
    for name, seats in bundle.tables.programmes:
        assert name not in made.added or seats + made.added[name] <= limits.get(name, 10**6)
        assert made.added.get(name, 1) > 0


@settings(max_examples=80, deadline=None)
@given(bundles(applicants=7))
def test_who_has_no_place_afterwards_is_who_has_none_when_solved_again(bundle: Bundle) -> None:
    made = plan(bundle, placed_in(bundle))
    again = frozen(bundle.header, with_seats(bundle.tables, made.added), bundle.draw.value if bundle.draw else "0")
    if bundle.draw is None:
        without = [row.applicant for row in solve(again).placements if not row.programme]
        due = {row.applicant for row in bundle.tables.applicants if row.fallback}
        assert list(made.unplaced) == [name for name in without if name in due]
    assert made.beyond == 0 and not isinstance(solve(again).deficit, SeatsDeficit)
    assert made.kind == ("lists" if made.unplaced else None)


@settings(max_examples=80, deadline=None)
@given(bundles(applicants=7))
def test_the_zones_are_the_certificate_apart(bundle: Bundle) -> None:
    found, made = solve(bundle).deficit, plan(bundle, placed_in(bundle))
    if not isinstance(found, SeatsDeficit):
        assert made.zones == () and made.added == {} and made.missing == 0
        return
    assert sorted(name for zone in made.zones for name in zone.applicants) == list(found.applicants)
    assert sorted({name for zone in made.zones for name in zone.programmes}) == list(found.programmes)
    seats = dict(bundle.tables.programmes)
    assert all(zone.seats == sum(seats[name] for name in zone.programmes) for zone in made.zones)
    assert [zone.applicants for zone in made.zones] == sorted(zone.applicants for zone in made.zones)


def two_valleys() -> Tables:
    """Two valleys, each with a school of its own (A; C) and one between them (B); three children too many in one."""
    fallbacks = [Fallback("east", rank, name) for rank, name in enumerate("ABC", 1)]
    fallbacks += [Fallback("west", rank, name) for rank, name in enumerate("CB", 1)]
    return sorted_tables(
        [Programme("A", 1), Programme("B", 1), Programme("C", 1)],
        [],
        [Applicant(f"e{n}", "", (), "east", (n,)) for n in range(4)]
        + [Applicant(f"w{n}", "", (), "west", (n,)) for n in range(2)],
        [],
        fallbacks,
        1,
    )


def test_seats_are_begun_where_the_children_without_a_place_live() -> None:
    bundle = frozen(HEADER, two_valleys())
    placed = placed_in(bundle)
    assert placed == [True, True, False, False, True, False]
    made = plan(bundle, placed)
    assert made == Plan(
        missing=3,
        added={"A": 2, "C": 1},
        beyond=0,
        zones=(
            ShortZone(("e0", "e1", "e2", "e3"), ("e2", "e3"), ("A", "B", "C"), 3),
            ShortZone(("w0", "w1"), ("w1",), ("B", "C"), 2),
        ),
        unplaced=(),
    )


def test_where_the_near_school_is_full_they_go_to_the_next_one() -> None:
    bundle = frozen(HEADER, two_valleys())
    assert plan(bundle, placed_in(bundle), {"A": 2}).added == {"A": 1, "B": 1, "C": 1}
    assert plan(bundle, placed_in(bundle), {"A": 0, "B": 1}).added == {"C": 3}


def test_what_no_building_holds_is_told() -> None:
    bundle = frozen(HEADER, two_valleys())
    made = plan(bundle, placed_in(bundle), {"A": 2, "B": 1, "C": 1})
    assert (made.added, made.beyond, len(made.unplaced), made.kind) == ({"A": 1}, 2, 2, "seats")


def test_who_has_no_place_though_there_are_seats_for_all_is_told(tmp_path: Path) -> None:
    """x comes first at A, where y would go, and leaves B free, which y does not list."""
    rows = [Fallback("all", 1, "A"), Fallback("all", 2, "B"), Fallback("one", 1, "A")]
    children = [Applicant("x", "", (), "all", (1,)), Applicant("y", "", (), "one", (2,))]
    bundle = frozen(HEADER, sorted_tables([Programme("A", 1), Programme("B", 1)], [], children, [], rows, 1))
    assert placed_in(bundle) == [True, False]
    assert plan(bundle, placed_in(bundle)) == Plan(missing=0, added={}, beyond=0, zones=(), unplaced=("y",))
    save(files_of(bundle), tmp_path)
    assert '"kind":"lists"' in (done := run_plan(tmp_path)).stdout and '"unplaced_after":["y"]' in done.stdout


def test_a_limit_of_an_unknown_school_is_refused() -> None:
    bundle = frozen(HEADER, two_valleys())
    with pytest.raises(Refused, match="no programme 'Z' to limit"):
        plan(bundle, placed_in(bundle), {"Z": 3})


def test_the_same_plan_is_written_the_same_way() -> None:
    bundle = frozen(HEADER, two_valleys())
    made = plan(bundle, placed_in(bundle))
    written = render_plan(bundle, made)
    assert written == render_plan(bundle, plan(bundle, placed_in(bundle)))
    assert written == canonical_file(
        {
            "add": [{"add": 2, "capacity": 1, "programme": "A"}, {"add": 1, "capacity": 1, "programme": "C"}],
            "beyond_limits": 0,
            "format": "allocation-plan/1",
            "kind": None,
            "manifest": bundle.manifest,
            "missing": 3,
            "round": "r1",
            "unplaced_after": [],
            "zones": [
                {
                    "applicants": ["e0", "e1", "e2", "e3"],
                    "programmes": ["A", "B", "C"],
                    "seats": 3,
                    "unplaced": ["e2", "e3"],
                },
                {"applicants": ["w0", "w1"], "programmes": ["B", "C"], "seats": 2, "unplaced": ["w1"]},
            ],
        }
    )


def run_plan(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app.allocation", "plan", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_command_prints_the_plan_from_the_bundle_or_from_its_result(tmp_path: Path) -> None:
    bundle = frozen(HEADER, two_valleys())
    save(files_of(bundle), tmp_path)
    done = run_plan(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.encode() == render_plan(bundle, plan(bundle, placed_in(bundle)))
    write_result(solve(bundle), tmp_path / "result")
    assert run_plan(tmp_path, "--result", tmp_path / "result").stdout == done.stdout
    limited = run_plan(tmp_path, "--most", "A=2", "--most", "C=3")
    assert '"add":[{"add":1,"capacity":1,"programme":"A"},{"add":1' in limited.stdout
    (tmp_path / "result" / "placements.csv").write_text("applicant,programme,rank,seat\n")
    broken = run_plan(tmp_path, "--result", tmp_path / "result")
    assert (broken.returncode, broken.stdout) == (2, "") and "does not have the SHA-256" in broken.stderr


def test_the_command_refuses_a_foreign_result_and_a_limit_that_is_none(tmp_path: Path) -> None:
    bundle = frozen(HEADER, two_valleys())
    save(files_of(bundle), tmp_path / "one")
    other = frozen(replace(HEADER, round="r2"), two_valleys())
    write_result(solve(other), tmp_path / "other")
    solved = solve(bundle)
    write_result(replace(solved, placements=solved.placements[1:]), tmp_path / "short")
    refusals = {
        "this is the result of another bundle": ("--result", tmp_path / "other"),
        "must be PROGRAMME=SEATS": ("--most", "A=many"),
        "--most: there is no programme 'Z'": ("--most", "Z=1"),
        f"cannot be read: {str(tmp_path / 'nowhere' / 'result.json')!r}": ("--result", tmp_path / "nowhere"),
        "placements.csv: must have a row for each applicant": ("--result", tmp_path / "short"),
    }
    for reason, arguments in refusals.items():
        done = run_plan(tmp_path / "one", *arguments)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert reason in done.stderr
