"""What a register did not answer is asked again, later each time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from secrets import randbelow
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.actor import Actor

JITTER = 1000
PUT_OFF = text(
    "UPDATE register_check SET tries = :tried, due_at = clock_timestamp() + :pause"
    " WHERE bureau = :of_bureau AND id = :of_id AND status = 'waiting'"
)


@dataclass(frozen=True)
class Pace:
    """Pauses before the same question again double from `first` up to `longest`, each shortened by chance by up to a
    third, so that what failed together is not asked together: all is asked within it once an outage is over (F-08)."""

    first: timedelta = timedelta(seconds=2)
    longest: timedelta = timedelta(minutes=9)

    def after(self, tries: int) -> timedelta:
        whole = min(self.first * (1 << min(tries, 20)), self.longest)
        return whole - whole * randbelow(JITTER) / (3 * JITTER)


async def put_off(session: AsyncSession, actor: Actor, silent: Mapping[UUID, int], pace: Pace) -> None:
    """What was not answered (question → its tries so far) is due again later."""
    rows = [
        {"of_bureau": actor.bureau, "of_id": id_, "pause": pace.after(tries), "tried": tries + 1}
        for id_, tries in sorted(silent.items())
    ]
    if rows:
        await (await session.connection()).execute(PUT_OFF, rows)
