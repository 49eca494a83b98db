"""The life of an admission round, of a bundle, of a run and of an objection."""

from enum import StrEnum

from app.lifecycle import Machine


class RoundStatus(StrEnum):
    PLANNED = "planned"
    PUBLISHED = "published"
    OPEN = "open"
    CLOSED = "closed"
    RANKED = "ranked"
    FROZEN = "frozen"
    DRAWN = "drawn"
    RUN = "run"
    VERIFIED = "verified"
    APPROVED = "approved"
    PROPOSED = "proposed"
    FINAL = "final"
    ANSWERED = "answered"
    CONCLUDED = "concluded"


class RoundEvent(StrEnum):
    PUBLISH = "publish"
    OPEN = "open"
    CLOSE = "close"
    REOPEN = "reopen"
    RANK = "rank"
    RECTIFY = "rectify"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    DRAW = "draw"
    RUN = "run"
    RUN_AGAIN = "run_again"
    VERIFY = "verify"
    APPROVE = "approve"
    PROPOSE = "propose"
    ANNUL = "annul"
    ANNUL_PASS = "annul_pass"
    FINALISE = "finalise"
    END_ANSWERS = "end_answers"
    LATER_PASS = "later_pass"
    CONCLUDE = "conclude"


R, E = RoundStatus, RoundEvent
ROUND = Machine(
    "round",
    R.PLANNED,
    {
        (R.PLANNED, E.PUBLISH): R.PUBLISHED,
        (R.PUBLISHED, E.OPEN): R.OPEN,
        (R.OPEN, E.CLOSE): R.CLOSED,
        (R.CLOSED, E.REOPEN): R.OPEN,
        (R.CLOSED, E.RANK): R.RANKED,
        (R.RANKED, E.RECTIFY): R.CLOSED,
        (R.RANKED, E.FREEZE): R.FROZEN,
        (R.FROZEN, E.UNFREEZE): R.RANKED,
        (R.FROZEN, E.DRAW): R.DRAWN,
        (R.DRAWN, E.RUN): R.RUN,
        (R.RUN, E.RUN_AGAIN): R.DRAWN,
        (R.RUN, E.VERIFY): R.VERIFIED,
        (R.VERIFIED, E.RUN_AGAIN): R.DRAWN,
        (R.VERIFIED, E.APPROVE): R.APPROVED,
        (R.APPROVED, E.PROPOSE): R.PROPOSED,
        (R.FROZEN, E.ANNUL): R.RANKED,
        (R.DRAWN, E.ANNUL): R.RANKED,
        (R.RUN, E.ANNUL): R.RANKED,
        (R.VERIFIED, E.ANNUL): R.RANKED,
        (R.APPROVED, E.ANNUL): R.RANKED,
        (R.PROPOSED, E.ANNUL): R.RANKED,
        (R.FINAL, E.ANNUL): R.RANKED,
        (R.ANSWERED, E.ANNUL): R.RANKED,
        (R.DRAWN, E.ANNUL_PASS): R.ANSWERED,
        (R.RUN, E.ANNUL_PASS): R.ANSWERED,
        (R.VERIFIED, E.ANNUL_PASS): R.ANSWERED,
        (R.APPROVED, E.ANNUL_PASS): R.ANSWERED,
        (R.PROPOSED, E.ANNUL_PASS): R.ANSWERED,
        (R.PROPOSED, E.FINALISE): R.FINAL,
        (R.FINAL, E.END_ANSWERS): R.ANSWERED,
        (R.ANSWERED, E.LATER_PASS): R.DRAWN,
        (R.ANSWERED, E.CONCLUDE): R.CONCLUDED,
    },
)

# What each reverse move makes void; told in the diagram's page and written to the journal.
VOIDS = {
    E.REOPEN: "nothing: applications may be changed again until the extended deadline",
    E.RECTIFY: "the points list as published; it is published anew for objection",
    E.UNFREEZE: "the frozen bundle and its root, before the draw; a new freeze names a new future draw",
    E.RUN_AGAIN: "the run, which stays in the ledger with the reason; bundle and draw stand",
    E.ANNUL: "bundle, draw, run and offers that no family has taken (ADR 0015); a new freeze names a new future draw",
    E.ANNUL_PASS: "the later pass with its bundle, run and proposed offers; the pass before it stands",
}

# Between the draw and the proposed list everybody but the round's own officers sees `drawn` (decision 13).
BEFORE_PROPOSED = (R.DRAWN, R.RUN, R.VERIFIED, R.APPROVED)


def shown(status: RoundStatus, insider: bool) -> RoundStatus:
    """The status as this reader sees it."""
    return R.DRAWN if status in BEFORE_PROPOSED and not insider else status


class BundleStatus(StrEnum):
    FROZEN = "frozen"
    DRAWN = "drawn"
    VOID = "void"


class RunStatus(StrEnum):
    QUEUED = "queued"
    SOLVED = "solved"
    VERIFIED = "verified"
    REJECTED = "rejected"
    PUBLISHED = "published"
    VOID = "void"


class ObjectionStatus(StrEnum):
    FILED = "filed"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


class ObjectionPhase(StrEnum):
    RANKING = "ranking"
    PROPOSAL = "proposal"


class Simple(StrEnum):
    """Events of the small machines below."""

    DRAW = "draw"
    VOID = "void"
    SOLVE = "solve"
    VERIFY = "verify"
    REJECT = "reject"
    PUBLISH = "publish"
    UPHOLD = "uphold"
    DISMISS = "dismiss"


BUNDLE = Machine(
    "bundle",
    BundleStatus.FROZEN,
    {
        (BundleStatus.FROZEN, Simple.DRAW): BundleStatus.DRAWN,
        (BundleStatus.FROZEN, Simple.VOID): BundleStatus.VOID,
        (BundleStatus.DRAWN, Simple.VOID): BundleStatus.VOID,
    },
)
RUN = Machine(
    "run",
    RunStatus.QUEUED,
    {
        (RunStatus.QUEUED, Simple.SOLVE): RunStatus.SOLVED,
        (RunStatus.SOLVED, Simple.VERIFY): RunStatus.VERIFIED,
        (RunStatus.SOLVED, Simple.REJECT): RunStatus.REJECTED,
        (RunStatus.VERIFIED, Simple.PUBLISH): RunStatus.PUBLISHED,
        (RunStatus.QUEUED, Simple.VOID): RunStatus.VOID,
        (RunStatus.SOLVED, Simple.VOID): RunStatus.VOID,
        (RunStatus.VERIFIED, Simple.VOID): RunStatus.VOID,
        (RunStatus.PUBLISHED, Simple.VOID): RunStatus.VOID,
    },
)
OBJECTION = Machine(
    "objection",
    ObjectionStatus.FILED,
    {
        (ObjectionStatus.FILED, Simple.UPHOLD): ObjectionStatus.UPHELD,
        (ObjectionStatus.FILED, Simple.DISMISS): ObjectionStatus.DISMISSED,
    },
)

# By enum: members of two enums are equal where their values are.
WORDS: dict[type[StrEnum], dict[StrEnum, tuple[str, str]]] = {
    RoundStatus: {
        R.PLANNED: ("筹备中", "planned"),
        R.PUBLISHED: ("招生信息已公布", "published"),
        R.OPEN: ("申请受理中", "open for applications"),
        R.CLOSED: ("申请已截止", "closed to applications"),
        R.RANKED: ("积分与排序公示中", "ranking published for objection"),
        R.FROZEN: ("数据已封存，待摇号", "frozen, waiting for the public draw"),
        R.DRAWN: ("摇号结果已录入", "drawn"),
        R.RUN: ("派位计算完成", "run"),
        R.VERIFIED: ("已独立核验", "verified independently"),
        R.APPROVED: ("已由第二人批准", "approved by a second person"),
        R.PROPOSED: ("拟录取名单公示中", "proposed list public for objection"),
        R.FINAL: ("录取名单已确定", "final"),
        R.ANSWERED: ("家庭答复已截止", "answers complete"),
        R.CONCLUDED: ("已结束", "concluded"),
    },
    BundleStatus: {
        BundleStatus.FROZEN: ("已封存", "frozen"),
        BundleStatus.DRAWN: ("已摇号", "drawn"),
        BundleStatus.VOID: ("已作废", "void"),
    },
    RunStatus: {
        RunStatus.QUEUED: ("排队中", "queued"),
        RunStatus.SOLVED: ("已计算", "solved"),
        RunStatus.VERIFIED: ("已核验", "verified"),
        RunStatus.REJECTED: ("核验未通过", "rejected by the verifier"),
        RunStatus.PUBLISHED: ("已公布", "published"),
        RunStatus.VOID: ("已作废", "void"),
    },
    ObjectionStatus: {
        ObjectionStatus.FILED: ("已提出", "filed"),
        ObjectionStatus.UPHELD: ("异议成立", "upheld"),
        ObjectionStatus.DISMISSED: ("异议不成立", "dismissed"),
    },
}


def words(status: StrEnum) -> tuple[str, str]:
    """A status of this feature in Chinese and English."""
    return WORDS[type(status)][status]
