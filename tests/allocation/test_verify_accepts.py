"""Valid bundles are accepted: by the function, and by the file alone in an empty folder on several interpreters."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.allocation.verify import verify
from tests.allocation.verify_reference import VECTORS

VERIFIER = Path(__file__).parents[2] / "app" / "allocation" / "verify.py"
NAMES = sorted(folder.name for folder in VECTORS.iterdir())
LATER = [name for name in NAMES if name.endswith("-2")]


def interpreters() -> list[str]:
    """This interpreter and, where installed, the oldest and newest supported ones (pyenv's shims looked through)."""
    found = {sys.version_info[:2]: sys.executable}
    for version in ((3, 9), (3, 11), (3, 13)):
        shim = Path(shutil.which(f"python{version[0]}.{version[1]}") or "/nowhere/bin/python")
        kept = sorted((shim.parent.parent / "versions").glob(f"{version[0]}.{version[1]}.*/bin/python"))
        for python in [*kept, shim]:
            if python.exists() and subprocess.run([python, "-c", ""], capture_output=True).returncode == 0:
                found.setdefault(version, str(python))
    return [found[version] for version in sorted(found)]


def run(python: str, script: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [python, "-I", "-S", str(script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=script.parent, env={"LC_ALL": "C"})


def parent_of(name: str) -> Path:
    return VECTORS / name.removesuffix("-2")


def snapshot(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    files = sorted(folder.iterdir())
    return {file.name: (file.read_bytes(), file.stat().st_mtime_ns, file.stat().st_mode) for file in files}


@pytest.mark.parametrize("name", NAMES)
def test_every_vector_is_valid_without_its_parent(name: str) -> None:
    report = verify(VECTORS / name)
    assert (report.exit_code, report.property) == (0, 0), report.text
    assert ("not checked 11" in report.text) == (name in LATER)


@pytest.mark.parametrize("name", LATER)
def test_every_later_pass_is_valid_against_its_parent(name: str) -> None:
    report = verify(VECTORS / name, parent=parent_of(name))
    assert report.exit_code == 0, report.text
    assert "\nchecked 11 later pass" in report.text


@pytest.mark.parametrize("python", interpreters())
def test_the_file_runs_alone_in_an_empty_folder(python: str, tmp_path: Path) -> None:
    script = shutil.copy(VERIFIER, tmp_path)
    found = run(python, Path(script), VECTORS / "77-2", "--parent", VECTORS / "77")
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout == verify(VECTORS / "77-2", parent=VECTORS / "77").text + "\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["verify.py"]


def test_the_summary_names_root_digest_and_counts() -> None:
    lines = verify(VECTORS / "42").text.split("\n")
    assert lines[:9] == [
        "valid: round R42, a first pass",
        "root c5ad617b62033d041535e71eefe03f0914f80a961a416908eb9ecef4b75aa1bd",
        "seed 8fb9f952c2ba13f275aca7f9d463c5fb1360b475bfa82551d2b45e04298165cc",
        "digest fbf66f2e189f7c17bcd40ffc53aa79d988cf6cf197a6da278865da1b0f987c37",
        "applicants 12",
        "placed 3",
        "unplaced 9",
        "seats 3",
        "deficit proved",
    ]
    assert [line.split()[1] for line in lines[9:]] == [str(number) for number in range(1, 11)]


def test_nothing_in_the_folders_is_touched(tmp_path: Path) -> None:
    bundle, parent = tmp_path / "bundle", tmp_path / "parent"
    shutil.copytree(VECTORS / "101-2", bundle)
    shutil.copytree(VECTORS / "101", parent)
    before = snapshot(bundle), snapshot(parent)
    assert run(sys.executable, VERIFIER, bundle, "--parent", parent).returncode == 0
    assert (snapshot(bundle), snapshot(parent)) == before


def test_the_output_may_lie_in_another_folder(tmp_path: Path) -> None:
    bundle, result = tmp_path / "bundle", tmp_path / "result"
    shutil.copytree(VECTORS / "21", bundle)
    result.mkdir()
    for name in ("placements.csv", "cutoffs.csv", "deficit.json", "result.json"):
        shutil.move(bundle / name, result / name)
    assert verify(bundle, result).exit_code == 0
    assert run(sys.executable, VERIFIER, f"--result={result}", bundle).returncode == 0
    assert verify(bundle).exit_code == 2
