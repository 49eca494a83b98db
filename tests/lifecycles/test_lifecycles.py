"""Whatever people do in whatever order, and whenever a worker dies: nobody is lost, nobody has two places, and what is
published is what is kept (hypothesis' stateful testing over the lives of round, application, offer and run)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from app.cache import Cache
from app.database import Database
from app.jobs.processes import Processes
from app.vault import Vault
from tests.county import County
from tests.lifecycles.entries import ACTS as ACTS_ON_AN_ENTRY
from tests.lifecycles.entries import Entries
from tests.lifecycles.entry import HOMES, TWINS, Entry, Main, Private, Within
from tests.lifecycles.machine import ACTS, Lifecycles
from tests.lifecycles.story import Story
from tests.lifecycles.told import Told
from tests.lifecycles.workers import Workers
from tests.offers.private_schools import found_private_school
from tests.world import World

FIRST, ATTEMPTS = 3, 3
Begin = Callable[[tuple[int, ...]], Awaitable[Story]]


@pytest.fixture
def told(
    database: Database,
    worker_database: Database,
    vault: Vault,
    cache: Cache,
    bureau_codes: Iterator[str],
    workers: Workers,
) -> Begin:
    """A story in a county of its own, not yet begun."""
    processes = Processes(1)

    async def make(seats: tuple[int, ...]) -> Story:
        county = await County.make(await World.make(database, vault, next(bureau_codes)))
        return Story(county, vault, worker_database, cache, processes, UUID(int=0), [], workers, seats)

    return make


async def run(machine: type[Told], examples: int, steps: int, acts: set[str]) -> None:
    """Let hypothesis choose; an act that was never done has shown nothing. Tickets differ from run to run, and whether
    twins are parted with them: what chance has left out is tried again."""
    machine.loop = asyncio.get_running_loop()
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    missing = acts
    for attempt in range(ATTEMPTS):
        if missing:
            await asyncio.to_thread(
                run_state_machine_as_test,
                seed(FIRST + attempt)(machine),
                settings=chosen,
            )
            missing = {name for name in acts if not machine.done[name]}
    print(machine.done, machine.refused)
    assert not missing


@pytest.mark.xdist_group("lifecycles of a round")
async def test_nobody_is_lost_whatever_people_do_and_whenever_a_worker_dies(told: Begin) -> None:
    async def make(seats: tuple[int, ...]) -> Story:
        story = await told(seats)
        await story.begin()
        return story

    Lifecycles.make = staticmethod(make)
    await run(Lifecycles, 7, 40, ACTS)


@pytest.mark.xdist_group("lifecycles of an entry")
async def test_nobody_is_lost_between_the_rounds_of_an_entry(told: Begin) -> None:
    async def make(seats: tuple[int, ...]) -> Entry:
        story = await told(seats)
        county = story.county
        await county.set_round(status="concluded", year=2025)  # the county's own is none of this entry
        await found_private_school(story)
        await county.world.hire("office-m1", "m1", "school_office")
        await county.world.found("t1", "town")
        clerk = await county.world.hire("clerk-t1", "t1", "town")
        parents = [await county.parent(f"entry-{number}") for number in range(len(HOMES))]
        parents[TWINS[1]] = parents[TWINS[0]]
        rounds: dict[str, Story] = {}
        for name, kind in (("private", Private), ("main", Main), ("within", Within)):
            fields = {**vars(story), "homes": HOMES, "parents": parents, "applications": {}, "said": {}}
            rounds[name] = kind(**fields)
        opens_at = await story.now() + timedelta(hours=1)
        for name in ("private", "main"):  # registered in one window
            await rounds[name].announce(opens_at=opens_at, closes_at=opens_at + timedelta(hours=1))
        for name in ("private", "main"):
            await rounds[name].opens()
        await rounds["within"].begin()
        return Entry(rounds, clerk)

    Entries.make = staticmethod(make)
    await run(Entries, 3, 25, ACTS_ON_AN_ENTRY)
