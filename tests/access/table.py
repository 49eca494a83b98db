"""The reviewed table `expected.toml`, read and unfolded: which answer each kind of caller gets."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FAMILIES = ("guardian", "parent", "claimant")
SCHOOLS = ("school", "other_school")
OFFICES = ("verifier", "other_verifier", "town")
OFFICERS = ("registrar", "rules", "casework", "allocation", "approval")
STAFF = (*OFFICERS, "auditor")
SIGNED_IN = FAMILIES + SCHOOLS + OFFICES + STAFF
ANONYMOUS, MACHINE = "anonymous", "machine"
HERE = (ANONYMOUS, MACHINE, *SIGNED_IN)
OFFICER_ELSEWHERE, PARENT_ELSEWHERE = "officer elsewhere", "parent elsewhere"
GROUPS = {
    "families": FAMILIES,
    "schools": SCHOOLS,
    "offices": OFFICES,
    "officers": OFFICERS,
    "staff": STAFF,
    "signed_in": SIGNED_IN,
    "everyone": (ANONYMOUS, *SIGNED_IN),
}
MAY, SIGNED_OUT, FORBIDDEN, NOT_FOUND = "may", "401", "403", "404"
BUREAU, OBJECT, PUBLIC, NOTHING = "bureau", "object", "public", "nothing"
DUTY_FIRST, LOCKED_FIRST = "duty first", "locked first"


@dataclass(frozen=True)
class Row:
    """One row; `may` and `forbidden` hold kinds of callers, and `may` wins."""

    title: str
    may: frozenset[str]
    of: str
    forbidden: frozenset[str]
    elsewhere: str
    is_empty_if_unknown: bool

    @property
    def operation(self) -> str:
        return self.title.partition(":")[0]

    @property
    def duty(self) -> str:
        """The duty of another bureau's officer who would come nearest."""
        return next((duty for duty in STAFF if duty in self.may), "casework")

    def at_home(self, kind: str) -> str:
        """The answer for a caller of the object's own bureau."""
        if kind in self.may:
            return MAY
        if kind == MACHINE or (kind == ANONYMOUS and self.of != PUBLIC):
            return SIGNED_OUT
        return FORBIDDEN if kind in self.forbidden else NOT_FOUND

    def abroad(self, kind: str) -> str:
        """The answer where the object is another bureau's."""
        if kind == MACHINE or self.of == PUBLIC:
            return self.at_home(MACHINE if kind == MACHINE else ANONYMOUS)
        if kind == ANONYMOUS:
            return SIGNED_OUT
        if self.elsewhere == LOCKED_FIRST:
            return FORBIDDEN if kind == "auditor" else NOT_FOUND
        if self.elsewhere == DUTY_FIRST and kind not in self.may:
            return self.at_home(kind)
        return MAY if self.is_empty_if_unknown and kind in self.may else NOT_FOUND


def _kinds(names: list[str]) -> frozenset[str]:
    kinds = frozenset(kind for name in names for kind in GROUPS.get(name, (name,)))
    assert kinds <= set(HERE), names
    return kinds


def _row(
    title: str, may: list[str], of: str, forbidden: list[str] | None = None, elsewhere: str = "", unknown: str = ""
) -> Row:
    assert of in (BUREAU, OBJECT, PUBLIC, NOTHING) and elsewhere in ("", DUTY_FIRST, LOCKED_FIRST), title
    assert of == OBJECT or (forbidden is None and not elsewhere), title
    if of in (BUREAU, NOTHING):
        forbidden = ["signed_in"]
    elsewhere = DUTY_FIRST if of == BUREAU else elsewhere
    return Row(title, _kinds(may), of, _kinds(forbidden or []), elsewhere, unknown == "empty")


def _read() -> dict[str, Row]:
    sections: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("expected.toml").read_text("utf-8"))
    return {title: _row(title, **fields) for rows in sections.values() for title, fields in rows.items()}


TABLE = _read()
NAMING = [row for row in TABLE.values() if row.of != NOTHING]
