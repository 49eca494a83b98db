"""The tables that the migrations make are those of the models to the last CHECK: both are made in one transaction,
read from the catalogue, and compared."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from app.database import Database
from tests.ground.rows import TABLES

QUERIES = {
    "columns": """
        SELECT c.relname, a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
               || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
               || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = CAST(:schema AS regnamespace) AND c.relkind IN ('r', 'p')
    """,
    "constraints": """
        SELECT conrelid::regclass::text, conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = CAST(:schema AS regnamespace) AND contype::text IN ('c', 'f', 'p', 'u', 'x')
    """,
    "indexes": """
        SELECT tablename, replace(indexdef, ' ON ' || schemaname || '.', ' ON ') FROM pg_indexes
        WHERE schemaname = :schema
    """,
}


@pytest.fixture
async def both(owner_database: Database) -> AsyncIterator[AsyncConnection]:
    """A connection that sees the migrated tables in `public` and the models' in `models`; rolled back after."""
    async with owner_database.engine.connect() as connection:
        await connection.execute(text("CREATE SCHEMA models"))
        await connection.execute(text("SET LOCAL search_path TO models"))
        await connection.run_sync(SQLModel.metadata.create_all, checkfirst=False)
        yield connection
        await connection.rollback()


async def described(connection: AsyncConnection, what: str, schema: str) -> set[tuple[str, str]]:
    await connection.execute(text(f"SET LOCAL search_path TO {schema}"))
    found = await connection.execute(text(QUERIES[what]), {"schema": schema})
    return {(table, line.replace(f"{schema}.", "")) for table, line in found.all() if table in TABLES}


@pytest.mark.parametrize("what", QUERIES)
async def test_migrations_make_what_the_models_say(both: AsyncConnection, what: str) -> None:
    migrated, modelled = await described(both, what, "public"), await described(both, what, "models")
    assert modelled and sorted(migrated - modelled) == [] and sorted(modelled - migrated) == []
