"""By which way a form came. Shown to whoever works with it; no rule, no key and no order asks for it."""

from dataclasses import dataclass
from enum import StrEnum


class Origin(StrEnum):
    """`platform`: the provincial platform's files; `counter`: handed in by a guardian who was there; `paper`: by post
    or by somebody else's hand."""

    PORTAL = "portal"
    PLATFORM = "platform"
    COUNTER = "counter"
    PAPER = "paper"


class Brought(StrEnum):
    """The ways by which a form is handed in at an office."""

    COUNTER = "counter"
    PAPER = "paper"


class SettledFor(StrEnum):
    """Why what was received needs no entering."""

    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    TAKEN_BACK = "taken_back"
    TOO_LATE = "too_late"
    NO_APPLICATION = "no_application"


@dataclass(frozen=True)
class Handed:
    """The way by which a form came, and the number that it has there, where there is one."""

    origin: Origin
    number: str | None = None


PORTAL = Handed(Origin.PORTAL)
