"""When a family may object: while a list stands for objection, and in its own time from its proven notice (ADR 0014).

A refused child is on no list and in no run: its family's time begins with the refusal's own message. Within the year
there is no list at all: a family objects to a refusal or to a place in its own time alone, and one that is upheld means
that the case is decided anew, or the place withdrawn and another one given.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import ServiceError
from app.rounds.deadlines import OBJECTION_DAYS
from app.rounds.lifecycle import ObjectionPhase, RoundStatus
from app.rounds.models import AdmissionRound
from app.rounds.notice import Applied, family_deadline, told_of_placement, told_of_refusal, told_of_result

PHASES = {RoundStatus.RANKED: ObjectionPhase.RANKING, RoundStatus.PROPOSED: ObjectionPhase.PROPOSAL}
# An objection made now is answered before the freeze.
BEFORE_FREEZE = (RoundStatus.OPEN, RoundStatus.CLOSED, RoundStatus.RANKED)


async def phase_now(session: AsyncSession, row: AdmissionRound, application: Applied, now: datetime) -> ObjectionPhase:
    """In which phase the family of this application may object now; raises `round.objections_closed`."""
    phase = PHASES.get(RoundStatus(row.status))
    if phase is not None and row.objections_until is not None and now < row.objections_until:
        return phase
    told = {
        **await told_of_result(session, row, application.id),
        **await told_of_placement(session, row, application.child),
    }
    if _runs(row, told, now):
        return ObjectionPhase.PROPOSAL
    if _runs(row, await told_of_refusal(session, application), now):
        return ObjectionPhase.RANKING if row.status in BEFORE_FREEZE else ObjectionPhase.PROPOSAL
    raise ServiceError("round.objections_closed", "round")


def _runs(row: AdmissionRound, told: dict[str, datetime | None], now: datetime) -> bool:
    """Whether the family's own time has not ended since it was told of one of these."""
    ends = [family_deadline(row, row.objections_until, told_at, OBJECTION_DAYS) for told_at in told.values()]
    return any(until is None or now < until for until in ends)
