"""One result under 1,000 orders of the rows of a bundle's files, and in any surroundings of the process.

The root of a first pass binds the bytes of its files, and so does the draw: what carries a draw from before, a later
pass, or has none, may be compared.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from app.allocation.bundle import parse_bundle
from app.allocation.manifest import MANIFEST
from app.allocation.result import RESULT, render_result
from app.allocation.solver import solve
from tests.allocation.drafts import Draft
from tests.allocation.instances import files_of
from tests.allocation.properties.markets import ROOT as ROOT_OF_DRAW
from tests.allocation.properties.markets import Scene, bundle_of, random_scene
from tests.allocation.running import ROOT
from tests.allocation.test_vectors import VECTORS

Files = Mapping[str, bytes]


def scene_of(order: tuple[str, ...], ticket: str) -> Scene:
    """A large scene with this order and ticket, the same each time."""
    random = Random(f"{order}{ticket}")
    while True:
        scene = random_scene(random, applicants=60, programmes=8)
        if scene.header.order == order and scene.header.ticket == ticket and len(scene.families) > 40:
            return scene


def shuffled(files: Files, draft: Draft, random: Random) -> Files:
    """The files with the rows of each in another order, sealed anew."""
    draft.tables = {}
    for name, data in files.items():
        if name != MANIFEST:
            header, *rows = data.splitlines(keepends=True)
            draft.tables[name] = header + b"".join(random.sample(rows, len(rows)))
    return draft.sealed()


@pytest.mark.parametrize(
    ("order", "ticket"),
    [
        (("ticket",), "per-applicant"),
        (("ticket", "points>"), "per-applicant"),
        (("level<", "ticket"), "per-programme"),
        (("level<", "points>"), "per-applicant"),
    ],
)
def test_a_thousand_orders_of_rows_give_one_digest(order: tuple[str, ...], ticket: str) -> None:
    """A fourth of the thousand for each way to rank."""
    bundle, random = bundle_of(scene_of(order, ticket)), Random(11)
    header = replace(bundle.header, parent="2" * 64)
    files = files_of(replace(bundle, header=header))
    draft = Draft(manifest={"format": "allocation-bundle/1", "suite": "sha256", "parent": header.parent})
    draft.manifest |= {name: getattr(header, name) for name in ("round", "order", "ticket", "reserves")}
    if bundle.draw is not None:
        draft.manifest |= {"draw_name": header.draw_name, "draw": {"root": ROOT_OF_DRAW, "value": bundle.draw.value}}
    inputs, outputs = set(), set()
    for _ in range(250):
        made = shuffled(files, draft, random)
        result = render_result(solve(parse_bundle(made)))
        inputs.add(made["choices.csv"])
        outputs.add(tuple(data for name, data in result.items() if name != RESULT))
    assert len(inputs) == 250
    assert len(outputs) == 1


# Locales that a GNU C library (from 2.35) brings along: one that is missing would be replaced by C without a word.
NO_UTF8 = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
SURROUNDINGS = [
    {"PYTHONHASHSEED": "1", "LC_ALL": "C", "PYTHONUTF8": "1", "TZ": "UTC"},
    {"PYTHONHASHSEED": "2", "LC_ALL": "C.utf8", "PYTHONIOENCODING": "gb18030", "TZ": "Asia/Shanghai"},
    {"PYTHONHASHSEED": "3", "LC_ALL": "C", **NO_UTF8, "PYTHONIOENCODING": "utf-16", "TZ": "America/St_Johns"},
    {"PYTHONHASHSEED": "4", "LC_ALL": "POSIX", **NO_UTF8, "TZ": "Pacific/Apia"},
    {"PYTHONHASHSEED": "5", "LC_ALL": "C.utf8", "PYTHONOPTIMIZE": "2", "COLUMNS": "20", "TZ": "Asia/Kathmandu"},
]


@pytest.mark.parametrize("name", sorted({surroundings["LC_ALL"] for surroundings in SURROUNDINGS}))
def test_the_locales_exist_here(name: str) -> None:
    """Else the next test would try fewer than it says."""
    command = [sys.executable, "-c", "import locale; print(locale.setlocale(locale.LC_ALL, ''))"]
    done = subprocess.run(command, env=os.environ | {"LC_ALL": name}, check=True, capture_output=True, text=True)
    assert done.stdout.strip() in {name, "C"} and (done.stdout.strip() == name or name == "POSIX")


@pytest.mark.parametrize("bundle", ["101", "58-2"])
def test_seeds_of_hashes_locales_and_time_zones_change_no_byte(bundle: str, tmp_path: Path) -> None:
    for number, surroundings in enumerate(SURROUNDINGS):
        out = tmp_path / str(number)
        command = [sys.executable, "-m", "app.allocation", "solve", str(VECTORS / bundle), "--out", str(out)]
        subprocess.run(command, cwd=ROOT, env=os.environ | surroundings, check=True, capture_output=True)
        for file in sorted(out.iterdir()):
            assert file.read_bytes() == (VECTORS / bundle / file.name).read_bytes(), (surroundings, file.name)
        assert (out / RESULT).exists()
