"""Row-level security by itself, the application's checks switched off: a session and nothing else (T-01)."""

import contextlib
from dataclasses import replace

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from app.actor import Actor
from app.clock import uuid7
from app.database import Database
from tests.ground.conftest import BY_WORKERS, Filled, seen
from tests.ground.rows import OTHER_SCHOOL, PERSONAL, SCHOOL, TABLES, everything, office, parent, rows_for

ALL = pytest.mark.parametrize("table", sorted(TABLES))
OF_PERSONS = pytest.mark.parametrize("table", PERSONAL)
SECRET = pytest.mark.parametrize("table", ["allocation_run", "bundle", "bundle_file", "run_file"])
# What a school's office (of referrals another office, of deferrals, invitations and items received a town) sees of a
# child that was shown to it: never wishes, decisions or objections.
SHOWN_TO_SCHOOLS = {
    "application", "child", "deferral", "document", "evidence", "guardianship", "incoming_item", "invitation", "offer",
    "person", "pupil", "referral", "site_check", "subject_key",
}  # fmt: skip


async def count(database: Database, actor: Actor | None, table: str) -> int:
    async with database.transaction(actor) as session:
        return await seen(session, table)


def stranger_to(filled: Filled) -> Actor:
    """All duties of another bureau, and the names of this one's organisations besides."""
    other = everything("999999", filled.actor.person)
    return replace(other, organisations=("999999", filled.bureau, SCHOOL))


@ALL
async def test_the_bureau_itself_sees_the_row_so_that_the_other_counts_mean_something(
    database: Database, filled: Filled, table: str
) -> None:
    assert await count(database, filled.actor, table) >= 1


@ALL
async def test_without_context_no_row_is_seen(database: Database, filled: Filled, table: str) -> None:
    assert await count(database, None, table) == 0


@ALL
async def test_another_bureau_sees_no_row_whatever_it_claims(database: Database, filled: Filled, table: str) -> None:
    async with database.transaction(stranger_to(filled)) as session:
        found = await session.execute(
            text(f"SELECT count(*) FROM {table} WHERE bureau = :bureau"), {"bureau": filled.bureau}
        )
        assert found.scalar_one() == 0


@ALL
async def test_another_bureau_writes_no_row_into_this_one(database: Database, filled: Filled, table: str) -> None:
    row = rows_for(filled.actor)[table]
    with pytest.raises(DBAPIError, match="permission denied" if table in BY_WORKERS else "row-level security"):
        async with database.transaction(stranger_to(filled)) as session:
            await session.execute(insert(TABLES[table]), [row])


@ALL
async def test_the_owner_of_the_tables_is_bound_too(owner_database: Database, filled: Filled, table: str) -> None:
    assert await count(owner_database, filled.actor, table) == 0
    with pytest.raises(DBAPIError, match="row-level security"):
        async with owner_database.transaction(filled.actor) as session:
            await session.execute(insert(TABLES[table]), [rows_for(filled.actor)[table]])


@ALL
async def test_the_worker_sees_nothing_without_context(worker_database: Database, filled: Filled, table: str) -> None:
    with contextlib.suppress(DBAPIError):  # where it has no grant at all
        assert await count(worker_database, None, table) == 0
    with contextlib.suppress(DBAPIError):
        assert await count(worker_database, everything("999999", filled.actor.person), table) == 0


@OF_PERSONS
async def test_a_guardian_sees_their_own_and_another_parent_nothing(
    database: Database, filled: Filled, table: str
) -> None:
    assert await count(database, parent(filled.actor), table) == 1
    assert await count(database, replace(parent(filled.actor), person=uuid7()), table) == 0


@OF_PERSONS
async def test_a_school_sees_what_was_shown_to_it_and_another_school_nothing(
    database: Database, filled: Filled, table: str
) -> None:
    expected = 1 if table in SHOWN_TO_SCHOOLS else 0
    assert await count(database, office(filled.actor, SCHOOL), table) == expected
    assert await count(database, office(filled.actor, OTHER_SCHOOL), table) == 0


@OF_PERSONS
async def test_another_parent_cannot_make_themselves_a_guardian_of_a_row(
    database: Database, filled: Filled, table: str
) -> None:
    thief = replace(parent(filled.actor), person=uuid7())
    with contextlib.suppress(DBAPIError):  # where the application may not update at all
        async with database.transaction(thief) as session:
            await session.execute(text(f"UPDATE {table} SET guardians = ARRAY[:me]::uuid[]"), {"me": thief.person})
    assert await count(database, thief, table) == 0


@SECRET
@pytest.mark.parametrize("duty", ["registrar", "rules", "casework", "auditor"])
async def test_a_result_before_its_publication_is_hidden_from_other_duties(
    database: Database, filled: Filled, table: str, duty: str
) -> None:
    officer = replace(filled.actor, duties=(duty,))
    assert await count(database, officer, table) == 0
    assert await count(database, parent(filled.actor), table) == 0
    for insider in ("allocation", "approval"):
        assert await count(database, replace(filled.actor, duties=(insider,)), table) == 1


async def test_an_auditor_writes_nothing_whatever_the_application_says(database: Database, filled: Filled) -> None:
    auditor = replace(filled.actor, duties=("auditor",))
    with pytest.raises(DBAPIError, match="read-only"):
        async with database.transaction(auditor) as session:
            await session.execute(text("UPDATE organisation SET name = 'x'"))


async def test_a_name_with_a_comma_does_not_stand_for_two_in_the_context(database: Database, filled: Filled) -> None:
    smuggler = replace(parent(filled.actor), organisations=(f"{OTHER_SCHOOL},{filled.bureau}",))
    with pytest.raises(ValueError, match="comma"):
        await count(database, smuggler, "organisation")
    with pytest.raises(DBAPIError, match="id_is_identifier"):
        async with database.transaction(filled.actor) as session:
            row = {**rows_for(filled.actor)["organisation"], "id": f"x,{filled.bureau}"}
            await session.execute(insert(TABLES["organisation"]), [row])


async def test_the_context_ends_with_its_transaction(database: Database, filled: Filled) -> None:
    async with database.engine.connect() as connection:  # one connection of the pool, twice
        async with connection.begin():
            await connection.execute(text("SELECT set_config('app.bureau', :b, true)"), {"b": filled.bureau})
            assert (await connection.execute(text("SELECT ctx_bureau()"))).scalar_one() == filled.bureau
        async with connection.begin():
            assert (await connection.execute(text("SELECT ctx_bureau()"))).scalar_one() is None
