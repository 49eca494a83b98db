"""The whole road, as the newcomer's second command carries it, at a fiftieth of its size."""

import asyncio
import itertools
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.allocation.verify_reference import read_manifest, seal_input, seal_output
from tests.demo.carried import Carried, carried

pytestmark = pytest.mark.xdist_group("demonstration")
VERIFIER = Path(__file__).parents[2] / "app" / "allocation" / "verify.py"
# The digests of seed 1 at this scale by stage, kept so that another day, machine or version must find the same.
KEPT = Path(__file__).with_name("digests.txt")
RUNS = {
    "plain": (("--seed", "1"), {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"}),
    "elsewhere": (("--seed", "1"), {"PYTHONHASHSEED": "4242", "TZ": "Asia/Shanghai", "LC_ALL": "C.UTF-8"}),
    "other_seed": (("--seed", "2"), {}),
    "short": (("--seed", "1", "--seats", "0.9", "--ruleset", "primary-2026-by-residence"), {}),
}


@pytest.fixture(scope="module")
async def runs() -> AsyncIterator[dict[str, Carried]]:
    """Four demonstrations, two at a time."""
    gate = asyncio.Semaphore(2)
    async with AsyncExitStack() as stack:

        async def one(name: str) -> Carried:
            arguments, variables = RUNS[name]
            async with gate:
                return await stack.enter_async_context(carried(name, *arguments, **variables))

        done = await asyncio.gather(*(one(name) for name in RUNS))
        yield dict(zip(RUNS, done, strict=True))


STEPS = ("apply", "check papers", "freeze", "answers", "arrivals")
STAGES = {"primary": 80, "junior": 70, "preschool": 70}  # children at this scale


def digests(run: Carried) -> dict[str, str]:
    return {stage: str(figures["digest"]) for stage, figures in run.figures["stages"].items()}


def kept() -> dict[str, str]:
    return {stage: digest for digest, stage in (line.split() for line in KEPT.read_text().splitlines())}


def test_one_seed_gives_one_digest_whatever_hash_seed_locale_zone_or_day(runs: dict[str, Carried]) -> None:
    assert digests(runs["plain"]) == digests(runs["elsewhere"]) == kept()


def test_another_seed_gives_another_digest(runs: dict[str, Carried]) -> None:
    plain, other = digests(runs["plain"]), digests(runs["other_seed"])
    assert plain.keys() == other.keys() and all(plain[stage] != other[stage] for stage in plain)


def test_the_county_may_choose_to_order_all_children_by_home(runs: dict[str, Carried]) -> None:
    assert "rules primary-2026-by-residence" in runs["short"].printed
    assert runs["short"].figures["stages"]["primary"]["verified"] is True


def test_provision_is_complete_and_its_bands_are_shown(runs: dict[str, Carried]) -> None:
    figures = runs["plain"].figures
    assert {name: stage["applications"] for name, stage in figures["stages"].items()} == STAGES
    for stage in figures["stages"].values():
        provision = stage["provision"]
        assert provision["numerator"] == provision["denominator"] > 0
        assert (provision["beyond_limit"], provision["missing_seats"]) == (0, 0)
        assert stage["offered"] == stage["eligible"] and stage["undetermined"] == 0 and stage["verified"] is True
        assert stage["applications"] == stage["eligible"] + stage["not_eligible"]
    compulsory = [figures["stages"][stage]["provision"]["denominator"] for stage in ("primary", "junior")]
    assert figures["provision"]["denominator"] == sum(compulsory)
    assert "own catchment" in runs["plain"].printed and "provision is complete" in runs["plain"].printed
    assert set(figures["seconds"]) > {f"{stage}: {step}" for stage in STAGES for step in STEPS}


def test_the_shares_in_inclusive_and_graded_kindergartens_count_every_child(runs: dict[str, Carried]) -> None:
    """One kindergarten takes no part and is neither: with it nobody reaches a whole."""
    preschool = runs["plain"].figures["stages"]["preschool"]
    for share in preschool["shares"].values():
        assert preschool["confirmed"] < share["numerator"] < share["denominator"]
    assert "Inclusive and graded kindergartens" in runs["plain"].printed


def test_with_too_few_seats_the_report_says_how_many_are_missing_and_hides_nothing(runs: dict[str, Carried]) -> None:
    figures = runs["short"].figures
    stage = figures["stages"]["primary"]
    missing = stage["provision"]["missing_seats"]
    without = stage["eligible"] - stage["offered"]
    assert 0 <= without <= missing and missing > 0
    assert f"seats missing in the plan: {missing}" in runs["short"].printed
    assert f"children without a place within the limit: {without}" in runs["short"].printed


def verify(folder: Path, parent: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", str(VERIFIER), str(folder)]
    return subprocess.run(
        command + (["--parent", str(parent)] if parent else []), capture_output=True, text=True, check=False
    )


async def test_the_verifier_accepts_every_published_bundle(runs: dict[str, Carried], tmp_path: Path) -> None:
    for (name, run), stage in itertools.product(runs.items(), STAGES):
        folder = tmp_path / name / stage
        folder.mkdir(parents=True)
        first, second = await run.published(folder, stage)
        assert verify(first).returncode == 0, verify(first).stdout
        assert verify(second, first).returncode == 0, verify(second, first).stdout
        assert "families" in read_manifest(first) and "families" in read_manifest(second)


def exchange_two(folder: Path) -> None:
    header, *rows = read_lines(folder / "placements.csv")
    other = next(i for i, row in enumerate(rows) if row[1] != rows[0][1])
    rows[0][1:], rows[other][1:] = rows[other][1:], rows[0][1:]
    write_lines(folder / "placements.csv", [header, *rows])


def drop_one(folder: Path) -> None:
    write_lines(folder / "placements.csv", read_lines(folder / "placements.csv")[:-1])


def alter_a_key(folder: Path) -> None:
    lines = read_lines(folder / "choices.csv")
    lines[1][3] = str(int(lines[1][3]) + 1)
    write_lines(folder / "choices.csv", lines)
    seal_input(folder)


def add_a_seat(folder: Path) -> None:
    lines = read_lines(folder / "programmes.csv")
    lines[1][1] = str(int(lines[1][1]) + 1)
    write_lines(folder / "programmes.csv", lines)
    seal_input(folder)


def change_the_draw(folder: Path) -> None:
    manifest = read_manifest(folder)
    manifest["draw"]["value"] += "-1"
    seal_input(folder, manifest)


def reorder_rows(folder: Path) -> None:
    header, *rows = read_lines(folder / "placements.csv")
    write_lines(folder / "placements.csv", [header, *reversed(rows)])


def read_lines(path: Path) -> list[list[str]]:
    return [line.split(",") for line in path.read_text().splitlines()]


def write_lines(path: Path, lines: list[list[str]]) -> None:
    path.write_text("".join(",".join(line) + "\n" for line in lines))


@pytest.mark.parametrize("tamper", [exchange_two, drop_one, alter_a_key, add_a_seat, change_the_draw, reorder_rows])
async def test_the_verifier_rejects_a_published_bundle_that_was_altered(
    runs: dict[str, Carried], tmp_path: Path, tamper: Callable[[Path], None]
) -> None:
    (tmp_path / "true").mkdir()
    first, _ = await runs["plain"].published(tmp_path / "true")
    altered = tmp_path / "altered"
    shutil.copytree(first, altered)
    tamper(altered)
    seal_output(altered)
    answer = verify(altered)
    assert answer.returncode == 1, answer.stdout + answer.stderr
