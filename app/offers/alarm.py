"""The alarm for a child whose day has passed without a place: it rises by itself, once for a case and its day.

The case is recorded and journalled as overdue, the list of open cases names the moment, and the log counts them.
Whoever moves, and has a place meanwhile, is listed and raises no alarm. A new day (a place declined) is a new case.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col
from structlog import get_logger

from app.actor import Actor
from app.clock import uuid7
from app.database import database_now
from app.jobs.work import Work
from app.journal import service as journal
from app.offers.models import OverdueAlarm
from app.offers.overdue import OpenCase, cases_until
from app.rounds import queries as rounds
from app.rounds.rows import RoundRow
from app.rounds.watching import AT_ONCE, ask_to_watch

log = get_logger()
WAITING, OVERDUE = "waiting", "overdue"


async def watch(work: Work) -> None:
    """The job: raise what has not been raised, and ask for the next night, in one transaction."""
    bureau, round_id = work.actor.bureau, UUID(work.object.partition(":")[2])
    async with work.conclude() as session:
        row = await rounds.round_by_id(session, bureau, round_id)
        now = await database_now(session)
        passed = [case for case in await cases_until(session, row, now, now) if not case.has_place]
        raised = await _raise(session, work.actor, row, passed)
        if AT_ONCE not in work.arguments:
            await ask_to_watch(session, work.actor, row)
    if raised:
        log.warning("children_without_a_place", count=raised, bureau=bureau)


async def _raise(session: AsyncSession, actor: Actor, row: RoundRow, cases: Sequence[OpenCase]) -> int:
    """Alarms for those of the cases that have none yet; answers how many."""
    if not cases:
        return 0
    rows = [
        {"bureau": row.bureau, "id": uuid7(), "round": row.id, "application": one.application, "place_by": one.place_by}
        for one in cases
    ]
    made = insert(OverdueAlarm).on_conflict_do_nothing(constraint="alarm_raised_once")
    new = list(await session.scalars(made.returning(col(OverdueAlarm.application)), rows))
    entries = [journal.entry(actor, "case", "overdue", f"application:{id_}", WAITING, OVERDUE) for id_ in new]
    await journal.record_all(session, entries)
    return len(new)
