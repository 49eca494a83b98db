"""Runs the migrations as the owner's role (MIGRATION_URL), over asyncpg, each in its transaction."""

import asyncio
import os
import pkgutil
from importlib import import_module

from alembic import context
from sqlalchemy import Connection, text
from sqlmodel import SQLModel

import app.vault
from app.database import make_engine

for found in pkgutil.walk_packages(app.__path__, "app."):
    if found.name.endswith(".models"):
        import_module(found.name)


def migrate(connection: Connection) -> None:
    # A migration must not queue the whole service behind its lock (F-11).
    connection.execute(text("SET lock_timeout = '5s'"))
    connection.execute(text("SET statement_timeout = '10min'"))
    connection.commit()
    context.configure(
        connection=connection, target_metadata=SQLModel.metadata, transaction_per_migration=True, compare_type=True
    )
    with context.begin_transaction():
        context.run_migrations()


def offline() -> None:
    """The SQL of all migrations on standard output, for review and for the linter."""
    context.configure(dialect_name="postgresql", transaction_per_migration=True, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


async def online() -> None:
    engine = make_engine(context.config.attributes.get("url") or os.environ["MIGRATION_URL"], pool_size=1)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


if context.is_offline_mode():
    offline()
else:
    asyncio.run(online())
