from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import pytest

from app.cache import Cache
from app.database import Database
from app.jobs.processes import Processes
from app.settings import Settings
from app.vault import Vault
from tests.county import County
from tests.rounds.life import Life


@pytest.fixture(scope="session")
def processes() -> Iterator[Processes]:
    pool = Processes(1)
    yield pool
    pool.close()


@pytest.fixture(scope="session")
async def cache(settings: Settings) -> AsyncIterator[Cache]:
    cache = Cache(settings.redis_url)
    yield cache
    await cache.close()


@pytest.fixture
def life(county: County, vault: Vault, worker_database: Database, cache: Cache, processes: Processes) -> Life:
    return Life(county, vault, worker_database, cache, processes, UUID(int=0), [])
