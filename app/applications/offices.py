"""The closed table of `offices.toml`: which kind of office confirms which claim, and how soon."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import get_args

from app.eligibility import facts

# Kind of evidence → the values of its facts that an office may be asked about.
VALUES = {"policy": facts.PolicyKind, "right_place": facts.RightPlaceKind, "document": facts.DocumentKind}


@dataclass(frozen=True)
class Office:
    """A kind of office in words; `days`: within how many days it answers."""

    zh: str
    en: str
    days: int


@dataclass(frozen=True)
class Offices:
    """`claims`: (kind of evidence, value) → kind of office. `deferral_days`: within how many a town decides."""

    kinds: dict[str, Office]
    claims: dict[tuple[str, str], str]
    deferral_days: int


@cache
def offices() -> Offices:
    """The table; raises ValueError for a claim that nobody can make, an office unknown, or a row without a source."""
    read = tomllib.loads(Path(__file__).with_name("offices.toml").read_text(encoding="utf-8"))
    kinds = {name: Office(**words) for name, words in read["office"].items()}
    claims = {}
    for evidence, rows in read["claim"].items():
        for value, row in rows.items():
            if value not in get_args(VALUES[evidence]) or value == "none":
                raise ValueError(f"{evidence}.{value}: nobody can claim it")
            if row["office"] not in kinds or not (row.get("source") or row.get("assumption")):
                raise ValueError(f"{evidence}.{value}: no such office, or neither source nor assumption")
            claims[evidence, value] = row["office"]
    return Offices(kinds, claims, read["deferral"]["days"])
