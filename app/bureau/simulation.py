"""Simulations of a round's frozen bundle: asked for with a reason, reckoned by a worker, kept apart from all runs."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.allocation.bundle import parse_bundle
from app.allocation.simulation_scenario import render_scenario, scenario_of
from app.allocation.simulation_statistics import Tally
from app.allocation.text import Refused
from app.bureau import queries
from app.bureau.models import Simulation, SimulationChances
from app.bureau.simulation_replicates import Inputs, checked, chunks, replicated
from app.bureau.simulation_results import chances_csv, document
from app.clock import uuid7
from app.errors import ServiceError
from app.jobs import service as jobs
from app.jobs.work import Work
from app.journal import service as journal
from app.rounds import queries as rounds
from app.rounds import store
from app.schools.queries import geography

SIMULATE = "simulate"
BANDS = (1_000, 3_000, 5_000, 10_000)
SEAL = text("SELECT set_config('app.simulation', 'on', true)")
READ_ONLY = text("SET TRANSACTION READ ONLY")


async def request_simulation(
    session: AsyncSession,
    actor: Actor,
    round_id: UUID,
    scenario: Mapping[str, Any] | None,
    draws: int,
    seed: int,
    reason: str,
) -> Simulation:
    """Ask for it; answers the row, without results. Raises `simulation.no_bundle`, `simulation.refused`."""
    actor = authorize(actor, "simulation.request", Target(actor.bureau))
    await rounds.round_by_id(session, actor.bureau, round_id)
    bundle = await queries.last_bundle(session, actor.bureau, round_id)
    if bundle is None:
        raise ServiceError("simulation.no_bundle", "round")
    written = ""
    if scenario is not None:
        files = await store.files_of_bundle(session, actor.bureau, bundle)
        written = _fitting(files, scenario)
    id_ = uuid7()
    job = await jobs.enqueue(session, actor, SIMULATE, f"simulation:{id_}", {"simulation": str(id_)})
    values = {
        "bureau": actor.bureau,
        "id": id_,
        "round": round_id,
        "bundle": bundle,
        "job": job.id,
        "scenario": written,
        "seed": seed,
        "draws": draws,
        "reason": reason,
        "requested_by": actor.person,
    }
    row = (await session.scalars(insert(Simulation).values(values).returning(Simulation))).one()
    await journal.record(session, actor, "simulation", "request", f"simulation:{id_}")
    return row


async def simulations_of(session: AsyncSession, actor: Actor, round_id: UUID) -> list[Simulation]:
    """The simulations of a round that the actor may see, newest first."""
    authorize(actor, "simulation.read", Target(actor.bureau))
    await rounds.round_by_id(session, actor.bureau, round_id)
    rows = await session.scalars(
        select(Simulation)
        .where(col(Simulation.bureau) == actor.bureau, col(Simulation.round) == round_id)
        .order_by(col(Simulation.id).desc())
    )
    return list(rows)


async def simulation_by_id(session: AsyncSession, actor: Actor, id_: UUID) -> Simulation:
    """One with what it found; before the result is published for allocation officers and approver alone."""
    authorize(actor, "simulation.read", Target(actor.bureau))
    row = await session.get(Simulation, (actor.bureau, id_))
    if row is None:
        raise ServiceError("access.not_found", "simulation", action="simulation.read")
    return row


async def chances_of(session: AsyncSession, actor: Actor, id_: UUID) -> bytes:
    """Each pseudonym's chances, for whoever may know the bundle; the reading is journalled."""
    actor = authorize(actor, "simulation.chances", Target(actor.bureau))
    row = await session.get(SimulationChances, (actor.bureau, id_))
    if row is None:
        raise ServiceError("access.not_found", "simulation", action="simulation.chances")
    await journal.record(session, actor, "simulation", "read_chances", f"simulation:{id_}")
    return row.content


async def simulate(work: Work) -> None:
    """The job `simulate`: replicates in chunks, shared out over the worker's processes, then one sealed write.

    It reads in a transaction that cannot write, and writes in one that can write to no table of a round.
    """
    id_ = UUID(work.arguments["simulation"])
    async with work.database.transaction(work.actor) as session:
        await session.execute(READ_ONLY)
        row = await session.get(Simulation, (work.actor.bureau, id_))
        if row is None or row.found is not None:
            return
        inputs = await _inputs(session, row)
    tally = await _replicates(work, inputs, row.draws)
    bundle = await work.in_process(parse_bundle, inputs.files)
    names = [one.applicant for one in bundle.tables.applicants], [one.programme for one in bundle.tables.programmes]
    found = document(tally, bundle.root, row.seed, inputs.scenario)
    async with work.conclude() as session:
        await keep(session, work.actor.bureau, id_, found, chances_csv(tally.chances, *names, tally.draws))


async def keep(session: AsyncSession, bureau: str, id_: UUID, found: dict[str, Any], chances: bytes) -> None:
    """Write what was found. From here on the transaction can write to no table of a round, bundle or run."""
    await session.execute(SEAL)
    where = col(Simulation.bureau) == bureau, col(Simulation.id) == id_
    await session.execute(update(Simulation).where(*where).values(found=found))
    await session.execute(insert(SimulationChances).values(bureau=bureau, simulation=id_, content=chances))


async def _replicates(work: Work, inputs: Inputs, draws: int) -> Tally:
    await work.progress(0, draws)
    tally = Tally()
    asked = [asyncio.ensure_future(work.in_process(replicated, inputs, *ends)) for ends in chunks(draws)]
    try:
        for part in asyncio.as_completed(asked):
            tally.add(await part)
            await work.progress(tally.draws, draws)
    except Refused as refusal:
        raise ServiceError("simulation.refused", "scenario", reason=refusal.reason) from None
    finally:
        for task in asked:
            task.cancel()
    return tally


async def _inputs(session: AsyncSession, row: Simulation) -> Inputs:
    """Frozen files, and where schools lie on the round's date: towns of programmes, metres from communities."""
    files = await store.files_of_bundle(session, row.bureau, row.bundle)
    round_row = await rounds.round_by_id(session, row.bureau, row.round)
    places = await geography(session, row.bureau, round_row.as_of)
    schools = {
        programme: school
        for programme, school in (await queries.programmes(session, row.bureau, row.round)).items()
        if school in places.schools
    }
    near = {
        (community, programme): places.distance_m(community, school)
        for community in places.communities
        for programme, school in schools.items()
    }
    limit = round_row.distance_limit_m
    return Inputs(
        name=str(row.id),
        files=files,
        scenario=row.scenario,
        seed=row.seed,
        towns={programme: places.schools[school].town for programme, school in schools.items()},
        near=near,
        bands=(*(end for end in BANDS if end < limit), limit),
    )


def _fitting(files: Mapping[str, bytes], scenario: Mapping[str, Any]) -> str:
    """The scenario as it is kept; raises `simulation.refused`."""
    try:
        read = scenario_of(scenario)
        checked(files, read)
    except Refused as refusal:
        raise ServiceError("simulation.refused", "scenario", reason=refusal.reason) from None
    return json.dumps(json.loads(render_scenario(read)), ensure_ascii=False)
