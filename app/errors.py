"""Errors that a user may see: a stable code, and words in Chinese and English from `errors.toml`.

The HTTP face (RFC 9457) is made in edge.py. Nothing personal may stand in `details`.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Wording:
    """What a code says: HTTP status, and for each language what is wrong and what can be done."""

    status: int
    title: dict[str, str]
    remedy: dict[str, str]


@cache
def catalogue() -> dict[str, Wording]:
    """Every code of the service, as data."""
    rows = tomllib.loads(Path(__file__).with_name("errors.toml").read_text(encoding="utf-8"))
    return {
        code: Wording(
            status=row["status"],
            title={language: row[language] for language in LANGUAGES},
            remedy={language: row[f"remedy_{language}"] for language in LANGUAGES},
        )
        for code, row in rows.items()
    }


class ServiceError(Exception):
    """A refusal that the caller can act upon. `code` is in errors.toml, `field` names what is at fault,
    `details` fill the placeholders of the words (never personal data).

    With `keeps_work` the transaction commits what it wrote before the refusal is raised on (an act made void).
    """

    def __init__(self, code: str, field: str | None = None, *, keeps_work: bool = False, **details: object) -> None:
        self.code, self.field, self.details, self.keeps_work = code, field, details, keeps_work
        self.wording = catalogue()[code]
        super().__init__(f"{code}: {self.title('en')}")

    def __reduce__(self) -> tuple[object, ...]:
        """Pickled whole, so that it comes out of another process as what it is."""
        return _again, (self.code, self.field, self.keeps_work, self.details)

    @property
    def status(self) -> int:
        return self.wording.status

    def title(self, language: str) -> str:
        return self.wording.title[language].format_map(self.details)

    def remedy(self, language: str) -> str:
        return self.wording.remedy[language].format_map(self.details)


def _again(code: str, field: str | None, keeps_work: bool, details: dict[str, Any]) -> ServiceError:
    return ServiceError(code, field, keeps_work=keeps_work, **details)
