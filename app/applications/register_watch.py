"""The job that asks the registers for a round, until it is frozen: it opens questions for what families have claimed
since, puts those that are due, keeps the answers, and asks for itself again. A submission knows nothing of it.

The queue's role sees no child. What the job reads and writes of cases it does as the application, in the bureau's name
(ADR 0023), and never while it waits for an answer: no transaction is open then.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import CASEWORK, Target, authorize
from app.actor import Actor
from app.applications import queries
from app.applications.queries import HeldRound
from app.applications.register_answers import settle
from app.applications.register_checks import close_moot, open_checks
from app.applications.register_due import Due, take_due
from app.applications.register_pace import Pace, put_off
from app.database import Database
from app.errors import ServiceError
from app.gateways.answers import Catalogue, RegisterAnswer, Registers, Unavailable
from app.jobs.queries import is_followed
from app.jobs.service import enqueue
from app.jobs.work import Handler, Work
from app.vault import Vault

ASK = "ask_registers"
TRIED_OFTEN = 3
PACE = Pace()
NEXT_DUE = text(
    "SELECT min(due_at) - clock_timestamp() FROM register_check"
    " WHERE bureau = :bureau AND round = :round AND status = 'waiting'"
)


@dataclass(frozen=True)
class Watch:
    """How a round is watched. `list_length`: questions of one transaction; `batch`: of one request, and `small_batch`
    where it came to nothing often, lest one of them spoils the others for ever. `lease`: longer than the longest wait
    for an answer. While nothing is claimed the pauses double from `soonest` up to `idle` (F-08: 15 minutes)."""

    pace: Pace = PACE
    list_length: int = 800
    batch: int = 200
    small_batch: int = 10
    lease: timedelta = timedelta(seconds=60)
    soonest: timedelta = timedelta(seconds=5)
    idle: timedelta = timedelta(minutes=4)

    def pause(self, turn: int, next_due: timedelta | None) -> timedelta:
        """Until the next sweep; `turn` counts those in a row that found nothing to do."""
        rest = min(self.soonest * (1 << min(turn, 20)), self.idle)
        return rest if next_due is None else max(min(rest, next_due), timedelta(milliseconds=50))


async def start_watch(session: AsyncSession, actor: Actor, round_id: UUID) -> UUID:
    """A caseworker asks that the registers be asked for a round, from now on; answers the job. Asked twice, the later
    job goes on alone. Raises `application.not_checkable`, `access.*`."""
    actor = authorize(actor, "register.ask", Target(actor.bureau))
    await queries.checkable_round(session, actor.bureau, round_id)
    return await watch(session, actor, round_id)


async def watch(session: AsyncSession, actor: Actor, round_id: UUID, turn: int = 0, **pause: timedelta) -> UUID:
    """The same, in the transaction of an act that the caller has authorised."""
    arguments = {"round": str(round_id), "turn": turn}
    return (await enqueue(session, actor, ASK, f"round:{round_id}", arguments, **pause)).id


def ask_with(offices: Database, vault: Vault, registers: Registers | None, how: Watch = Watch()) -> Handler:
    """The handler of `ask_registers`; `offices`: the database under the application's role. Without a platform nothing
    is asked, and the job is done."""

    async def ask(work: Work) -> None:
        round_id, turn, pause = UUID(work.arguments["round"]), int(work.arguments["turn"]), None
        if registers is not None:
            sweep = Sweep(offices, vault, registers, how, _in_the_bureaus_name(work.actor), round_id)
            pause = await sweep.go(turn)
            turn = 0 if sweep.done else turn + 1
        async with work.conclude() as session:
            if pause is not None and not await is_followed(session, work.actor.bureau, work.job):
                await watch(session, work.actor, round_id, turn, after=pause)

    return ask


def _in_the_bureaus_name(actor: Actor) -> Actor:
    return replace(actor, organisations=(actor.bureau,), duties=(CASEWORK,))


@dataclass(repr=False)
class Sweep:
    """One sweep over a round; `done` counts what it opened and asked."""

    offices: Database
    vault: Vault
    registers: Registers
    how: Watch
    actor: Actor
    round: UUID
    done: int = field(default=0)

    async def go(self, turn: int = 0) -> timedelta | None:
        """Ask once what is due; answers the pause before the next sweep, None where the round takes no more checks."""
        try:
            async with self._held() as (session, held):
                await close_moot(session, self.actor, held)
            while opened := await self._open():
                self.done += opened
            async with self._held() as (_, held):
                until = held.now
            while due := await self._take(until):
                self.done += len(due)
                await self._ask(due)
            async with self._held() as (session, _):
                values = {"bureau": self.actor.bureau, "round": self.round}
                next_due = await session.scalar(NEXT_DUE, values)
        except ServiceError as refusal:
            if refusal.code != "application.not_checkable":
                raise
            return None
        return self.how.pause(0 if self.done else turn, next_due)

    @asynccontextmanager
    async def _held(self) -> AsyncIterator[tuple[AsyncSession, HeldRound]]:
        async with self.offices.transaction(self.actor) as session:
            yield session, await queries.checkable_round(session, self.actor.bureau, self.round)

    async def _open(self) -> int:
        async with self._held() as (session, held):
            return await open_checks(session, self.vault, self.actor, held)

    async def _take(self, until: datetime) -> list[Due]:
        how = self.how
        async with self._held() as (session, held):
            return await take_due(session, self.vault, self.actor, held, until, how.list_length, how.lease)

    async def _ask(self, due: list[Due]) -> None:
        found = await asyncio.gather(*(self._one(catalogue, batch) for catalogue, batch in self._batches(due)))
        answers = {id_: answer for part in found for id_, answer in part.items()}
        silent = {one.id: one.tries for one in due if one.id not in answers}
        async with self.offices.transaction(self.actor) as session:
            if answers:
                await settle(session, self.vault, self.actor, self.round, answers)
            await put_off(session, self.actor, silent, self.how.pace)

    async def _one(self, catalogue: Catalogue, batch: Sequence[Due]) -> dict[UUID, RegisterAnswer]:
        try:
            return await self.registers.ask(catalogue, [one.question for one in batch])
        except Unavailable:
            return {}

    def _batches(self, due: list[Due]) -> Iterator[tuple[Catalogue, list[Due]]]:
        groups: dict[tuple[Catalogue, bool], list[Due]] = {}
        for one in due:
            groups.setdefault((one.catalogue, one.tries >= TRIED_OFTEN), []).append(one)
        for (catalogue, often), group in groups.items():
            size = self.how.small_batch if often else self.how.batch
            for first in range(0, len(group), size):
                yield catalogue, group[first : first + size]
