"""Fictitious bundles written by hand: text and digests alone, without the code under test."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"

GOOD_MANIFEST: dict[str, Any] = {
    "format": "allocation-bundle/1",
    "round": "fictitious-2026",
    "suite": "sha256",
    "order": ["level<", "points>", "ticket"],
    "ticket": "per-applicant",
    "reserves": "reserved-first",
    "draw_name": "Fictitious lottery, draw 1 of 2026-07-24",
}
GOOD_TABLES = {
    "programmes.csv": "programme,capacity\nA,2\nB,1\n",
    "reserves.csv": "programme,precedence,group,seats\nA,1,migrant,1\nA,2,sibling:A,1\n",
    "applicants.csv": "applicant,lottery_unit,groups,fallback,level,points\n"
    "x,,,F,1,10\ny,twins,migrant;sibling:A,F,2,-5\nz,twins,,,,\n",
    "choices.csv": "applicant,rank,programme,level,points\nx,1,A,1,10\nx,2,B,3,0\nz,5,B,2,7\n",
    "fallbacks.csv": "fallback,rank,programme\nF,1,B\nF,2,A\n",
}
BOUND = ("format", "round", "suite", "order", "ticket", "reserves", "files", "draw_name", "families", "parent")


@dataclass
class Draft:
    """A bundle in the making; `sealed` gives its six files with true digests, and a draw where the order asks."""

    manifest: dict[str, Any] = field(default_factory=lambda: dict(GOOD_MANIFEST))
    tables: dict[str, bytes] = field(default_factory=lambda: {n: t.encode() for n, t in GOOD_TABLES.items()})
    value: str | None = "4-0-7"

    def sealed(self) -> dict[str, bytes]:
        fields = dict(self.manifest)
        fields.setdefault("files", {name: hashlib.sha256(data).hexdigest() for name, data in self.tables.items()})
        fields.setdefault("root", root_of(fields))
        if self.value is not None and "ticket" in fields["order"]:
            fields.setdefault("draw", {"root": fields["root"], "value": self.value})
        return self.tables | {MANIFEST: json.dumps(fields, indent=1).encode()}


def root_of(fields: dict[str, Any]) -> str:
    bound = {name: fields[name] for name in BOUND if name in fields}
    text = json.dumps(bound, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def draft(tables: dict[str, str] | None = None, without: tuple[str, ...] = (), **manifest: object) -> Draft:
    """The good bundle with these tables and fields of the manifest instead of its own."""
    made = Draft()
    made.tables |= {name: text.encode() for name, text in (tables or {}).items()}
    made.manifest |= manifest
    for name in without:
        del made.manifest[name]
    return made


def save(files: dict[str, bytes], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder
