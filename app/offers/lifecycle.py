"""The life of an offer: proposed, open to an answer, answered, and reported on by the school."""

from enum import StrEnum

from app.lifecycle import Machine


class OfferStatus(StrEnum):
    PROPOSED = "proposed"
    OPEN = "open"
    ACCEPTED = "accepted"
    WAITING = "waiting"
    DECLINED = "declined"
    ARRIVED = "arrived"
    NOT_ARRIVED = "not_arrived"
    ELSEWHERE = "elsewhere"
    PAPERS_DIFFER = "papers_differ"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    VOID = "void"
    LEFT = "left"


class OfferEvent(StrEnum):
    OPEN = "open"
    ACCEPT = "accept"
    WAIT = "wait"
    DECLINE = "decline"
    LAPSE_ACCEPT = "lapse_accept"
    LAPSE_DECLINE = "lapse_decline"
    REPORT_ARRIVED = "report_arrived"
    REPORT_NOT_ARRIVED = "report_not_arrived"
    REPORT_ELSEWHERE = "report_elsewhere"
    REPORT_PAPERS_DIFFER = "report_papers_differ"
    WITHDRAW = "withdraw"
    SUPERSEDE = "supersede"
    LEAVE_BY_EXCEPTION = "leave_by_exception"
    RESTORE = "restore"
    RESTORE_OPEN = "restore_open"
    SETTLE = "settle"
    VOID = "void"
    LEAVE = "leave"


S, E = OfferStatus, OfferEvent
HELD = (S.ACCEPTED, S.WAITING)
# What a school says of a child may still be said otherwise, and only the bureau takes the seat back; whoever has
# arrived is a pupil, and leaves that place by arriving at another alone.
NOT_YET_THERE = (S.NOT_ARRIVED, S.ELSEWHERE, S.PAPERS_DIFFER)
REPORTS = {
    E.REPORT_ARRIVED: S.ARRIVED,
    E.REPORT_NOT_ARRIVED: S.NOT_ARRIVED,
    E.REPORT_ELSEWHERE: S.ELSEWHERE,
    E.REPORT_PAPERS_DIFFER: S.PAPERS_DIFFER,
}
ANSWERS = {E.ACCEPT: S.ACCEPTED, E.WAIT: S.WAITING, E.DECLINE: S.DECLINED}

OFFER: Machine[OfferStatus, OfferEvent] = Machine(
    "offer",
    S.PROPOSED,
    {
        (S.PROPOSED, E.OPEN): S.OPEN,
        # With its result; what a family has taken stands, and waits no more.
        **{(source, E.VOID): S.VOID for source in (S.PROPOSED, S.OPEN)},
        (S.WAITING, E.SETTLE): S.ACCEPTED,
        **{(source, event): target for source in (S.OPEN, *HELD, S.DECLINED) for event, target in ANSWERS.items()},
        (S.OPEN, E.LAPSE_ACCEPT): S.ACCEPTED,
        (S.OPEN, E.LAPSE_DECLINE): S.DECLINED,
        **{
            (source, event): target
            for source in (*HELD, *NOT_YET_THERE)
            for event, target in REPORTS.items()
            if source is not target
        },
        **{(source, E.WITHDRAW): S.WITHDRAWN for source in (S.OPEN, *HELD, *NOT_YET_THERE)},
        # Whom no message has reached may stand at the gate all the same.
        (S.OPEN, E.REPORT_ARRIVED): S.ARRIVED,
        # A family that has not answered stands as one that waits: a better place is not withheld from it.
        **{(source, E.SUPERSEDE): S.SUPERSEDED for source in (S.OPEN, S.WAITING)},
        # Whoever is admitted beside its twin, or in redress, leaves the place that it has, whatever its family has
        # answered there.
        **{(source, E.LEAVE_BY_EXCEPTION): S.SUPERSEDED for source in (S.OPEN, *HELD)},
        (S.ARRIVED, E.LEAVE): S.LEFT,
        (S.SUPERSEDED, E.RESTORE): S.WAITING,
        (S.SUPERSEDED, E.RESTORE_OPEN): S.OPEN,
    },
)

# The seat is free for the next pass, and the child is out of it.
GAVE_UP = (S.DECLINED, S.WITHDRAWN)
# Keeps exactly this place in the next pass.
FOR_GOOD = (S.ACCEPTED, S.ARRIVED, *NOT_YET_THERE)
# The school counts on the child, and knows its name.
EXPECTED = (S.OPEN, *HELD, S.ARRIVED, *NOT_YET_THERE)
# An offer in one of these holds a seat; a child has at most one such offer in a round.
HOLDS_A_SEAT = (S.PROPOSED, *EXPECTED)

WORDS = {
    S.PROPOSED: ("拟录取（公示中）", "proposed, public for objection"),
    S.OPEN: ("已录取，待答复", "offered, waiting for the family's answer"),
    S.ACCEPTED: ("已确认就读", "accepted for good"),
    S.WAITING: ("已接受并候补更高志愿", "accepted, and waiting for a better wish"),
    S.DECLINED: ("已放弃", "declined"),
    S.ARRIVED: ("已报到", "arrived"),
    S.NOT_ARRIVED: ("未报到", "not arrived"),
    S.ELSEWHERE: ("已在他处就读", "enrolled elsewhere"),
    S.PAPERS_DIFFER: ("材料不符，待教育局处理", "papers differ, for the bureau to settle"),
    S.WITHDRAWN: ("已由教育局撤销", "withdrawn by the bureau"),
    S.SUPERSEDED: ("已由后续录取替代", "superseded by a better offer"),
    S.VOID: ("已作废", "void"),
    S.LEFT: ("已转入其他学校", "left for another school"),
}
