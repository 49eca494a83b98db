"""The life of an invitation that is not answered. That it is answered is no state: an application of its child says so,
by whichever way it came."""

from enum import StrEnum

from app.lifecycle import Machine


class InvitationStatus(StrEnum):
    """Open, or why no application is awaited."""

    OPEN = "open"
    MOVED_AWAY = "moved_away"
    SCHOOL_ELSEWHERE = "school_elsewhere"
    ABROAD = "abroad"
    DECEASED = "deceased"
    DEFERRED = "deferred"
    LISTED_TWICE = "listed_twice"


class InvitationEvent(StrEnum):
    MOVE_AWAY = "move_away"
    GO_ELSEWHERE = "go_elsewhere"
    GO_ABROAD = "go_abroad"
    DIE = "die"
    DEFER = "defer"
    FIND_TWICE = "find_twice"
    REOPEN = "reopen"


ENDS = {
    InvitationEvent.MOVE_AWAY: InvitationStatus.MOVED_AWAY,
    InvitationEvent.GO_ELSEWHERE: InvitationStatus.SCHOOL_ELSEWHERE,
    InvitationEvent.GO_ABROAD: InvitationStatus.ABROAD,
    InvitationEvent.DIE: InvitationStatus.DECEASED,
    InvitationEvent.DEFER: InvitationStatus.DEFERRED,
    InvitationEvent.FIND_TWICE: InvitationStatus.LISTED_TWICE,
}

INVITATION = Machine(
    "invitation",
    InvitationStatus.OPEN,
    {
        **{(InvitationStatus.OPEN, event): status for event, status in ENDS.items()},
        **{(status, InvitationEvent.REOPEN): InvitationStatus.OPEN for status in ENDS.values()},
    },
)

WORDS: dict[StrEnum, tuple[str, str]] = {
    InvitationStatus.OPEN: ("待家庭答复", "waiting for the family"),
    InvitationStatus.MOVED_AWAY: ("已迁出本县", "moved away"),
    InvitationStatus.SCHOOL_ELSEWHERE: ("已在县外或其他学校就读", "at school elsewhere"),
    InvitationStatus.ABROAD: ("已出境", "abroad"),
    InvitationStatus.DECEASED: ("已去世", "deceased"),
    InvitationStatus.DEFERRED: ("延缓入学，下一年度再邀请", "deferred, invited again next year"),
    InvitationStatus.LISTED_TWICE: ("重复登记", "listed twice"),
}
