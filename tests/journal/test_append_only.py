"""The trail as the database keeps it: written once, in one's own name, with no blank part; never changed."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.actor import Actor
from app.clock import uuid7
from app.database import Database
from app.inserts import insert_together
from app.journal import service as journal
from app.journal.models import NEVER_BLANK
from tests.world import World

CHANGES = ["UPDATE journal_entry SET after = 'other'", "DELETE FROM journal_entry", "TRUNCATE journal_entry"]
MANDATORY = [*NEVER_BLANK, "person", "account", "id", "bureau"]


@pytest.fixture(params=["application", "worker", "owner"])
def database_of_a_role(
    request: pytest.FixtureRequest, database: Database, worker_database: Database, owner_database: Database
) -> Database:
    held: Database = {"application": database, "worker": worker_database, "owner": owner_database}[request.param]
    return held


def row(actor: Actor, **changed: Any) -> dict[str, Any]:
    return {**journal.entry(actor, "thing", "move", f"thing:{uuid7()}", "here", "there"), **changed}


async def written(database: Database, actor: Actor, values: dict[str, Any]) -> None:
    columns, places = ", ".join(values), ", ".join(f":{name}" for name in values)
    async with database.transaction(actor) as session:
        await session.execute(text(f"INSERT INTO journal_entry ({columns}) VALUES ({places})"), values)


@pytest.mark.parametrize("change", CHANGES, ids=["update", "delete", "truncate"])
async def test_no_role_may_change_an_entry(world: World, database_of_a_role: Database, change: str) -> None:
    with pytest.raises(DBAPIError, match=r"permission denied|append-only"):
        async with database_of_a_role.transaction(world.staff["casework"]) as session:
            await session.execute(text(change))


@pytest.mark.parametrize("change", CHANGES, ids=["update", "delete", "truncate"])
async def test_the_owner_is_stopped_by_the_trigger_even_without_row_level_security(
    world: World, owner_database: Database, change: str
) -> None:
    with pytest.raises(DBAPIError, match="journal_entry is append-only"):
        async with owner_database.transaction(world.founder()) as session:
            await session.execute(text("ALTER TABLE journal_entry NO FORCE ROW LEVEL SECURITY"))
            assert (await session.execute(text("SELECT count(*) FROM journal_entry"))).scalar_one() > 0
            await session.execute(text(change))


@pytest.mark.parametrize("column", MANDATORY)
async def test_no_part_of_an_entry_may_be_missing(database: Database, world: World, column: str) -> None:
    actor = world.staff["casework"]
    with pytest.raises(DBAPIError, match=r"null value|row-level security"):
        await written(database, actor, row(actor, **{column: None}))


@pytest.mark.parametrize("column", NEVER_BLANK)
async def test_no_part_of_an_entry_may_be_blank(database: Database, world: World, column: str) -> None:
    actor = world.staff["casework"]
    for blank in ("", " ", "\t", "\n", "\u3000"):
        with pytest.raises(DBAPIError, match=f"{column}_not_blank"):
            await written(database, actor, row(actor, **{column: blank}))


@pytest.mark.parametrize("part", ["subject", "action", "object_", "before", "after"])
def test_a_blank_part_is_refused_before_it_reaches_the_database(world: World, part: str) -> None:
    parts = {"subject": "s", "action": "a", "object_": "o:1", "before": "b", "after": "c", part: " "}
    with pytest.raises(ValueError, match="no blank part"):
        journal.entry(world.staff["casework"], **parts)


async def test_nobody_writes_in_another_persons_name_or_into_another_bureau(database: Database, world: World) -> None:
    actor, other = world.staff["casework"], world.staff["approval"]
    for forged in (row(other), row(actor, person=other.person), row(actor, bureau="999999")):
        with pytest.raises(DBAPIError, match="row-level security"):
            await written(database, actor, forged)


async def test_nobody_dates_an_entry_back(database: Database, world: World) -> None:
    actor = world.staff["casework"]
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.transaction(actor) as session:
            await session.execute(text("INSERT INTO journal_entry (at) VALUES (now() - interval '1 day')"))


async def test_a_family_does_not_read_the_trail(database: Database, world: World) -> None:
    family = await world.person("parent-1")
    async with database.transaction(family) as session:
        assert (await session.execute(text("SELECT count(*) FROM journal_entry"))).scalar_one() == 0


async def test_an_entry_is_gone_with_the_transaction_that_it_speaks_of(database: Database, world: World) -> None:
    actor = world.staff["casework"]
    with pytest.raises(ZeroDivisionError):
        async with database.transaction(actor) as session:
            await journal.record(session, actor, "thing", "move", "thing:lost", "here", "there")
            raise ZeroDivisionError
    async with database.transaction(actor) as session:
        found = await session.execute(text("SELECT count(*) FROM journal_entry WHERE object = 'thing:lost'"))
        assert found.scalar_one() == 0


async def test_the_receipt_under_a_key_is_the_accounts_own(database: Database, world: World) -> None:
    first, second = await world.person("parent-1"), await world.person("parent-2")
    digest = journal.body_digest({"a": 1})
    async with database.transaction(first) as session:
        assert await journal.earlier_receipt(session, first, "key-0001", digest) is None
        receipt = journal.receipt_part(first, "key-0001", digest, {"receipt": "虚构"})
        await insert_together(session, [receipt])
    async with database.transaction(first) as session:
        assert await journal.earlier_receipt(session, first, "key-0001", digest) == {"receipt": "虚构"}
        with pytest.raises(Exception, match=r"idempotency\.other_body"):
            await journal.earlier_receipt(session, first, "key-0001", journal.body_digest({"a": 2}))
        with pytest.raises(DBAPIError, match="permission denied"):
            await session.execute(text("UPDATE receipt SET answer = '{}'"))
    async with database.transaction(second) as session:
        assert await journal.earlier_receipt(session, second, "key-0001", digest) is None
        assert (
            await journal.earlier_receipt(session, replace(second, account=first.account), "key-0001", digest) is None
        )


def test_equal_bodies_have_one_digest_whatever_their_order() -> None:
    assert journal.body_digest({"a": 1, "b": ["虚", None]}) == journal.body_digest({"b": ["虚", None], "a": 1})
    assert journal.body_digest({"a": 1}) != journal.body_digest({"a": "1"})
