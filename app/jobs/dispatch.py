"""Between pgqueuer and an attempt: which entries pgqueuer may write to, and nothing personal in its logs."""

import logging
from dataclasses import dataclass, field
from datetime import timedelta

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job as Entry
from pgqueuer.domain.models import TracebackRecord
from pgqueuer.domain.types import JOB_STATUS, JobId
from structlog import get_logger

from app.jobs.attempt import Verdict, Workshop, attempt
from app.jobs.queue import NAMES, job_of
from app.logs import terse

log = get_logger()


class JobFailed(Exception):
    """Tells pgqueuer to hold the entry. It writes the error's words and traceback, so this one has none of a
    handler's: it is raised where no other error is being handled."""


@dataclass
class Entries(Queries):
    """pgqueuer's statements, kept off the entries that are not this worker's (`left`).

    pgqueuer ends an entry by its id alone: a worker woken after its lease would delete the entry under which
    another works, and a crash of that one would lose the job. A cancelled task would delete its entry too.
    """

    left: set[JobId] = field(default_factory=set)

    async def log_jobs(self, job_status: list[tuple[Entry, JOB_STATUS, TracebackRecord | None]]) -> None:
        ours = [row for row in job_status if row[1] != "canceled" and row[0].id not in self.left]
        if ours:
            await super().log_jobs(ours)

    async def retry_job(self, job: Entry, delay: timedelta, traceback_record: TracebackRecord | None) -> None:
        try:
            await super().retry_job(job, delay, traceback_record)
        except Exception as error:
            # Raised on, pgqueuer would hold the entry as failed although our row is not.
            log.error("job_not_handed_back", error=terse(error))
            self.left.add(job.id)


def manager_of(connection: "asyncpg.Connection[asyncpg.Record]", shop: Workshop, retry: timedelta) -> QueueManager:
    """A queue manager that attempts the kinds of the workshop's handlers."""
    entries = Entries(
        AsyncpgDriver(connection),
        QueryBuilderEnvironment(NAMES),
        QueryQueueBuilder(NAMES),
        QuerySchedulerBuilder(NAMES),
    )
    manager = QueueManager(entries, NAMES.channel)
    pauses = {Verdict.AGAIN: timedelta(0), Verdict.LATER: retry}

    async def take(entry: Entry) -> None:
        entries.left.discard(entry.id)
        verdict = await attempt(shop, *job_of(entry.payload), entry.id)
        if verdict is Verdict.LEFT:
            entries.left.add(entry.id)
        if verdict is Verdict.FAILED:
            raise JobFailed
        if verdict in pauses:
            raise RetryRequested(pauses[verdict])

    for kind in shop.handlers:
        manager.entrypoint(kind, accepts_context=False, on_failure="hold")(take)
    logging.getLogger("pgqueuer").addFilter(in_our_words)
    return manager


def in_our_words(record: logging.LogRecord) -> bool:
    """Log what pgqueuer says by place and type of error; its own words may repeat a row."""
    error = record.exc_info[1] if record.exc_info else None
    if not isinstance(error, JobFailed):
        log.warning("queue", where=record.funcName, error=terse(error) if error else "-")
    return False
