"""What a file would change: row by row, field by field. Nothing is ever removed; what it leaves out is only named."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.schools.findings import Finding
from app.schools.layouts import Layout
from app.schools.rows import Key, Row, Values

Shown = str | int | bool | list[str] | None


@dataclass(frozen=True)
class Change:
    """`fields` are (before, after) by field; a row added has nothing before. `before` is the row that stands."""

    row: Row
    before: Values | None
    fields: dict[str, tuple[Shown, Shown]]

    @property
    def name(self) -> str:
        return name_of(self.row.key)


@dataclass(frozen=True)
class Difference:
    """`absent` stand within what the file speaks of (its stages, its round), and the file does not name them."""

    added: tuple[Change, ...]
    changed: tuple[Change, ...]
    unchanged: int
    absent: tuple[str, ...]


def compare(layout: Layout, rows: list[Row], stand: dict[Key, Values]) -> Difference:
    """The rows against what stands, in the file's order."""
    added: list[Change] = []
    changed: list[Change] = []
    for row in rows:
        before = stand.get(row.key)
        fields = {
            field: (shown(before[field]) if before else None, shown(row.whole[field]))
            for field in layout.fields
            if before is None or before[field] != row.whole[field]
        }
        if before is None:
            added.append(Change(row, None, fields))
        elif fields:
            changed.append(Change(row, before, fields))
    return Difference(tuple(added), tuple(changed), len(rows) - len(added) - len(changed), _absent(layout, rows, stand))


def digest_of(kind: str, data: bytes, difference: Difference, flags: Iterable[Finding]) -> str:
    """SHA-256 over the file's bytes, the whole difference and the flags: what a person confirms."""
    seen = {
        "kind": kind,
        "file": hashlib.sha256(data).hexdigest(),
        "added": [[change.name, change.fields] for change in difference.added],
        "changed": [[change.name, change.fields] for change in difference.changed],
        "absent": difference.absent,
        "flags": [
            [flag.reason, flag.line, flag.column, {k: str(v) for k, v in flag.details.items()}] for flag in flags
        ],
    }
    return hashlib.sha256(_canonical(seen)).hexdigest()


def version_of(layout: Layout, values: Values) -> str:
    """A row's content as the journal names it: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(_canonical({field: shown(values[field]) for field in layout.fields})).hexdigest()[:16]


def name_of(key: Key) -> str:
    """A row's key as one text: parts by slashes."""
    return "/".join(str(shown(part)) for part in key)


def shown(value: Any) -> Shown:
    """A value as JSON has it."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _absent(layout: Layout, rows: list[Row], stand: dict[Key, Values]) -> tuple[str, ...]:
    named = {row.key for row in rows}
    spoken = {row.whole[layout.scope] for row in rows} if layout.scope else set()
    return tuple(
        sorted(
            name_of(key)
            for key, values in stand.items()
            if key not in named and (layout.scope is None or values[layout.scope] in spoken)
        )
    )


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
