"""The registers' part of a demonstration's round, between applying and checking, and the command that plays them."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from datetime import date

import asyncpg
import pytest

from app.applications import queries
from app.cache import Cache
from app.clock import uuid7
from app.database import Database, make_engine
from app.demo import carry, register_lookup
from app.demo.carry import Demonstration
from app.demo.register_holdings import Holdings
from app.demo.register_serving import asking
from app.gateways.answers import About, Catalogue, Question
from app.gateways.registers import RegisterGateway
from app.settings import Settings
from app.vault import Vault
from benchmarks.submission import prepared
from bootstrap.ports import free_port
from tests.conftest import clone, named
from tests.jobs.bench import until

CHILDREN = 120


@pytest.fixture
async def demo(settings: Settings) -> AsyncIterator[Demonstration]:
    """Grade 1 of the county, applied for, in a database of its own."""
    name = f"tongjiao_lookup_{os.getpid()}"
    await clone(name)
    engine = make_engine(named(settings.database_url, name), 10, 30.0)
    held = await prepared(Database(engine), Vault.of(settings), Cache(settings.redis_url), CHILDREN)
    await carry.apply(held)
    yield held
    await engine.dispose()
    owner = await asyncpg.connect(os.environ["MIGRATION_URL"])
    await owner.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await owner.close()


async def test_all_is_asked_over_a_socket_an_officer_rules_and_the_rest_is_checked_as_before(
    demo: Demonstration, settings: Settings
) -> None:
    ends = await register_lookup.look_up(demo, settings)
    assert ends["waiting"] == 0 and ends["confirmed"] > 2 * CHILDREN
    ruled = await register_lookup.rule(demo)
    assert sum(ruled.values()) == ends["contradicted"] > 0
    late = {demo.applications[child.number] for child in demo.children if child.papers != "fine"}
    await carry.check(demo)
    async with demo.database.transaction(demo.staff["casework"]) as session:
        found = await queries.checks_of(session, demo.staff["casework"].bureau, sorted(late))
    assert late and all("claimed" in checks.values() for checks in found.values())


async def test_the_command_plays_the_offices_of_the_same_county(settings: Settings) -> None:
    port = free_port()
    arguments = ("-m", "app.cli", "registers", "--port", str(port), "--scale", "0.001")
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        said = [(await process.stdout.readline()).decode() for _ in range(6)]
        assert f"TONGJIAO_REGISTERS_URL='http://127.0.0.1:{port}'" in said[1]
        holdings = Holdings.of_county(1, {"primary": 4, "junior": 3, "preschool": 3})
        number, form = next(iter(holdings.forms.items()))
        name = form.child.name.get_secret_value()
        asked = Question(uuid7(), About.PERSON, "mainland", number, name, date(2026, 5, 31))
        await until(lambda: _answers(port), 20)
        async with RegisterGateway(asking(settings, port)) as gateway:
            found = (await gateway.ask(Catalogue.HOUSEHOLDS, [asked]))[asked.id]
        assert found.record is not None and found.record["name"] == name
    finally:
        process.terminate()
        await process.wait()


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
