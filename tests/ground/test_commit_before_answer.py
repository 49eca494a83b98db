"""A "done" is sent after COMMIT or not at all: a deferred trigger lets every statement pass and COMMIT fail."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from app.database import Database
from app.errors import ServiceError
from app.journal import service as journal
from tests.conftest import Api
from tests.world import World

FAIL_AT_COMMIT = """
CREATE FUNCTION fail_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.bureau = '{bureau}' THEN RAISE EXCEPTION 'planted: COMMIT fails'; END IF;
    RETURN NULL;
END $$
"""
TRIGGER = (
    "CREATE CONSTRAINT TRIGGER fail_at_commit AFTER INSERT OR UPDATE ON {table} DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION fail_at_commit()"
)


@asynccontextmanager
async def commit_fails(owner: Database, table: str, bureau: str) -> AsyncIterator[None]:
    async with owner.transaction() as session:
        await session.execute(text(FAIL_AT_COMMIT.format(bureau=bureau)))
        await session.execute(text(TRIGGER.format(table=table)))
    try:
        yield
    finally:
        async with owner.transaction() as session:
            await session.execute(text("DROP FUNCTION fail_at_commit() CASCADE"))


async def kept(world: World, table: str) -> int:
    async with world.database.transaction(world.founder()) as session:
        return int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def test_a_grant_whose_commit_fails_is_not_answered_as_given(
    api: Api, world: World, owner_database: Database
) -> None:
    headers = await api.sign_in(world.bureau, "registrar")
    person = await world.person("parent-1")
    body = {"person": str(person.person), "organisation": world.bureau, "role": "rules", "valid_from": "2026-01-01"}
    before = await kept(world, "role_grant")
    async with commit_fails(owner_database, "role_grant", world.bureau):
        answer = await api.client.post("/grants", json=body, headers=headers)
    assert answer.status_code == 500 and answer.json()["code"] == "service.failed"
    assert "id" not in answer.json() and "planted" not in answer.text
    assert await kept(world, "role_grant") == before
    assert (await api.client.post("/grants", json=body, headers=headers)).status_code == 201
    assert await kept(world, "role_grant") == before + 1


async def test_a_sign_in_whose_commit_fails_gives_no_token_and_makes_no_person(
    api: Api, world: World, owner_database: Database
) -> None:
    async with commit_fails(owner_database, "token", world.bureau):
        answer = await api.client.post("/sessions", json={"bureau": world.bureau, "assertion": "parent-1"})
    assert answer.status_code == 500 and "token" not in answer.json()
    assert answer.headers["x-request-id"] == answer.json()["request"]
    headers = await api.sign_in(world.bureau, "parent-1")
    assert (await api.client.get("/me", headers=headers)).status_code == 200


async def test_signing_out_without_commit_leaves_the_session_standing(
    api: Api, world: World, owner_database: Database
) -> None:
    headers = await api.sign_in(world.bureau, "parent-1")
    async with commit_fails(owner_database, "token", world.bureau):
        assert (await api.client.delete("/sessions/current", headers=headers)).status_code == 500
    assert (await api.client.get("/me", headers=headers)).status_code == 200


async def test_the_control_a_trigger_of_another_bureau_changes_nothing(
    api: Api, world: World, owner_database: Database
) -> None:
    async with commit_fails(owner_database, "token", "999997"):
        assert await api.sign_in(world.bureau, "parent-1")


@pytest.mark.parametrize("keeps", [True, False], ids=["keeps its work", "does not"])
async def test_a_refusal_keeps_its_work_only_where_it_says_so(database: Database, world: World, keeps: bool) -> None:
    actor = world.staff["casework"]
    with pytest.raises(ServiceError):
        async with database.transaction(actor) as session:
            await journal.record(session, actor, "thing", "move", "thing:kept", "here", "there")
            raise ServiceError("act.input_changed", keeps_work=keeps)
    async with database.transaction(actor) as session:
        found = await session.execute(text("SELECT count(*) FROM journal_entry WHERE object = 'thing:kept'"))
        assert found.scalar_one() == int(keeps)
