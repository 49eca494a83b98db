"""`python -m tests.allocation.mutants STATE`: mutate a core, line by line, and see whether the tests tell.

STATE is a folder for copies of the tree and for what was found, one for each core. A second run tries again only those
that lived and those whose file has changed; it ends with the report, `benchmarks/mutation.md` or its neighbour.
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT))
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"

from tests.allocation.mutants.cases import prepare  # noqa: E402 (the path comes first)
from tests.allocation.mutants.operators import Mutant, mutants_of  # noqa: E402
from tests.allocation.mutants.report import written  # noqa: E402
from tests.allocation.mutants.subjects import SUBJECTS, Subject  # noqa: E402
from tests.allocation.mutants.trial import tests_of, tried  # noqa: E402

COPIED = ("app", "tests", "benchmarks", "docs", "migrations", "openapi", "pyproject.toml")
NONE = Mutant(1, "", 0, 0, "", "")
Found = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.allocation.mutants", description=__doc__)
    parser.add_argument("state", type=Path, help="folder for copies and findings")
    parser.add_argument("--of", choices=SUBJECTS, default="allocation", help="which core")
    parser.add_argument("--files", nargs="+", default=["*.py"], help="which files of the core, in this order")
    parser.add_argument("--share", type=int, default=1, metavar="N", help="every Nth mutant, always the same ones")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--nice", type=int, default=10, help="how far they stand back for other work")
    parser.add_argument("--show", choices=["cases", "tests", "long"], default="tests", help="what is shown at most")
    parser.add_argument("--report-only", action="store_true", help="write the report of what is found")
    options = parser.parse_args()
    state: Path = options.state.resolve()
    state.mkdir(parents=True, exist_ok=True)
    subject = SUBJECTS[options.of]
    package = ROOT / subject.package
    if not options.report_only:
        try_all(subject, state, options)
    (ROOT / subject.report).write_text(written(list(findings(state, package)), package, subject))
    return 0


def try_all(subject: Subject, state: Path, options: argparse.Namespace) -> None:
    """Copy the tree for each worker and let each try its part of the mutants."""
    trees = [copied(state / f"tree-{number}") for number in range(options.workers)]
    shutil.rmtree(state / "cases", ignore_errors=True)
    cases = prepare(state / "cases") if subject.has_cases else None
    killed = {finding["key"] for finding in findings(state, ROOT / subject.package) if finding["killed"]}
    wanted = [
        found
        for found in all_mutants(trees[0] / subject.package, options.files)
        if int(found[0], 16) % options.share == 0 and found[0] not in killed
    ]
    try_none(subject, trees[0], cases, {file: source for _, file, source, _ in wanted}, options.show)
    children = []
    for number, tree in enumerate(trees):
        child = os.fork()
        if child == 0:
            os.nice(options.nice)
            with (state / f"found-{number}-{int(time.time())}.jsonl").open("w") as log:
                for key, file, source, mutant in wanted[number :: options.workers]:
                    began = time.monotonic()
                    tests = shown(subject, tree, file, options.show)
                    killer = tried(subject, tree, file, source, mutant, cases, tests)
                    seconds = round(time.monotonic() - began, 2)
                    text = source.splitlines()[mutant.line - 1].strip()
                    finding = {"key": key, "file": file, "line": mutant.line, "text": text}
                    finding |= {"function": mutant.function, "old": mutant.old, "new": mutant.new}
                    print(json.dumps(finding | {"killed": killer, "seconds": seconds}), file=log, flush=True)
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


def try_none(subject: Subject, tree: Path, cases: Path | None, sources: Mapping[str, str], most: str) -> None:
    """Raise SystemExit where something is told of a file without a mutant; `sources`: by name of the file."""
    known = set[tuple[bool, str]]()
    for file, source in sources.items():
        tests = shown(subject, tree, file, most)
        alike = file == subject.apart, " ".join(tests)
        if alike not in known and (told := tried(subject, tree, file, source, NONE, cases, tests)):
            raise SystemExit(f"{file} is told from itself: {told}")
        known.add(alike)


def shown(subject: Subject, tree: Path, file: str, most: str) -> list[str]:
    """The tests that a mutant of the file is shown at most."""
    return [] if most == "cases" else tests_of(subject, tree, file, most == "long")


def copied(tree: Path) -> Path:
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name)
        elif source.exists():
            shutil.copy2(source, tree / name)
    return tree


def all_mutants(package: Path, files: Sequence[str]) -> Iterator[tuple[str, str, str, Mutant]]:
    """Key, file, its source, and the mutant; the key is the same as long as file and mutant are."""
    for path in dict.fromkeys(path for pattern in files for path in sorted(package.rglob(pattern))):
        source, file = path.read_text(), path.relative_to(package).as_posix()
        for mutant in mutants_of(source):
            text = f"{file}\n{mutant.applied(source)}"
            yield hashlib.sha256(text.encode()).hexdigest(), file, source, mutant


def findings(state: Path, package: Path) -> Iterator[Found]:
    """The last finding of each mutant of the files as they are now."""
    last: dict[str, Found] = {}
    for log in sorted(state.glob("found-*.jsonl"), key=lambda path: path.stem.rpartition("-")[2]):
        for line in log.read_text().splitlines():
            finding = json.loads(line)
            last[finding["key"]] = finding
    present = {key for key, _, _, _ in all_mutants(package, ["*.py"])} if last else set()
    yield from (finding for key, finding in last.items() if key in present)


if __name__ == "__main__":
    sys.exit(main())
