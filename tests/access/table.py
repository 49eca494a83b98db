"""The reviewed table `expected.toml`, read and unfolded: which answer each kind of caller gets."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

FAMILIES = ("guardian", "parent", "claimant")
SCHOOLS = ("school", "other_school")
STAFF = ("registrar", "rules", "casework", "allocation", "approval", "auditor")
SIGNED_IN = FAMILIES + SCHOOLS + STAFF
ANONYMOUS, MACHINE = "anonymous", "machine"
HERE = (ANONYMOUS, MACHINE, *SIGNED_IN)
OFFICER_ELSEWHERE, PARENT_ELSEWHERE = "officer elsewhere", "parent elsewhere"
GROUPS = {
    "families": FAMILIES,
    "schools": SCHOOLS,
    "staff": STAFF,
    "signed_in": SIGNED_IN,
    "everyone": (ANONYMOUS, *SIGNED_IN),
}
MAY, SIGNED_OUT, FORBIDDEN, NOT_FOUND = "may", "401", "403", "404"
PUBLIC, NONE, DUTY_FIRST, LOCKED_FIRST = "public", "none", "duty first", "locked first"
KEYS = {"may", "forbidden", "elsewhere", "unknown"}


@dataclass(frozen=True)
class Row:
    """One row; `may` and `forbidden` name kinds of callers, `may` wins."""

    title: str
    may: frozenset[str]
    forbidden: frozenset[str]
    elsewhere: str
    unknown: str

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
        if kind == MACHINE or (kind == ANONYMOUS and self.elsewhere != PUBLIC):
            return SIGNED_OUT
        return FORBIDDEN if kind in self.forbidden else NOT_FOUND

    def abroad(self, kind: str) -> str:
        """The answer where the object is another bureau's."""
        if kind in (ANONYMOUS, MACHINE) or self.elsewhere == PUBLIC:
            return self.at_home(kind if kind == MACHINE else ANONYMOUS)
        if self.elsewhere == LOCKED_FIRST:
            return FORBIDDEN if kind == "auditor" else NOT_FOUND
        if self.elsewhere == DUTY_FIRST and self.at_home(kind) != MAY:
            return self.at_home(kind)
        return MAY if self.unknown == "empty" and kind in self.may else NOT_FOUND


def _kinds(names: list[str]) -> frozenset[str]:
    return frozenset(kind for name in names for kind in GROUPS.get(name, (name,)))


def _read() -> dict[str, Row]:
    text = Path(__file__).with_name("expected.toml").read_text(encoding="utf-8")
    rows = {}
    for title, fields in tomllib.loads(text).items():
        assert set(fields) <= KEYS, title
        may, forbidden = _kinds(fields["may"]), _kinds(fields.get("forbidden", []))
        assert (may | forbidden) <= set(HERE), title
        rows[title] = Row(title, may, forbidden, fields.get("elsewhere", NOT_FOUND), fields.get("unknown", NOT_FOUND))
    return rows


TABLE = _read()
