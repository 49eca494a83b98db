"""The kept reports of the mutants: of the files as they stand, with a true reason for whatever no test can tell."""

import hashlib
import re
import tomllib
from pathlib import Path

import pytest

from tests.allocation.mutants.operators import mutants_of
from tests.allocation.mutants.subjects import SUBJECTS, Subject

ROOT = Path(__file__).parents[2]
MESSAGE = """
{files}: not the same as when it was mutated ({report} gives the first digits of its SHA-256 then). Run
    python -m tests.allocation.mutants STATE --of {name} --files {files}
with the folder of the trials before (without one, an empty folder and no --files: hours), or, when that is to wait,
name what has changed in the line "Changed since their trial:" of the report, parted by ", ", and nothing else.
"""
EACH = pytest.mark.parametrize("name", SUBJECTS)


def report(subject: Subject) -> str:
    return (ROOT / subject.report).read_text()


def tried(subject: Subject) -> dict[str, str]:
    return dict(re.findall(r"^\| (\S+\.py) \(([0-9a-f]{8})\) \|", report(subject), re.MULTILINE))


def changed(subject: Subject) -> set[str]:
    files = tried(subject)
    now = {file: ROOT / subject.package / file for file in files}
    return {
        file
        for file, path in now.items()
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest()[:8] != files[file]
    }


@EACH
def test_whatever_has_changed_since_its_trial_is_named_in_the_report(name: str) -> None:
    subject = SUBJECTS[name]
    told = re.findall(r"^Changed since their trial: (.+)\.$", report(subject), re.MULTILINE)
    assert tried(subject) and len(told) == 1
    named = set(told[0].split(", ")) - {"none"}
    files = " ".join(sorted(named ^ changed(subject)))
    assert named == changed(subject), MESSAGE.format(files=files, report=subject.report, name=name)


@EACH
def test_no_mutant_lives_unexplained_and_enough_are_killed(name: str) -> None:
    subject = SUBJECTS[name]
    assert "Not looked at." not in report(subject)
    for part in ("core", "all") if subject.apart else ("all",):
        [share] = re.findall(rf"^\| \*\*{part}\*\* \|.* ([0-9.]+) \|$", report(subject), re.MULTILINE)
        assert float(share) >= 95


@EACH
def test_each_reason_is_given_for_a_mutant_that_there_is(name: str) -> None:
    subject = SUBJECTS[name]
    entries = [entry for kind in tomllib.loads(subject.reasons.read_text()).values() for entry in kind]
    assert entries
    for file in {entry["file"] for entry in entries} - changed(subject):
        source = (ROOT / subject.package / file).read_text()
        lines = source.splitlines()
        there = {
            (lines[mutant.line - 1].strip(), f"{' '.join(mutant.old.split())} → {' '.join(mutant.new.split())}")
            for mutant in mutants_of(source)
        }
        of_file = [entry for entry in entries if entry["file"] == file]
        explained = {(entry["line"], change) for entry in of_file for change in entry["changes"]}
        assert explained <= there, file
