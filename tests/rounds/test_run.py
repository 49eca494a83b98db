"""Runs are jobs with a reason; none replaces another in silence, and a stale worker writes nothing (F-04, F-05)."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from app.errors import ServiceError
from app.lifecycle import TransitionRefused
from app.rounds import publish, queries, run, verification
from app.rounds.verification import Verdict
from app.settings import Settings
from tests.rounds.builders import alter, county_families
from tests.rounds.life import REASON, Life
from tests.rounds.test_freeze import bundle_files


@pytest.fixture
async def drawn(life: Life) -> Life:
    life.families = county_families(life.staff("allocation").person, 8)
    return await life.reach("drawn")


async def ledger(life: Life) -> list[tuple[Any, ...]]:
    rows = await life.sql(
        "allocation",
        "SELECT r.number, r.status, r.reason, count(f.name) FROM allocation_run r LEFT JOIN run_file f"
        " ON f.bureau = r.bureau AND f.run = r.id WHERE r.round = :round GROUP BY 1, 2, 3 ORDER BY 1",
        round=life.round,
    )
    return [tuple(row) for row in rows]


async def entries(life: Life, action: str) -> int:
    found = await life.sql(
        "auditor",
        "SELECT count(*) FROM journal_entry WHERE bureau = :bureau AND action LIKE :action",
        action=f"%:{action}",
    )
    count: int = found.scalar_one()
    return count


async def test_a_run_is_solved_verified_and_readable_while_it_goes_on(drawn: Life) -> None:
    run_id = await drawn.do("allocation", run.request_run, drawn.round, REASON)
    work = await drawn.claim(run_id)
    steps = []

    async def progress(done: int, total: int) -> None:
        await work.progress(done, total)
        steps.append(await drawn.cache.progress(str(work.job)))

    await run.allocate(replace(work, progress=progress))
    assert steps == [(0, 2), (1, 2), (2, 2)]
    assert (await drawn.row()).status == "verified"
    (made,) = await drawn.do("approval", queries.runs_of, drawn.round)
    assert (made.status, made.number, made.reason) == ("verified", 1, REASON)
    assert made.verdict is not None and "property" not in made.verdict and len(str(made.digest)) == 64
    for action in ("run:solve", "run:verify", "round:run", "round:verify", "job:finish"):
        assert await entries(drawn, action) == 1


async def test_a_second_run_has_its_own_reason_and_the_first_stays_with_its_files(drawn: Life) -> None:
    first = await drawn.run()
    digest = await drawn.sql("allocation", "SELECT digest FROM allocation_run WHERE id = :id", id=first)
    before = await drawn.sql("allocation", "SELECT name, content FROM run_file WHERE run = :id ORDER BY 1", id=first)
    kept = before.all()
    with pytest.raises(TransitionRefused):
        await drawn.do("allocation", run.request_run, drawn.round, REASON)
    with pytest.raises(ServiceError, match=r"round\.reason_missing"):
        await drawn.do("allocation", run.run_again, drawn.round, " ")
    second = await drawn.do("allocation", run.run_again, drawn.round, "虚构：复核重算")
    await run.allocate(await drawn.claim(second))
    assert await ledger(drawn) == [(1, "void", REASON, 3), (2, "verified", "虚构：复核重算", 3)]
    again = await drawn.sql("allocation", "SELECT name, content FROM run_file WHERE run = :id ORDER BY 1", id=first)
    assert again.all() == kept
    repeated = await drawn.sql("allocation", "SELECT digest FROM allocation_run WHERE id = :id", id=second)
    assert repeated.scalar_one() == digest.scalar_one()


async def test_a_stale_attempts_write_is_refused_and_one_effect_remains(drawn: Life) -> None:
    run_id = await drawn.do("allocation", run.request_run, drawn.round, REASON)
    stale = await drawn.claim(run_id)
    current = await drawn.claim(run_id)
    with pytest.raises(ServiceError) as refusal:
        await run.allocate(stale)
    assert refusal.value.code == "jobs.stale"
    assert (await drawn.row()).status == "drawn" and await ledger(drawn) == [(1, "queued", REASON, 0)]
    await run.allocate(current)
    await run.allocate(current)
    with pytest.raises(ServiceError, match=r"jobs\.stale"):
        async with stale.conclude():
            pass
    assert await ledger(drawn) == [(1, "verified", REASON, 3)] and await entries(drawn, "round:verify") == 1


async def test_two_workers_at_once_leave_one_result(drawn: Life) -> None:
    run_id = await drawn.do("allocation", run.request_run, drawn.round, REASON)
    first, second = await drawn.claim(run_id), await drawn.claim(run_id)
    done = await asyncio.gather(run.allocate(first), run.allocate(second), return_exceptions=True)
    assert sum(isinstance(result, ServiceError) for result in done) == 1 and done[1] is None
    assert await ledger(drawn) == [(1, "verified", REASON, 3)]


async def test_a_run_that_never_ended_is_replaced_and_its_worker_woken_late_changes_nothing(drawn: Life) -> None:
    with pytest.raises(ServiceError, match=r"round\.no_run"):
        await drawn.do("allocation", run.run_again, drawn.round, REASON)
    lost = await drawn.do("allocation", run.request_run, drawn.round, REASON)
    sleeping = await drawn.claim(lost)
    with pytest.raises(ServiceError, match=r"round\.run_pending"):
        await drawn.do("allocation", run.request_run, drawn.round, REASON)
    again = await drawn.do("allocation", run.run_again, drawn.round, "虚构：进程中断")
    await run.allocate(sleeping)
    assert await ledger(drawn) == [(1, "void", REASON, 0), (2, "queued", "虚构：进程中断", 0)]
    assert (await drawn.row()).status == "drawn"
    await run.allocate(await drawn.claim(again))
    assert (await drawn.row()).status == "verified"


async def test_a_run_made_void_while_it_was_solved_writes_no_result_and_its_job_ends(drawn: Life) -> None:
    doubted = await drawn.do("allocation", run.request_run, drawn.round, REASON)
    work = await drawn.claim(doubted)

    async def progress(done: int, total: int) -> None:
        if done == 1:
            await drawn.do("allocation", run.run_again, drawn.round, "虚构：中途重算")

    await run.allocate(replace(work, progress=progress))
    assert await ledger(drawn) == [(1, "void", REASON, 0), (2, "queued", "虚构：中途重算", 0)]
    jobs = await drawn.sql("allocation", "SELECT status FROM job WHERE id = :id", id=work.job)
    assert (await drawn.row()).status == "drawn" and jobs.scalar_one() == "done"


async def test_what_the_verifier_rejects_goes_no_further_than_run(drawn: Life, settings: Settings) -> None:
    """A draw for another root, put into the stored manifest by somebody who owns the tables."""
    change = "content = convert_to(replace(convert_from(content, 'UTF8'), '4-0-7', '4-0-8'), 'UTF8')"
    drawn_by = await bundle_files(drawn)
    run_id = await drawn.do("allocation", run.request_run, drawn.round, REASON)
    work = await drawn.claim(run_id)
    result = verification.solved(drawn_by)
    await alter(settings, "bundle_file", change, drawn.county.world.bureau, "manifest.json")
    altered = await bundle_files(drawn)
    verdict = verification.verified(altered, result)
    assert verdict.exit_code == 1 and "violated: property 1" in verdict.words and "/tmp" not in verdict.words
    async with work.conclude() as session:
        await run._keep(session, work.actor, run_id, result, verdict)
    assert (await drawn.row()).status == "run" and (await ledger(drawn))[0][1] == "rejected"
    with pytest.raises(TransitionRefused):
        await drawn.do("allocation", publish.propose_approval, drawn.round)
    await drawn.do("allocation", run.run_again, drawn.round, "虚构：核验未通过")
    assert [row[1] for row in await ledger(drawn)] == ["rejected", "queued"]


def test_a_verdict_is_accepted_by_its_exit_code_alone() -> None:
    assert Verdict(0, "").accepted and not Verdict(1, "valid").accepted and not Verdict(2, "").accepted


@pytest.mark.parametrize("who", ["casework", "rules", "auditor", "office-s1"])
async def test_the_ledger_of_runs_is_for_allocation_officers_and_the_approver(drawn: Life, who: str) -> None:
    assert isinstance(await drawn.run(), UUID)
    found = await drawn.sql(who, "SELECT count(*) FROM allocation_run")
    assert found.scalar_one() == 0
