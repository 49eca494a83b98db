import json
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.database import Database
from app.jobs import queue, service
from app.jobs.queries import job_by_id
from tests.jobs.bench import Bench, new_kind
from tests.world import World


class Undone(Exception):
    pass


async def test_a_rollback_leaves_neither_the_job_nor_its_entry(bench: Bench) -> None:
    kind = new_kind()
    with pytest.raises(Undone):
        async with bench.database.transaction(bench.officer) as session:
            await service.enqueue(session, bench.officer, kind, "round:r1", {})
            raise Undone
    assert await bench.entries(kind) == []
    async with bench.database.transaction(bench.officer) as session:
        assert await session.scalar(text("SELECT count(*) FROM job WHERE kind = :kind"), {"kind": kind}) == 0


async def test_an_entry_put_in_before_any_other_statement_is_rolled_back_too(bench: Bench) -> None:
    # Over the raw asyncpg connection it survived: SQLAlchemy sends BEGIN with its own first statement only.
    kind = new_kind()
    with pytest.raises(Undone):
        async with bench.database.transaction() as session:
            await queue.put(session, kind, bench.officer.bureau, uuid4())
            raise Undone
    assert await bench.entries(kind) == []


async def test_a_commit_leaves_both_and_the_entry_names_bureau_and_job_alone(bench: Bench) -> None:
    kind = new_kind()
    job = await bench.ask(kind, round="r1")
    assert await bench.entries(kind) == ["queued"]
    async with bench.workers.transaction() as session:
        payload = await session.scalar(text("SELECT payload FROM queue.pgqueuer WHERE entrypoint = :k"), {"k": kind})
    assert json.loads(payload) == {"bureau": bench.officer.bureau, "job": str(job)}
    state = await bench.state(job)
    assert (state.kind, state.object, state.status, state.attempt) == (kind, "round:r1", "queued", 0)
    assert await bench.actions(job) == ["test:job:enqueue"]


async def test_a_parent_may_cause_a_job_in_its_own_name_only(bench: Bench, world: World) -> None:
    parent = await world.person("parent-1")
    async with bench.database.transaction(parent) as session:
        job = await service.enqueue(session, parent, new_kind(), "application:a1", {})
        assert job.person == parent.person
    with pytest.raises(DBAPIError, match="row-level security"):
        async with bench.database.transaction(parent) as session:
            await service.enqueue(session, bench.officer, new_kind(), "application:a1", {})


async def test_the_database_lets_only_the_allocation_duty_cause_an_allocation(bench: Bench, world: World) -> None:
    casework = world.staff["casework"]
    with pytest.raises(DBAPIError, match="row-level security"):
        async with bench.database.transaction(casework) as session:
            await service.enqueue(session, casework, "allocate", "round:r1", {})


async def test_the_application_cannot_read_whose_entries_wait(database: Database) -> None:
    for column in ("payload", "status", "headers"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with database.transaction() as session:
                await session.execute(text(f"SELECT {column} FROM queue.pgqueuer"))


async def test_a_worker_may_cause_a_further_job(bench: Bench) -> None:
    kind, then = new_kind(), new_kind()
    job = await bench.ask(kind)
    async with bench.workers.transaction(bench.officer) as session:
        claimed = await service.claim(session, bench.officer.bureau, job, 1)
        further = await service.enqueue(session, service.requester(claimed), then, "round:r1", {})
    async with bench.database.transaction(bench.officer) as session:
        assert (await job_by_id(session, bench.officer, further.id)).status == "queued"
    assert await bench.entries(then) == ["queued"]
