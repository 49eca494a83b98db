"""The worker: takes entries from the queue, runs the handlers that it was given, ends cleanly on SIGTERM."""

import asyncio
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import asyncpg
from structlog import get_logger

from app.cache import Cache
from app.database import Database, make_engine
from app.jobs.attempt import Workshop
from app.jobs.dispatch import manager_of
from app.jobs.processes import Processes
from app.jobs.queue import clear_old
from app.jobs.work import Handler
from app.logs import terse

log = get_logger()
CLEARING_SECONDS = 3600


@dataclass(frozen=True)
class Timing:
    """`heartbeat`: an entry without a sign of life for so long is taken by another worker (it is written every
    half of it). `poll`: how often the queue is read where no notice came. `retry`: the pause after an error that
    passes. `grace`: how long handlers may go on after SIGTERM before they are interrupted and handed back."""

    heartbeat: timedelta = timedelta(seconds=15)
    poll: timedelta = timedelta(seconds=5)
    retry: timedelta = timedelta(seconds=5)
    grace: timedelta = timedelta(seconds=5)


async def run_worker(
    database_url: str,
    handlers: Mapping[str, Handler],
    cache: Cache,
    *,
    concurrency: int = 4,
    processes: int = 2,
    timing: Timing = Timing(),
    stop: asyncio.Event | None = None,
) -> None:
    """Work until SIGTERM or SIGINT (or until `stop` is set, where the caller keeps the signals), then return
    within 10 s. Takes only the kinds of `handlers`, up to `concurrency` (>= 2) at once, as the worker's role.

    Raises what made the queue fail (a lost database, a listener that hears nothing): a supervisor starts it anew.
    """
    engine = make_engine(database_url, concurrency + 2, 10.0)
    shop = Workshop(Database(engine), cache, Processes(processes), handlers)
    connection = await asyncpg.connect(
        database_url, timeout=5, command_timeout=30, server_settings={"application_name": "tongjiao-queue"}
    )
    clearing = asyncio.create_task(_clear_by_the_hour(shop.database))
    log.info("worker_started", count=len(handlers))
    try:
        with _stopping(stop) as stopped:
            await _serve(connection, shop, concurrency, timing, stopped)
    finally:
        clearing.cancel()
        shop.processes.close()
        await connection.close(timeout=1)
        await engine.dispose()
        log.info("worker_ended")


async def _serve(
    connection: "asyncpg.Connection[asyncpg.Record]",
    shop: Workshop,
    concurrency: int,
    timing: Timing,
    stop: asyncio.Event,
) -> None:
    """One connection listens, takes and beats: when it is lost the worker hears nothing more, and ends."""
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _: lost.set())
    manager = manager_of(connection, shop, timing.retry)
    serving = asyncio.create_task(
        manager.run(
            dequeue_timeout=timing.poll,
            batch_size=concurrency // 2,
            max_concurrent_tasks=concurrency,
            shutdown_on_listener_failure=True,
            heartbeat_timeout=timing.heartbeat,
        )
    )
    ends = [asyncio.create_task(event.wait()) for event in (stop, lost)]
    try:
        await asyncio.wait({serving, *ends}, return_when=asyncio.FIRST_COMPLETED)
        manager.shutdown.set()
        await asyncio.wait({serving}, timeout=timing.grace.total_seconds())
        for task in list(shop.running):
            task.cancel()
        await asyncio.wait({serving}, timeout=2)
    finally:
        for end in (*ends, serving):
            end.cancel()
        await asyncio.wait({serving}, timeout=1)
    error = serving.exception() if serving.done() and not serving.cancelled() else None
    if lost.is_set():
        raise ConnectionError("the connection to the queue was lost") from error
    if error is not None:
        raise error


@contextmanager
def _stopping(stop: asyncio.Event | None) -> Iterator[asyncio.Event]:
    """An event that the signals set; a caller with an event of its own keeps the signals."""
    if stop is not None:
        yield stop
        return
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def _clear_by_the_hour(database: Database) -> None:
    while True:
        try:
            await clear_old(database)
        except Exception as error:
            log.warning("queue_not_cleared", error=terse(error))
        await asyncio.sleep(CLEARING_SECONDS)
