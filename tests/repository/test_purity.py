"""What the code may not do: read the clock or the environment on its own, compute ranks in floats, log what it was
given. Each search is tried on a line that it must find."""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.repository.source import calls, dotted, imported, modules, name, nodes

CORES = ("app/eligibility", "app/allocation", "app/lifecycle.py")
APP = modules("app")
PURE = modules(*CORES) + sorted(path for path in APP if path.name == "lifecycle.py" and path.parent.name != "app")
CLOCK = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "dt.now"}
TIMES = {"time", "monotonic", "time_ns", "monotonic_ns", "perf_counter", "localtime", "gmtime", "ctime", "strftime"}
CHANCE = {
    "random",
    "secrets",
    "uuid",
    "uuid_utils",
    "time",
    "os",
    "socket",
    "subprocess",
    "asyncio",
    "threading",
    "locale",
}
LOG_LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}


def reads_the_clock(path: Path) -> Iterator[int]:
    for call in calls(path):
        called = dotted(call.func)
        if ".".join(called.split(".")[-2:]) in CLOCK:
            yield call.lineno
    for module, line in imported(path):
        if module == "time" or (module.startswith("time.") and module.removeprefix("time.") in TIMES):
            yield line


def reads_the_environment(path: Path) -> Iterator[int]:
    wanted = {"os.environ", "os.getenv", "os.environb", "environ", "getenv"}
    yield from (node.lineno for node in nodes(path, ast.Attribute, ast.Name) if dotted(node) in wanted)  # type: ignore[attr-defined]


def takes_chances(path: Path) -> Iterator[int]:
    for module, line in imported(path):
        top = module.split(".")[0]
        ours = module.startswith(("app.eligibility", "app.allocation", "app.lifecycle"))
        if top in CHANCE or not (ours or top in sys.stdlib_module_names):
            yield line


def computes_in_floats(path: Path) -> Iterator[int]:
    for node in nodes(path, ast.Constant):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node.lineno
    yield from (call.lineno for call in calls(path) if dotted(call.func) in ("float", "math.sqrt", "round"))


def is_terse(node: ast.AST) -> bool:
    """A fixed word, an error as `terse` tells it, or one of the two."""
    if isinstance(node, ast.IfExp):
        return is_terse(node.body) and is_terse(node.orelse)
    called = isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] == "terse"
    return called or isinstance(node, ast.Constant)


def logs_what_it_was_given(path: Path) -> Iterator[int]:
    """Any call `log.level(…)` but with a fixed event and with `error` as `terse` tells it."""
    for call in calls(path):
        called = dotted(call.func).rpartition(".")
        if called[0] not in ("log", "logger") or called[2] not in LOG_LEVELS:
            continue
        words = [word.value for word in call.keywords if word.arg in ("error", None)]
        if len(call.args) != 1 or not isinstance(call.args[0], ast.Constant) or not all(map(is_terse, words)):
            yield call.lineno


Search = Callable[[Path], Iterator[int]]
RULES: dict[str, tuple[Search, list[Path], set[str], str]] = {
    "only clock.py reads the system clock": (
        reads_the_clock, APP, {"app/clock.py"}, "import datetime\nnow = datetime.datetime.now()\n",
    ),
    "only settings.py reads the environment": (
        reads_the_environment, APP, {"app/settings.py"}, "import os\nurl = os.environ['X']\n",
    ),
    "the cores know neither chance nor the world": (takes_chances, PURE, set(), "import random\n"),
    "the cores compute in integers and fractions": (computes_in_floats, PURE, set(), "half = 0.5\n"),
    "logs hold a fixed event and an error by its type": (
        logs_what_it_was_given, APP, set(), "log.error('failed', error=str(error))\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_holds_in_every_module(rule: str) -> None:
    search, files, exempt, _ = RULES[rule]
    found = [f"{name(path)}:{line}" for path in files if name(path) not in exempt for line in search(path)]
    assert found == []


@pytest.mark.parametrize("rule", RULES)
def test_the_search_finds_what_it_looks_for(rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    search, _, _, offence = RULES[rule]
    file = tmp_path / "offence.py"
    file.write_text(offence)
    monkeypatch.setattr("tests.repository.source.ROOT", tmp_path)
    assert list(search(file))


UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
IGNORED = re.compile(r"#\s*type:\s*ignore(?!\[)|#\s*noqa(?!:)")


def test_nothing_is_left_unfinished_and_no_check_is_silenced_as_a_whole() -> None:
    found = [
        f"{name(path)}:{number}"
        for path in modules("app", "tests", "bootstrap", "migrations")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if UNFINISHED.search(line) or IGNORED.search(line)
    ]
    assert found == []


def test_no_test_is_skipped() -> None:
    marks = {"pytest.skip", "pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail", "pytest.importorskip"}
    found = [
        f"{name(path)}:{node.lineno}"  # type: ignore[attr-defined]
        for path in modules("tests")
        for node in nodes(path, ast.Attribute)
        if dotted(node) in marks
    ]
    assert found == []
