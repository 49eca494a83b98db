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
    VOID = "void"


S, E = OfferStatus, OfferEvent
HELD = (S.ACCEPTED, S.WAITING)
REPORTED = (S.ARRIVED, S.NOT_ARRIVED, S.ELSEWHERE, S.PAPERS_DIFFER)
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
        (S.PROPOSED, E.VOID): S.VOID,
        **{(source, event): target for source in (S.OPEN, *HELD) for event, target in ANSWERS.items()},
        (S.OPEN, E.LAPSE_ACCEPT): S.ACCEPTED,
        (S.OPEN, E.LAPSE_DECLINE): S.DECLINED,
        **{
            (source, event): target
            for source in (*HELD, *REPORTED)
            for event, target in REPORTS.items()
            if source is not target and source is not S.ARRIVED
        },
        **{(source, E.WITHDRAW): S.WITHDRAWN for source in (S.OPEN, *HELD, *REPORTED)},
        **{(source, E.SUPERSEDE): S.SUPERSEDED for source in HELD},
    },
)

# An offer in one of these holds a seat; a child has at most one such offer in a round.
HOLDS_A_SEAT = (S.PROPOSED, S.OPEN, *HELD, *REPORTED)

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
}
