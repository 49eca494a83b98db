"""Whatever a fifth of the requests and of the entries do: every question finds its end, and nothing is accepted that
the register did not plainly confirm (T-10, F-08). Ten thousand questions: `./run bench registers`."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from app.applications.register_pace import Pace
from app.applications.register_watch import ASK, Watch, ask_with, start_watch
from app.clock import now
from app.database import Database
from app.demo.fate import Fate
from app.demo.register_faults import Fault, Faults, SubjectFault
from app.settings import Settings
from tests.conftest import Api
from tests.jobs.bench import until, working
from tests.registers.hall import QUICK, Hall, numbered

FAMILIES = 100
FAR = datetime(2099, 1, 1, tzinfo=UTC)
ENDS = {
    ("registration", SubjectFault.MISMATCH): "contradicted",
    ("home", SubjectFault.MISMATCH): "contradicted",
    ("vaccination", SubjectFault.MISMATCH): "noted",
    **{(kind, SubjectFault.NOT_FOUND): "not_found" for kind in ("registration", "home", "vaccination")},
}
CATALOGUES = {
    "registration": "public_security.households",
    "home": "property.titles",
    "vaccination": "health.vaccinations",
}


def expected(hall: Hall) -> dict[tuple[UUID, str], str]:
    planned = hall.platform.faults.planned
    return {
        (application, kind): ENDS.get((kind, planned(catalogue, numbered(number)["number"])), "confirmed")  # type: ignore[arg-type]
        for number, application in hall.applications.items()
        for kind, catalogue in CATALOGUES.items()
    }


async def test_of_300_questions_with_a_fifth_of_faults_all_are_resolved_and_none_is_accepted_by_itself(
    hall: Hall,
) -> None:
    await hall.office.open_connections(8)
    await asyncio.gather(*(hall.family(number) for number in range(FAMILIES)))
    hall.platform.faults = Faults(Fate(3), requests=200, subjects=200)
    await hall.ask_until_resolved(Watch(QUICK.pace, list_length=60, batch=10, small_batch=3))
    found, right = await hall.statuses(), expected(hall)
    assert found == right and len(found) == 3 * FAMILIES
    assert set(right.values()) == {"confirmed", "contradicted", "not_found", "noted"}
    rows = await hall.office.rows("SELECT application, kind FROM evidence WHERE status = 'confirmed'")
    assert {(row.application, row.kind) for row in rows} == {
        key for key, status in right.items() if status == "confirmed" and key[1] != "vaccination"
    }
    assert await hall.office.rows("SELECT 1 FROM evidence WHERE status = 'refused'") == []
    assert set(hall.platform.faults.seen) >= {"mismatch", "not_found", "forged", "replayed", "malformed", "error"}


async def test_while_the_platform_hangs_families_submit_and_after_its_return_all_is_resolved(hall: Hall) -> None:
    hall.platform.faults.always = Fault.HUNG
    await hall.family(1)
    sweep = asyncio.create_task(hall.ask())
    await hall.platform.hanging.wait()
    await hall.family(2)
    assert not sweep.done()
    await sweep
    assert set((await hall.statuses()).values()) == {"waiting"}
    assert set((await hall.office.checks(hall.applications[2])).values()) == {"claimed"}
    hall.platform.faults.always = None
    hall.platform.closing.set()
    await hall.ask_until_resolved()
    assert set((await hall.statuses()).values()) == {"confirmed"} and len(await hall.statuses()) == 6


async def test_two_sweeps_at_once_ask_each_question_once(hall: Hall) -> None:
    for number in range(10):
        await hall.family(number)
    await asyncio.gather(hall.ask(), hall.ask())
    assert set((await hall.statuses()).values()) == {"confirmed"} and set(hall.platform.asked.values()) == {1}


async def test_a_sweep_that_dies_before_the_answer_is_kept_loses_nothing(hall: Hall) -> None:
    await hall.family(1)
    short = Watch(QUICK.pace, lease=timedelta(milliseconds=50))
    sweep = hall.sweep(short)
    await sweep._open()
    assert len(await sweep._take(FAR)) == 3
    assert await sweep._take(now()) == []
    await asyncio.sleep(0.1)
    await hall.ask(short)
    assert set((await hall.statuses()).values()) == {"confirmed"}


def test_pauses_double_with_jitter_and_stay_within_what_the_promise_allows() -> None:
    pace = Pace()
    for tries in range(40):
        whole = min(pace.first * 2**tries, pace.longest)
        drawn = {pace.after(tries) for _ in range(20)}
        assert len(drawn) > 1 and all(whole * 2 / 3 <= pause <= whole for pause in drawn)
    # The sweep's own pause and a breaker's come on top.
    assert pace.longest + Watch().idle + timedelta(seconds=20) < timedelta(minutes=15)


async def test_a_caseworker_starts_the_watch_and_a_worker_asks_until_the_freeze(
    api: Api, hall: Hall, settings: Settings, database: Database, worker_database: Database
) -> None:
    await hall.family(1)
    headers = await api.sign_in(hall.office.county.world.bureau, "casework")
    round_id = hall.office.county.round
    how = Watch(QUICK.pace, soonest=timedelta(milliseconds=50), idle=timedelta(milliseconds=50))
    answer = await api.client.post(f"/rounds/{round_id}/register-checks", headers=headers)
    assert answer.status_code == 202, answer.text
    async with working(settings, {ASK: ask_with(database, hall.office.vault, hall.gateway, how)}):

        async def resolved(count: int) -> bool:
            return list((await hall.statuses()).values()) == ["confirmed"] * count

        await until(lambda: resolved(3))
        await hall.family(2)
        await until(lambda: resolved(6))
        await hall.office.do("casework", start_watch, round_id, sealed=False)

        async def one_alone() -> bool:
            rows = await hall.office.rows(
                "SELECT id FROM job WHERE kind = :k AND status IN ('queued', 'running')", k=ASK
            )
            return len(rows) == 1

        await until(one_alone)
        await hall.office.county.set_round(status="frozen")

        async def ended() -> bool:
            return not await hall.office.rows("SELECT 1 FROM job WHERE kind = :k AND status <> 'done'", k=ASK)

        await until(ended)
    async with worker_database.transaction() as session:
        await session.execute(text("DELETE FROM queue.pgqueuer WHERE entrypoint = :kind"), {"kind": ASK})


def test_a_submission_cannot_reach_what_asks_registers() -> None:
    """By the imports of its modules: neither the client nor the sweep is within its reach."""
    reached, waiting = set[str](), ["app.applications.submit"]
    while waiting:
        name = waiting.pop()
        module = sys.modules.get(name)
        if name in reached or module is None or not name.startswith("app."):
            continue
        reached.add(name)
        waiting += [value.__name__ for value in vars(module).values() if isinstance(value, type(sys))]
        waiting += [getattr(value, "__module__", None) or "" for value in vars(module).values()]
    assert "app.applications.decide" in reached and "app.applications.evidence" in reached
    assert not {name for name in reached if "gateways.registers" in name or "register_watch" in name}
    assert Path("app/applications/submit.py").exists()


async def test_without_a_platform_nothing_is_asked_and_the_job_is_done(
    hall: Hall, settings: Settings, database: Database
) -> None:
    await hall.family(1)
    await hall.office.do("casework", start_watch, hall.office.county.round, sealed=False)
    async with working(settings, {ASK: ask_with(database, hall.office.vault, None)}):

        async def ended() -> bool:
            rows = await hall.office.rows("SELECT status FROM job WHERE kind = :k", k=ASK)
            return [row.status for row in rows] == ["done"]

        await until(ended)
    assert await hall.statuses() == {}
