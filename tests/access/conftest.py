"""One stage for all: two bureaus with the same objects, made once."""

from collections.abc import AsyncIterator, Iterator

import pytest
from fastapi import FastAPI

from app.cache import Cache
from app.database import Database
from app.documents.intake import Intake
from app.jobs.processes import Processes
from app.objects import Objects
from app.settings import Settings
from app.vault import Vault
from tests.access.asking import Asking, Undone
from tests.access.forms import receive_forms
from tests.access.stage import Stage


@pytest.fixture(scope="session")
async def stages(
    settings: Settings, database: Database, worker_database: Database, vault: Vault, bureau_codes: Iterator[str]
) -> AsyncIterator[tuple[Stage, Stage]]:
    """(here, elsewhere)."""
    cache, processes = Cache(settings.redis_url), Processes(1)
    intake = Intake(Objects.of(settings), settings.document_days)
    try:
        made = [
            await Stage.make(database, worker_database, vault, cache, processes, intake, next(bureau_codes))
            for _ in range(2)
        ]
        for stage in made:
            stage.objects |= await receive_forms(stage.county, stage.vault)
        yield made[0], made[1]
    finally:
        processes.close()
        await cache.close()


@pytest.fixture(scope="session")
async def asking(service: FastAPI, stages: tuple[Stage, Stage]) -> AsyncIterator[Asking]:
    async with Asking.of(service, *stages) as asking:
        yield asking


@pytest.fixture
def undone(service: FastAPI, asking: Asking) -> Iterator[Asking]:
    """Whatever is asked is rolled back."""
    kept = service.state.database
    service.state.database = Undone(kept.engine)
    yield asking
    service.state.database = kept
