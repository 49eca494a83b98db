"""Mistakes of policy, made by hand in the solver and in the verifier: each is found out by a handful of cases."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.allocation.mutants.cases import prepare

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "app" / "allocation"
MUTANTS = tomllib.loads((Path(__file__).parent / "mutants" / "policy.toml").read_text())["mutant"]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare(tmp_path_factory.mktemp("cases"))


def copied(folder: Path) -> Path:
    """A copy of the package; what Python has compiled comes along, or each copy would be compiled anew."""
    package = folder / "app" / "allocation"
    shutil.copytree(PACKAGE, package)
    (folder / "app" / "__init__.py").touch()
    return package


def mutated(package: Path, mutant: dict[str, str]) -> None:
    file = package / mutant["file"]
    text = file.read_text()
    assert text.count(mutant["old"]) == 1, "the text to mutate must stand in the file exactly once"
    file.write_text(text.replace(mutant["old"], mutant["new"]))
    for compiled in (package / "__pycache__").glob(f"{file.stem}.*"):
        compiled.unlink()


def shown(copy: Path, cases: Path, file: str) -> subprocess.CompletedProcess[str]:
    """The killing suite on the package in the copy."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "tests.allocation.mutants.killing", str(cases), file]
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("file", ["solver.py", "verify.py"])
def test_the_package_as_it_is_passes(file: str, tmp_path: Path, cases: Path) -> None:
    copied(tmp_path)
    done = shown(tmp_path, cases, file)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_there_are_enough_mutants_and_each_is_one_of_its_own() -> None:
    of_verifier = [mutant for mutant in MUTANTS if mutant["file"] == "verify.py"]
    assert len(of_verifier) >= 20
    assert len(MUTANTS) - len(of_verifier) >= 20
    assert len({mutant["name"] for mutant in MUTANTS}) == len(MUTANTS)
    assert len({(mutant["file"], mutant["old"], mutant["new"]) for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant["name"])
def test_a_mistake_of_policy_is_found_out(mutant: dict[str, str], tmp_path: Path, cases: Path) -> None:
    mutated(copied(tmp_path), mutant)
    done = shown(tmp_path, cases, mutant["file"])
    assert done.returncode == 1, done.stderr or f"nothing tells: {mutant['child']}"
    assert done.stderr == ""
