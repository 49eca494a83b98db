"""Simulations of a round's frozen bundle: asked for with a reason, and read by those who may."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.allocation.simulation.scenario import render_scenario, scenario_of
from app.allocation.text import Refused
from app.bureau import queries
from app.bureau.models import Simulation, SimulationChances
from app.bureau.simulation_replicates import checked
from app.clock import uuid7
from app.errors import ServiceError
from app.jobs import service as jobs
from app.journal import service as journal
from app.rounds import queries as rounds
from app.rounds import store

SIMULATE = "simulate"


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


def _fitting(files: Mapping[str, bytes], scenario: Mapping[str, Any]) -> str:
    """The scenario as it is kept; raises `simulation.refused`."""
    try:
        read = scenario_of(scenario)
        checked(files, read)
    except Refused as refusal:
        raise ServiceError("simulation.refused", "scenario", reason=refusal.reason) from None
    return json.dumps(json.loads(render_scenario(read)), ensure_ascii=False)
