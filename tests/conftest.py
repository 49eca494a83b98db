"""Real PostgreSQL and Valkey (as `./run test` starts them). A database per xdist worker, cloned from one that the
migrations made; each test has a bureau of its own, which row-level security keeps apart."""

import asyncio
import hashlib
import itertools
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database import Database, make_engine
from app.main import create_app, holding
from app.settings import Settings
from app.vault import Vault
from tests.county import County
from tests.world import World

MIGRATIONS = Path(__file__).parents[1] / "migrations"
LOCK = 330424


def named(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def template_name() -> str:
    """A template for exactly these migrations."""
    sources = [path.read_bytes() for path in sorted(MIGRATIONS.rglob("*")) if path.suffix in (".py", ".sql")]
    return f"tongjiao_template_{hashlib.sha256(b''.join(sources)).hexdigest()[:12]}"


async def clone(name: str) -> None:
    """Migrate the template once for all workers, then copy it under `name`."""
    template = template_name()
    owner = os.environ["MIGRATION_URL"]
    connection = await asyncpg.connect(owner)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        if not await connection.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", template):
            await connection.execute(f"CREATE DATABASE {template}")
            await migrate(named(owner, template))
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    finally:
        await connection.close()


async def migrate(url: str, revision: str = "head") -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    await asyncio.to_thread(command.upgrade, config, revision)


@pytest.fixture(scope="session")
async def settings(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Settings]:
    name = f"tongjiao_test_{os.getpid()}"
    await clone(name)
    base = Settings()
    yield base.model_copy(
        update={
            "database_url": named(base.database_url, name),
            "worker_database_url": named(base.worker_database_url, name),
            "migration_url": named(str(base.migration_url), name),
            "objects_url": (tmp_path_factory.mktemp("objects") / "documents").as_uri(),
            "sign_in_attempts_per_minute": 1_000_000,
            "pool_size": 70,
            "pool_wait_seconds": 10.0,
        }
    )
    connection = await asyncpg.connect(os.environ["MIGRATION_URL"])
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


@pytest.fixture(scope="session")
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(settings.database_url, 20, 10.0)
    yield engine
    await engine.dispose()


@pytest.fixture(scope="session")
def database(engine: AsyncEngine) -> Database:
    """As the application's role: row-level security holds in every test."""
    return Database(engine)


@pytest.fixture(scope="session")
async def worker_database(settings: Settings) -> AsyncIterator[Database]:
    engine = make_engine(settings.worker_database_url, 5, 10.0)
    yield Database(engine)
    await engine.dispose()


@pytest.fixture(scope="session")
async def owner_database(settings: Settings) -> AsyncIterator[Database]:
    """As the owner of the tables, whom row-level security binds too."""
    engine = make_engine(str(settings.migration_url), 2, 10.0)
    yield Database(engine)
    await engine.dispose()


@pytest.fixture(scope="session")
def vault(settings: Settings) -> Vault:
    return Vault.of(settings)


@pytest.fixture(scope="session")
def bureau_codes() -> Iterator[str]:
    return (f"{code:06d}" for code in itertools.count(990_001))


@pytest.fixture
async def world(database: Database, vault: Vault, bureau_codes: Iterator[str]) -> World:
    """A bureau of this test's own, with an officer for each duty."""
    return await World.make(database, vault, next(bureau_codes))


@pytest.fixture(scope="session")
async def service(settings: Settings) -> AsyncIterator[FastAPI]:
    service = create_app(settings)
    async with holding(service):
        yield service


@pytest.fixture
async def api(service: FastAPI) -> AsyncIterator["Api"]:
    transport = ASGITransport(app=service, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://tongjiao.test/api/v1") as client:
        yield Api(client)


@dataclass
class Api:
    """The HTTP service as a caller sees it; `tokens` remembers who has signed in."""

    client: AsyncClient
    tokens: dict[tuple[str, str], str] = field(default_factory=dict)

    async def sign_in(self, bureau: str, assertion: str) -> dict[str, str]:
        """Headers of a signed-in fictitious person of the development provider."""
        if (bureau, assertion) not in self.tokens:
            answer = await self.client.post("/sessions", json={"bureau": bureau, "assertion": assertion})
            assert answer.status_code == 201, answer.text
            self.tokens[bureau, assertion] = answer.json()["token"]
        return {"Authorization": f"Bearer {self.tokens[bureau, assertion]}"}


@pytest.fixture
async def county(world: World) -> County:
    """A small fictitious county with an open round, in this test's bureau."""
    return await County.make(world)
