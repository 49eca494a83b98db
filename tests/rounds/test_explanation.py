"""What a family is told of its result: nothing before the list is public, then its own child's alone, in sentences."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.actor import Actor
from app.allocation.bundle import parse_bundle
from app.allocation.explanation.comparison import FEW
from app.allocation.explanation.reasons import by_programme, explain
from app.allocation.explanation.rows import read_cutoffs, read_own_rows
from app.allocation.ranking import Ranking
from app.allocation.result import read_placements
from app.cache import Cache
from app.database import Database
from app.jobs.models import Job
from app.jobs.processes import Processes
from app.jobs.work import Work
from app.rounds import explanation_job, freeze, publish, store
from app.vault import Vault
from tests.conftest import Api
from tests.county import County
from tests.rounds.builders import NO_PLACE_BUT, Family
from tests.rounds.life import REASON, Life
from tests.world import World

CHILDREN = 32


def crowd(guardian: UUID, other: UUID) -> list[Family]:
    """All of c1 with a right at s1 (12 seats), of two levels; the last has no right and wishes for s1 all the same."""
    made = []
    for number in range(CHILDREN):
        right = {**NO_PLACE_BUT, "level": 1 + number % 2, "disagree": 0, "moved_in": 20190501 + number // 8}
        made.append(
            Family(guardian if number % 3 else other, "c1", ("r-s1",), {"s1": right}, reference=b"%03d" % number)
        )
    made.append(Family(guardian, "c1", ("r-s1",), {}, {**NO_PLACE_BUT, "points": 30}, reference=b"none"))
    return made


@dataclass
class Told:
    life: Life
    parent: Actor
    run: UUID

    def path(self, number: int) -> str:
        return f"/rounds/{self.life.round}/explanations/{self.life.families[number].application}"

    def of(self, person: UUID) -> list[int]:
        return [at for at, family in enumerate(self.life.families) if family.guardian == person]


async def work_of(life: Life, run_id: UUID) -> Work:
    """The next attempt at the job that explains a run, as a worker would begin it."""
    claimed = replace(life.staff("allocation"), duties=(), organisations=())
    async with life.workers.transaction(claimed) as session:
        found = await session.execute(
            text(
                "UPDATE job SET status = 'running', attempt = attempt + 1 WHERE bureau = :bureau AND object = :object"
                " RETURNING id"
            ),
            {"bureau": claimed.bureau, "object": f"explanation:{run_id}"},
        )
        job = await session.get(Job, (claimed.bureau, found.scalar_one()))
    assert job is not None and job.kind == explanation_job.EXPLAIN
    actor = Actor(job.bureau, job.person, job.account, role="worker", source="worker", request=job.request)

    async def progress(done: int, total: int) -> None:
        await life.cache.put_progress(str(job.id), done, total)

    return Work(life.workers, job.id, job.kind, job.object, job.arguments, job.attempt, actor, progress, life.processes)


@pytest.fixture(scope="module")
async def told(
    database: Database,
    vault: Vault,
    worker_database: Database,
    cache: Cache,
    processes: Processes,
    bureau_codes: Iterator[str],
) -> Told:
    """A round whose list is public and explained; the tests of this file only read it."""
    county = await County.make(await World.make(database, vault, next(bureau_codes)))
    life = Life(county, vault, worker_database, cache, processes, UUID(int=0), [])
    parent = await county.parent("parent-1")
    life.families = crowd(parent.person, (await county.parent("parent-2")).person)
    await life.reach("drawn")
    run_id = await life.run()
    await life.approve()
    await life.do("approval", publish.propose, life.round)
    await explanation_job.explain(await work_of(life, run_id))
    return Told(life, parent, run_id)


async def read(api: Api, told: Told, number: int, who: str = "parent-1") -> tuple[int, Any]:
    headers = await api.sign_in(told.life.county.world.bureau, who)
    answer = await api.client.get(told.path(number), headers=headers)
    return answer.status_code, answer.json()


async def test_a_guardian_reads_each_comparison_of_its_own_child_with_a_sentence(api: Api, told: Told) -> None:
    refused = 0
    for number in told.of(told.parent.person):
        status, body = await read(api, told, number)
        assert status == 200 and body["is_ready"] and (body["run"], body["pass_number"]) == (1, 1)
        assert len(body["zh"]) == len(body["en"]) >= 3 and body["place"] is not None
        for listed in body["preferred"]:
            refused += 1
            assert f"虚构小学{listed['programme'].removeprefix('r-')}（普通学位）：" in listed["comparisons"][0]["zh"]
            assert listed["comparisons"][0]["seat_zh"] == "普通学位"
    assert refused > 5


async def test_what_is_told_is_what_the_family_reckons_from_its_own_rows(api: Api, told: Told) -> None:
    life, bureau = told.life, told.life.county.world.bureau
    async with life.database.transaction(told.parent) as session:
        run = (await session.execute(text("SELECT bundle FROM allocation_run WHERE id = :id"), {"id": told.run})).one()
        bundle = parse_bundle(await store.files_of_bundle(session, bureau, run.bundle))
        result = await store.files_of_run(session, bureau, told.run)
    cutoffs = by_programme(read_cutoffs(result["cutoffs.csv"], bundle.header.keys))
    placements = {row.applicant: row for row in read_placements(result["placements.csv"])}
    headers = await api.sign_in(bureau, "parent-1")
    for number in told.of(told.parent.person):
        path = told.path(number)
        (proof,) = (await api.client.get(path.replace("explanations", "proofs"), headers=headers)).json()
        row, choices = read_own_rows(proof["rows"].encode(), bundle.header.keys)
        fallback = [one.programme for one in bundle.tables.fallbacks if one.fallback == row.fallback]
        mine = explain(Ranking(bundle.header, bundle.draw), cutoffs, row, choices, fallback, placements[row.applicant])
        body = (await api.client.get(path, headers=headers)).json()
        assert [one["programme"] for one in body["preferred"]] == [one.programme for one in mine.preferred]
        for one, other in zip(body["preferred"], mine.preferred, strict=True):
            assert [compared["decided"] for compared in one["comparisons"]] == [c.decided for c in other.comparisons]
        assert body["lost_by_lot"] == mine.lost_by_lot


async def test_the_nearest_change_is_told_in_words_and_only_where_there_is_one(api: Api, told: Told) -> None:
    found = {}
    for number in told.of(told.parent.person):
        _, body = await read(api, told, number)
        own = [listed for listed in body["preferred"] if listed["is_own"]]
        found[number] = own[0]["change"] if own else None
    told_of = [change for change in found.values() if change is not None]
    assert {change["key"] for change in told_of} == {"level", "moved_in"}
    for change in told_of:
        if change["key"] == "level":
            assert change["zh"].startswith("假如您孩子在该校属于“第1层次") and change["value"] == 1
        else:
            assert change["zh"].startswith("假如您孩子的户籍迁入日期不晚于2019年") and "May 2019" in change["en"]
    # Whoever agrees less than the last holder in what comes after the level would not have got it by the level.
    assert found[CHILDREN] is None


async def test_nobody_else_reads_it(api: Api, told: Told) -> None:
    mine = told.of(told.parent.person)[0]
    for who in ("parent-2", "school-p01", "casework", "allocation", "approval", "auditor"):
        status, body = await read(api, told, mine, who)
        assert (status, body["code"]) == (404, "access.not_found")
    assert (await api.client.get(told.path(mine))).status_code == 401


async def test_the_rows_are_their_guardians_alone_in_the_database_too(told: Told) -> None:
    count = text("SELECT count(*) FROM explanation WHERE run = :run")
    for who in ("allocation", "approval", "casework", "auditor"):
        async with told.life.database.transaction(told.life.staff(who)) as session:
            assert (await session.execute(count, {"run": told.run})).scalar_one() == 0
    async with told.life.database.transaction(told.parent) as session:
        found = (await session.execute(count, {"run": told.run})).scalar_one()
        assert found == len(told.of(told.parent.person))


async def test_no_number_stands_where_fewer_than_five_hold_a_seat(api: Api, told: Told) -> None:
    for number in told.of(told.parent.person):
        _, body = await read(api, told, number)
        for listed in [*body["preferred"], body["place"]]:
            for compared in listed["comparisons"]:
                assert compared["filled"] is None or compared["filled"] >= FEW
                assert not (compared["is_band"] and compared["entries"])


async def test_before_the_list_is_public_there_is_not_even_a_row(api: Api, life: Life) -> None:
    parent = await life.county.parent("parent-1")
    life.families = crowd(parent.person, life.staff("allocation").person)
    await life.reach("approved")
    path = f"/rounds/{life.round}/explanations/{life.families[1].application}"
    headers = await api.sign_in(life.county.world.bureau, "parent-1")
    unknown = (await api.client.get(f"/rounds/{life.round}/explanations/{UUID(int=7)}", headers=headers)).json()
    before = (await api.client.get(path, headers=headers)).json()
    assert before.pop("request") != unknown.pop("request")
    assert before == unknown and before["code"] == "access.not_found"
    async with life.workers.transaction(life.staff("allocation")) as session:
        assert (await session.execute(text("SELECT count(*) FROM explanation"))).scalar_one() == 0
    await life.do("approval", publish.propose, life.round)
    pending = (await api.client.get(path, headers=headers)).json()
    assert pending["is_ready"] is False and pending["zh"] == [] and pending["place"] is None


async def test_an_annulled_run_is_explained_to_nobody_and_its_job_does_nothing(api: Api, life: Life) -> None:
    parent = await life.county.parent("parent-1")
    life.families = crowd(parent.person, life.staff("allocation").person)
    await life.reach("drawn")
    run_id = await life.run()
    await life.approve()
    await life.do("approval", publish.propose, life.round)
    act = await life.do("allocation", publish.propose_annulment, life.round, REASON)
    await life.do("approval", publish.annul, act.id, act.digest)
    await explanation_job.explain(await work_of(life, run_id))
    async with life.database.transaction(parent) as session:
        found = await session.execute(
            text("SELECT DISTINCT content FROM explanation WHERE run = :run"), {"run": run_id}
        )
        assert found.scalars().all() == [None]
    headers = await api.sign_in(life.county.world.bureau, "parent-1")
    path = f"/rounds/{life.round}/explanations/{life.families[1].application}"
    assert (await api.client.get(path, headers=headers)).status_code == 404


async def test_a_later_pass_is_explained_anew_and_whoever_left_keeps_what_it_was_told(api: Api, life: Life) -> None:
    parent = await life.county.parent("parent-1")
    life.families = crowd(parent.person, life.staff("allocation").person)
    await life.reach("answered")
    gone, stays = life.families[1].application, life.families[2].application
    await life.do("allocation", freeze.later_pass, life.round, {gone}, {})
    run_id = await life.run()
    await life.approve()
    await life.do("approval", publish.propose, life.round)
    await explanation_job.explain(await work_of(life, run_id))
    headers = await api.sign_in(life.county.world.bureau, "parent-1")
    for application, run, passed, is_ready in ((gone, 1, 1, False), (stays, 2, 2, True)):
        body = (await api.client.get(f"/rounds/{life.round}/explanations/{application}", headers=headers)).json()
        assert (body["run"], body["pass_number"], body["is_ready"]) == (run, passed, is_ready)


async def test_whom_an_earlier_pass_settled_keeps_the_explanation_of_that_pass(api: Api, life: Life) -> None:
    """In the later pass it is a row of one choice, which would be told as a first wish that came true."""
    parent = await life.county.parent("parent-1")
    life.families = crowd(parent.person, life.staff("allocation").person)
    await life.reach("drawn")
    run_id = await life.run()
    await life.approve()
    await life.do("approval", publish.propose, life.round)
    await explanation_job.explain(await work_of(life, run_id))
    headers = await api.sign_in(life.county.world.bureau, "parent-1")
    path = f"/rounds/{life.round}/explanations/"
    mine = [family.application for family in life.families if family.guardian == parent.person]
    before = {one: (await api.client.get(f"{path}{one}", headers=headers)).json() for one in mine}
    settled = next(one for one in mine if before[one]["place"]["rank"] > 1)
    first, second, waits = [one for one in mine if one != settled][:3]
    for passed, gone in ((2, first), (3, second)):
        await life.reach("answered", after="proposed")
        final = {settled: before[settled]["place"]["programme"]}
        await life.do("allocation", freeze.later_pass, life.round, {gone}, final)
        run_id = await life.run()
        await life.approve()
        await life.do("approval", publish.propose, life.round)
        await explanation_job.explain(await work_of(life, run_id))
        assert (await api.client.get(f"{path}{settled}", headers=headers)).json() == before[settled]
        body = (await api.client.get(f"{path}{waits}", headers=headers)).json()
        assert (body["run"], body["pass_number"], body["is_ready"]) == (passed, passed, True)


async def test_the_worker_writes_the_words_and_nothing_else(told: Told) -> None:
    worker = replace(told.life.staff("allocation"), duties=(), organisations=())
    with pytest.raises(Exception, match="permission denied"):
        async with told.life.workers.transaction(worker) as session:
            await session.execute(text("UPDATE explanation SET guardians = '{}' WHERE run = :run"), {"run": told.run})
    async with told.life.workers.transaction(worker) as session:
        found = await session.execute(text("SELECT content FROM explanation WHERE run = :run"), {"run": told.run})
        contents = [json.loads(content) for content in found.scalars()]
    assert len(contents) == CHILDREN + 1 and all(one["place"] for one in contents)
