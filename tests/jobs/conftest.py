import pytest

from app.database import Database
from tests.jobs.bench import Bench
from tests.world import World


@pytest.fixture
def bench(database: Database, worker_database: Database, world: World) -> Bench:
    return Bench(database, worker_database, world.staff["allocation"])
