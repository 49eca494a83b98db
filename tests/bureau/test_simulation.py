"""A simulation of a round's frozen bundle: what it finds, who sees it, and that it can write nothing else."""

from dataclasses import replace
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.actor import Actor
from app.allocation.bundle import parse_bundle
from app.allocation.canonical import canonical_file
from app.allocation.result import RESULT, render_result
from app.allocation.simulation.draws import simulated_draw
from app.allocation.solver import solve
from app.bureau import simulation, simulation_work
from app.bureau.models import Simulation
from app.bureau.simulation_inputs import inputs_of
from app.bureau.simulation_replicates import prepared, replicated
from app.errors import ServiceError
from app.jobs.models import Job
from app.jobs.work import Work
from app.offers import models as offers_models
from app.rounds import models as rounds_models
from app.rounds.verification import verified
from tests.rounds.builders import county_families
from tests.rounds.life import REASON, Life
from tests.rounds.test_freeze import bundle_files

SCENARIO: dict[str, Any] = {"seats": {"r-s1": 3}}
DRAWS = 25


@pytest.fixture
async def frozen(life: Life) -> Life:
    life.families = county_families(life.staff("allocation").person, 8)
    return await life.reach("frozen")


async def asked(life: Life, scenario: dict[str, Any] | None = None, draws: int = DRAWS) -> UUID:
    row = await life.do("allocation", simulation.request_simulation, life.round, scenario, draws, 7, REASON)
    id_: UUID = row.id
    return id_


async def work_for(life: Life, id_: UUID) -> Work:
    """The next attempt at the simulation's job, as a worker would begin it."""
    bureau = life.county.world.bureau
    async with life.workers.transaction(replace(life.staff("allocation"), duties=(), organisations=())) as session:
        found = await session.execute(
            text(
                "UPDATE job SET status = 'running', finished_at = NULL, attempt = attempt + 1"
                " WHERE bureau = :bureau AND object = :object RETURNING id"
            ),
            {"bureau": bureau, "object": f"simulation:{id_}"},
        )
        job = await session.get(Job, (bureau, found.scalar_one()))
    assert job is not None

    async def progress(made: int, total: int) -> None:
        await life.cache.put_progress(str(job.id), made, total)

    actor = Actor(bureau, job.person, job.account, role="worker", source="worker", request=job.request)
    said = job.id, job.kind, job.object, job.arguments, job.attempt
    return Work(life.workers, *said, actor, progress, life.processes)


async def done(life: Life, scenario: dict[str, Any] | None = None, draws: int = DRAWS) -> UUID:
    id_ = await asked(life, scenario, draws)
    await simulation_work.simulate(await work_for(life, id_))
    return id_


async def kept(life: Life, who: str, id_: UUID) -> dict[str, Any]:
    row = await life.do(who, simulation.simulation_by_id, id_)
    found: dict[str, Any] = row.found
    return found


def measure(found: dict[str, Any], name: str, of: str = "") -> dict[str, Any]:
    return next(entry for entry in found["measures"] if (entry["measure"], entry["of"]) == (name, of))


async def everything_of_rounds(life: Life) -> dict[str, Any]:
    """A digest of each table that a simulation must leave alone."""
    digests = {}
    for table in await sealed_tables(life):
        found = await life.sql(
            "allocation", f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t WHERE bureau = :bureau"
        )
        digests[table] = found.scalar_one()
    return digests


async def sealed_tables(life: Life) -> list[str]:
    found = await life.sql(
        "allocation", "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'not_by_simulation' ORDER BY 1"
    )
    return [row[0] for row in found]


async def test_it_finds_what_its_draws_give_and_changes_nothing_of_the_round(frozen: Life) -> None:
    before = await everything_of_rounds(frozen)
    id_ = await done(frozen, SCENARIO)
    assert await everything_of_rounds(frozen) == before and (await frozen.row()).status == "frozen"
    found = await kept(frozen, "allocation", id_)
    bundle = parse_bundle(await bundle_files(frozen))
    assert (found["draws"], found["seed"], found["root"], found["scenario"]) == (DRAWS, 7, bundle.root, SCENARIO)
    firsts = [
        sum(row.rank == 1 for row in solve(replace(bundle, draw=simulated_draw(bundle.root, 7, number))).placements)
        for number in range(DRAWS)
    ]
    base = measure(found, "first")["base"]
    assert base["mean"] == f"{sum(firsts) / DRAWS:.4f}" and base["draws"] == DRAWS
    assert measure(found, "filled", "r-s1")["scenario"]["most"] <= 3
    assert {entry["measure"] for entry in found["measures"]} >= {"placed", "filled", "town", "band", "metres"}
    assert measure(found, "band", "unknown")["base"]["most"] == 0


async def test_chances_are_kept_apart_for_insiders_and_each_reading_is_journalled(frozen: Life) -> None:
    id_ = await done(frozen)
    lines = (await frozen.do("approval", simulation.chances_of, id_)).decode().splitlines()
    bundle = parse_bundle(await bundle_files(frozen))
    assert lines[0] == "applicant,programme,times,draws"
    cells = [line.split(",") for line in lines[1:]]
    assert {row[0] for row in cells} == {row.applicant for row in bundle.tables.applicants}
    for row in bundle.tables.applicants:
        assert sum(int(times) for name, _, times, _ in cells if name == row.applicant) == DRAWS
    with pytest.raises(ServiceError, match=r"access\.forbidden"):
        await frozen.do("casework", simulation.chances_of, id_)
    entries = await frozen.sql(
        "auditor", "SELECT count(*) FROM journal_entry WHERE bureau = :bureau AND action LIKE '%read_chances%'"
    )
    assert entries.scalar_one() >= 1


async def test_until_the_result_is_published_only_insiders_see_it(frozen: Life) -> None:
    id_ = await done(frozen)
    assert (await kept(frozen, "approval", id_))["draws"] == DRAWS
    for who in ("rules", "casework", "registrar", "auditor"):
        assert await frozen.do(who, simulation.simulations_of, frozen.round) == []
        with pytest.raises(ServiceError, match=r"access\.not_found"):
            await frozen.do(who, simulation.simulation_by_id, id_)
    assert [row.id for row in await frozen.do("allocation", simulation.simulations_of, frozen.round)] == [id_]
    for who in ("rules", "approval", "auditor"):
        with pytest.raises(ServiceError, match=r"access\.forbidden"):
            await frozen.do(who, simulation.request_simulation, frozen.round, None, 1, 1, REASON)


async def test_after_publication_all_officers_and_the_auditor_see_it(frozen: Life) -> None:
    id_ = await done(frozen)
    await frozen.reach("proposed", after="frozen")
    for who in ("rules", "casework", "registrar", "auditor"):
        assert (await kept(frozen, who, id_))["draws"] == DRAWS


WRITES = {
    "UPDATE allocation_run SET status = 'published', published = false": "permission denied",
    "UPDATE allocation_run SET status = 'published'": "writes nothing but its own tables",
    "UPDATE allocation_run SET digest = 'x', verdict = 'y'": "writes nothing but its own tables",
    "INSERT INTO allocation_run SELECT * FROM allocation_run": "writes nothing but its own tables",
    "INSERT INTO run_file SELECT * FROM run_file": "writes nothing but its own tables",
    "INSERT INTO bundle SELECT * FROM bundle": "writes nothing but its own tables",
    "INSERT INTO bundle_file SELECT * FROM bundle_file": "writes nothing but its own tables",
    "UPDATE bundle SET status = 'void'": "permission denied",
    "UPDATE explanation SET content = content": "writes nothing but its own tables",
    "UPDATE admission_round SET status = 'drawn'": "writes nothing but its own tables",
    "UPDATE simulation SET draws = 2": "permission denied",
}


async def test_its_transaction_can_write_nothing_of_a_round(frozen: Life) -> None:
    before, id_ = await everything_of_rounds(frozen), await asked(frozen)
    actor = replace(frozen.staff("allocation"), duties=(), organisations=(), role="worker")
    for statement, refusal in WRITES.items():
        with pytest.raises(DBAPIError, match=refusal):
            async with frozen.workers.transaction(actor) as session:
                await simulation_work.keep(session, actor.bureau, id_, {}, b"")
                await session.execute(text(statement))
    assert await everything_of_rounds(frozen) == before


async def test_without_the_seal_the_worker_could_have_written(frozen: Life) -> None:
    """A control: what is refused above is refused by the seal."""
    actor = replace(frozen.staff("allocation"), duties=(), organisations=(), role="worker")
    async with frozen.workers.transaction(actor) as session:
        await session.execute(text("UPDATE allocation_run SET digest = 'x', verdict = 'y'"))
        await session.execute(text("INSERT INTO run_file SELECT * FROM run_file WHERE false"))


def tables_of(models: ModuleType) -> set[str]:
    """The tables whose rows a module declares itself."""
    declared = (entry for entry in vars(models).values() if getattr(entry, "__module__", "") == models.__name__)
    return {str(entry.__tablename__) for entry in declared if hasattr(entry, "__table__")}


async def test_the_seal_is_on_every_table_of_rounds_and_offers_and_what_they_are_made_from(frozen: Life) -> None:
    made_from = {
        "application",
        "preference",
        "decision",
        "programme",
        "school_class",
        "seat_settlement",
        "two_person_act",
    }
    rounds, offers = tables_of(rounds_models), tables_of(offers_models)
    assert {"admission_round", "explanation"} <= rounds and {"offer", "offer_exception", "pupil"} <= offers
    assert set(await sealed_tables(frozen)) == rounds | offers | made_from


async def test_what_it_reads_it_reads_where_nothing_can_be_written(frozen: Life) -> None:
    id_ = await asked(frozen)
    work = await work_for(frozen, id_)
    states = []

    async def look(done_: int, total: int) -> None:
        states.append((done_, total))

    await simulation_work.simulate(replace(work, progress=look))
    assert states[0] == (0, DRAWS) and states[-1] == (DRAWS, DRAWS) and len(states) == 3
    async with frozen.workers.transaction(work.actor) as session:
        await session.execute(simulation_work.READ_ONLY)
        with pytest.raises(DBAPIError, match="read-only"):
            await session.execute(text("UPDATE simulation SET found = '{}'"))


async def test_a_second_attempt_writes_nothing_twice(frozen: Life) -> None:
    id_ = await done(frozen)
    await simulation_work.simulate(await work_for(frozen, id_))
    assert (await kept(frozen, "allocation", id_))["draws"] == DRAWS


async def test_no_simulated_result_is_accepted_as_a_run(frozen: Life) -> None:
    id_ = await done(frozen)
    await frozen.reach("drawn", after="frozen")
    files = await bundle_files(frozen)
    found = await kept(frozen, "allocation", id_)
    assert not verified(files, {RESULT: canonical_file(found), "placements.csv": b"", "cutoffs.csv": b""}).accepted
    bundle = parse_bundle(files)
    for number in range(5):
        under = replace(bundle, draw=simulated_draw(bundle.root, 7, number))
        assert not verified(files, render_result(solve(under))).accepted or solve(under) == solve(bundle)
    # Its digest cannot be approved either: an approval speaks of a run in the ledger.
    ledger = await frozen.sql("allocation", "SELECT count(*) FROM allocation_run WHERE bureau = :bureau")
    assert ledger.scalar_one() == 0


UNFIT: dict[str, dict[str, Any]] = {
    "no programme": {"seats": {"nowhere": 1}},
    "no key": {"order": ["colour<"]},
    "reserve": {"reserves": [["r-s1", 1, "meal", 1_000]]},
    "unknown": {"colour": 1},
}


async def test_a_scenario_that_does_not_fit_is_refused_at_once(frozen: Life) -> None:
    for reason, scenario in UNFIT.items():
        with pytest.raises(ServiceError, match=r"simulation\.refused.*" + reason):
            await asked(frozen, scenario)
    jobs = await frozen.sql("allocation", "SELECT count(*) FROM job WHERE bureau = :bureau AND kind = 'simulate'")
    assert jobs.scalar_one() == 0


async def test_a_round_that_is_not_frozen_has_nothing_to_simulate(life: Life) -> None:
    await life.reach("closed")
    with pytest.raises(ServiceError, match=r"simulation\.no_bundle"):
        await asked(life)


async def test_a_pool_process_gives_what_this_one_gives(frozen: Life) -> None:
    id_ = await asked(frozen, SCENARIO)
    work = await work_for(frozen, id_)
    async with frozen.workers.transaction(work.actor) as session:
        row = await session.get(Simulation, (work.actor.bureau, id_))
        assert row is not None
        inputs = await inputs_of(session, row)
    there = await work.in_process(replicated, inputs, 3, 6)
    assert there == replicated(inputs, 3, 6) and there.draws == 3
    assert prepared(inputs).root == parse_bundle(inputs.files).root
