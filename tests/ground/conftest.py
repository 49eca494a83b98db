"""Connections under the roles that only a duty of their own uses, and a bureau with a row in every table."""

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.actor import Actor
from app.clock import uuid7
from app.database import Database, make_engine
from app.settings import Settings
from tests.conftest import named
from tests.ground.rows import TABLES, everything, rows_for


@dataclass(frozen=True)
class Filled:
    """A bureau with one row in every table; `actor` holds every duty and is the guardian of every child."""

    bureau: str
    actor: Actor


# What no person writes, whatever duties they hold: what a job finds.
BY_WORKERS = {"overdue_alarm", "simulation_chances"}


@pytest.fixture(scope="package")
async def filled(database: Database, settings: Settings, bureau_codes: Iterator[str]) -> Filled:
    bureau = next(bureau_codes)
    actor = everything(bureau, uuid7())
    rows = rows_for(actor)
    async with database.transaction(actor) as session:
        for name in [name for name in rows if name not in BY_WORKERS]:
            await session.execute(insert(TABLES[name]), [rows[name]])
    async for workers in under_role(settings, "WORKER_DATABASE_URL"):
        async with workers.transaction(actor) as session:
            for name in sorted(BY_WORKERS):
                await session.execute(insert(TABLES[name]), [rows[name]])
    return Filled(bureau, actor)


async def seen(session: AsyncSession, table: str) -> int:
    """How many rows of a table the transaction sees."""
    return int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def under_role(settings: Settings, variable: str) -> AsyncIterator[Database]:
    url = named(os.environ[variable], settings.database_url.rpartition("/")[2])
    engine = make_engine(url, 2, 10.0)
    yield Database(engine)
    await engine.dispose()


@pytest.fixture(scope="session")
async def keys_database(settings: Settings) -> AsyncIterator[Database]:
    """As the role that wraps keys anew (KEYS_DATABASE_URL, as `./run test` gives it)."""
    async for database in under_role(settings, "KEYS_DATABASE_URL"):
        yield database


@pytest.fixture(scope="session")
async def retention_database(settings: Settings) -> AsyncIterator[Database]:
    """As the role that erases (RETENTION_DATABASE_URL)."""
    async for database in under_role(settings, "RETENTION_DATABASE_URL"):
        yield database
