"""Where invitations stand: answered by an application, explained, or open. What the features above may know of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.invitations.lifecycle import InvitationStatus

STANDINGS = text("""
    SELECT invitation, expected, community, status, applications, attempts FROM invitation_standing
    WHERE bureau = :bureau AND year = :year AND (CAST(:ids AS uuid[]) IS NULL OR invitation = ANY (:ids))
    ORDER BY community, invitation
""")
SCHOOL_BEGINS = (9, 1)


@dataclass(frozen=True)
class InvitationStanding:
    """An invitation with the submitted applications of its child for grade 1 of its year, and how many attempts to
    reach its family were made."""

    invitation: UUID
    expected: UUID
    community: str
    status: str
    applications: Sequence[UUID]
    attempts: int

    @property
    def answered(self) -> bool:
        return bool(self.applications)

    @property
    def open(self) -> bool:
        """Neither answered nor explained."""
        return not self.applications and self.status == InvitationStatus.OPEN


async def standings(
    session: AsyncSession, bureau: str, year: int, ids: Sequence[UUID] | None = None
) -> list[InvitationStanding]:
    """Every invitation of a year, or these, by community, as far as the reader may see it."""
    asked = {"bureau": bureau, "year": year, "ids": None if ids is None else list(ids)}
    return [InvitationStanding(**row._mapping) for row in await session.execute(STANDINGS, asked)]


async def unanswered_of_year(session: AsyncSession, bureau: str, year: int) -> frozenset[UUID]:
    """The expected children whose invitation of that year was put off, or stayed open."""
    waits = (InvitationStatus.OPEN, InvitationStatus.DEFERRED)
    rows = await standings(session, bureau, year)
    return frozenset(row.expected for row in rows if row.status in waits and not row.answered)


def due_on(year: int) -> date:
    """By when an open invitation is to be answered or explained: the day on which school begins."""
    return date(year, *SCHOOL_BEGINS)
