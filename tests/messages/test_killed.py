"""A worker killed, or stopped past its lease and woken, between sending a message and marking it sent (F-05)."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlmodel import col, select

from app.cache import Cache
from app.errors import ServiceError
from app.gateways.sms import SmsGateway
from app.jobs import service
from app.jobs.models import Job
from app.jobs.processes import Processes
from app.jobs.work import Work
from app.messages.deliver import Courier
from app.messages.lifecycle import MessageEvent
from app.messages.queries import undelivered
from app.settings import Settings
from tests.messages.parlour import Parlour, gateway_settings, new_object, notice
from tests.messages.provider import Fault, Provider

SCRIPT = "from tests.messages.script import main; main()"
Start = Callable[[], Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def start(settings: Settings, sms: Provider) -> AsyncIterator[Start]:
    """Starts a worker and waits until it says that it works; what still runs afterwards is killed."""
    started: list[asyncio.subprocess.Process] = []

    async def one() -> asyncio.subprocess.Process:
        more = {"TEST_WORKER_URL": settings.worker_database_url, "TEST_SMS_PORT": str(sms.port)}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", SCRIPT),
            cwd=Path(__file__).parents[2],
            env={**os.environ, **more},
            stderr=asyncio.subprocess.PIPE,
        )
        started.append(process)
        assert process.stderr is not None
        assert b"worker_started" in await asyncio.wait_for(process.stderr.readline(), 30)
        return process

    yield one
    for process in started:
        if process.returncode is None:
            process.kill()
            await asyncio.wait_for(process.wait(), 5)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_it_is_sent_once_to_the_family_though_twice_to_the_provider(
    parlour: Parlour, sms: Provider, start: Start, how: signal.Signals
) -> None:
    parent, about = await parlour.parent("断"), new_object()
    await parlour.post([notice(parent, about)])
    sms.fault, sms.faults_left = Fault.TAKE_AND_HANG, 1
    worker = await start()
    await asyncio.wait_for(sms.taken.wait(), 20)
    os.kill(worker.pid, how)
    assert len(sms.sent) == 1 and await parlour.statuses(about) == ["posted"]
    async with parlour.working(sms):
        await parlour.reaches(about, "delivered", 20)
        if how is signal.SIGSTOP:
            os.kill(worker.pid, signal.SIGCONT)
            sms.closing.set()
            await asyncio.sleep(1)
        await parlour.idle()
    assert len(sms.sent) == 1 and sms.asked[str(await parlour.message(about))] == 2
    assert await parlour.statuses(about) == ["delivered"]
    assert len(await parlour.journal(await parlour.message(about))) == 3


async def test_a_stale_attempt_neither_sends_nor_marks(parlour: Parlour, sms: Provider) -> None:
    parent, about = await parlour.parent("旧"), new_object()
    await parlour.post([notice(parent, about)])
    message, bureau = await parlour.message(about), parlour.world.bureau
    async with parlour.workers.transaction(parlour.officer) as session:
        job = (await session.scalars(select(Job).where(col(Job.bureau) == bureau))).one()
        for _ in range(2):
            await service.claim(session, bureau, job.id, 1)
        [waiting] = await undelivered(session, bureau, [message])
    cache = Cache(parlour.settings.redis_url)
    work = Work(
        parlour.workers, job.id, job.kind, job.object, job.arguments, 1, service.requester(job),
        lambda done, total: cache.put_progress("-", done, total), Processes(1),
    )  # fmt: skip
    async with SmsGateway(gateway_settings(parlour.settings, sms)) as gateway:
        stale = Courier(work, parlour.world.vault, gateway)
        for act in (stale.carry([message]), stale._mark(waiting, MessageEvent.SEND, accepted="theirs")):
            with pytest.raises(ServiceError, match=r"jobs\.stale"):
                await act
    await cache.close()
    assert sms.requests == [] and await parlour.statuses(about) == ["posted"]
