"""The service refuses to run on a database that may lose or show what it holds (F-02, F-17)."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.settings import Settings
from tests.conftest import clone, named
from tests.ground.serving import serving


@pytest.fixture
async def own_database(settings: Settings) -> AsyncIterator[tuple[Settings, asyncpg.Connection]]:
    """A throw-away copy, and its owner's connection to the server's other database."""
    name = settings.database_url.rpartition("/")[2] + "_unsafe"
    await clone(name)
    owner = await asyncpg.connect(str(settings.migration_url))
    yield settings.model_copy(update={"database_url": named(settings.database_url, name), "embedded": False}), owner
    await owner.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await owner.close()


async def test_it_runs_on_a_safe_database_and_refuses_once_commits_are_not_waited_for(
    own_database: tuple[Settings, asyncpg.Connection],
) -> None:
    settings, owner = own_database
    async with serving(settings):
        pass
    name = settings.database_url.rpartition("/")[2]
    await owner.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with pytest.raises(SystemExit, match="synchronous_commit off"):
        async with serving(settings):
            pass


async def test_it_refuses_a_role_that_owns_the_tables(settings: Settings) -> None:
    with pytest.raises(SystemExit, match="DATABASE_URL owns tables or bypasses row-level security"):
        async with serving(settings, database_url=settings.migration_url):
            pass
