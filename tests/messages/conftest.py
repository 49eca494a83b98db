from collections.abc import AsyncIterator

import pytest

from app.database import Database
from app.settings import Settings
from tests.messages.parlour import Parlour
from tests.messages.provider import Provider, provider
from tests.world import World


@pytest.fixture
async def sms() -> AsyncIterator[Provider]:
    async with provider() as held:
        yield held


@pytest.fixture
async def parlour(
    database: Database, worker_database: Database, settings: Settings, world: World
) -> AsyncIterator[Parlour]:
    """Takes what a test leaves waiting out of the queue, so that no later test's worker sends it."""
    held = Parlour(world, worker_database, settings)
    yield held
    await held.empty_queue()
