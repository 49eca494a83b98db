"""What a handler is given."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, TypeVarTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.actor import Actor
from app.database import Database
from app.jobs.processes import Processes
from app.jobs.service import finish

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


@dataclass(frozen=True)
class Work:
    """One attempt at a job, for the person who asked for it.

    A job may be begun several times, also while an earlier worker still believes that it holds it. What must
    happen once is written in `conclude`. `progress(done, total)` is shown and may be lost.
    """

    database: Database
    job: UUID
    kind: str
    object: str
    arguments: Mapping[str, Any]
    attempt: int
    actor: Actor
    progress: Callable[[int, int], Awaitable[None]]
    processes: Processes

    @asynccontextmanager
    async def conclude(self) -> AsyncIterator[AsyncSession]:
        """The final transaction: what is written in it and the end of the job stand or fall together.

        Raises `jobs.stale` where a later attempt has begun; let it pass through.
        """
        async with self.database.transaction(self.actor) as session:
            await finish(session, self.actor, self.job, self.attempt)
            yield session

    async def in_process(self, function: Callable[[*Ts], T], *arguments: *Ts) -> T:
        """Compute in another process (see Processes.run). Hold no transaction meanwhile: an idle one is ended."""
        return await self.processes.run(function, *arguments)


Handler = Callable[[Work], Coroutine[Any, Any, None]]
