"""The lives of an application (the family's) and of its assessment (the bureau's)."""

from enum import StrEnum
from typing import Literal

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
    DEFERRED = "deferred"


class AssessmentEvent(StrEnum):
    FIND_ELIGIBLE = "find_eligible"
    FIND_UNDETERMINED = "find_undetermined"
    FIND_NOT_ELIGIBLE = "find_not_eligible"
    PROPOSE_REFUSAL = "propose_refusal"
    CONFIRM_REFUSAL = "confirm_refusal"
    REOPEN = "reopen"
    OVERRIDE = "override"
    DEFER = "defer"
    RESUME = "resume"


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
        # What the rules leave open one officer proposes to refuse, and another answers for it.
        (Outcome.UNDETERMINED, AssessmentEvent.PROPOSE_REFUSAL): Outcome.REFUSAL_PROPOSED,
        (Outcome.NOT_ELIGIBLE, AssessmentEvent.REOPEN): Outcome.PENDING,
        (Outcome.UNDETERMINED, AssessmentEvent.OVERRIDE): Outcome.ELIGIBLE,
        (Outcome.REFUSAL_PROPOSED, AssessmentEvent.OVERRIDE): Outcome.ELIGIBLE,
        (Outcome.NOT_ELIGIBLE, AssessmentEvent.OVERRIDE): Outcome.ELIGIBLE,
        # Deferred with approval: whatever is found meanwhile, the child waits for next year's round, unless its family
        # takes the deferral back.
        **{(source, AssessmentEvent.DEFER): Outcome.DEFERRED for source in UNSETTLED},
        **{(Outcome.DEFERRED, event): Outcome.DEFERRED for event in FOUND},
        (Outcome.DEFERRED, AssessmentEvent.RESUME): Outcome.PENDING,
    },
)


class EvidenceStatus(StrEnum):
    """Where a claim stands. `checking`: an officer has taken it to look at; nothing is known of it yet."""

    CLAIMED = "claimed"
    CHECKING = "checking"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


class EvidenceEvent(StrEnum):
    BEGIN = "begin"
    RELEASE = "release"
    CONFIRM = "confirm"
    REFUSE = "refuse"


Verdict = Literal[EvidenceEvent.CONFIRM, EvidenceEvent.REFUSE]
UNCHECKED = (EvidenceStatus.CLAIMED, EvidenceStatus.CHECKING)

EVIDENCE = Machine(
    "evidence",
    EvidenceStatus.CLAIMED,
    {
        (EvidenceStatus.CLAIMED, EvidenceEvent.BEGIN): EvidenceStatus.CHECKING,
        (EvidenceStatus.CHECKING, EvidenceEvent.RELEASE): EvidenceStatus.CLAIMED,
        **{
            (source, event): target
            for source in EvidenceStatus
            for event, target in (
                (EvidenceEvent.CONFIRM, EvidenceStatus.CONFIRMED),
                (EvidenceEvent.REFUSE, EvidenceStatus.REFUSED),
            )
            if source is not target
        },
    },
)


class EvidenceSource(StrEnum):
    """On what the state of a piece of evidence rests: the family's word, a paper or visit that a person has looked at,
    or the office that knows (a register, its own answer, the service's own record)."""

    DECLARED = "declared"
    DOCUMENT = "document"
    REGISTER = "register"


class RegisterStatus(StrEnum):
    """Where the question to a register stands. A contradiction is decided by a person: `upheld` for what the family
    says, `corrected` for what the register says. `noted`: shown, and nothing hangs on it. `not_asked`: none knows."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    NOT_FOUND = "not_found"
    NOTED = "noted"
    NOT_ASKED = "not_asked"
    UPHELD = "upheld"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


class RegisterEvent(StrEnum):
    CONFIRM = "confirm"
    CONTRADICT = "contradict"
    MISS = "miss"
    NOTE = "note"
    PASS = "pass"
    UPHOLD = "uphold"
    CORRECT = "correct"
    WITHDRAW = "withdraw"


REGISTER_CHECK: Machine[RegisterStatus, RegisterEvent] = Machine(
    "register_check",
    RegisterStatus.WAITING,
    {
        (RegisterStatus.WAITING, RegisterEvent.CONFIRM): RegisterStatus.CONFIRMED,
        (RegisterStatus.WAITING, RegisterEvent.CONTRADICT): RegisterStatus.CONTRADICTED,
        (RegisterStatus.WAITING, RegisterEvent.MISS): RegisterStatus.NOT_FOUND,
        (RegisterStatus.WAITING, RegisterEvent.NOTE): RegisterStatus.NOTED,
        (RegisterStatus.WAITING, RegisterEvent.PASS): RegisterStatus.NOT_ASKED,
        (RegisterStatus.CONTRADICTED, RegisterEvent.UPHOLD): RegisterStatus.UPHELD,
        (RegisterStatus.CONTRADICTED, RegisterEvent.CORRECT): RegisterStatus.CORRECTED,
        **{
            (status, RegisterEvent.WITHDRAW): RegisterStatus.WITHDRAWN
            for status in RegisterStatus
            if status is not RegisterStatus.WITHDRAWN
        },
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


class DeferralStatus(StrEnum):
    """A deferral of entry by one year (延缓入学). An approved one stays open until the child applies again."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class DeferralEvent(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


DEFERRAL = Machine(
    "deferral",
    DeferralStatus.REQUESTED,
    {
        (DeferralStatus.REQUESTED, DeferralEvent.APPROVE): DeferralStatus.APPROVED,
        (DeferralStatus.REQUESTED, DeferralEvent.REFUSE): DeferralStatus.REFUSED,
        (DeferralStatus.REQUESTED, DeferralEvent.WITHDRAW): DeferralStatus.WITHDRAWN,
        (DeferralStatus.APPROVED, DeferralEvent.WITHDRAW): DeferralStatus.WITHDRAWN,
    },
)


class IncomingStatus(StrEnum):
    """A form that came by another way than the portal. `checked`: it is submitted; `settled`: by a person's decision it
    needs no entering."""

    REGISTERED = "registered"
    ENTERED = "entered"
    RETURNED = "returned"
    CHECKED = "checked"
    SETTLED = "settled"


class IncomingEvent(StrEnum):
    """`serve`: entered while its guardian, or the platform, vouches for what is entered."""

    SERVE = "serve"
    ENTER = "enter"
    AGREE = "agree"
    DIFFER = "differ"
    REFUSE = "refuse"
    SETTLE = "settle"


# Somebody still has to act: no round is frozen over one of these.
WAITING = (IncomingStatus.REGISTERED, IncomingStatus.ENTERED, IncomingStatus.RETURNED)
UNENTERED = (IncomingStatus.REGISTERED, IncomingStatus.RETURNED)

INCOMING = Machine(
    "incoming",
    IncomingStatus.REGISTERED,
    {
        **{(source, IncomingEvent.SERVE): IncomingStatus.CHECKED for source in UNENTERED},
        **{(source, IncomingEvent.REFUSE): IncomingStatus.RETURNED for source in UNENTERED},
        **{(source, IncomingEvent.ENTER): IncomingStatus.ENTERED for source in WAITING},
        (IncomingStatus.ENTERED, IncomingEvent.AGREE): IncomingStatus.CHECKED,
        (IncomingStatus.ENTERED, IncomingEvent.DIFFER): IncomingStatus.RETURNED,
        **{(source, IncomingEvent.SETTLE): IncomingStatus.SETTLED for source in WAITING},
    },
)

# By enum: members of two enums are equal where their values are.
WORDS: dict[type[StrEnum], dict[StrEnum, tuple[str, str]]] = {
    ApplicationStatus: {
        ApplicationStatus.DRAFT: ("草稿", "draft"),
        ApplicationStatus.SUBMITTED: ("已提交", "submitted"),
        ApplicationStatus.WITHDRAWN: ("已撤回", "withdrawn"),
    },
    Outcome: {
        Outcome.PENDING: ("待审核", "not yet assessed"),
        Outcome.ELIGIBLE: ("符合条件", "eligible"),
        Outcome.UNDETERMINED: ("材料待补", "undetermined: something is missing"),
        Outcome.REFUSAL_PROPOSED: ("拟不符合，待人工确认", "refusal proposed, waiting for a person"),
        Outcome.NOT_ELIGIBLE: ("不符合条件", "not eligible"),
        Outcome.DEFERRED: ("已批准延缓入学，待下一年度报名", "deferred with approval until next year's round"),
    },
    DeferralStatus: {
        DeferralStatus.REQUESTED: ("延缓入学待审批", "deferral requested"),
        DeferralStatus.APPROVED: ("延缓入学已批准", "deferral approved"),
        DeferralStatus.REFUSED: ("延缓入学未获批准", "deferral refused"),
        DeferralStatus.WITHDRAWN: ("延缓入学申请已撤回", "deferral taken back"),
    },
    EvidenceStatus: {
        EvidenceStatus.CLAIMED: ("待核验", "claimed, not yet checked"),
        EvidenceStatus.CHECKING: ("核验中", "being checked by an officer"),
        EvidenceStatus.CONFIRMED: ("已核实", "confirmed"),
        EvidenceStatus.REFUSED: ("未予采信", "refused"),
    },
    RegisterStatus: {
        RegisterStatus.WAITING: ("待登记部门答复", "the register is being asked"),
        RegisterStatus.CONFIRMED: ("与登记一致", "the register agrees"),
        RegisterStatus.CONTRADICTED: ("与登记不一致，待人工认定", "the register says otherwise; a person decides"),
        RegisterStatus.NOT_FOUND: ("登记中未查到，待核材料", "not found in the register; papers are needed"),
        RegisterStatus.NOTED: ("已告知，不影响入学", "noted; nothing hangs on it"),
        RegisterStatus.NOT_ASKED: ("无相应登记，待核材料", "no register knows; papers are needed"),
        RegisterStatus.UPHELD: ("经人工认定，采信家庭所填", "decided for what the family says"),
        RegisterStatus.CORRECTED: ("经人工认定，采信登记", "decided for what the register says"),
        RegisterStatus.WITHDRAWN: ("家庭已更改所填", "the family says something else now"),
    },
    IncomingStatus: {
        IncomingStatus.REGISTERED: ("已收件，待录入", "received, to be entered"),
        IncomingStatus.ENTERED: ("已录入，待他人复核", "entered, to be checked by another person"),
        IncomingStatus.RETURNED: ("复核不一致，待重新录入", "returned, to be entered again"),
        IncomingStatus.CHECKED: ("已复核并提交", "checked and submitted"),
        IncomingStatus.SETTLED: ("经他人确认，无需录入", "settled by another person, nothing to enter"),
    },
    ReferralStatus: {
        ReferralStatus.WAITING: ("待有关部门答复", "waiting for the office"),
        ReferralStatus.CONFIRMED: ("有关部门已确认", "confirmed by the office"),
        ReferralStatus.REFUSED: ("有关部门不予认定", "not confirmed by the office"),
        ReferralStatus.WITHDRAWN: ("家庭已撤回", "taken back by the family"),
    },
}


def words(status: StrEnum) -> tuple[str, str]:
    """A status of this feature in Chinese and English."""
    return WORDS[type(status)][status]
