"""The cases under cases/ as facts and expectations.

`expect` may hold: outcome; kind and route ("" for none); level (0 for none); right, elsewhere: keys that must
have these values (empty: no keys at all); met, not_met, unknown: rules with that value; missing, reasons: the
codes, all of them (reasons: of the children's likeliest route); missing_some, reasons_some, improvable: some;
neutral: keys at their neutral value; groups; points_total; lines: item.parent to what counted and why.
"""

import copy
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from app.eligibility.facts import Facts

FOLDER = Path(__file__).parent / "cases"
AFTER_CUT_OFF = date(2026, 6, 20)


@dataclass(frozen=True)
class Case:
    name: str
    facts: Facts
    as_of: date
    expect: dict[str, Any]


def read_cases(ruleset: str) -> list[Case]:
    bases = _bases()
    cases = tomllib.loads((FOLDER / f"{ruleset}.toml").read_text("utf-8"))["case"]
    return [_case(bases[case["base"]], case) for case in cases]


def base(name: str, **changes: Any) -> Facts:
    """A base with facts set by path, "__" standing for the dot."""
    return changed(_bases()[name], {path.replace("__", "."): value for path, value in changes.items()})


def changed(facts: dict[str, Any], changes: dict[str, Any], dropped: tuple[str, ...] = ()) -> Facts:
    facts = copy.deepcopy(facts)
    for path, value in changes.items():
        *parents, last = path.split(".")
        part = facts
        for parent in parents:
            part = part.setdefault(parent, {})
        part[last] = _plain(value)
    for path in dropped:
        *parents, last = path.split(".")
        part = facts
        for parent in parents:
            part = part[parent]
        del part[last]
    return Facts.from_json(facts)


def _bases() -> dict[str, dict[str, Any]]:
    """A base with `like` is another one with facts set by path."""
    read: dict[str, dict[str, Any]] = _plain(tomllib.loads((FOLDER / "bases.toml").read_text("utf-8")))
    likes = {name: held for name, held in read.items() if "like" in held}
    return read | {name: _json(changed(read[held["like"]], held["set"])) for name, held in likes.items()}


def _json(facts: Facts) -> dict[str, Any]:
    return dict(facts.to_json())


def _case(facts: dict[str, Any], case: dict[str, Any]) -> Case:
    read = changed(facts, case.get("set", {}), tuple(case.get("drop", ())))
    return Case(case["name"], read, case.get("as_of", AFTER_CUT_OFF), case["expect"])


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(held) for name, held in value.items()}
    if isinstance(value, list):
        return [_plain(held) for held in value]
    return value.isoformat() if isinstance(value, date) else value
