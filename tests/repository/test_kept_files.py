"""Nothing committed names a machine, an index of packages, or a file that only one of us has."""

import re

import pytest

from tests.repository.source import kept_files, name

# Parted by `+`, so that this file holds none of them.
MACHINE = re.compile(r"(?<![\w.\-/])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me|Us" + r"ers)/[\w.]")
INDEX = re.compile(
    r"--(?:extra-)?index" + r"-url|--find" + r"-links|--trusted" + r"-host|^index" + r"-url|PIP_INDEX" + r"_URL", re.M
)
SECRET = re.compile(r"-----BEGIN [A-Z ]*PRIVATE" + r" KEY-----|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}")
TEXTS = {name(path): path.read_text(encoding="utf-8", errors="replace") for path in kept_files()}


@pytest.mark.parametrize("pattern", [MACHINE, INDEX, SECRET], ids=["machine", "index", "secret"])
def test_no_kept_file_holds(pattern: re.Pattern[str]) -> None:
    found = {file: match[0] for file, text in TEXTS.items() if (match := pattern.search(text))}
    assert found == {}


def test_the_patterns_find_what_they_look_for() -> None:
    assert MACHINE.search("see /ro" + "ot/x") and MACHINE.search("(/wo" + "rk/main)") and not MACHINE.search("a/home/b")
    assert INDEX.search("--index" + "-url https://x") and INDEX.search("a\nindex" + "-url = x")
    assert SECRET.search("-----BEGIN PRIVATE" + " KEY-----")


def test_no_kept_file_is_large_or_a_build_product() -> None:
    large = {name(path): path.stat().st_size for path in kept_files() if path.stat().st_size > 2_000_000}
    products = [file for file in TEXTS if file.endswith((".pyc", ".so", ".db", ".sqlite", ".log", ".pem", ".env"))]
    assert (large, products) == ({}, [])


def test_every_text_ends_with_a_line_and_holds_no_carriage_return() -> None:
    checked = {file: text for file, text in TEXTS.items() if file.endswith((".py", ".md", ".toml", ".sql", ".yaml"))}
    assert [file for file, text in checked.items() if text and (not text.endswith("\n") or "\r" in text)] == []
