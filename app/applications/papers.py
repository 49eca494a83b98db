"""A family is asked for papers: which, and within how many working days of knowing that it is asked.

While that time runs nobody proposes to refuse for want of them. The figure is an assumption of this service.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.applications.lifecycle import EvidenceStatus
from app.applications.models import PapersRequest
from app.applications.queries import HeldRound
from app.calendar import end_of_working_days, published_years
from app.clock import uuid7
from app.errors import ServiceError
from app.inserts import insert_together
from app.messages.queries import proven_since

PAPERS_DAYS = 10
PAPERS_REQUESTED = "papers_requested"


@dataclass(frozen=True)
class Asked:
    """The request that counts. `kinds`: of the evidence that was refused; `until`: None while the family does not
    provably know of it."""

    kinds: list[str]
    asked_at: datetime
    known_at: datetime | None
    until: datetime | None

    def runs(self, now: datetime) -> bool:
        """Whether the family's time is not over: it is not before the family knows."""
        return self.until is None or now < self.until


async def ask(
    session: AsyncSession,
    bureau: str,
    rows: Sequence[Any],
    decisions: Mapping[UUID, UUID],
    states: Mapping[UUID, Mapping[str, str]],
) -> None:
    """Keep what each of these applications is asked for; the caller writes the message."""
    made = [
        {
            "bureau": bureau,
            "id": uuid7(),
            "guardians": list(row.guardians),
            "schools": [],
            "application": row.id,
            "decision": decisions[row.id],
            "kinds": sorted(kind for kind, status in states[row.id].items() if status == EvidenceStatus.REFUSED),
            "days": PAPERS_DAYS,
        }
        for row in rows
    ]
    await insert_together(session, [(PapersRequest, made)])


async def papers_asked(session: AsyncSession, bureau: str, application: UUID, demonstration: bool) -> Asked | None:
    """The newest request, or None; raises `round.holidays_missing`."""
    row = await session.scalar(
        select(PapersRequest)
        .where(col(PapersRequest.bureau) == bureau, col(PapersRequest.application) == application)
        .order_by(col(PapersRequest.id).desc())
        .limit(1)
    )
    if row is None:
        return None
    told = f"decision:{row.decision}"
    known_at = (await proven_since(session, bureau, [PAPERS_REQUESTED], [told]))[told]
    until = None
    if known_at is not None:
        until = end_of_working_days(known_at, row.days, published_years(), demonstration).at
    return Asked(row.kinds, row.asked_at, known_at, until)


async def refuse_while_papers_awaited(session: AsyncSession, bureau: str, held: HeldRound, application: UUID) -> None:
    """Raise `application.papers_time_runs` until the family's time is over. A demonstration waits for nobody."""
    if held.demonstration:
        return
    asked = await papers_asked(session, bureau, application, held.demonstration)
    if asked is not None and asked.runs(held.now):
        until = "-" if asked.until is None else asked.until.isoformat()
        raise ServiceError("application.papers_time_runs", "application", until=until)
