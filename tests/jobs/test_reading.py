"""Who may follow a job."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.cache import Cache
from app.database import Database
from app.errors import ServiceError
from app.jobs import service
from app.jobs.queries import job_by_id
from app.settings import Settings
from tests.conftest import Api
from tests.jobs.bench import Bench, new_kind
from tests.world import DUTIES, World

INSIDERS = ("allocation", "approval")


async def read(api: Api, bureau: str, who: str, job: UUID) -> tuple[int, dict[str, object]]:
    answer = await api.client.get(f"/jobs/{job}", headers=await api.sign_in(bureau, who))
    return answer.status_code, answer.json()


@pytest.mark.parametrize("duty", DUTIES)
async def test_officers_and_auditors_follow_a_job(api: Api, bench: Bench, world: World, duty: str) -> None:
    job = await bench.ask(new_kind())
    status, body = await read(api, world.bureau, duty, job)
    assert status == 200 and body["id"] == str(job) and body["status"] == "queued" and body["done"] is None


@pytest.mark.parametrize("duty", DUTIES)
async def test_an_allocation_does_not_exist_for_those_outside(api: Api, bench: Bench, world: World, duty: str) -> None:
    job = await bench.ask("allocate")
    status, body = await read(api, world.bureau, duty, job)
    if duty in INSIDERS:
        assert (status, body["kind"]) == (200, "allocate")
    else:
        unknown = await read(api, world.bureau, duty, uuid4())
        assert (status, body["code"]) == (404, "access.not_found")
        assert {**body, "request": "-"} == {**unknown[1], "request": "-"}


@pytest.mark.parametrize("duty", DUTIES)
async def test_the_database_hides_an_allocation_by_itself(
    bench: Bench, world: World, database: Database, duty: str
) -> None:
    await bench.ask("allocate")
    await bench.ask(new_kind())
    async with database.transaction(world.staff[duty]) as session:
        assert await session.scalar(text("SELECT count(*) FROM job")) == (2 if duty in INSIDERS else 1)


async def test_the_application_hides_an_allocation_without_the_database_too(bench: Bench, world: World) -> None:
    job = await bench.ask("allocate")
    async with bench.database.transaction(world.staff["approval"]) as session:
        assert (await job_by_id(session, world.staff["approval"], job)).kind == "allocate"
        with pytest.raises(ServiceError) as refusal:
            await job_by_id(session, world.staff["casework"], job)
    assert refusal.value.code == "access.not_found"


async def test_a_family_may_not_follow_a_job_and_another_bureau_does_not_see_it(
    api: Api, bench: Bench, world: World, database: Database
) -> None:
    job = await bench.ask(new_kind())
    assert (await read(api, world.bureau, "parent-1", job))[0] == 403
    elsewhere = await World.make(database, world.vault, f"98{world.bureau[2:]}")
    assert (await read(api, elsewhere.bureau, "allocation", job))[0] == 404


async def test_progress_is_shown_while_the_job_runs(api: Api, bench: Bench, world: World, settings: Settings) -> None:
    job = await bench.ask(new_kind())
    async with bench.workers.transaction(bench.officer) as session:
        await service.claim(session, world.bureau, job, 1)
    cache = Cache(settings.redis_url)
    await cache.put_progress(str(job), 3, 8)
    await cache.close()
    _, body = await read(api, world.bureau, "casework", job)
    assert (body["status"], body["done"], body["total"]) == ("running", 3, 8)


async def test_an_allocation_officer_asks_for_a_failed_job_again(api: Api, bench: Bench, world: World) -> None:
    job = await bench.ask(new_kind())
    async with bench.workers.transaction(bench.officer) as session:
        claimed = await service.claim(session, world.bureau, job, 1)
        await service.fail(session, bench.officer, job, claimed.attempt, "ValueError")
    headers = await api.sign_in(world.bureau, "allocation")
    assert (await read(api, world.bureau, "casework", job))[1]["failure"] == "ValueError"
    answer = await api.client.post(f"/jobs/{job}/requeue", headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"id": str(job), "status": "queued"})
    again = await api.client.post(f"/jobs/{job}/requeue", headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "transition.refused")
