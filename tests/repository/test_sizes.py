"""The manner of the code in numbers: small files, short functions, modules named by the field's terms."""

import ast
from pathlib import Path
from statistics import median

import pytest

from tests.repository.source import modules, name, nodes

LONGEST_FILE, LONGEST_FUNCTION, MEDIAN_FILE = 400, 60, 90
ONE_FILE_ON_PURPOSE = "app/allocation/verify.py"
NAMELESS = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc", "tools", "lib"}
ALL = modules("app", "tests")


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_file_is_longer_than_one_can_read_at_a_sitting() -> None:
    long = {name(path): lines(path) for path in ALL if lines(path) > LONGEST_FILE}
    long.pop(ONE_FILE_ON_PURPOSE, None)
    assert long == {}


def test_the_median_file_of_the_application_fits_on_two_screens() -> None:
    assert median(lines(path) for path in modules("app") if lines(path)) <= MEDIAN_FILE


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{name(path)}:{node.lineno} {node.name} ({node.end_lineno - node.lineno + 1})"
        for path in ALL
        for node in nodes(path, ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


@pytest.mark.parametrize("folder", ["app", "tests", "bootstrap", "migrations"])
def test_no_module_has_a_name_that_says_nothing(folder: str) -> None:
    parts = {part: name(path) for path in modules(folder) for part in (path.stem, path.parent.name)}
    assert {part: file for part, file in parts.items() if part in NAMELESS} == {}


def test_every_module_of_the_application_says_what_it_is() -> None:
    silent = [
        name(path) for path in modules("app") if lines(path) and ast.get_docstring(ast.parse(path.read_text())) is None
    ]
    assert silent == []
