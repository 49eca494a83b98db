"""The watch over a round's days: a job that asks for itself anew each night, from the opening of the round until its
school year ends. What it finds, and raises an alarm about, is for the feature that knows who has a place."""

from datetime import datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.actor import Actor
from app.database import database_now
from app.jobs.service import enqueue
from app.rounds.fallback import COMPULSORY
from app.rounds.models import AdmissionRound
from app.rounds.rows import RoundRow, about
from app.rounds.vocabulary import RoundKind
from app.schools.queries import CHINA

WATCH, AT_ONCE = "watch_places", "at_once"
# Month and day: when school begins, and with it the school year's first night; days end in China.
SCHOOL_BEGINS = (9, 1)


def is_watched(row: RoundRow | AdmissionRound) -> bool:
    """Whether somebody is owed a place by a day: within the year, and in the entry to a compulsory stage."""
    return row.kind == RoundKind.WITHIN_YEAR or (row.kind != RoundKind.PRIVATE and row.stage in COMPULSORY)


def begins(year: int) -> datetime:
    """When the school year begins."""
    return datetime(year, *SCHOOL_BEGINS, tzinfo=CHINA)


async def ask_to_watch(session: AsyncSession, actor: Actor, row: RoundRow | AdmissionRound) -> None:
    """Ask for the next night's watch; in a draw not before school begins, and none once the school year is over."""
    now = await database_now(session)
    first = begins(row.year) if row.kind != RoundKind.WITHIN_YEAR else now
    night = max(first, datetime.combine(now.astimezone(CHINA).date() + timedelta(1), time(), CHINA))
    if is_watched(row) and night <= begins(row.year + 1):
        await enqueue(session, actor, WATCH, about(row.id), {}, night - now)


async def watch_at_once(session: AsyncSession, actor: Actor, row: AdmissionRound) -> None:
    """A demonstration has brought the days forward: look now, once, beside the nightly watch."""
    await enqueue(session, actor, WATCH, about(row.id), {AT_ONCE: True})
