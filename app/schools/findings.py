"""What is found in an imported file: refusals and flags, each with its place, its words and its remedy."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from app.errors import ServiceError


@cache
def reasons() -> dict[str, dict[str, str]]:
    """Every reason, as data: `zh`, `en`, `remedy_zh`, `remedy_en`."""
    return tomllib.loads(Path(__file__).with_name("findings.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Finding:
    """`line` counts from 1 as a text editor or a spreadsheet shows it; `column` is the header's name."""

    reason: str
    line: int | None = None
    column: str | None = None
    details: Mapping[str, object] = field(default_factory=dict)

    def words(self) -> dict[str, str]:
        """zh, en, remedy_zh, remedy_en."""
        return {part: words.format_map(self.details) for part, words in reasons()[self.reason].items()}

    def as_error(self, code: str, **details: str | int) -> ServiceError:
        """A ServiceError of this code whose words are those of the finding."""
        filled: dict[str, Any] = {f"reason_{part}": text for part, text in self.words().items()}
        filled |= {"line": self.line or "-", "column": self.column or "-", **details}
        return ServiceError(code, self.column, **filled)


class Refused(Exception):
    """The file, or the cell being read, cannot be accepted; carries the finding."""

    def __init__(self, reason: str, line: int | None = None, column: str | None = None, **details: object) -> None:
        super().__init__(reason)
        self.finding = Finding(reason, line, column, details)
