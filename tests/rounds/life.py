"""A fictitious round led through its life by the officers whose duty each step is."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.actor import Actor
from app.cache import Cache
from app.database import Database, database_now
from app.jobs.models import Job
from app.jobs.processes import Processes
from app.jobs.work import Work
from app.rounds import draw, freeze, publish, queries, run, service
from app.rounds.rows import RoundRow
from app.rounds.service import Deadline, Document, RoundPlan
from app.rounds.vocabulary import DocumentKind
from app.schools.models import Programme
from app.vault import Vault
from tests.county import AS_OF, SCHOOLS, County
from tests.rounds.builders import Family, county_families, write_families

DRAW = "Fictitious hall draw of 2026-07-24, three balls in the order drawn"
KEY = bytes(range(32))
REASON = "虚构理由 fictitious reason"


@dataclass
class Life:
    """`round` after `plan`; each verb runs in a transaction of its own, under the officer named."""

    county: County
    vault: Vault
    workers: Database
    cache: Cache
    processes: Processes
    round: UUID
    families: list[Family]

    @property
    def database(self) -> Database:
        return self.county.world.database

    def staff(self, name: str) -> Actor:
        return self.county.world.staff[name]

    async def do(self, who: str, verb: Any, *arguments: Any) -> Any:
        """Call a verb (session, actor, …) as this officer."""
        actor = self.staff(who)
        async with self.database.transaction(actor) as session:
            return await verb(session, actor, *arguments)

    async def sealed(self, who: str, verb: Any, *arguments: Any) -> Any:
        """Call a verb (session, vault, actor, …) as this officer."""
        actor = self.staff(who)
        async with self.database.transaction(actor) as session:
            return await verb(session, self.vault, actor, *arguments)

    async def sql(self, who: str, statement: str, **values: Any) -> Any:
        async with self.database.transaction(self.staff(who)) as session:
            return await session.execute(text(statement), {"bureau": self.county.world.bureau, **values})

    async def row(self) -> RoundRow:
        async with self.database.transaction(self.staff("allocation")) as session:
            return await queries.round_by_id(session, self.county.world.bureau, self.round)

    async def now(self) -> datetime:
        async with self.database.transaction() as session:
            return await database_now(session)

    async def plan(self, **changes: Any) -> None:
        opens_at = await self.now() + timedelta(hours=1)
        plan = RoundPlan(
            code=f"{self.county.world.bureau}-round",
            stage="primary",
            year=2026,
            title_zh="虚构轮次",
            title_en="Fictitious round",
            ruleset="primary-2026",
            as_of=AS_OF,
            opens_at=opens_at,
            closes_at=opens_at + timedelta(hours=1),
            demonstration=True,
        )
        key = KEY if changes.get("demonstration", True) else None
        self.round = (await self.sealed("rules", service.plan_round, replace(plan, **changes), key)).id

    async def write_documents(self, *kinds: DocumentKind) -> None:
        documents = [Document(kind, f"虚构内容{kind}", f"fictitious {kind}") for kind in kinds or DocumentKind]
        await self.do("rules", service.put_documents, self.round, documents)

    async def write_programmes(self, classes: int = 1, class_size: int = 12) -> None:
        async with self.database.transaction(self.staff("rules")) as session:
            session.add_all(
                Programme(
                    bureau=self.county.world.bureau,
                    id=f"r-{school}",
                    round=self.round,
                    school=school,
                    grade=1,
                    classes=classes,
                    class_size=class_size,
                    fictitious=True,
                )
                for school in SCHOOLS
            )

    async def forward(self, deadline: Deadline) -> None:
        await self.do("allocation", service.bring_forward, self.round, deadline)

    async def freeze(self, ahead: timedelta = timedelta(minutes=5)) -> RoundRow:
        frozen: RoundRow = await self.sealed("allocation", freeze.freeze, self.round, DRAW, await self.now() + ahead)
        return frozen

    async def enter(self, value: str = "4-0-7") -> None:
        act = await self.do("allocation", draw.propose_draw, self.round, value)
        await self.do("approval", draw.enter_draw, act.id, act.digest)

    async def claim(self, run_id: UUID) -> Work:
        """The next attempt at the run's job, as a worker would begin it."""
        bureau = self.county.world.bureau
        async with self.workers.transaction(replace(self.staff("allocation"), duties=(), organisations=())) as session:
            found = await session.execute(
                text(
                    "UPDATE job SET status = 'running', attempt = attempt + 1 WHERE bureau = :bureau"
                    " AND object = :object RETURNING id"
                ),
                {"bureau": bureau, "object": f"run:{run_id}"},
            )
            job = await session.get(Job, (bureau, found.scalar_one()))
        assert job is not None
        actor = Actor(bureau, job.person, job.account, role="worker", source="worker", request=job.request)

        async def progress(done: int, total: int) -> None:
            await self.cache.put_progress(str(job.id), done, total)

        return Work(
            database=self.workers,
            job=job.id,
            kind=job.kind,
            object=job.object,
            arguments=job.arguments,
            attempt=job.attempt,
            actor=actor,
            progress=progress,
            processes=self.processes,
        )

    async def run(self) -> UUID:
        run_id: UUID = await self.do("allocation", run.request_run, self.round, REASON)
        await run.allocate(await self.claim(run_id))
        return run_id

    async def approve(self) -> None:
        act = await self.do("allocation", publish.propose_approval, self.round)
        await self.do("approval", publish.approve, act.id, act.digest)

    async def reach(self, status: str, after: str = "") -> "Life":
        """Lead the round to this state, from its beginning or from the state that it is in."""
        names = [name for name, _ in STEPS]
        first = names.index(after) + 1 if after else 0
        for _, step in STEPS[first : names.index(status) + 1]:
            await step(self)
        return self


async def _publish(life: Life) -> None:
    await life.write_documents()
    await life.write_programmes()
    await life.do("rules", service.publish_information, life.round)


async def _open(life: Life) -> None:
    await life.forward(Deadline.OPENS_AT)
    await life.do("rules", service.open_round, life.round)


async def _close(life: Life) -> None:
    life.families = life.families or county_families(life.staff("allocation").person)
    await write_families(life.county, life.vault, life.round, life.families)
    await life.forward(Deadline.CLOSES_AT)
    await life.do("allocation", service.close_round, life.round)


async def _rank(life: Life) -> None:
    await life.sealed("allocation", service.rank, life.round)


async def _freeze(life: Life) -> None:
    await life.forward(Deadline.OBJECTIONS_UNTIL)
    await life.freeze()


async def _draw(life: Life) -> None:
    await life.forward(Deadline.DRAW_AT)
    await life.enter()


async def _propose(life: Life) -> None:
    await life.do("approval", publish.propose, life.round)


async def _finalise(life: Life) -> None:
    await life.forward(Deadline.OBJECTIONS_UNTIL)
    await life.do("allocation", publish.finalise, life.round)


async def _answer(life: Life) -> None:
    await life.forward(Deadline.ANSWERS_UNTIL)
    await life.do("allocation", publish.end_answers, life.round)


async def _conclude(life: Life) -> None:
    await life.do("allocation", publish.conclude, life.round)


STEPS = (
    ("planned", Life.plan),
    ("published", _publish),
    ("open", _open),
    ("closed", _close),
    ("ranked", _rank),
    ("frozen", _freeze),
    ("drawn", _draw),
    ("verified", Life.run),
    ("approved", Life.approve),
    ("proposed", _propose),
    ("final", _finalise),
    ("answered", _answer),
    ("concluded", _conclude),
)
