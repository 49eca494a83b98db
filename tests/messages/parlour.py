"""A family of a test, messages to it, and workers that deliver them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import text

from app.actor import Actor
from app.clock import uuid7
from app.database import Database
from app.gateways.sms import SmsGateway
from app.messages import phone, post
from app.messages.deliver import Pace, deliver_with
from app.messages.post import DELIVER, Notice
from app.messages.queries import Standing, about
from app.settings import Settings
from tests.jobs.bench import until, working
from tests.messages.provider import KEY, SECRET, Provider
from tests.world import World

NUMBER = "+8613800138321"
CHILD = "虚构儿童甲乙丙"
ROUND = {"zh": "虚构县2026年小学一年级招生", "en": "Fictitious county, grade 1, 2026"}
QUICK = Pace(first=timedelta(seconds=0.1), unsent=timedelta(seconds=0.3), pending=timedelta(seconds=0.3))


def gateway_settings(settings: Settings, provider: Provider) -> Settings:
    given = {"sms_url": provider.url, "sms_key": KEY, "sms_secret": SecretStr(SECRET)}
    return settings.model_copy(update=given)


def notice(person: Actor, object_: str, kind: str = "list_final", **more: Any) -> Notice:
    parameters = {"round": ROUND, "until": "2026-07-10T17:00:00+08:00"}
    return Notice(kind, object_, person.person, parameters, {"child": CHILD}, **more)


def new_object() -> str:
    return f"offer:{uuid7()}"


@dataclass(frozen=True)
class Parlour:
    world: World
    workers: Database
    settings: Settings

    @property
    def officer(self) -> Actor:
        return self.world.staff["allocation"]

    async def parent(self, name: str, number: str | None = NUMBER) -> Actor:
        actor = await self.world.person(name)
        if number is not None:
            async with self.world.database.transaction(actor) as session:
                await phone.put_phone(session, self.world.vault, actor, number)
        return actor

    async def post(self, notices: Sequence[Notice], actor: Actor | None = None) -> int:
        who = actor or self.officer
        async with self.world.database.transaction(who) as session:
            return await post.post(session, self.world.vault, who, notices)

    async def standings(self, object_: str) -> list[Standing]:
        async with self.world.database.transaction(self.world.staff["casework"]) as session:
            return await about(session, self.world.bureau, object_)

    async def message(self, object_: str) -> UUID:
        [found] = await self.standings(object_)
        return found.message.id

    async def statuses(self, object_: str) -> list[str]:
        return [standing.message.status for standing in await self.standings(object_)]

    async def reaches(self, object_: str, status: str, seconds: float = 15) -> None:
        async def reached() -> bool:
            return set(await self.statuses(object_)) == {status}

        await until(reached, seconds)

    async def idle(self, seconds: float = 15) -> None:
        """Until no entry of ours waits in the queue."""

        async def empty() -> bool:
            return await self.waiting() == 0

        await until(empty, seconds)

    async def waiting(self) -> int:
        query = "SELECT count(*) FROM queue.pgqueuer WHERE entrypoint = :kind"
        async with self.workers.transaction() as session:
            return int((await session.execute(text(query), {"kind": DELIVER})).scalar_one())

    async def empty_queue(self) -> None:
        async with self.workers.transaction() as session:
            await session.execute(text("DELETE FROM queue.pgqueuer WHERE entrypoint = :kind"), {"kind": DELIVER})

    async def journal(self, message: UUID) -> list[tuple[str, str, str]]:
        """(action, before, after) of a message, oldest first."""
        query = "SELECT action, before, after FROM journal_entry WHERE object = :object ORDER BY id"
        auditor = replace(self.world.staff["auditor"], duties=())
        async with self.world.database.transaction(auditor) as session:
            rows = await session.execute(text(query), {"object": f"message:{message}"})
            return [(row.action, row.before, row.after) for row in rows]

    @asynccontextmanager
    async def working(
        self, provider: Provider | None, workers: int = 1, pace: Pace = QUICK, seconds: float = 2.0
    ) -> AsyncIterator[None]:
        """So many workers, each with a gateway of its own."""
        if workers == 0:
            yield
            return
        sms = SmsGateway(gateway_settings(self.settings, provider), seconds) if provider is not None else None
        try:
            handlers = {DELIVER: deliver_with(self.world.vault, sms, pace)}
            async with working(self.settings, handlers), self.working(provider, workers - 1, pace, seconds):
                yield
        finally:
            if sms is not None:
                await sms.close()
