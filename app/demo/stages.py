"""The rounds of the year, each carried through in a process of its own; their progress comes back by a queue."""

import asyncio
import gc
from dataclasses import dataclass
from fractions import Fraction
from multiprocessing import get_context
from multiprocessing.managers import SyncManager
from queue import Queue
from typing import NamedTuple
from uuid import UUID

import uvloop

from app.cache import Cache
from app.database import Database, make_engine
from app.demo import carry, leavers, outcome
from app.demo.carry import Advance, Demonstration, Step
from app.demo.county import counties
from app.demo.entries import ENTRIES, PRIMARY, Entry
from app.demo.families import population
from app.demo.fate import Fate
from app.demo.staging import Staff
from app.jobs.processes import Processes
from app.schools.vocabulary import Stage
from app.settings import load_settings
from app.vault import Vault

POOL = 12


@dataclass(frozen=True)
class Wanted:
    """What a demonstration is asked to be: `scale` of its children, `seats` of those planned, as fractions; `ruleset`
    is that of grade 1."""

    seed: int
    scale: str
    seats: str
    ruleset: str

    def __str__(self) -> str:
        return f"seed {self.seed}, scale {self.scale}, seats {self.seats}, rules {self.ruleset}"


@dataclass(frozen=True)
class Carried:
    """A round that has reached its end: result digests by pass, cases open at closing, seconds by step."""

    entry: Entry
    round: UUID
    digests: tuple[str, ...]
    open_cases: int
    seconds: dict[str, float]


class Progressed(NamedTuple):
    """A step has begun (`total`) or gone on (`advance`)."""

    stage: str
    step: str
    total: int
    advance: int


Shown = Queue[Progressed | None]


async def carry_all(wanted: Wanted, staff: Staff, step: Step) -> list[Carried]:
    """Every entry's round at the same time; `step` shows what they do."""
    processes = Processes(len(ENTRIES))
    with get_context("spawn").Manager() as manager:
        shown = _queue(manager)
        try:
            async with asyncio.TaskGroup() as together:
                listening = together.create_task(_show(shown, step))
                rounds = [together.create_task(processes.run(carried, wanted, e, staff, shown)) for e in ENTRIES]
                done = [await one for one in rounds]
                shown.put(None)
                await listening
        finally:
            processes.close()
    return done


def _queue(manager: SyncManager) -> Shown:
    return manager.Queue()


async def _show(shown: Shown, step: Step) -> None:
    bars: dict[tuple[str, str], Advance] = {}
    while (said := await asyncio.to_thread(shown.get)) is not None:
        name = said.stage, said.step
        if name not in bars:
            bars[name] = step(f"{said.stage}: {said.step}", said.total)
        bars[name](said.advance)


def carried(wanted: Wanted, entry: Entry, staff: Staff, shown: Shown) -> Carried:
    """One entry's round from its plan to the arrivals, in this process."""
    # A step's many small objects are not cycles: looking for them as often as by default takes a tenth of the time.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)

    def step(name: str, total: int) -> Advance:
        shown.put(Progressed(entry.stage, name, total, 0))
        done = told = 0

        def advance(count: int) -> None:
            nonlocal done, told
            done += count
            # A message costs a visit to another process: a hundred a step are enough to look at.
            if done == total or (done - told) * 100 >= total:
                shown.put(Progressed(entry.stage, name, 0, done - told))
                told = done

        return advance

    return uvloop.run(_carry(wanted, entry, staff, step))


async def _carry(wanted: Wanted, entry: Entry, staff: Staff, step: Step) -> Carried:
    settings, fate = load_settings(), Fate(wanted.seed)
    engine, cache = make_engine(settings.database_url, POOL, 30.0), Cache(settings.redis_url)
    seen = counties(fate)
    children = population(fate, entry, seen, max(1, int(entry.children * Fraction(wanted.scale))))
    demo = Demonstration(
        entry=entry,
        database=Database(engine),
        vault=Vault.of(settings),
        fate=fate,
        county=seen[entry.stage],
        children=children,
        seats=Fraction(wanted.seats),
        staff=staff,
        step=step,
        ruleset=wanted.ruleset if entry is PRIMARY else entry.ruleset,
        cache=cache,
    )
    try:
        digests = await _through(demo)
    finally:
        await cache.close()
        await engine.dispose()
    return Carried(entry, demo.round, digests, demo.open_cases, demo.seconds)


async def _through(demo: Demonstration) -> tuple[str, str]:
    """All steps of one round; answers the digests of its passes."""
    await carry.plan(demo)
    await carry.sign_in_all(demo)
    await carry.apply(demo)
    await carry.close(demo)
    if demo.entry.stage is Stage.JUNIOR:
        await leavers.register(demo)
        await leavers.look_up(demo)
    demo.open_cases = await carry.check(demo)
    await carry.resolve(demo)
    await outcome.rank_and_freeze(demo)
    await outcome.enter_draw(demo)
    first = await outcome.allocate(demo, "first pass")
    await outcome.publish_list(demo, "first pass")
    await outcome.answer(demo)
    await outcome.end_answers(demo)
    later = await outcome.later_pass(demo)
    await outcome.publish_list(demo, "later pass")
    await outcome.end_answers(demo)
    await outcome.report(demo)
    if demo.entry.stage is Stage.PRESCHOOL:
        await outcome.count_kindergartens(demo)
    return first, later
