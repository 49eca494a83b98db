"""What there is to do in a round, oldest first, from the view `casework_queue`; each officer without its own family's.

A page follows on the last line's key, so that work done meanwhile neither hides nor repeats a line.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications.queries import refuse_unknown_round
from app.casework.clocks import due, due_of_day
from app.casework.lifecycle import Work
from app.database import database_now
from app.errors import ServiceError

KEY = re.compile(r"(\d{1,18})\.([0-9a-f-]{36})\.([a-z]+)")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
WAITING = text("""
    SELECT q.application, q.work, q.subject, q.since, q.town, q.demonstration, h.id AS hold, h.officer, h.until
    FROM casework_queue q
    LEFT JOIN case_hold h ON h.bureau = q.bureau AND h.application = q.application AND h.work = q.work
        AND h.status = 'held' AND h.until > now()
    WHERE q.bureau = :bureau AND q.round = :round AND NOT CAST(:person AS uuid) = ANY (q.guardians)
        AND (CAST(:work AS text) IS NULL OR q.work = :work)
        AND (CAST(:town AS text) IS NULL OR q.town = :town)
        AND (CAST(:whose AS text) IS NULL OR CASE CAST(:whose AS text)
             WHEN 'free' THEN h.id IS NULL ELSE h.officer = CAST(:person AS uuid) END)
        AND (CAST(:since AS timestamptz) IS NULL
             OR (q.since, q.subject, q.work)
                > (CAST(:since AS timestamptz), CAST(:subject AS uuid), CAST(:last AS text)))
    ORDER BY q.since, q.subject, q.work LIMIT :limit
""")
COUNTED = text("""
    SELECT q.work, q.town, (q.since AT TIME ZONE 'Asia/Shanghai')::date AS day, q.demonstration,
           count(*) AS waiting, count(h.id) AS held, min(q.since) AS oldest
    FROM casework_queue q
    LEFT JOIN case_hold h ON h.bureau = q.bureau AND h.application = q.application AND h.work = q.work
        AND h.status = 'held' AND h.until > now()
    WHERE q.bureau = :bureau AND q.round = :round
    GROUP BY q.work, q.town, day, q.demonstration ORDER BY q.work, q.town, day
""")


@dataclass(frozen=True)
class Waiting:
    """A line of the queue. `subject`: the objection or correction, else the application. `hold`, `officer`, `until`:
    who has taken it, if anybody; `key` is where the next page begins after it."""

    application: UUID
    work: Work
    subject: UUID
    since: datetime
    due: datetime
    overdue: bool
    town: str
    hold: UUID | None
    officer: UUID | None
    until: datetime | None

    @property
    def key(self) -> str:
        return f"{(self.since - EPOCH) // MICROSECOND}.{self.subject}.{self.work}"


@dataclass(frozen=True)
class Count:
    """How much of one kind of work waits in a town, how much of it is taken, overdue, and since when the oldest."""

    work: Work
    town: str
    waiting: int
    held: int
    overdue: int
    oldest: datetime


async def list_queue(
    session: AsyncSession,
    actor: Actor,
    round_id: UUID,
    work: Work | None,
    town: str | None,
    whose: str | None,
    after: str | None,
    limit: int,
) -> list[Waiting]:
    """A page of a round's work. `whose`: "mine", "free", or all. Raises `casework.bad_key`, `access.*`."""
    actor = authorize(actor, "casework.list", Target(actor.bureau))
    await refuse_unknown_round(session, actor.bureau, round_id)
    asked = {"bureau": actor.bureau, "round": round_id, "person": actor.person, "town": town, "limit": limit}
    named = {"work": None if work is None else work.value, "whose": whose}
    rows = (await session.execute(WAITING, {**asked, **named, **_position(after)})).all()
    now = await database_now(session)
    return [_waiting(row, now) for row in rows]


async def counts(session: AsyncSession, actor: Actor, round_id: UUID) -> list[Count]:
    """By kind of work and town; for whoever leads the office. Raises `access.*`."""
    authorize(actor, "casework.count", Target(actor.bureau))
    await refuse_unknown_round(session, actor.bureau, round_id)
    rows = (await session.execute(COUNTED, {"bureau": actor.bureau, "round": round_id})).all()
    return _summed(rows, await database_now(session))


def _summed(rows: Iterable[Any], now: datetime) -> list[Count]:
    found: dict[tuple[str, str], Count] = {}
    for row in rows:
        work = Work(row.work)
        overdue = row.waiting if due_of_day(work, row.day, row.demonstration) <= now else 0
        so_far = found.get((row.work, row.town), Count(work, row.town, 0, 0, 0, row.oldest))
        found[row.work, row.town] = Count(
            work,
            row.town,
            so_far.waiting + row.waiting,
            so_far.held + row.held,
            so_far.overdue + overdue,
            min(so_far.oldest, row.oldest),
        )
    return list(found.values())


def _waiting(row: Any, now: datetime) -> Waiting:
    work = Work(row.work)
    until = due(work, row.since, row.demonstration)
    return Waiting(
        application=row.application,
        work=work,
        subject=row.subject,
        since=row.since,
        due=until,
        overdue=until <= now,
        town=row.town,
        hold=row.hold,
        officer=row.officer,
        until=row.until,
    )


def _position(after: str | None) -> dict[str, Any]:
    if after is None:
        return {"since": None, "subject": None, "last": None}
    found = KEY.fullmatch(after)
    try:
        if found is not None:
            return {"since": EPOCH + int(found[1]) * MICROSECOND, "subject": UUID(found[2]), "last": found[3]}
    except (ValueError, OverflowError):
        pass
    raise ServiceError("casework.bad_key", "after")
