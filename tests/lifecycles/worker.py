"""A worker as a process of its own, with a short lease: `python -c "from tests.lifecycles.worker import main; main()"`,
its database in TEST_WORKER_URL and the cache in REDIS_URL."""

import asyncio
import os

from app import logs
from app.cache import Cache
from app.jobs.worker import run_worker
from app.rounds.explanation_job import explain
from app.rounds.run import allocate
from tests.jobs.bench import QUICK


def main() -> None:
    logs.configure()
    handlers = {"allocate": allocate, "explain": explain}
    cache = Cache(os.environ["REDIS_URL"])
    asyncio.run(run_worker(os.environ["TEST_WORKER_URL"], handlers, cache, processes=1, timing=QUICK))
