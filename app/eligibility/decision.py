"""A decision: what was found for one child, and why. Everything in it follows from facts, ruleset and date."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.eligibility.citation import Brief
from app.eligibility.exact_json import BadField, Json, canonical, from_object, sha256, to_object
from app.eligibility.points import Line
from app.eligibility.ruleset_text import Kind
from app.eligibility.values import Value

Outcome = Literal["eligible", "not_eligible", "undetermined"]
Subject = Literal["rule", "route", "level", "points", "gave_up"]

FORMAT = "decision/1"


@dataclass(frozen=True, slots=True)
class TraceLine:
    """A rule, route, level, gate or a place given up: its clause, its value and its words. `about`: paths of the facts
    that failed or are missing. `note`: the rule is only told, nothing hangs on it.
    """

    subject: Subject
    name: str
    value: Value
    about: tuple[str, ...]
    cite: Brief
    zh: str
    en: str
    note: bool = False


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key, its values in the own catchment (None without a right) and elsewhere, and whether it is known."""

    name: str
    right: int | None
    elsewhere: int
    known: bool
    cite: Brief
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What stands in the way. `code`: the path of the fact; `rule`: the rule that asks for it.

    `of` is `child` (asked of every child), `route <id>`, `level <number>` or `points`. Within one `of` all
    steps are needed, within one step any one rule is enough, and of several routes any one is enough.
    """

    code: str
    rule: str
    of: str
    step: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The result of `decide`.

    `kind`: of the route that was met; without one, what the facts point to, None if they do not. `missing`:
    of an undetermined child, what would decide it. `reasons`: of a refused child, what was not met.
    `improvable`: what is unknown and could raise an eligible child's level. `keys_right`: the keys at
    programmes of the child's own right, the catchment that the facts speak of; empty without a right there.
    `keys_elsewhere`: the keys in the fallback and at programmes merely wished for; empty unless eligible.
    """

    ruleset: str
    ruleset_digest: str
    facts_digest: str
    as_of: date
    outcome: Outcome
    kind: Kind | None
    route: str | None
    level: int | None
    missing: tuple[Shortfall, ...]
    reasons: tuple[Shortfall, ...]
    improvable: tuple[Shortfall, ...]
    groups: tuple[str, ...]
    keys_right: dict[str, int]
    keys_elsewhere: dict[str, int]
    points: tuple[Line, ...]
    points_total: int
    keys: tuple[KeyLine, ...]
    trace: tuple[TraceLine, ...]

    def to_json(self) -> dict[str, Json]:
        """A JSON object; `canonical` of it is the text that `digest` is taken over."""
        return {"format": FORMAT, **to_object(self)}

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON: 64 lower-case hex digits."""
        return sha256(canonical(self.to_json()))

    @classmethod
    def from_json(cls, value: object) -> "Decision":
        """Read a stored decision, or raise BadField."""
        if not isinstance(value, dict) or value.get("format") != FORMAT:
            raise BadField("format", f"not {FORMAT}", f'give an object with "format": "{FORMAT}"')
        return from_object(cls, {name: held for name, held in value.items() if name != "format"})
