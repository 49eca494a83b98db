"""Leavers of whom no application has come: every child of the register applies, or somebody knows where it is.

The register holds no name and no number. A leaver is named by its reference, and by the import and the line of the file
in which the registrar who holds that file finds it again.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications.models import PrimaryLeaver, Whereabouts
from app.database import table
from app.errors import ServiceError
from app.journal import service as journal

STANDINGS = text("""
    SELECT leaver, "primary", listed_by, line, whereabouts, applications FROM leaver_standing
    WHERE bureau = :bureau AND year = :year ORDER BY leaver
""")
UNKNOWN = "unknown"


@dataclass(frozen=True)
class LeaverStanding:
    """A leaver with its child's submitted applications for grade 7. `listed_by` and `line`: the digest of the import
    that brought it, or moved it last, and its line there; None of what came before these were kept."""

    leaver: UUID
    primary: str
    listed_by: str | None
    line: int | None
    whereabouts: str | None
    applications: Sequence[UUID]

    @property
    def gone(self) -> bool:
        """It does not apply, and somebody knows why."""
        return not self.applications and self.whereabouts is not None

    @property
    def missing(self) -> bool:
        """It neither applies nor is known to be elsewhere."""
        return not self.applications and self.whereabouts is None


@dataclass(frozen=True)
class LeaverCount:
    """Of one primary school, or of all: who is listed, applied, is known to be elsewhere, and is missing."""

    leavers: int
    applied: int
    elsewhere: int
    missing: int


async def standings(session: AsyncSession, bureau: str, year: int) -> list[LeaverStanding]:
    """The whole register of a year, by reference, as far as the reader may see it."""
    rows = await session.execute(STANDINGS, {"bureau": bureau, "year": year})
    return [LeaverStanding(**row._mapping) for row in rows]


async def leaver_counts(session: AsyncSession, actor: Actor, year: int) -> dict[str, LeaverCount]:
    """Primary school → its counts, by its code; raises `access.*`."""
    authorize(actor, "leaver.count", Target(actor.bureau))
    rows = await standings(session, actor.bureau, year)
    listed = Counter(row.primary for row in rows)
    gone = Counter(row.primary for row in rows if row.gone)
    missing = Counter(row.primary for row in rows if row.missing)
    return {
        school: LeaverCount(count, count - gone[school] - missing[school], gone[school], missing[school])
        for school, count in sorted(listed.items())
    }


async def missing_leavers(
    session: AsyncSession, actor: Actor, year: int, primary: str | None, after: UUID | None, limit: int
) -> list[LeaverStanding]:
    """A page of those who neither applied nor are known to be elsewhere, of a school or of all, by reference. The
    reading is journalled. Raises `access.*`."""
    actor = authorize(actor, "leaver.follow", Target(actor.bureau))
    rows = [row for row in await standings(session, actor.bureau, year) if row.missing]
    await journal.record(session, actor, "primary_leaver", "read_missing", f"year:{year}", "-", "read")
    of_school = [row for row in rows if primary in (None, row.primary)]
    return [row for row in of_school if after is None or row.leaver > after][:limit]


async def record_whereabouts(
    session: AsyncSession, actor: Actor, leaver_id: UUID, whereabouts: Whereabouts | None
) -> None:
    """What has become of a leaver who does not apply; None where it is unknown after all. An application that comes
    nevertheless counts. Raises `access.*`, `leaver.not_there`."""
    actor = authorize(actor, "leaver.account", Target(actor.bureau))
    of_this = (col(PrimaryLeaver.bureau) == actor.bureau, col(PrimaryLeaver.id) == leaver_id)
    held = await session.scalar(select(PrimaryLeaver).where(*of_this).with_for_update())
    if held is None:
        raise ServiceError("leaver.not_there", "leaver")
    before, after = held.whereabouts or UNKNOWN, UNKNOWN if whereabouts is None else whereabouts.value
    await session.execute(update(table(PrimaryLeaver)).where(*of_this).values(whereabouts=whereabouts))
    await journal.record(session, actor, "primary_leaver", "account_for", f"primary_leaver:{leaver_id}", before, after)
