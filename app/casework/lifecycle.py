"""The life of a case in an officer's hands."""

from enum import StrEnum

from app.lifecycle import Machine


class Work(StrEnum):
    """What there is to do on a case."""

    EVIDENCE = "evidence"
    CONTRADICTION = "contradiction"
    REFUSAL = "refusal"
    OBJECTION = "objection"
    CORRECTION = "correction"


class HoldStatus(StrEnum):
    """A case that an officer has taken. `lapsed`: the lease was over when somebody else took it."""

    HELD = "held"
    GIVEN_BACK = "given_back"
    HANDED_OVER = "handed_over"
    LAPSED = "lapsed"


class HoldEvent(StrEnum):
    GIVE_BACK = "give_back"
    HAND_OVER = "hand_over"
    LAPSE = "lapse"


HOLD = Machine(
    "hold",
    HoldStatus.HELD,
    {
        (HoldStatus.HELD, HoldEvent.GIVE_BACK): HoldStatus.GIVEN_BACK,
        (HoldStatus.HELD, HoldEvent.HAND_OVER): HoldStatus.HANDED_OVER,
        (HoldStatus.HELD, HoldEvent.LAPSE): HoldStatus.LAPSED,
    },
)

WORDS: dict[StrEnum, tuple[str, str]] = {
    HoldStatus.HELD: ("办理中", "held by an officer"),
    HoldStatus.GIVEN_BACK: ("已退回待办", "given back to the queue"),
    HoldStatus.HANDED_OVER: ("已移交", "handed over"),
    HoldStatus.LAPSED: ("逾期释放", "lapsed"),
}
