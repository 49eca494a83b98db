"""Decisions from stored facts on one core, against the least that such a decision must do: to read its facts."""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import date
from time import process_time

from app.eligibility.decide import decide
from app.eligibility.exact_json import canonical
from app.eligibility.facts import Facts
from app.eligibility.ruleset import RULESETS, Ruleset, load

CHILDREN = 100_000
GOAL = 60  # seconds, for CHILDREN decisions
AS_OF = date(2026, 6, 20)
NAMES = ("primary-2026", "primary-2026-by-residence", "junior-2026", "preschool-2026", "private-primary-2026")
PLACES = ("county", "city", "province", "elsewhere")


def measure(children: int = CHILDREN) -> str:
    """A table: processor seconds to decide stored facts under the longest ruleset, and a tenth of them under others."""
    stored = [canonical(_facts(number).to_json()) for number in range(children)]
    rows = [_row(NAMES[0], stored), *(_row(name, stored[: children // 10]) for name in NAMES[1:])]
    return (
        f"# Eligibility: {children:,} decisions from stored facts, one core\n\n"
        "Facts stored as JSON, all different and fictitious. Decided: each is read from its text and decided.\n"
        "Written: besides, the decision as the canonical JSON that its digest is taken over, and the digest.\n"
        "Processor seconds of one process; they depend on the machine. ×: against reading the facts alone, in the\n"
        "same run. Again: decided and written a second time, the last child first, each gives the same bytes.\n\n"
        "| ruleset | decisions | decided | × reading | written | × reading | eligible | again |\n"
        "|---|---|---|---|---|---|---|---|\n" + "".join(rows) + f"\nGoal: {CHILDREN:,} decided within {GOAL} s.\n"
    )


def _row(name: str, stored: Sequence[str]) -> str:
    rules = load(RULESETS / f"{name}.toml")
    reading = _seconds(lambda: [_read(text) for text in stored])
    outcomes: list[str] = []
    deciding = _seconds(lambda: outcomes.extend(decide(_read(text), rules, AS_OF).outcome for text in stored))
    first: list[bytes] = []
    writing = _seconds(lambda: first.extend(_written(text, rules) for text in stored))
    again = [_written(text, rules) for text in reversed(stored)]
    same = "the same bytes" if first == again[::-1] else "OTHER BYTES"
    share = outcomes.count("eligible") / len(outcomes)
    cells = (f"{deciding:.1f} s", f"{deciding / reading:.1f}", f"{writing:.1f} s", f"{writing / reading:.1f}")
    return f"| {name} | {len(stored):,} | {' | '.join(cells)} | {share:.0%} | {same} |\n"


def _seconds(work: Callable[[], object]) -> float:
    started = process_time()
    work()
    return process_time() - started


def _read(text: str) -> Facts:
    return Facts.from_json(json.loads(text))


def _written(text: str, rules: Ruleset) -> bytes:
    made = canonical(decide(_read(text), rules, AS_OF).to_json())
    return hashlib.sha256(made.encode()).digest()


def _facts(number: int) -> Facts:
    """A fictitious child by its number: kinds, dates, shares and what is unknown run with periods of their own."""
    month, day = number % 12 + 1, number % 28 + 1
    place, share = PLACES[number // 2 % 4 * (number % 2)], number % 101
    held = {"obtained_on": f"20{16 + number % 9}-{month:02}-{day:02}", "verified": None if number % 17 == 0 else True}
    permit = {
        "held": number % 5 > 0,
        "registered_since": f"20{18 + number % 8}-{month:02}-{day:02}",
        "endorsements": [f"20{year}-{month:02}-{day:02}" for year in range(18 + number % 9, 27)],
        "proof": held,
    }
    parent = {
        "permit": permit,
        "work": {"kind": "contract", "since": held["obtained_on"], "proof": {**held, "valid_until": "2027-06-30"}},
        "insurance": {"months": number % 130, "verified": number % 13 > 0},
        "education": ("junior", "senior", "college", "bachelor")[number % 4],
        "skill": ("none", "basic", "advanced")[number % 3],
        "honours": ["city"] if number % 31 == 0 else [],
        "records": [{"kind": "offence", "year": 2024}] if number % 47 == 0 else [],
        "papers_verified": True,
    }
    return Facts.from_json(
        {
            "format": "facts/1",
            "born_on": f"{(2014, 2019, 2023)[number % 3]}-{month:02}-{day:02}",
            "number_kind": "mainland",
            "registration": {
                "place": place,
                "community": f"C{number % 300}",
                "in_catchment": number % 3 > 0,
                "at_home": number % 7 > 0,
                "kind": "collective" if number % 19 == 0 else "family",
                "with_parents": number % 11 > 0,
                "registered_on": f"20{19 + number % 8}-{month:02}-{day:02}",
                "verified": True,
            },
            "home": {
                "community": f"C{number % 290}",
                "in_catchment": number % 4 > 0,
                "basis": ("own_flat", "grandparents", "rented")[number % 3],
                "share": f"{share}/100",
                "parents_own_none": number % 2 > 0,
                "lived_since": held["obtained_on"],
                "proof": {**held, "valid_until": "2027-06-30"},
                "uses": [{"year": 2022, "same_household": False}] if number % 23 == 0 else [],
            },
            "first_parent": parent,
            "second_parent": parent,
            "schooling": {"kind": "kindergarten", "since": "2024-09-01", "verified": True},
            "policy": {"kind": "talent" if number % 97 == 0 else "none", "proof": held},
            "document": {"kind": "none"},
            "deferral": {"years": []},
            "leaver": {"kind": "county", "school": f"P{number % 40}", "in_feeder": number % 2 > 0, "verified": True},
            "entry": {"gave_up": number % 101 == 0},
            "sibling": {"kind": "none"},
        }
    )
