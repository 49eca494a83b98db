"""A worker in a process of its own: `python -c "from tests.jobs.script import main; main()" KIND`, with the address
of its database in TEST_WORKER_URL and of the cache in REDIS_URL."""

import asyncio
import os
import sys

from app import logs
from app.cache import Cache
from app.jobs.work import Work
from app.jobs.worker import run_worker
from tests.jobs.bench import QUICK, leave_effect
from tests.jobs.computing import burn


async def slow(work: Work) -> None:
    """Takes `seconds`, then leaves the one effect."""
    await asyncio.sleep(work.arguments["seconds"])
    await leave_effect(work)


async def computing(work: Work) -> None:
    """Tells the number of the process in which it then computes for `seconds`."""
    await work.progress(await work.in_process(burn, 0.0), 0)
    await work.in_process(burn, work.arguments["seconds"])


def main() -> None:
    logs.configure()
    handlers = {f"{sys.argv[1]}.slow": slow, f"{sys.argv[1]}.computing": computing}
    cache = Cache(os.environ["REDIS_URL"])
    asyncio.run(run_worker(os.environ["TEST_WORKER_URL"], handlers, cache, processes=1, timing=QUICK))
