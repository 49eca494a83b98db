"""One mutant on trial, in processes forked from one that has all it needs: first the cases, then the tests it meets."""

import contextlib
import fnmatch
import importlib
import io
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

from tests.allocation.mutants.operators import Mutant, compiles
from tests.allocation.mutants.subjects import Subject

CASES_SECONDS, TESTS_SECONDS = 3, 20  # of the processor
WAIT = 40  # times as long by the clock, for one that waits: a machine with other work must not kill a mutant
GIGABYTES = 4
OPTIONS = ("-q", "-x", "--tb=no", "--noconftest", "-p", "no:cacheprovider", "-c", os.devnull)


def tried(
    subject: Subject, tree: Path, file: str, source: str, mutant: Mutant, cases: Path | None, tests: list[str]
) -> str:
    """What killed the mutant, or "" if it lives; "no Python" for one that does not compile. The tree is restored."""
    changed = mutant.applied(source)
    if not compiles(changed):
        return "no Python"
    path = tree / subject.package / file
    path.write_text(changed)
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*"):
        compiled.unlink()
    try:
        killed = forked(lambda: _by_cases(tree, cases, file), CASES_SECONDS) if cases else ""
        return killed or (forked(lambda: _by_tests(tree, tests), TESTS_SECONDS) if tests else "")
    finally:
        path.write_text(source)


def forked(judge: Callable[[], str], seconds: int) -> str:
    """What a judge says in a process of its own, "time" after so many seconds of the processor."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.setsid()
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
            resource.setrlimit(resource.RLIMIT_AS, (GIGABYTES << 30, GIGABYTES << 30))
            said = judge()
        except BaseException as error:
            said = f"{type(error).__name__} in the cases"
        os.write(writing, said.encode()[:200])
        os._exit(0)
    os.close(writing)
    status = _waited(child, WAIT * seconds)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode(errors="replace")
    return said if os.WIFEXITED(status) else "time"


def _waited(child: int, seconds: float) -> int:
    """The status of the child, which is ended with all that it started when it takes too long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.005)
    os.killpg(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def _enter(tree: Path) -> None:
    """Import from this tree from now on, and write nothing that Python has compiled."""
    os.chdir(tree)
    sys.path[:] = [str(tree), *(entry for entry in sys.path[1:] if entry != os.environ.get("PYTHONPATH"))]
    os.environ["PYTHONPATH"], os.environ["PYTHONDONTWRITEBYTECODE"] = str(tree), "1"
    sys.dont_write_bytecode = True
    for name in [name for name in sys.modules if name.split(".")[0] in ("app", "tests", "benchmarks")]:
        del sys.modules[name]
    importlib.invalidate_caches()


def _by_cases(tree: Path, cases: Path, file: str) -> str:
    _enter(tree)
    killing = importlib.import_module("tests.allocation.mutants.killing")
    return "the cases" if next(killing.differences(cases, file), None) else ""


class _First:
    """A plugin of pytest: the first test that fails."""

    failed = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid


def tests_of(subject: Subject, tree: Path, file: str, long: bool) -> list[str]:
    """The tests of a file of the core, as paths below the tree."""
    folder, stem, known = tree / subject.tests, file.removesuffix(".py"), subject.long if long else subject.shown
    names = next(names for pattern, names in known.items() if fnmatch.fnmatch(stem, pattern))
    found = [path for name in names for path in sorted(folder.glob(f"test_{name}.py"))]
    return [str(path.relative_to(tree)) for path in found]


def _by_tests(tree: Path, tests: list[str]) -> str:
    _enter(tree)
    # The same examples each time, so that a mutant that one run kills is killed by the next; none is made smaller.
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("mutants", derandomize=True, database=None, deadline=None, phases=phases)
    hypothesis.settings.load_profile("mutants")
    first = _First()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        code = pytest.main([*OPTIONS, f"--rootdir={tree}", *tests], plugins=[first])
    return first.failed or ("" if code == 0 else f"pytest's exit {int(code)}")
