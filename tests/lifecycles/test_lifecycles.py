"""Whatever people do in whatever order, and whenever a worker dies: nobody is lost, nobody has two places, and what is
published is what is kept (hypothesis' stateful testing over the lives of round, application, offer and run)."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from app.cache import Cache
from app.database import Database
from app.jobs.processes import Processes
from app.settings import Settings
from app.vault import Vault
from tests.county import County
from tests.lifecycles.machine import ACTS, Lifecycles
from tests.lifecycles.story import Story
from tests.lifecycles.workers import Workers
from tests.world import World

EXAMPLES, STEPS = 10, 40


@pytest.fixture
async def workers(settings: Settings) -> AsyncIterator[Workers]:
    workers = Workers(settings)
    yield workers
    await workers.kill()


async def test_nobody_is_lost_whatever_people_do_and_whenever_a_worker_dies(
    database: Database,
    worker_database: Database,
    vault: Vault,
    cache: Cache,
    bureau_codes: Iterator[str],
    workers: Workers,
) -> None:
    processes = Processes(1)

    async def make(seats: tuple[int, ...]) -> Story:
        world = await World.make(database, vault, next(bureau_codes))
        county = await County.make(world)
        story = Story(county, vault, worker_database, cache, processes, UUID(int=0), [], workers, seats)
        await story.begin()
        return story

    Lifecycles.make, Lifecycles.loop = staticmethod(make), asyncio.get_running_loop()
    chosen = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    await asyncio.to_thread(run_state_machine_as_test, Lifecycles, settings=chosen)
    print(Lifecycles.done, Lifecycles.refused)
    assert Lifecycles.done.keys() >= ACTS, "an act that was never done has shown nothing"
