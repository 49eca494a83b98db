"""The job that reckons a simulation and writes what it found, kept apart from all runs."""

import asyncio
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.allocation.bundle import parse_bundle
from app.allocation.simulation.tally import Tally
from app.allocation.text import Refused
from app.bureau.models import Simulation, SimulationChances
from app.bureau.simulation_inputs import inputs_of
from app.bureau.simulation_replicates import Inputs, chunks, replicated
from app.bureau.simulation_results import chances_csv, document
from app.errors import ServiceError
from app.jobs.work import Work

SEAL = text("SELECT set_config('app.simulation', 'on', true)")
READ_ONLY = text("SET TRANSACTION READ ONLY")


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
        inputs = await inputs_of(session, row)
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
