"""The verifier's parts at their edges, each on its own: so that none is right only because another looks too."""

import re
import tomllib
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from random import Random

import pytest

from app.allocation.verify import (
    NO_KEYS,
    Child,
    Manifest,
    Priority,
    Problem,
    Row,
    Violation,
    check_places,
    check_seats,
    check_stayers,
    check_terms,
    keep_first,
    most_places,
    verify,
    with_right,
    without_place,
)
from tests.allocation.mutants.cases import prepare_small
from tests.allocation.mutants.falsified import small
from tests.allocation.verify_reference import VECTORS, canonical, seal_output, write_bundle, write_result

TEXTS: dict[str, str] = tomllib.loads((Path(__file__).parent / "mutants" / "counter_examples.toml").read_text())
CHECKED = """\
checked 1 text and digests
checked 2 root and seed
checked 3 nobody is missing
checked 4 one place, only where listed
checked 5 seats
checked 6 tickets
checked 7 the programmes' choice
checked 8 applicant-optimal
checked 9 cut-offs
checked 10 deficit"""
HERE = Path("some.csv")


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare_small(tmp_path_factory.mktemp("cases"))


def said(folder: Path, parent: Path | None = None) -> str:
    """What is printed, without the folder, and with # for each digest."""
    return re.sub("[0-9a-f]{64}", "#", verify(folder, parent=parent).text.replace(f"{folder}/", ""))


@pytest.mark.parametrize("name", TEXTS)
def test_the_counter_example_is_the_first_and_says_where_to_look(name: str, cases: Path) -> None:
    folder = cases / "false" / name
    parent = folder / "parent"
    assert said(folder, cases / parent.read_text() if parent.exists() else None) == TEXTS[name]


def test_every_falsehood_has_its_counter_example(cases: Path) -> None:
    assert sorted(path.name for path in (cases / "false").iterdir()) == sorted(TEXTS)


def test_the_summary_says_what_was_counted_and_checked() -> None:
    counts = "applicants 12\nplaced 3\nunplaced 9\nseats 3\ndeficit proved"
    assert said(VECTORS / "42") == f"valid: round R42, a first pass\nroot #\nseed #\ndigest #\n{counts}\n{CHECKED}"
    later = "valid: round R101, a later pass\nroot #\nseed #\ndigest #\n"
    later += f"applicants 7\nplaced 6\nunplaced 1\nseats 14\ndeficit none\n{CHECKED}\n"
    without = "not checked 11 later pass: this bundle has a parent, and none was given"
    assert said(VECTORS / "101-2") == later + without
    assert said(VECTORS / "101-2", VECTORS / "101") == later + "checked 11 later pass"
    assert said(VECTORS / "14").split("\n")[2] == "seed none: the order has no ticket"


def problem_of(
    capacity: Mapping[str, int], lists: Mapping[str, tuple[str, ...]], fallback: Mapping[str, str] | None = None
) -> Problem:
    """Children with these choices, and these fallbacks of F (P0, P1) and E (P1)."""
    given = fallback or {}
    children = {
        name: Child(
            name, (), given.get(name, ""), NO_KEYS, dict.fromkeys(some, NO_KEYS), tuple(range(1, len(some) + 1))
        )
        for name, some in sorted(lists.items())
    }
    manifest = Manifest({"reserves": "reserved-first", "ticket": "per-applicant"}, "r", [], [], {}, {})
    reserves: dict[str, list[tuple[str, int]]] = {programme: [] for programme in capacity}
    return Problem(manifest, {}, dict(capacity), reserves, {"F": ["P0", "P1"], "E": ["P1"]}, children)


def rows(**programmes: str) -> dict[str, Row]:
    return {name: Row(name, place, "1" if place else "", "open" if place else "") for name, place in programmes.items()}


def test_as_many_as_can_have_a_place_get_one_and_the_smallest_set_that_lacks_most_is_named() -> None:
    random = Random(35)
    for _ in range(400):
        places = [f"P{number}" for number in range(random.randint(2, 5))]
        capacity = {programme: random.choice((0, 1, 1, 2)) for programme in places}
        names = [f"c{number}" for number in range(random.randint(1, 7))]
        lists = {name: tuple(random.sample(places, random.randint(0, min(3, len(places))))) for name in names}
        problem = problem_of(capacity, lists, {name: random.choice(("", "", "E", "F")) for name in names})
        whole = {name: list(problem.list_of(name)) for name in names}
        free, at = dict(capacity), dict.fromkeys(names, "")
        for name in random.sample(names, len(names)):  # some have a place, no matter which
            able = [programme for programme in whole[name] if free[programme]]
            if able and random.random() < 0.7:
                at[name] = random.choice(able)
                free[at[name]] -= 1
        lacks = {
            some: len(some) - sum(capacity[programme] for programme in {p for name in some for p in whole[name]})
            for size in range(len(names) + 1)
            for some in combinations(names, size)
        }
        most = max(lacks.values())
        smallest = min((some for some in lacks if lacks[some] == most), key=len)
        left_out, named = most_places(problem, names, rows(**at))
        assert (len(left_out), named) == (most, list(smallest))
        assert left_out == sorted(left_out)
        assert {*left_out} <= {*named}


@pytest.mark.parametrize("moves", range(7))
@pytest.mark.parametrize("chains", [1, 2, 3])
def test_a_seat_as_many_moves_away_as_need_be_is_found(moves: int, chains: int) -> None:
    # In each chain whoever is at one programme could go to the next, and the last programme has a free seat.
    capacity: dict[str, int] = {}
    lists: dict[str, tuple[str, ...]] = {}
    at: dict[str, str] = {}
    for chain in range(chains):
        for step in range(moves + 1):
            here, following = f"P{chain}{step}", f"P{chain}{step + 1}"
            capacity[here] = 1
            if step < moves:
                lists[f"h{chain}{step}"], at[f"h{chain}{step}"] = (here, following), here
        lists[f"w{chain}"], at[f"w{chain}"] = (f"P{chain}0",), ""
        lists[f"z{chain}"], at[f"z{chain}"] = (f"P{chain}{moves}",), ""  # wants the same free seat
    names = sorted(lists)
    left_out, named = most_places(problem_of(capacity, lists), names, rows(**at))
    assert (len(left_out), named) == (chains, names)
    without = [name for name in names if name[0] != "z"]
    assert most_places(problem_of(capacity, lists), without, rows(**at)) == ([], [])


def test_whoever_got_a_seat_moves_on_for_another() -> None:
    # w takes the seat of h, who goes to B; then v has none unless w goes on to C, and g from there to D.
    lists = {"g": ("C", "D"), "h": ("A", "B"), "v": ("A",), "w": ("A", "C")}
    problem = problem_of(dict.fromkeys("ABCD", 1), lists)
    for names in (["g", "h", "v", "w"], ["g", "h", "w", "v"]):
        assert most_places(problem, names, rows(g="C", h="A", v="", w="")) == ([], [])


@pytest.mark.parametrize("cells", ["A,1,", "A,,open", ",1,open", "A,,", ",1,", ",,open"])
def test_half_a_row_is_neither_a_place_nor_empty(cells: str) -> None:
    problem = problem_of({"A": 1}, {"w": (), "x": ("A",)})
    with pytest.raises(Violation, match="the row of x is neither a place nor empty"):
        check_places(problem, {"w": Row("w", "", "", ""), "x": Row("x", *cells.split(","))})


@pytest.mark.parametrize(("place", "rank"), [("B", "0"), ("B", "1"), ("A", "0"), ("A", "2"), ("A", "-1"), ("B", "-1")])
def test_a_place_is_where_the_list_says(place: str, rank: str) -> None:
    problem = problem_of({"A": 1, "B": 1}, {"w": (), "x": ("A",)})
    check_places(problem, {"w": Row("w", "", "", ""), "x": Row("x", "A", "1", "open")})
    with pytest.raises(Violation, match="not on its list" if place == "B" else "on its list that is 1") as caught:
        check_places(problem, {"w": Row("w", "", "", ""), "x": Row("x", place, rank, "open")})
    assert caught.value.number == 4


def test_no_seat_but_those_of_the_programme() -> None:
    problem = problem_of({"A": 2}, {"x": ("A",), "y": ("A",)})
    check_seats(problem, {name: Row(name, "A", "1", "open") for name in "xy"})
    with pytest.raises(Violation, match="A has 0 seats reserve:g, and 1 children on them"):
        check_seats(problem, {"x": Row("x", "A", "1", "reserve:g")})


def test_the_first_of_children_with_equal_groups_is_kept() -> None:
    def one(key: int, name: str, *groups: str) -> Priority:
        return (key,), b"", (), name, groups

    first: dict[tuple[str, ...], Priority] = {}
    for mine in (one(2, "x"), one(1, "y"), one(3, "z"), one(9, "v", "g"), one(8, "w", "g")):
        keep_first(first, mine)
    assert first == {(): one(1, "y"), ("g",): one(8, "w", "g")}


def test_the_right_to_a_place() -> None:
    lists = {"a": ("A",), "b": ("A", "B"), "c": ("A",), "d": (), "e": ("A",)}
    problem = problem_of({"A": 9, "B": 9}, lists, {"d": "F", "e": "F"})
    places = rows(a="A", b="A", c="", e="A")  # the row of `d` is missing
    assert with_right(problem, places) == ["d", "e"]
    assert without_place(problem, places) == []
    later = problem._replace(manifest=problem.manifest._replace(fields={"parent": "0" * 64}))
    assert with_right(later, places) == ["a", "d", "e"]
    assert with_right(later, rows(b="A")) == ["d", "e"]
    assert without_place(later, rows(a="", d="", e="A")) == ["d"]


TERMS = ("round", "suite", "order", "ticket", "reserves", "draw_name", "draw")


@pytest.mark.parametrize("name", TERMS)
def test_what_a_later_pass_has_in_common_with_its_parent(name: str) -> None:
    digests = {"manifest.json": "1" * 64, "reserves.csv": "2" * 64, "fallbacks.csv": "3" * 64}
    fields: dict[str, object] = {term: f"some {term}" for term in TERMS}
    earlier = problem_of({"A": 1}, {})._replace(digests=digests)
    earlier = earlier._replace(manifest=earlier.manifest._replace(fields=fields))
    later = earlier._replace(manifest=earlier.manifest._replace(fields=fields | {"parent": "1" * 64}))
    check_terms(later, earlier)
    other = later._replace(manifest=later.manifest._replace(fields=later.manifest.fields | {name: "another"}))
    with pytest.raises(Violation, match=f"^{name} of the manifest differs") as caught:
        check_terms(other, earlier)
    assert caught.value.number == 11
    for file in ("reserves.csv", "fallbacks.csv"):
        with pytest.raises(Violation, match=f"^{file} differs"):
            check_terms(later._replace(digests=digests | {file: "4" * 64}), earlier)
    for now, then in (({"A": 0}, 1), ({}, 1), ({"A": 1, "B": 1}, None)):
        with pytest.raises(Violation, match=rf"has capacity (0|None|1), and {then} in the parent"):
            check_terms(later._replace(capacity=now), earlier)
    check_terms(later._replace(capacity={"A": 2}), earlier)


def test_whoever_stays_is_not_worse_off() -> None:
    problem = problem_of({"A": 1, "B": 1, "C": 1}, {"x": ("A", "B", "C"), "y": ()})
    for then, now in (("B", "A"), ("B", "B"), ("", ""), ("", "C")):
        check_stayers(problem, rows(x=now, y=""), problem, rows(x=then, y=""))
    for then, now in (("B", "C"), ("B", ""), ("A", "B")):
        with pytest.raises(Violation, match=f"x had {then} and is worse off with {now or 'no place'}") as caught:
            check_stayers(problem, rows(x=now, y=""), problem, rows(x=then, y=""))
        assert caught.value.number == 11


def test_whoever_stays_lists_in_the_same_order() -> None:
    earlier, later = (problem_of({"A": 1, "B": 1}, {"x": some}) for some in (("A", "B"), ("B", "A")))
    with pytest.raises(Violation, match="x stands neither as in the parent"):
        check_stayers(later, rows(x="A"), earlier, rows(x="A"))


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ([], "deficit.json is not of kind seats; 3 of 5 could have a place"),
        ({"kind": "lists"}, "deficit.json is not of kind seats; 3 of 5 could have a place"),
        ({"kind": "seats"}, "the applicants of deficit.json are not a list of names"),
        ({"kind": "seats", "applicants": "vwxy"}, "the applicants of deficit.json are not a list of names"),
        ({"kind": "seats", "applicants": [1]}, "the applicants of deficit.json are not a list of names"),
        (
            {"kind": "seats", "applicants": ["w", "v"]},
            "the applicants of deficit.json are not sorted, each once, or without right: None",
        ),
        (
            {"kind": "seats", "applicants": ["v", "zz", "za"]},
            "the applicants of deficit.json are not sorted, each once, or without right: 'za'",
        ),
        (
            {"kind": "seats", "applicants": [*"vwxy", *(f"z{number}" for number in range(9, 0, -1))]},
            "the applicants of deficit.json are not sorted, each once, or without right: 'z1'",
        ),
        ({"kind": "seats", "applicants": ["v"]}, "deficit.json has not exactly the fields"),
        ({"kind": "seats", "applicants": [], "missing": 0, "programmes": [], "seats": 0}, "0 seats are missing to"),
    ],
)
def test_a_deficit_of_another_form_is_violated(claim: object, text: str, cases: Path, tmp_path: Path) -> None:
    for file in (cases / "right" / "short").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "deficit.json").write_text(canonical(claim) + "\n")
    seal_output(tmp_path)
    assert said(tmp_path).startswith(f"violated: property 10 (deficit): {text}")


def test_a_deficit_not_called_for_is_violated_whatever_it_contains(cases: Path, tmp_path: Path) -> None:
    for file in (cases / "right" / "crossed").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "deficit.json").write_text("{")
    seal_output(tmp_path)
    assert said(tmp_path).startswith("violated: property 10 (deficit): deficit.json is not called for")


def test_of_those_who_have_to_go_the_first_is_named(tmp_path: Path) -> None:
    case = small("A,2 B,2", "v,,,, w,,g,, x,,,, y,,,,", "v,1,A,1 v,2,B,1 w,1,A,2 w,2,B,2 x,1,A,9 y,1,A,8")
    write_bundle(tmp_path, case.manifest, case.tables)
    write_result(tmp_path, {"v": "B", "w": "B", "x": "A", "y": "A"})
    assert said(tmp_path).endswith("v would rather be at A, which takes it (open) before y")


@pytest.mark.parametrize("statement", ["[]", "1", '"x"', "null", "{}"])
def test_a_statement_of_another_form_is_violated(statement: str, cases: Path, tmp_path: Path) -> None:
    for file in (cases / "right" / "crossed").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "result.json").write_text(statement + "\n")
    text = "violated: property 1 (text and digests): result.json has not exactly the fields applicants, digest, files,"
    assert said(tmp_path).startswith(text)
