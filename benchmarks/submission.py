"""Submissions through the verb, against as many transactions of one row each, written raw by asyncpg."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from fractions import Fraction

import asyncpg

from app.actor import Actor
from app.applications import submit
from app.cache import Cache
from app.clock import perf_counter
from app.database import Database, make_engine
from app.demo import carry
from app.demo.carry import Demonstration
from app.demo.county import counties
from app.demo.entries import PRIMARY
from app.demo.families import Child, population
from app.demo.fate import Fate
from app.demo.staging import stage
from app.settings import Settings
from app.vault import Vault

FAMILIES, AT_ONCE = 600, 8
CONTEXT = "SELECT set_config('app.bureau', $1, true), set_config('app.person', $2, true)"
ENTRY = (
    "INSERT INTO journal_entry (bureau, id, person, account, role, action, object, before, after, request)"
    " VALUES ($1, uuidv7(), $2, $3, 'family', 'bench:row:write', 'row:1', 'absent', '-', '-')"
)


async def measure(settings: Settings) -> str:
    """A table of transactions a second: the whole verb, and one row alone."""
    engine = make_engine(settings.database_url, AT_ONCE + 2, 30.0)
    demo = await prepared(Database(engine), Vault.of(settings), Cache(settings.redis_url))
    whole = await _rate([submission(demo, child) for child in demo.children])
    raw = await _raw_rate(settings, demo)
    await engine.dispose()
    return (
        f"# Submission: {FAMILIES} families, {AT_ONCE} at once\n\n| what | a second | share |\n|---|---|---|\n"
        f"| one journal entry a transaction, raw asyncpg | {raw:.0f} | 1 |\n"
        f"| the whole verb: rules, sealing, journal, receipt | {whole:.0f} | {whole / raw:.2f} |\n"
    )


async def prepared(database: Database, vault: Vault, cache: Cache, size: int = FAMILIES) -> Demonstration:
    """An open round of the demonstration's county, with so many families signed in that are about to apply."""
    fate = Fate(1)
    seen = counties(fate)
    children = population(fate, PRIMARY, seen, size)
    staff = await stage(database, vault, seen)
    county = seen[PRIMARY.stage]
    demo = Demonstration(
        PRIMARY, database, vault, fate, county, children, Fraction(1), staff, _silent, PRIMARY.ruleset, cache
    )
    await carry.plan(demo)
    await carry.sign_in_all(demo)
    return demo


def _silent(_name: str, _total: int) -> carry.Advance:
    return lambda _count: None


def submission(demo: Demonstration, child: Child) -> Callable[[], Awaitable[None]]:
    """One family's submission, to be made once."""
    parent: Actor = replace(demo.parents[child.family], source="bench")

    async def once() -> None:
        async with demo.database.transaction(parent) as session:
            await submit.submit(
                session, demo.vault, parent, demo.round, child.form, f"bench-{child.number:08d}", child.reference
            )

    return once


async def _raw_rate(settings: Settings, demo: Demonstration) -> float:
    """Transactions of one journal entry each, by asyncpg alone, under the same role and row-level security."""
    parent = next(iter(demo.parents.values()))
    pool = await asyncpg.create_pool(settings.database_url, min_size=AT_ONCE, max_size=AT_ONCE)

    async def write() -> None:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(CONTEXT, parent.bureau, str(parent.person))
            await connection.execute(ENTRY, parent.bureau, parent.person, parent.account)

    try:
        return await _rate([write] * FAMILIES)
    finally:
        await pool.close()


async def _rate(jobs: list[Callable[[], Awaitable[None]]]) -> float:
    gate = asyncio.Semaphore(AT_ONCE)

    async def through(job: Callable[[], Awaitable[None]]) -> None:
        async with gate:
            await job()

    started = perf_counter()
    await asyncio.gather(*(through(job) for job in jobs))
    return len(jobs) / (perf_counter() - started)
