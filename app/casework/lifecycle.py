"""The lives of a case in an officer's hands and of what is asked about it."""

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


class Task(StrEnum):
    """What a school is asked to look at."""

    ORIGINALS = "originals"
    VISIT = "visit"


class Original(StrEnum):
    """What a school says of an original: it was seen and agrees, differs from what is claimed, or was not shown."""

    SEEN = "seen"
    DIFFERS = "differs"
    NOT_SHOWN = "not_shown"


class SiteCheckStatus(StrEnum):
    ASKED = "asked"
    RECORDED = "recorded"


class SiteCheckEvent(StrEnum):
    RECORD = "record"


SITE_CHECK = Machine(
    "site_check",
    SiteCheckStatus.ASKED,
    {(SiteCheckStatus.ASKED, SiteCheckEvent.RECORD): SiteCheckStatus.RECORDED},
)


class CorrectionStatus(StrEnum):
    """A family asks that facts which it declared be corrected."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class CorrectionEvent(StrEnum):
    ACCEPT = "accept"
    REFUSE = "refuse"


CORRECTION = Machine(
    "correction",
    CorrectionStatus.REQUESTED,
    {
        (CorrectionStatus.REQUESTED, CorrectionEvent.ACCEPT): CorrectionStatus.ACCEPTED,
        (CorrectionStatus.REQUESTED, CorrectionEvent.REFUSE): CorrectionStatus.REFUSED,
    },
)

# By enum: members of two enums are equal where their values are.
WORDS: dict[type[StrEnum], dict[StrEnum, tuple[str, str]]] = {
    HoldStatus: {
        HoldStatus.HELD: ("办理中", "held by an officer"),
        HoldStatus.GIVEN_BACK: ("已退回待办", "given back to the queue"),
        HoldStatus.HANDED_OVER: ("已移交", "handed over"),
        HoldStatus.LAPSED: ("逾期释放", "lapsed"),
    },
    CorrectionStatus: {
        CorrectionStatus.REQUESTED: ("更正待审核", "correction requested"),
        CorrectionStatus.ACCEPTED: ("更正已采纳", "correction accepted"),
        CorrectionStatus.REFUSED: ("更正未采纳", "correction refused"),
    },
    SiteCheckStatus: {
        SiteCheckStatus.ASKED: ("待学校查看", "a school is asked to look"),
        SiteCheckStatus.RECORDED: ("学校已查看", "a school has looked"),
    },
}


def words(status: StrEnum) -> tuple[str, str]:
    """A status of this feature in Chinese and English."""
    return WORDS[type(status)][status]
