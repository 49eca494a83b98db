"""The lives of everything as diagrams, generated from the machines: docs/lifecycles.md, and the round's in the README.

`python -m tests.repository.lifecycle_page --write` writes both; without --write it says what differs.
"""

import importlib
import sys
from collections.abc import Iterator
from enum import StrEnum
from types import ModuleType
from typing import Any

from app.lifecycle import Machine
from tests.repository.source import ROOT, modules

PAGE, README = ROOT / "docs/lifecycles.md", ROOT / "README.md"
BEGIN, END = "<!-- round-life:begin -->", "<!-- round-life:end -->"
HEAD = """# Lives

Generated from the machines in `app/*/lifecycle.py` by `python -m tests.repository.lifecycle_page --write`; a test
compares. A status moves only along these arrows, under a row lock, with one journal entry in the same transaction.
"""


def lifecycles() -> list[ModuleType]:
    """Every feature's lifecycle module."""
    files = [path for path in modules("app") if path.name == "lifecycle.py" and path.parent.name != "app"]
    return [importlib.import_module(f"app.{path.parent.name}.lifecycle") for path in files]


def machines() -> Iterator[tuple[ModuleType, Machine[Any, Any]]]:
    """Every machine with the module in which its words stand."""
    for module in lifecycles():
        yield from ((module, value) for value in vars(module).values() if isinstance(value, Machine))


def states(machine: Machine[Any, Any]) -> type[StrEnum]:
    return type(machine.initial)


def words(module: ModuleType, status: StrEnum) -> tuple[str, str]:
    """Chinese and English of a status: WORDS by status, or by enum and status where two enums share a value."""
    known = module.WORDS
    found: tuple[str, str] = known[type(status)][status] if type(status) in known else known[status]
    return found


def diagram(machine: Machine[Any, Any]) -> str:
    return f"```mermaid\n{machine.to_mermaid()}\n```\n"


def section(module: ModuleType, machine: Machine[Any, Any]) -> str:
    rows = [f"| `{status}` | {zh} | {en} |" for status in states(machine) for zh, en in [words(module, status)]]
    table = "\n".join(["| state | 中文 | English |", "|---|---|---|", *rows])
    voids: dict[StrEnum, str] = getattr(module, "VOIDS", {})
    told = {event for _, event in machine.table if type(event) in {type(known) for known in voids}}
    moves = [f"- `{event}` makes void: {what}" for event, what in voids.items() if event in told]
    parts = [f"## {machine.name}\n", diagram(machine), table + "\n", *(["\n".join(moves) + "\n"] if moves else [])]
    return "\n".join(parts)


def page() -> str:
    return "\n".join([HEAD, *(section(module, machine) for module, machine in machines())])


def readme_with_diagram(text: str) -> str:
    """The README with the round's diagram between its markers; raises ValueError where they are missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{README.name} lacks {BEGIN} and {END}")
    [round_] = [machine for _, machine in machines() if machine.name == "round"]
    return f"{before}{BEGIN}\n{diagram(round_)}{END}{after}"


def main(write: bool) -> int:
    readme = README.read_text(encoding="utf-8")
    wanted = {PAGE: page(), README: readme_with_diagram(readme)}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        print(f"{path.relative_to(ROOT)} {'written' if write else 'differs'}")
        if write:
            path.write_text(wanted[path], encoding="utf-8")
    return 0 if write else len(stale)


if __name__ == "__main__":
    sys.exit(main("--write" in sys.argv[1:]))
