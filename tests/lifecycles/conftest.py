from collections.abc import AsyncIterator

import pytest

from app.cache import Cache
from app.settings import Settings


@pytest.fixture
async def cache(settings: Settings) -> AsyncIterator[Cache]:
    cache = Cache(settings.redis_url)
    yield cache
    await cache.close()
