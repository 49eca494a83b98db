"""What a mutant is shown: bundles with the only right result, and results that are false in one point.

The right results are those of the vectors and of the slow reading of the format in `verify_reference`.
"""

import json
import random
import shutil
from pathlib import Path

from tests.allocation.mutants.falsified import FALSE, SMALL, after_leaving
from tests.allocation.verify_reference import VECTORS, Table, solve, write_bundle

ORDERS = (
    ["level<"],
    ["level<", "ticket"],
    ["ticket", "level>"],
    ["ticket"],
    ["level>", "ticket", "points<"],
    ["points>", "level<", "moved_in<"],
)
GROUPS = ["", "", "g", "h", "g;h"]
CROWDS = 48


def prepare(folder: Path) -> Path:
    """All cases below a folder: `right/NAME`, and `false/NAME` with what must be found in `expected.json`.

    A later pass has the folder of its parent in a file `parent`.
    """
    right = folder / "right"
    for vector in sorted(VECTORS.iterdir()):
        shutil.copytree(vector, right / vector.name)
        if vector.name.endswith("-2"):
            (right / vector.name / "parent").write_text(f"right/{vector.name.removesuffix('-2')}")
    for seed in range(CROWDS):
        draw_up(seed, right / f"crowd-{seed:02}")
    long_fallback(right / "long-fallback")
    return prepare_small(folder)


def prepare_small(folder: Path) -> Path:
    """The cases made by hand alone."""
    right = folder / "right"
    for name, case in SMALL.items():
        write_bundle(right / name, case.manifest, case.tables)
        solve(right / name)
    after_leaving(right / "before", right / "after")
    (right / "after" / "parent").write_text("right/before")
    for name, falsehood in FALSE.items():
        made = folder / "false" / name
        shutil.copytree(right / falsehood.of, made)
        falsehood.change(made)
        if falsehood.parent:
            (made / "parent").write_text(falsehood.parent)
        expected = {"property": falsehood.number, "refused": falsehood.refused}
        (made / "expected.json").write_text(json.dumps(expected))
    return folder


def draw_up(seed: int, folder: Path) -> None:
    """A solved bundle of up to seven children and four programmes, made at random from a seed."""
    dice = random.Random(seed)
    order = ORDERS[seed % len(ORDERS)]
    keys = [entry for entry in order if entry != "ticket"]
    places = [f"P{number}" for number in range(dice.randint(1, 4))]
    capacity = {programme: dice.choice((0, 1, 1, 2, 2, 3)) for programme in places}
    tables: dict[str, Table] = {"applicants.csv": [], "choices.csv": [], "reserves.csv": []}
    tables["programmes.csv"] = [[programme, str(seats)] for programme, seats in capacity.items()]
    for programme in places:
        left = capacity[programme]
        for precedence, group in zip((2, 10), dice.sample(["g", "h"], dice.randint(0, 2)), strict=False):
            seats = dice.randint(0, left)
            left -= seats
            tables["reserves.csv"].append([programme, str(precedence), group, str(seats)])
    tables["fallbacks.csv"] = [
        [fallback, str(rank), programme]
        for fallback in "EF"
        for rank, programme in zip((2, 3, 9, 10), dice.sample(places, dice.randint(1, len(places))), strict=False)
    ]
    for number in range(dice.randint(2, 7)):
        name, fallback = f"c{number}", dice.choice(["", "E", "F"])
        cells = [str(dice.randint(-2, 2)) if fallback else "" for _ in keys]
        tables["applicants.csv"].append([name, dice.choice(["", "", "c0"]), dice.choice(GROUPS), fallback, *cells])
        for rank, programme in zip((1, 2, 9, 10), dice.sample(places, dice.randint(0, len(places))), strict=False):
            tables["choices.csv"].append([name, str(rank), programme, *(str(dice.randint(-2, 2)) for _ in keys)])
    manifest: dict[str, object] = {
        "round": f"crowd-{seed}",
        "order": order,
        "ticket": ("per-applicant", "per-programme")[seed // 2 % 2],
        "reserves": ("reserved-first", "open-first")[seed // 4 % 2],
        "draw": f"{seed}-0-7",
    }
    write_bundle(folder, manifest, tables)
    solve(folder)


def long_fallback(folder: Path) -> None:
    """So long a list that whole strides of it are passed at once, by children with a reserve and by others."""
    dice = random.Random(2026)
    places = [f"P{number:03}" for number in range(200)]
    tables: dict[str, Table] = {
        "programmes.csv": [[programme, "1"] for programme in places],
        "reserves.csv": [[programme, "1", "g", "1"] for programme in places[::3]],
        "fallbacks.csv": [["F", str(rank), programme] for rank, programme in enumerate(places, 1)],
        "applicants.csv": [
            [f"c{number:03}", "", dice.choice(["", "", "g", "h"]), "F", str(dice.randint(0, 30))]
            for number in range(180)
        ],
        "choices.csv": [
            [f"c{number:03}", "1", dice.choice(places[:5]), str(dice.randint(0, 30))] for number in range(0, 180, 9)
        ],
    }
    write_bundle(
        folder, {"round": "far", "order": ["level<"], "ticket": "per-applicant", "reserves": "reserved-first"}, tables
    )
    solve(folder)
