"""A day passes without a place: by itself an alarm rises, once, and the list of open cases says since when."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.database import Database
from app.jobs.models import Job
from app.jobs.processes import Processes
from app.jobs.work import Work
from app.offers import alarm
from app.offers.lifecycle import OfferEvent
from app.rounds import service as rounds
from app.rounds.service import Deadline
from app.rounds.watching import WATCH
from app.vault import Vault
from tests.county import County
from tests.offers.arrivals import Arrivals

CLAIM = """
    UPDATE job SET status = 'running', attempt = attempt + 1
    WHERE bureau = :bureau AND kind = :kind AND status = 'queued' AND arguments = CAST(:arguments AS jsonb) RETURNING id
"""
NIGHTLY, AT_ONCE = "{}", '{"at_once": true}'
DUE = """
    SELECT q.execute_after - j.created_at AS pause FROM job j
    JOIN queue.pgqueuer q ON convert_from(q.payload, 'utf8')::jsonb ->> 'job' = j.id::text
    WHERE j.kind = :kind AND j.status = 'queued'
"""


@pytest.fixture
async def arrivals(county: County, vault: Vault) -> Arrivals:
    made = Arrivals(county, vault)
    await made.open_round()
    return made


async def night(made: Arrivals, workers: Database, arguments: str = NIGHTLY) -> None:
    """The watch comes, as a worker does it; there is one."""
    asked = replace(made.staff("allocation"), duties=(), organisations=())
    values = {"bureau": asked.bureau, "kind": WATCH, "arguments": arguments}
    async with workers.transaction(asked) as session:
        [found] = list(await session.scalars(text(CLAIM), values))
        job = await session.get(Job, (asked.bureau, found))
    assert job is not None

    async def nothing(done: int, total: int) -> None:
        del done, total

    actor = replace(asked, role="worker", source="worker")
    given: dict[str, Any] = {"processes": Processes(1), "progress": nothing}
    await alarm.watch(
        Work(workers, job.id, job.kind, job.object, job.arguments, attempt=job.attempt, actor=actor, **given)
    )


async def alarms(made: Arrivals, application: UUID) -> int:
    """How often the case was journalled as overdue."""
    return (await made.journal(f"application:{application}")).count(("case:overdue", "waiting", "overdue"))


async def test_whoever_has_no_place_by_its_day_is_alarmed_about_once_and_listed_since_when(
    arrivals: Arrivals, worker_database: Database
) -> None:
    mine = await arrivals.arrive("parent-1")
    await night(arrivals, worker_database)
    assert await alarms(arrivals, mine) == 0
    await arrivals.verb("allocation", rounds.bring_forward, arrivals.round, Deadline.PLACE_BY)
    await night(arrivals, worker_database, AT_ONCE)
    await night(arrivals, worker_database)
    await night(arrivals, worker_database)
    assert await alarms(arrivals, mine) == 1
    [case] = await arrivals.overdue()
    assert case.overdue and case.days_over == 0
    assert case.alarmed_at is not None and case.alarmed_at >= case.place_by


async def test_a_case_that_got_its_place_in_time_raises_none_and_a_declined_one_waits_for_a_new_day(
    arrivals: Arrivals, worker_database: Database
) -> None:
    await arrivals.report("s1", (3, 1, 45, 44))
    mine = await arrivals.arrive("parent-1")
    await arrivals.place()
    await arrivals.verb("allocation", rounds.bring_forward, arrivals.round, Deadline.PLACE_BY)
    await night(arrivals, worker_database, AT_ONCE)
    assert await alarms(arrivals, mine) == 0
    await arrivals.answer("parent-1", OfferEvent.DECLINE)
    await night(arrivals, worker_database)
    assert await alarms(arrivals, mine) == 0
    await arrivals.verb("allocation", rounds.bring_forward, arrivals.round, Deadline.PLACE_BY)
    await night(arrivals, worker_database)
    assert await alarms(arrivals, mine) == 1


async def test_the_watch_asks_for_the_next_night_of_the_county(arrivals: Arrivals, worker_database: Database) -> None:
    await night(arrivals, worker_database)
    asked = replace(arrivals.staff("allocation"), duties=(), organisations=())
    async with worker_database.transaction(asked) as session:
        [row] = (await session.execute(text(DUE), {"kind": WATCH})).all()
    assert 0 < row.pause.total_seconds() <= 24 * 3600


async def test_a_pupil_that_moves_has_a_place_and_raises_none(arrivals: Arrivals, worker_database: Database) -> None:
    await arrivals.report("s1", (3, 1, 45, 44))
    await arrivals.arrive("parent-1")
    await arrivals.place()
    await arrivals.answer("parent-1", OfferEvent.ACCEPT)
    await arrivals.report_arrival("s1", ["parent-1"])
    mine = await arrivals.arrive("parent-1", "c2")
    await arrivals.verb("allocation", rounds.bring_forward, arrivals.round, Deadline.PLACE_BY)
    await night(arrivals, worker_database)
    [case] = await arrivals.overdue()
    assert case.overdue and case.has_place and await alarms(arrivals, mine) == 0
