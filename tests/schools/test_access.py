"""Who reads and who writes, by the database alone and through the service."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.accounts.service import ensure_organisations
from app.actor import Actor
from app.clock import uuid7
from app.schools.service import settle_seats
from tests.schools.register import Register

TABLES = ("town", "community", "school", "catchment", "programme", "seat_settlement")
CHANGES = {
    "town": "name = 'x'",
    "community": "town = '330424003'",
    "school": "ownership = 'private'",
    "catchment": "school = 'p2'",
    "programme": "class_size = 60",
}
INSERTS = {
    "town": "(bureau, id, name, kind, valid_from, east_m, north_m, fictitious)"
    " VALUES (:b, '1', 'x', 'town', '2020-01-01', 0, 0, true)",
    "programme": "(bureau, id, round, school, grade, classes, class_size, fictitious)"
    " VALUES (:b, 'x', :r, 'n1', 1, 1, 40, true)",
    "seat_settlement": "(bureau, id, programme, seats, class_reduction, decision)"
    " VALUES (:b, :i, 'p1-2026', 1, 0, 'HJT-1')",
}
MAY_WRITE = {
    "town": ("registrar", "rules"),
    "programme": ("registrar", "rules"),
    "seat_settlement": ("casework", "allocation"),
}


def somebody(register: Register, *organisations: str) -> Actor:
    """A person of the bureau without a duty: a parent, or a school's office."""
    return Actor(register.bureau, uuid7(), uuid7(), organisations)


class Undone(Exception):
    """Raised to leave no trace of a write that was allowed."""


async def insert(register: Register, actor: Actor, table: str) -> None:
    """Write a row and take it back."""
    async with register.world.database.transaction(actor) as session:
        values = {"b": register.bureau, "r": register.round, "i": uuid7()}
        statement = text(f"INSERT INTO {table} {INSERTS[table]}")
        await session.execute(statement, {k: v for k, v in values.items() if f":{k}" in INSERTS[table]})
        raise Undone


@pytest.mark.parametrize("table", CHANGES)
async def test_a_parent_changes_nothing_of_the_register(standing_register: Register, table: str) -> None:
    register, parent = standing_register, somebody(standing_register)
    before = await register.rows(table)
    with pytest.raises(DBAPIError, match="row-level security"):
        async with register.world.database.transaction(parent) as session:
            await session.execute(text(f"UPDATE {table} SET {CHANGES[table]}"))
    assert before and await register.rows(table) == before


@pytest.mark.parametrize("table", INSERTS)
@pytest.mark.parametrize("who", ["parent", "office", "registrar", "rules", "casework", "allocation", "approval"])
async def test_the_database_lets_write_whose_duty_it_is(standing_register: Register, table: str, who: str) -> None:
    register = standing_register
    actor = register.world.staff.get(who) or somebody(register, *(["p1"] if who == "office" else []))
    if who in MAY_WRITE[table]:
        with pytest.raises(Undone):
            await insert(register, actor, table)
        return
    with pytest.raises(DBAPIError, match="row-level security"):
        await insert(register, actor, table)


async def test_another_bureau_sees_and_touches_nothing(register: Register) -> None:
    actor = register.world.staff["casework"]
    async with register.world.database.transaction(actor) as session:
        await settle_seats(session, actor, "p1-2026", 1, 0, "HJT-2026-001")
    assert all([await register.rows(table) for table in TABLES])
    other = Actor("330999", uuid7(), uuid7(), ("330999",), ("registrar",), "registrar")
    for stranger in (other, None):
        async with register.world.database.transaction(stranger) as session:
            for table in TABLES:
                assert (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() == 0
                assert (await session.execute(text(f"UPDATE {table} SET bureau = bureau"))).rowcount == 0  # type: ignore[attr-defined]


async def test_nobody_deletes_from_the_register(standing_register: Register) -> None:
    for table in TABLES:
        with pytest.raises(DBAPIError, match="permission denied"):
            async with standing_register.world.database.transaction(
                standing_register.world.staff["registrar"]
            ) as session:
                await session.execute(text(f"DELETE FROM {table}"))


@pytest.mark.parametrize("bad", ["a,b", "a b", "", "学校", "x" * 65])
async def test_the_database_itself_refuses_an_identifier_that_could_pass_for_two(
    standing_register: Register, bad: str
) -> None:
    with pytest.raises(DBAPIError, match="id_is_identifier"):
        async with standing_register.world.database.transaction(standing_register.world.staff["registrar"]) as session:
            await session.execute(
                text("UPDATE programme SET id = :bad WHERE bureau = :b AND id = 'p1-2026'"),
                {"bad": bad, "b": standing_register.bureau},
            )


async def test_a_school_s_organisation_is_made_once_and_the_bureau_s_own_is_never_touched(register: Register) -> None:
    actor, before = register.world.staff["registrar"], await register.rows("organisation")
    made = len(await register.journal("organisation:found"))
    async with register.world.database.transaction(actor) as session:
        await ensure_organisations(session, actor, [(register.bureau, "别的名称"), ("p1", "虚构一小")])
    assert await register.rows("organisation") == before and made == 4
    assert len(await register.journal("organisation:%")) == made
