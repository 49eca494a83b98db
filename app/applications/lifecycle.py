"""The lives of an application (the family's) and of its assessment (the bureau's)."""

from enum import StrEnum

from app.lifecycle import Machine


class ApplicationStatus(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"


class ApplicationEvent(StrEnum):
    SUBMIT = "submit"
    WITHDRAW = "withdraw"


class Outcome(StrEnum):
    """Where the assessment stands. A negative finding is a proposal until a person has confirmed it."""

    PENDING = "pending"
    ELIGIBLE = "eligible"
    UNDETERMINED = "undetermined"
    REFUSAL_PROPOSED = "refusal_proposed"
    NOT_ELIGIBLE = "not_eligible"


class AssessmentEvent(StrEnum):
    FIND_ELIGIBLE = "find_eligible"
    FIND_UNDETERMINED = "find_undetermined"
    FIND_NOT_ELIGIBLE = "find_not_eligible"
    CONFIRM_REFUSAL = "confirm_refusal"
    REOPEN = "reopen"
    OVERRIDE = "override"


APPLICATION = Machine(
    "application",
    ApplicationStatus.DRAFT,
    {
        (ApplicationStatus.DRAFT, ApplicationEvent.SUBMIT): ApplicationStatus.SUBMITTED,
        (ApplicationStatus.SUBMITTED, ApplicationEvent.SUBMIT): ApplicationStatus.SUBMITTED,
        (ApplicationStatus.WITHDRAWN, ApplicationEvent.SUBMIT): ApplicationStatus.SUBMITTED,
        (ApplicationStatus.SUBMITTED, ApplicationEvent.WITHDRAW): ApplicationStatus.WITHDRAWN,
        (ApplicationStatus.DRAFT, ApplicationEvent.WITHDRAW): ApplicationStatus.WITHDRAWN,
    },
)

FOUND = {
    AssessmentEvent.FIND_ELIGIBLE: Outcome.ELIGIBLE,
    AssessmentEvent.FIND_UNDETERMINED: Outcome.UNDETERMINED,
    AssessmentEvent.FIND_NOT_ELIGIBLE: Outcome.REFUSAL_PROPOSED,
}
UNSETTLED = (Outcome.PENDING, Outcome.ELIGIBLE, Outcome.UNDETERMINED, Outcome.REFUSAL_PROPOSED)

ASSESSMENT = Machine(
    "assessment",
    Outcome.PENDING,
    {
        **{(source, event): target for source in UNSETTLED for event, target in FOUND.items()},
        (Outcome.REFUSAL_PROPOSED, AssessmentEvent.CONFIRM_REFUSAL): Outcome.NOT_ELIGIBLE,
        (Outcome.UNDETERMINED, AssessmentEvent.CONFIRM_REFUSAL): Outcome.NOT_ELIGIBLE,
        (Outcome.NOT_ELIGIBLE, AssessmentEvent.REOPEN): Outcome.PENDING,
        (Outcome.UNDETERMINED, AssessmentEvent.OVERRIDE): Outcome.ELIGIBLE,
        (Outcome.REFUSAL_PROPOSED, AssessmentEvent.OVERRIDE): Outcome.ELIGIBLE,
        (Outcome.NOT_ELIGIBLE, AssessmentEvent.OVERRIDE): Outcome.ELIGIBLE,
    },
)


class EvidenceStatus(StrEnum):
    CLAIMED = "claimed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


class EvidenceEvent(StrEnum):
    CONFIRM = "confirm"
    REFUSE = "refuse"


EVIDENCE = Machine(
    "evidence",
    EvidenceStatus.CLAIMED,
    {
        (source, event): target
        for source in EvidenceStatus
        for event, target in (
            (EvidenceEvent.CONFIRM, EvidenceStatus.CONFIRMED),
            (EvidenceEvent.REFUSE, EvidenceStatus.REFUSED),
        )
        if source is not target
    },
)


class ReferralStatus(StrEnum):
    """Where a claim stands that another office answers for. `withdrawn`: the family no longer makes it."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ReferralEvent(StrEnum):
    CONFIRM = "confirm"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


ANSWERS = {ReferralEvent.CONFIRM: ReferralStatus.CONFIRMED, ReferralEvent.REFUSE: ReferralStatus.REFUSED}
STANDING = (ReferralStatus.WAITING, ReferralStatus.CONFIRMED, ReferralStatus.REFUSED)

REFERRAL = Machine(
    "referral",
    ReferralStatus.WAITING,
    {
        **{(s, event): target for s in STANDING for event, target in ANSWERS.items() if s is not target},
        **{(s, ReferralEvent.WITHDRAW): ReferralStatus.WITHDRAWN for s in STANDING},
    },
)

WORDS: dict[StrEnum, tuple[str, str]] = {
    ApplicationStatus.DRAFT: ("草稿", "draft"),
    ApplicationStatus.SUBMITTED: ("已提交", "submitted"),
    ApplicationStatus.WITHDRAWN: ("已撤回", "withdrawn"),
    Outcome.PENDING: ("待审核", "not yet assessed"),
    Outcome.ELIGIBLE: ("符合条件", "eligible"),
    Outcome.UNDETERMINED: ("材料待补", "undetermined: something is missing"),
    Outcome.REFUSAL_PROPOSED: ("拟不符合，待人工确认", "refusal proposed, waiting for a person"),
    Outcome.NOT_ELIGIBLE: ("不符合条件", "not eligible"),
    EvidenceStatus.CLAIMED: ("待核验", "claimed, not yet checked"),
    EvidenceStatus.CONFIRMED: ("已核实", "confirmed"),
    EvidenceStatus.REFUSED: ("未予采信", "refused"),
    ReferralStatus.WAITING: ("待有关部门答复", "waiting for the office"),
    ReferralStatus.CONFIRMED: ("有关部门已确认", "confirmed by the office"),
    ReferralStatus.REFUSED: ("有关部门不予认定", "not confirmed by the office"),
    ReferralStatus.WITHDRAWN: ("家庭已撤回", "taken back by the family"),
}
