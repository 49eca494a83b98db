"""Claims, final writes under a token, the cap on attempts, and asking again."""

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import DBAPIError

from app.errors import ServiceError
from app.jobs import service
from app.jobs.models import Job
from app.lifecycle import TransitionRefused
from tests.jobs.bench import Bench, new_kind
from tests.world import World


async def claim(bench: Bench, job: UUID, entry: int = 1) -> Job:
    async with bench.workers.transaction(bench.officer) as session:
        return await service.claim(session, bench.officer.bureau, job, entry)


async def end(bench: Bench, job: UUID, attempt: int, failure: str | None = None) -> None:
    async with bench.workers.transaction(bench.officer) as session:
        if failure is None:
            await service.finish(session, bench.officer, job, attempt)
        else:
            await service.fail(session, bench.officer, job, attempt, failure)


async def exhaust(bench: Bench, job: UUID) -> None:
    while (await claim(bench, job)).status != "failed":
        pass


async def test_each_claim_has_a_token_of_its_own_also_at_the_same_moment(bench: Bench) -> None:
    job = await bench.ask(new_kind())
    claimed = await asyncio.gather(*(claim(bench, job) for _ in range(4)))
    assert sorted(each.attempt for each in claimed) == [1, 2, 3, 4]
    assert {each.status for each in claimed} == {"running"}


@pytest.mark.parametrize("failure", [None, "ValueError"])
async def test_the_final_write_of_an_earlier_attempt_is_refused(bench: Bench, failure: str | None) -> None:
    job = await bench.ask(new_kind())
    await claim(bench, job)
    await claim(bench, job)
    with pytest.raises(ServiceError) as refusal:
        await end(bench, job, 1, failure)
    assert refusal.value.code == "jobs.stale"
    assert (await bench.state(job)).status == "running"
    await end(bench, job, 2, failure)
    state = await bench.state(job)
    assert (state.status, state.failure) == ("failed" if failure else "done", failure)
    assert state.finished_at is not None


async def test_what_has_ended_is_not_ended_by_a_stale_worker_nor_otherwise_by_its_own(bench: Bench) -> None:
    job = await bench.ask(new_kind())
    await claim(bench, job)
    await claim(bench, job)
    await end(bench, job, 2)
    for attempt, failure in ((1, None), (1, "ValueError"), (2, "ValueError")):
        with pytest.raises(ServiceError) as refusal:
            await end(bench, job, attempt, failure)
        assert refusal.value.code == "jobs.stale"
    assert (await bench.state(job)).status == "done"


async def test_the_same_attempt_may_say_twice_that_it_is_done(bench: Bench) -> None:
    job = await bench.ask(new_kind())
    await claim(bench, job)
    await end(bench, job, 1)
    await end(bench, job, 1)
    assert await bench.actions(job) == ["test:job:enqueue", "worker:job:claim", "test:job:finish"]


async def test_a_job_that_has_ended_is_not_claimed_again(bench: Bench) -> None:
    job = await bench.ask(new_kind())
    await claim(bench, job)
    await end(bench, job, 1)
    with pytest.raises(TransitionRefused):
        await claim(bench, job)


async def test_a_duplicate_entry_of_a_running_job_takes_nothing_from_it(bench: Bench) -> None:
    job = await bench.ask(new_kind())
    await claim(bench, job, entry=1)
    for _ in range(service.ATTEMPTS + 1):
        with pytest.raises(TransitionRefused):
            await claim(bench, job, entry=2)
    assert (await claim(bench, job, entry=1)).attempt == 2


async def test_an_attempt_is_still_ours_until_another_claims(bench: Bench) -> None:
    job = await bench.ask(new_kind())
    await claim(bench, job)
    async with bench.workers.transaction(bench.officer) as session:
        await service.hold_attempt(session, bench.officer.bureau, job, 1)
    await claim(bench, job)
    with pytest.raises(ServiceError) as refusal:
        async with bench.workers.transaction(bench.officer) as session:
            await service.hold_attempt(session, bench.officer.bureau, job, 1)
    assert refusal.value.code == "jobs.stale"


async def test_the_sixth_claim_finds_the_attempts_used_up(bench: Bench) -> None:
    job = await bench.ask(new_kind())
    for attempt in range(1, service.ATTEMPTS + 1):
        assert (await claim(bench, job)).attempt == attempt
    spent = await claim(bench, job)
    assert (spent.status, spent.attempt, spent.failure) == ("failed", service.ATTEMPTS, "attempts_exhausted")
    with pytest.raises(TransitionRefused):
        await claim(bench, job)
    with pytest.raises(ServiceError):
        await end(bench, job, service.ATTEMPTS)


async def test_asking_again_gives_attempts_and_keeps_the_old_tokens_stale(bench: Bench) -> None:
    kind = new_kind()
    job = await bench.ask(kind)
    await exhaust(bench, job)
    async with bench.database.transaction(bench.officer) as session:
        await service.requeue(session, bench.officer, job)
    state = await bench.state(job)
    assert (state.status, state.failure, state.finished_at) == ("queued", None, None)
    assert await bench.entries(kind) == ["queued", "queued"]
    assert (await claim(bench, job)).attempt == service.ATTEMPTS + 1
    with pytest.raises(ServiceError) as refusal:
        await end(bench, job, 1)
    assert refusal.value.code == "jobs.stale"
    await end(bench, job, service.ATTEMPTS + 1)
    assert "test:job:requeue" in await bench.actions(job)


@pytest.mark.parametrize("status", ["queued", "running"])
async def test_only_a_failed_job_is_asked_for_again(bench: Bench, status: str) -> None:
    job = await bench.ask(new_kind())
    if status == "running":
        await claim(bench, job)
    with pytest.raises(TransitionRefused):
        async with bench.database.transaction(bench.officer) as session:
            await service.requeue(session, bench.officer, job)


@pytest.mark.parametrize("duty", ["casework", "approval", "registrar", "rules"])
async def test_asking_again_is_the_allocation_officers_act(bench: Bench, world: World, duty: str) -> None:
    job = await bench.ask(new_kind())
    await exhaust(bench, job)
    with pytest.raises(ServiceError) as refusal:
        async with bench.database.transaction(world.staff[duty]) as session:
            await service.requeue(session, world.staff[duty], job)
    assert refusal.value.code == "access.forbidden"


async def test_a_job_of_another_bureau_cannot_be_claimed(bench: Bench) -> None:
    for bureau, job in (("000000", await bench.ask(new_kind())), (bench.officer.bureau, uuid4())):
        with pytest.raises(ServiceError) as refusal:
            async with bench.workers.transaction(bench.officer) as session:
                await service.claim(session, bureau, job, 1)
        assert refusal.value.code == "access.not_found"


async def test_the_database_refuses_a_failure_without_a_reason(bench: Bench) -> None:
    job = await bench.ask(new_kind())
    await claim(bench, job)
    with pytest.raises(DBAPIError, match="failed_with_reason"):
        async with bench.workers.transaction(bench.officer) as session:
            await service.fail(session, bench.officer, job, 1, None)  # type: ignore[arg-type]
