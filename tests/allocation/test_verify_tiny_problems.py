"""Of all placements of a tiny problem the verifier accepts one: the stable one that is best for every child."""

import itertools
import random
from pathlib import Path
from typing import Any

import pytest

from app.allocation.verify import verify
from tests.allocation.verify_reference import (
    Reading,
    Table,
    canonical,
    claim_seats,
    place,
    read_bundle,
    seal_output,
    solve,
    subsets,
    write_bundle,
    write_result,
)

GROUPS = ["", "g", "h", "g;h"]
ORDERS = [["level<"], ["level<", "ticket"], ["ticket", "level>"], ["ticket"], ["level>", "ticket", "points<"]]


def draw_up(seed: int, folder: Path, children: int, programmes: int) -> None:
    """A sealed bundle made at random from a seed."""
    dice = random.Random(seed)
    order = dice.choice(ORDERS)
    keys = [entry for entry in order if entry != "ticket"]
    names = [f"c{number}" for number in range(children)]
    places = [f"P{number}" for number in range(programmes)]
    tables: dict[str, Table] = {"applicants.csv": [], "choices.csv": [], "reserves.csv": []}
    capacity = {programme: dice.randint(0, 2) for programme in places}
    tables["programmes.csv"] = [[programme, str(capacity[programme])] for programme in places]
    for programme in places:
        left = capacity[programme]
        for precedence, group in enumerate(dice.sample(["g", "h"], dice.randint(0, 2)), 1):
            seats = dice.randint(0, left)
            left -= seats
            tables["reserves.csv"].append([programme, str(precedence * 10), group, str(seats)])
    tables["fallbacks.csv"] = [["F", str(rank + 2), programme] for rank, programme in enumerate(places[1:])]
    tables["fallbacks.csv"].append(["E", "1", places[0]])
    for name in names:
        fallback = dice.choice(["", "E", "F"])
        cells = [str(dice.randint(1, 3)) if fallback else "" for _ in keys]
        tables["applicants.csv"].append([name, dice.choice(["", names[0]]), dice.choice(GROUPS), fallback, *cells])
        for rank, programme in enumerate(dice.sample(places, dice.randint(0, programmes)), 1):
            cells = [str(dice.randint(1, 3)) for _ in keys]
            tables["choices.csv"].append([name, str(rank), programme, *cells])
    manifest: dict[str, Any] = {
        "round": f"tiny-{seed}",
        "order": order,
        "ticket": dice.choice(["per-applicant", "per-programme"]),
        "reserves": dice.choice(["reserved-first", "open-first"]),
        "draw": "4-0-7",
    }
    write_bundle(folder, manifest, tables)


def rank(reading: Reading, name: str, programme: str) -> int:
    return reading.lists[name].index(programme) if programme else len(reading.lists[name])


def is_stable(reading: Reading, at: dict[str, str]) -> bool:
    for programme in reading.capacity:
        holders = {name for name in at if at[name] == programme}
        rather = {
            name
            for name in at
            if programme in reading.lists[name] and rank(reading, name, programme) < rank(reading, name, at[name])
        }
        if set(reading.choose(programme, sorted(holders | rather))) != holders:
            return False
    return True


def placements(reading: Reading) -> list[dict[str, str]]:
    """Every way to give each child a place on its list or none."""
    names = list(reading.lists)
    return [
        dict(zip(names, some, strict=True))
        for some in itertools.product(*(["", *reading.lists[name]] for name in names))
    ]


@pytest.mark.parametrize("seed", range(12))
def test_of_all_placements_only_the_best_stable_one_is_accepted(seed: int, tmp_path: Path) -> None:
    draw_up(seed, tmp_path, children=4, programmes=3)
    reading = read_bundle(tmp_path)
    tried = placements(reading)
    stable = [at for at in tried if is_stable(reading, at)]
    best = [
        at
        for at in stable
        if all(rank(reading, name, at[name]) <= rank(reading, name, other[name]) for other in stable for name in at)
    ]
    assert best == [place(reading)]
    for at in tried:
        write_result(tmp_path, at)
        report = verify(tmp_path)
        if at == best[0]:
            assert report.exit_code == 0, report.text
        elif at in stable:
            assert (report.exit_code, report.property) == (1, 8), report.text
        else:
            assert (report.exit_code, report.property in (5, 7)) == (1, True), report.text


def test_a_stable_placement_that_is_not_the_best_is_told_from_the_best(tmp_path: Path) -> None:
    rows = [["x", "1", "A", "2"], ["x", "2", "B", "1"], ["y", "1", "B", "2"], ["y", "2", "A", "1"]]
    tables: dict[str, Table] = {
        "applicants.csv": [["x", "", "", "", ""], ["y", "", "", "", ""]],
        "choices.csv": rows,
        "fallbacks.csv": [],
        "programmes.csv": [["A", "1"], ["B", "1"]],
        "reserves.csv": [],
    }
    write_bundle(
        tmp_path,
        {"round": "swap", "order": ["level<"], "ticket": "per-applicant", "reserves": "open-first"},
        tables,
    )
    write_result(tmp_path, {"x": "B", "y": "A"})
    report = verify(tmp_path)
    assert report.text == "violated: property 8 (applicant-optimal): deferred acceptance gives x A, not B"
    write_result(tmp_path, {"x": "A", "y": "B"})
    assert verify(tmp_path).exit_code == 0


def deficits(tmp_path: Path) -> list[Path]:
    """Solved bundles in each of which somebody with a right has no place."""
    found = []
    for seed in range(100, 140):
        folder = tmp_path / str(seed)
        draw_up(seed, folder, children=6, programmes=4)
        solve(folder)
        assert verify(folder).exit_code == 0, seed
        if (folder / "deficit.json").exists():
            found.append(folder)
    return found


def test_a_deficit_says_whether_others_lack_more_or_fewer_lack_as_many(tmp_path: Path) -> None:
    tables: dict[str, Table] = {
        "applicants.csv": [[name, "", "", name[-1], "1"] for name in ("aE", "bE", "cE", "dF", "eF")],
        "choices.csv": [],
        "fallbacks.csv": [["E", "1", "A"], ["F", "1", "B"]],
        "programmes.csv": [["A", "1"], ["B", "2"]],
        "reserves.csv": [],
    }
    manifest = {"round": "lack", "order": ["level<"], "ticket": "per-applicant", "reserves": "open-first"}
    write_bundle(tmp_path, manifest, tables)
    solve(tmp_path)
    assert verify(tmp_path).exit_code == 0
    for named, said in (
        (("aE", "bE", "cE", "dF", "eF"), "deficit.json is wrong about dF: a smaller set lacks as many"),
        (("aE", "bE"), "1 seats are missing to the children named, 2 to others"),
    ):
        (tmp_path / "deficit.json").write_text(canonical(claim_seats(read_bundle(tmp_path), named)) + "\n")
        seal_output(tmp_path)
        assert verify(tmp_path).text == f"violated: property 10 (deficit): {said}"


def test_of_all_deficits_that_could_be_claimed_only_the_true_one_is_accepted(tmp_path: Path) -> None:
    kinds = set()
    for folder in deficits(tmp_path)[:8]:
        true = (folder / "deficit.json").read_text()
        reading = read_bundle(folder)
        entitled = reading.entitled(place(reading))
        for named in subsets(entitled):
            for claim in (claim_seats(reading, named), {"applicants": list(named), "kind": "lists"}):
                text = canonical(claim) + "\n"
                (folder / "deficit.json").write_text(text)
                seal_output(folder)
                report = verify(folder)
                assert (report.exit_code, report.property) == ((0, 0) if text == true else (1, 10)), report.text
        kinds.add("seats" if "seats" in true else "lists")
    assert kinds == {"seats", "lists"}
