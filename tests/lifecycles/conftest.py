from collections.abc import AsyncIterator

import pytest

from app.cache import Cache
from app.settings import Settings
from tests.lifecycles.workers import Workers


@pytest.fixture
async def cache(settings: Settings) -> AsyncIterator[Cache]:
    cache = Cache(settings.redis_url)
    yield cache
    await cache.close()


@pytest.fixture
async def workers(settings: Settings) -> AsyncIterator[Workers]:
    workers = Workers(settings)
    yield workers
    await workers.kill()
