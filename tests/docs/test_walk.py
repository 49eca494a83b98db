"""docs/walk.py against a real service and a real worker: what the page says works, in a bureau without any round and in
one that has some."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from app.database import Database
from app.demo.county import counties
from app.demo.entries import BUREAU
from app.demo.fate import Fate
from app.demo.staging import stage
from app.settings import Settings
from app.vault import Vault
from tests.ground.serving import free_port

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "docs" / "walk.py"
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
async def address(settings: Settings, database: Database, vault: Vault) -> AsyncIterator[str]:
    """A service and a worker as processes of their own, on the test's database with the staged county."""
    await stage(database, vault, counties(Fate(1)))
    urls = {"DATABASE_URL": settings.database_url, "WORKER_DATABASE_URL": settings.worker_database_url}
    port, processes = free_port(), []
    for arguments in (("serve", "--port", str(port)), ("worker",)):
        command = (sys.executable, "-m", "app.cli", *arguments)
        processes.append(
            await asyncio.create_subprocess_exec(
                *command, cwd=ROOT, env=os.environ | urls, stdout=DEVNULL, stderr=DEVNULL
            )
        )
    try:
        await ready(f"http://127.0.0.1:{port}/readyz")
        yield f"http://127.0.0.1:{port}"
    finally:
        for process in processes:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
        await asyncio.gather(*(process.wait() for process in processes))


async def ready(url: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), httpx.AsyncClient() as client:
        while True:
            try:
                if (await client.get(url)).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)


async def walked(*arguments: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(sys.executable, SCRIPT, *arguments, stdout=PIPE, stderr=PIPE)
    async with asyncio.timeout(PATIENCE_SECONDS):
        said, complained = await process.communicate()
    return process.returncode, said.decode(), complained.decode()


async def test_the_walk_leads_a_family_from_its_application_to_its_school_and_can_be_walked_again(address: str) -> None:
    for number in (1, 2):
        code, said, complained = await walked(address)
        assert code == 0, complained
        assert f"{BUREAU}-2026-walk-{number} is open; 7 documents" in said
        for heard in (
            "our child is eligible by the rules primary-2026",
            "verified by ourselves, and our child is leaf",
            "our child has arrived",
            "provided for: 4 of 4",
        ):
            assert heard in said


async def test_a_refusal_ends_the_walk_with_what_is_wrong_and_what_to_do(address: str) -> None:
    code, said, complained = await walked(address, "--bureau", "330000")
    assert code == 1 and said == "" and complained.startswith("POST /sessions: 4")
    assert "access.unknown_account" in complained and "remedy" in complained


def test_the_page_is_short_enough_to_be_read_at_once() -> None:
    assert len(SCRIPT.read_text(encoding="utf-8").splitlines()) < 200
