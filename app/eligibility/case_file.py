"""Cases as JSON lines: one child a line, either its facts alone or `{"id", "as_of", "facts"}`."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.eligibility.exact_json import BadField, from_object
from app.eligibility.facts import FORMAT, Facts


@dataclass(frozen=True, slots=True)
class Case:
    """`as_of`: the day of the decision, None where the file leaves it to the command."""

    id: str
    facts: Facts
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    facts: dict[str, object]
    id: str = ""
    as_of: date | None = None


def read_cases(path: Path) -> Iterator[Case]:
    """Each case of the file; one without an id has the number of its line. Raises BadField below `line N`, OSError."""
    seen: set[str] = set()
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                case = _read(line, number)
                if case.id in seen:
                    raise BadField(f"line {number}.id", "stands twice", "give each case its own id")
                seen.add(case.id)
                yield case


def _read(line: bytes, number: int) -> Case:
    where = f"line {number}"
    try:
        value = json.loads(line.decode(), object_pairs_hook=_once)
    except ValueError:
        # Neither the decoder's message nor the line is shown: it may hold what is a child's.
        raise BadField(where, "not a JSON object in UTF-8 with each name once", "write one child a line") from None
    if isinstance(value, dict) and value.get("format") == FORMAT:
        value = {"facts": value}
    read = from_object(_Line, value, where)
    try:
        facts = Facts.from_json(read.facts)
    except BadField as error:
        raise BadField(f"{where}.facts.{error.field}", error.reason, error.remedy) from None
    return Case(read.id or str(number), facts, read.as_of)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError
    return dict(pairs)
