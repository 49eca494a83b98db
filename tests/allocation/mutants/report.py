"""The kept report of a mutation run: for each file what was killed, what no test can tell, and what lives and why."""

import hashlib
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.allocation.mutants.operators import mutants_of
from tests.allocation.mutants.subjects import Subject

Found = dict[str, Any]


def written(findings: Sequence[Found], package: Path, subject: Subject) -> str:
    """The report as Markdown; `package`: the folder of the files that were mutated."""
    reasons = _reasons(subject.reasons)
    tried = [found for found in findings if found["killed"] != "no Python"]
    lines = [
        subject.head,
        "| file (SHA-256) | mutants | killed | by time | equivalent | alive | per cent |",
        "|---|---|---|---|---|---|---|",
    ]
    files = sorted({found["file"] for found in tried})
    for file in files:
        name = f"{file} ({hashlib.sha256((package / file).read_bytes()).hexdigest()[:8]})"
        lines.append(_row(name, [found for found in tried if found["file"] == file], reasons))
    if subject.apart:
        lines.append(_row("**core**", [found for found in tried if found["file"] != subject.apart], reasons))
    lines.append(_row("**all**", tried, reasons))
    lines += ["", f"Not tried: {', '.join(_untried(findings, package)) or 'none'}."]
    lines += ["", f"{sum(found['seconds'] for found in tried) / 3600:.1f} hours of waiting in all, on shared cores."]
    for kind, title in (("equivalent", "Equivalent"), ("alive", "Alive")):
        lines += [
            "",
            f"## {title}",
            "",
            *_explained([found for found in tried if _kind(found, reasons) == kind], reasons),
        ]
    return "\n".join(lines) + "\n"


def _untried(findings: Sequence[Found], package: Path) -> Iterator[str]:
    tried = Counter(found["file"] for found in findings)
    for path in sorted(package.rglob("*.py")):
        file, number = path.relative_to(package).as_posix(), len(mutants_of(path.read_text()))
        if tried[file] < number:
            yield f"{file} ({number - tried[file]} of its {number} mutants)" if tried[file] else file


def _reasons(kept: Path) -> dict[tuple[str, str, str, str], tuple[str, str]]:
    """(file, line, old, new) → equivalent or alive, and why."""
    entries = tomllib.loads(kept.read_text()) if kept.exists() else {}
    return {
        (entry["file"], entry["line"], *change.split(" → ")): (kind, entry["reason"])
        for kind, of_kind in entries.items()
        for entry in of_kind
        for change in entry["changes"]
    }


def _known(found: Found, reasons: dict[tuple[str, str, str, str], tuple[str, str]]) -> tuple[str, str]:
    key = found["file"], found["text"], " ".join(found["old"].split()), " ".join(found["new"].split())
    return reasons.get(key, ("alive", ""))


def _kind(found: Found, reasons: dict[tuple[str, str, str, str], tuple[str, str]]) -> str:
    return "killed" if found["killed"] else _known(found, reasons)[0]


def _row(name: str, findings: list[Found], reasons: dict[tuple[str, str, str, str], tuple[str, str]]) -> str:
    kinds = Counter(_kind(found, reasons) for found in findings)
    timed = sum(1 for found in findings if found["killed"] == "time")
    judged = kinds["killed"] + kinds["alive"]
    share = f"{100 * kinds['killed'] / judged:.1f}" if judged else "–"
    cells = (name, len(findings), kinds["killed"], timed, kinds["equivalent"], kinds["alive"], share)
    return "| " + " | ".join(map(str, cells)) + " |"


def _explained(findings: list[Found], reasons: dict[tuple[str, str, str, str], tuple[str, str]]) -> list[str]:
    by_place: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for found in findings:
        change = f"`{' '.join(found['old'].split())}` → `{' '.join(found['new'].split())}`"
        by_place[found["file"], found["text"], _known(found, reasons)[1]].append(change)
    return [
        f"- {file}, `{text}`: {', '.join(changes)}. {reason or 'Not looked at.'}"
        for (file, text, reason), changes in by_place.items()
    ] or ["None."]
