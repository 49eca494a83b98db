"""The command on a bundle in a folder, in processes of its own, and the document that it writes."""

import json
import os
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from app.allocation.simulation.scenario import scenario_of
from app.allocation.simulation.tally import Tally
from app.bureau.simulation_replicates import CHUNK, Inputs, chunks, replicated
from app.bureau.simulation_results import chances_csv, decimal, document, rows_of
from tests.allocation.drafts import save
from tests.allocation.instances import files_of
from tests.allocation.running import ROOT
from tests.allocation.test_simulation import school

SCENARIO = {"seats": {"A": 2}}


def run_simulate(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app.cli", "simulate", *map(str, arguments)]
    environment = {**os.environ, "COLUMNS": "200"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_the_command_shows_differences_and_writes_the_figures_alone(tmp_path: Path) -> None:
    save(files_of(school()), tmp_path / "bundle")
    before = {file.name: file.read_bytes() for file in (tmp_path / "bundle").iterdir()}
    (tmp_path / "scenario.json").write_text(json.dumps(SCENARIO))
    done = run_simulate(
        tmp_path / "bundle", "--scenario", tmp_path / "scenario.json", "--draws", 45, "--json", tmp_path / "found.json"
    )
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads((tmp_path / "found.json").read_text())
    first = next(entry for entry in found["measures"] if entry["measure"] == "first")
    certain = {"draws": 45, "mean": "1.0000", "low": "1.0000", "high": "1.0000", "least": 1, "most": 1}
    assert first["difference"] == certain and first["of"] == "" and found["scenario"] == SCENARIO
    assert "第一志愿" in done.stdout and "已安排 placed" not in done.stdout, "what does not differ is not shown"
    assert {file.name: file.read_bytes() for file in (tmp_path / "bundle").iterdir()} == before


@pytest.mark.parametrize(
    ("scenario", "reason"),
    [
        (b"[1]", "scenario.json line 1: must be a JSON object"),
        (b"", "scenario.json line 1: must be JSON"),
        (b"\n{'seats': 1}", "scenario.json line 2: must be JSON"),
        (b'{"seats": {"\xb5\xda": 1}}', "scenario.json line 1: must be UTF-8"),
        (b'{"seats": {"Z": 1}}', "no programme 'Z'"),
    ],
)
def test_a_scenario_that_is_none_is_refused_in_one_line(tmp_path: Path, scenario: bytes, reason: str) -> None:
    save(files_of(school()), tmp_path / "bundle")
    (tmp_path / "scenario.json").write_bytes(scenario)
    done = run_simulate(tmp_path / "bundle", "--scenario", tmp_path / "scenario.json", "--draws", 2)
    assert done.returncode == 2 and reason in done.stderr and done.stderr.count("\n") == 1


def test_replicates_are_shared_out_without_gap_or_overlap() -> None:
    for draws in (1, CHUNK - 1, CHUNK, CHUNK + 1, 1000):
        numbers = [number for start, end in chunks(draws) for number in range(start, end)]
        assert numbers == list(range(draws))


def test_a_process_that_is_given_another_simulation_does_not_go_on_with_the_old_one() -> None:
    files = files_of(school())
    plain, wider = Inputs("one", files, "", 1), Inputs("two", files, json.dumps(SCENARIO), 1)
    first = replicated(plain, 0, 2)
    assert replicated(wider, 0, 2).difference and replicated(plain, 0, 2) == first and not first.difference
    assert scenario_of(SCENARIO).seats == {"A": 2}


@pytest.mark.parametrize(
    ("value", "down", "nearest", "up"),
    [
        (Fraction(0), "0.0000", "0.0000", "0.0000"),
        (Fraction(1, 3), "0.3333", "0.3333", "0.3334"),
        (Fraction(-1, 3), "-0.3334", "-0.3333", "-0.3333"),
        (Fraction(25, 2), "12.5000", "12.5000", "12.5000"),
        (Fraction(1, 20_000), "0.0000", "0.0000", "0.0001"),
        (Fraction(3, 20_000), "0.0001", "0.0002", "0.0002"),
    ],
)
def test_ends_of_an_interval_are_rounded_outwards(value: Fraction, down: str, nearest: str, up: str) -> None:
    assert (decimal(value, -1), decimal(value, 0), decimal(value, 1)) == (down, nearest, up)


def test_the_document_says_for_each_side_what_it_has() -> None:
    tally = Tally(2, {("placed", ""): Counter({3: 1, 4: 1}), ("cutoff", "A"): Counter({2: 2})})
    found: dict[str, Any] = document(tally, "ab" * 32, 7, "")
    assert [entry["measure"] for entry in found["measures"]] == ["cutoff", "placed"] and found["scenario"] is None
    placed = found["measures"][1]
    assert placed["base"] == {"draws": 2, "mean": "3.5000", "low": "2.5200", "high": "4.4800", "least": 3, "most": 4}
    assert "difference" not in placed and list(rows_of(found))[1][2:] == ("3.5000", "", "", "", "3 … 4")


def test_chances_are_those_that_happened() -> None:
    counts = Counter({(1, 0): 2, (0, 1): 3, (0, 0): 1})
    assert chances_csv(counts, ["x", "y"], ["A", "B"], 4) == (
        b"applicant,programme,times,draws\nx,A,1,4\nx,B,3,4\ny,A,2,4\n"
    )
