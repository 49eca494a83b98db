"""The demonstration as its command carries it, in a database of its own with a worker of its own."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from app.accounts.service import stranger
from app.database import Database, make_engine
from app.demo import published
from app.demo.entries import BUREAU
from app.rounds import queries
from tests.conftest import clone, named

SCALE = "0.02"
PATIENCE_SECONDS = 400


@dataclass(frozen=True)
class Carried:
    """What a demonstration said, and where its database is."""

    figures: dict[str, Any]
    printed: str
    database_url: str

    async def published(self, folder: Path, stage: str = "primary") -> list[Path]:
        """The files that anybody may fetch, one folder for each pass (bundle and result together)."""
        engine = make_engine(self.database_url, 1, 10.0)
        database, reader = Database(engine), stranger(BUREAU)
        async with database.transaction(reader) as session:
            held = {row.stage: row.id for row in await queries.rounds_after(session, reader, None, 10)}
        folders = await published.fetch(database, BUREAU, held[stage], folder)
        await engine.dispose()
        return folders


@asynccontextmanager
async def carried(name: str, *arguments: str, **variables: str) -> AsyncIterator[Carried]:
    """Run `demo` with these arguments under these variables; the database lives as long as the block."""
    database = f"tongjiao_demo_{os.getpid()}_{name}"
    await clone(database)
    urls = {key: named(os.environ[key], database) for key in ("DATABASE_URL", "WORKER_DATABASE_URL", "MIGRATION_URL")}
    environment = {**os.environ, **urls, **variables}
    worker = await _start(environment, "worker")
    try:
        demo = await _start(environment, "demo", "--scale", SCALE, "--json", "/dev/stderr", *arguments)
        async with asyncio.timeout(PATIENCE_SECONDS):
            printed, said = await demo.communicate()
        assert demo.returncode == 0, said.decode()[-2000:]
        figures = json.loads(said[said.index(b"{\n") :])
        yield Carried(figures, printed.decode(), urls["DATABASE_URL"])
    finally:
        worker.terminate()
        await worker.wait()
        owner = await asyncpg.connect(os.environ["MIGRATION_URL"])
        await owner.execute(f"DROP DATABASE {database} WITH (FORCE)")
        await owner.close()


async def _start(environment: dict[str, str], *command: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app.cli",
        *command,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE if command[0] == "demo" else asyncio.subprocess.DEVNULL,
    )
