"""The kept report of the mutants: of the files as they stand, with a true reason for whatever no test can tell."""

import hashlib
import re
import tomllib
from pathlib import Path

from tests.allocation.mutants.operators import mutants_of
from tests.allocation.mutants.subjects import SUBJECTS

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "app" / "allocation"
REPORT = (ROOT / "benchmarks" / "mutation.md").read_text()
TRIED = dict(re.findall(r"^\| (\S+\.py) \(([0-9a-f]{8})\) \|", REPORT, re.MULTILINE))
NAMED = re.findall(r"^Changed since their trial: (.+)\.$", REPORT, re.MULTILINE)
MESSAGE = """
{files}: not the same as when it was mutated (benchmarks/mutation.md gives the first digits of its SHA-256 then). Run
    python -m tests.allocation.mutants STATE --files {files}
with the folder of the trials before (without one, an empty folder and no --files: hours), or, when that is to wait,
name what has changed in the line "Changed since their trial:" of the report, parted by ", ", and nothing else.
"""


def changed() -> set[str]:
    now = {file: PACKAGE / file for file in TRIED}
    return {
        file
        for file, path in now.items()
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest()[:8] != TRIED[file]
    }


def test_whatever_has_changed_since_its_trial_is_named_in_the_report() -> None:
    assert TRIED and len(NAMED) == 1
    named = set(NAMED[0].split(", ")) - {"none"}
    assert named == changed(), MESSAGE.format(files=" ".join(sorted(named ^ changed())))


def test_no_mutant_lives_unexplained_and_enough_are_killed() -> None:
    assert "Not looked at." not in REPORT
    for part in ("core", "all"):
        [share] = re.findall(rf"^\| \*\*{part}\*\* \|.* ([0-9.]+) \|$", REPORT, re.MULTILINE)
        assert float(share) >= 95


def test_each_reason_is_given_for_a_mutant_that_there_is() -> None:
    entries = [entry for kind in tomllib.loads(SUBJECTS["allocation"].reasons.read_text()).values() for entry in kind]
    for file in {entry["file"] for entry in entries} - changed():
        source = (PACKAGE / file).read_text()
        lines = source.splitlines()
        there = {
            (lines[mutant.line - 1].strip(), f"{' '.join(mutant.old.split())} → {' '.join(mutant.new.split())}")
            for mutant in mutants_of(source)
        }
        of_file = [entry for entry in entries if entry["file"] == file]
        explained = {(entry["line"], change) for entry in of_file for change in entry["changes"]}
        assert explained <= there, file
