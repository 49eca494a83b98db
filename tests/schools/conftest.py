"""A fictitious register for each test that writes, one shared by those that only read, and the routes of schools."""

from collections.abc import Iterator

import pytest

from app.database import Database
from app.vault import Vault
from tests.schools.register import Register, settle_register
from tests.world import World


@pytest.fixture
async def register(world: World) -> Register:
    return await settle_register(world)


@pytest.fixture(scope="module")
async def standing_register(database: Database, vault: Vault, bureau_codes: Iterator[str]) -> Register:
    """For tests that change nothing."""
    return await settle_register(await World.make(database, vault, next(bureau_codes)))
