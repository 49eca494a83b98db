"""The life of a two-person act: proposed by one, approved by another, or void."""

from enum import StrEnum

from app.lifecycle import Machine


class ActStatus(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    VOID = "void"


class ActEvent(StrEnum):
    APPROVE = "approve"
    VOID = "void"


ACT = Machine(
    "two_person_act",
    ActStatus.PROPOSED,
    {
        (ActStatus.PROPOSED, ActEvent.APPROVE): ActStatus.APPROVED,
        (ActStatus.PROPOSED, ActEvent.VOID): ActStatus.VOID,
    },
)

WORDS = {
    ActStatus.PROPOSED: ("待第二人批准", "waiting for a second person"),
    ActStatus.APPROVED: ("已批准", "approved"),
    ActStatus.VOID: ("已失效", "void"),
}
