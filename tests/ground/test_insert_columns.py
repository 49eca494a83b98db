"""Rows given as columns: what is read back, what is refused, and the wall that stands before them."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import cycle, repeat
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.models import Organisation, Person
from app.actor import Actor
from app.clock import uuid7
from app.database import Database
from app.inserts import insert_columns
from app.schools.models import School
from tests.ground.rows import TABLES, everything, rows_for

ODD = ["plain", 'a "quoted" one', "back\\slash", "{brace},comma", "汉字", "NULL", ""]
STAGES = [["primary"], ["primary", "junior"]]


@pytest.fixture
async def registrar(database: Database, bureau_codes: Iterator[str]) -> Actor:
    """In a bureau of its own, with a town: others count the rows of the filled one."""
    actor = everything(next(bureau_codes), uuid7())
    rows = rows_for(actor)
    async with database.transaction(actor) as session:
        for name in ("organisation", "town"):
            await session.execute(insert(TABLES[name]), [rows[name]])
    return actor


def columns(bureau: str, names: list[str], row: Mapping[str, Any], **own: Iterable[Any]) -> dict[str, Iterable[Any]]:
    """So many rows like this one, with names and columns of their own."""
    return {**{name: repeat(value) for name, value in row.items()}, "bureau": repeat(bureau), "id": names, **own}


async def insert_schools(session: AsyncSession, registrar: Actor, names: list[str]) -> None:
    like = rows_for(registrar)
    organisations = columns(registrar.bureau, names, like["organisation"])
    await insert_columns(session, Organisation, organisations, len(names))
    schools = columns(registrar.bureau, names, like["school"], stages=cycle(STAGES), name=cycle(ODD))
    await insert_columns(session, School, schools, len(names))


async def test_what_is_given_as_columns_stands_as_rows(database: Database, registrar: Actor) -> None:
    names = [f"fict-columns-{number:03d}" for number in range(2 * len(ODD))]
    async with database.transaction(registrar) as session:
        await insert_schools(session, registrar, names)
    async with database.transaction(registrar) as session:
        rows = await session.scalars(
            select(School).where(col(School.id).like("fict-columns-%")).order_by(col(School.id))
        )
        found = [(row.id, row.name, row.stages) for row in rows]
    assert found == [(name, ODD[at % len(ODD)], STAGES[at % 2]) for at, name in enumerate(names)]


async def test_a_list_keeps_every_character(database: Database, registrar: Actor) -> None:
    row = rows_for(registrar)["person"]
    people = [uuid7(), uuid7()]
    given = {**{name: repeat(value) for name, value in row.items()}, "id": people, "schools": [ODD, []]}
    guardians = [[registrar.person, person] for person in people]
    async with database.transaction(registrar) as session:
        await insert_columns(session, Person, {**given, "guardians": guardians}, len(people))
    async with database.transaction(registrar) as session:
        rows = await session.scalars(select(Person).where(col(Person.id).in_(people)).order_by(col(Person.id)))
        found = [(row.schools, row.guardians) for row in rows]
    assert found == [(ODD, guardians[0]), ([], guardians[1])]


async def test_the_wall_stands_before_columns_too(database: Database, registrar: Actor) -> None:
    stranger = everything("999999", registrar.person)
    with pytest.raises(DBAPIError, match="row-level security"):
        async with database.transaction(stranger) as session:
            await insert_schools(session, registrar, ["fict-stranger"])


async def test_a_column_that_is_too_short_inserts_nothing(database: Database, registrar: Actor) -> None:
    organisations = columns(registrar.bureau, ["fict-short"], rows_for(registrar)["organisation"])
    with pytest.raises(ValueError, match="shorter than the rows announced"):
        async with database.transaction(registrar) as session:
            await insert_columns(session, Organisation, organisations, 2)
    async with database.transaction(registrar) as session:
        assert await session.get(Organisation, (registrar.bureau, "fict-short")) is None
