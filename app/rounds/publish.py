"""From the approved result to the public list, its end, and what is annulled. Nothing is shown before `propose`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.allocation.result import read_placements
from app.database import database_now
from app.errors import ServiceError
from app.rounds import store
from app.rounds.annulment import annul, propose_annulment
from app.rounds.approval import approve, propose_approval, verified_run
from app.rounds.deadlines import answer_deadline, objection_deadline, refuse_before
from app.rounds.explanation_job import ask_to_explain
from app.rounds.lifecycle import ObjectionPhase, RoundEvent, Simple
from app.rounds.models import AllocationRun, Bundle, BundleApplicant, BundleFile, DepartedPseudonym, RunFile
from app.rounds.moves import held_round, move_round, move_run, require
from app.rounds.objections import refuse_while_open
from app.rounds.rows import RoundRow, row_of

__all__ = [
    "Placed",
    "ProposedList",
    "annul",
    "approve",
    "conclude",
    "end_answers",
    "finalise",
    "propose",
    "propose_annulment",
    "propose_approval",
]


@dataclass(frozen=True)
class Placed:
    """A child's place in the list: the last three are None for a child without one. `rank` is 1-based."""

    application: UUID
    pseudonym: str
    child: UUID
    guardians: tuple[UUID, ...]
    residence_community: str
    programme: str | None
    rank: int | None
    seat: str | None


@dataclass(frozen=True)
class ProposedList:
    """A result that has just become public, as it was frozen and solved."""

    round: UUID
    bundle: UUID
    run: UUID
    pass_number: int
    placements: list[Placed]


async def propose(session: AsyncSession, actor: Actor, round_id: UUID) -> ProposedList:
    """Show the approved result to everyone, in one step, for objection; five working days at least.

    Raises `round.no_run`, `round.holidays_missing`; the database refuses a result that two persons did not approve.
    """
    actor = authorize(actor, "round.propose_list", Target(actor.bureau))
    row = await held_round(session, actor.bureau, round_id)
    require(actor, row, RoundEvent.PROPOSE)
    bundle, run = await verified_run(session, row)
    await move_run(session, actor, run, Simple.PUBLISH)
    await _show(session, bundle, run)
    await ask_to_explain(session, actor, bundle, run)
    row.objections_until = await objection_deadline(session, row)
    await move_round(session, actor, row, RoundEvent.PROPOSE)
    return ProposedList(row.id, bundle.id, run.id, bundle.pass_number, await _placements(session, bundle, run))


async def finalise(
    session: AsyncSession, actor: Actor, round_id: UUID, answers_until: datetime | None = None
) -> RoundRow:
    """Make the list final; families then answer, until the end of the fifth working day unless a time is given.

    Raises `round.too_early`, `round.objections_open`, `round.answers_not_ahead`.
    """
    actor = authorize(actor, "round.finalise", Target(actor.bureau))
    row = await held_round(session, actor.bureau, round_id)
    require(actor, row, RoundEvent.FINALISE)
    await refuse_before(session, row.objections_until, "objections_until")
    await refuse_while_open(session, row, ObjectionPhase.PROPOSAL)
    if answers_until is not None and answers_until <= await database_now(session):
        raise ServiceError("round.answers_not_ahead", "answers_until")
    row.answers_until = answers_until or await answer_deadline(session, row)
    await move_round(session, actor, row, RoundEvent.FINALISE)
    return row_of(row)


async def end_answers(session: AsyncSession, actor: Actor, round_id: UUID) -> RoundRow:
    """End the time for families' answers; raises `round.too_early`."""
    actor = authorize(actor, "round.end_answers", Target(actor.bureau))
    row = await held_round(session, actor.bureau, round_id)
    require(actor, row, RoundEvent.END_ANSWERS)
    await refuse_before(session, row.answers_until, "answers_until")
    await move_round(session, actor, row, RoundEvent.END_ANSWERS)
    return row_of(row)


async def conclude(session: AsyncSession, actor: Actor, round_id: UUID) -> RoundRow:
    """End the round. Offers that wait for a family's answer stay open. Raises `round.objections_open`."""
    actor = authorize(actor, "round.conclude", Target(actor.bureau))
    row = await held_round(session, actor.bureau, round_id)
    require(actor, row, RoundEvent.CONCLUDE)
    await refuse_while_open(session, row, ObjectionPhase.PROPOSAL)
    await move_round(session, actor, row, RoundEvent.CONCLUDE)
    return row_of(row)


async def _show(session: AsyncSession, bundle: Bundle, run: AllocationRun) -> None:
    bundle.published = run.published = True
    await session.flush()
    tables: tuple[tuple[type[SQLModel], str, UUID], ...] = (
        (BundleFile, "bundle", bundle.id),
        (BundleApplicant, "bundle", bundle.id),
        (DepartedPseudonym, "bundle", bundle.id),
        (RunFile, "run", run.id),
    )
    for model, column, id_ in tables:
        table = model.__table__  # type: ignore[attr-defined]
        await session.execute(
            update(model).where(table.c.bureau == bundle.bureau, table.c[column] == id_).values(published=True)
        )


async def _placements(session: AsyncSession, bundle: Bundle, run: AllocationRun) -> list[Placed]:
    people = await store.bundled_in(session, bundle.bureau, bundle.id)
    files = await store.files_of_run(session, run.bureau, run.id)
    return [
        Placed(
            people[row.applicant].application,
            row.applicant,
            people[row.applicant].child,
            people[row.applicant].guardians,
            people[row.applicant].residence_community,
            row.programme or None,
            row.rank,
            row.seat or None,
        )
        for row in read_placements(files["placements.csv"])
    ]
