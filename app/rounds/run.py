"""Runs of the allocation: asked for with a reason, done by a worker, kept in a ledger from which nothing is deleted."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.allocation.canonical import read_object
from app.allocation.result import RESULT
from app.clock import uuid7
from app.database import database_now
from app.errors import ServiceError
from app.jobs import service as jobs
from app.jobs.work import Work
from app.journal import service as journal
from app.rounds import store
from app.rounds.deadlines import stated
from app.rounds.lifecycle import RoundEvent, RoundStatus, RunStatus, Simple
from app.rounds.models import AdmissionRound, AllocationRun, Bundle, RunFile
from app.rounds.moves import held_round, move_round, move_run, require, standing_bundle, standing_run
from app.rounds.verification import Verdict, solved, verified

ALLOCATE = "allocate"
STEPS = 2


@dataclass(frozen=True)
class Given:
    """What a run works on: the bundle's bytes, and those of the pass before where there is one."""

    bundle: dict[str, bytes]
    parent: dict[str, bytes] | None


async def request_run(session: AsyncSession, actor: Actor, round_id: UUID, reason: str) -> UUID:
    """Ask for the run of a drawn round; answers the run's id. Raises `round.run_pending`, `round.reason_missing`."""
    actor = authorize(actor, "round.run", Target(actor.bureau))
    row = await held_round(session, actor.bureau, round_id)
    require(actor, row, RoundEvent.RUN)
    bundle = await standing_bundle(session, row)
    if await standing_run(session, bundle) is not None:
        raise ServiceError("round.run_pending", "run")
    return await _enqueue(session, actor, row, bundle, reason)


async def run_again(session: AsyncSession, actor: Actor, round_id: UUID, reason: str) -> UUID:
    """Ask for another run of the same bundle, because the last one was rejected, is doubted or never ended.

    The last one becomes void and stays in the ledger with its files. Raises `round.no_run`, `round.reason_missing`.
    """
    actor = authorize(actor, "round.run", Target(actor.bureau))
    row = await held_round(session, actor.bureau, round_id)
    bundle = await standing_bundle(session, row)
    last = await standing_run(session, bundle)
    if row.status != RoundStatus.DRAWN:
        require(actor, row, RoundEvent.RUN_AGAIN)
    elif last is None:
        raise ServiceError("round.no_run", "run")
    if last is not None:
        await move_run(session, actor, last, Simple.VOID)
    run = await _enqueue(session, actor, row, bundle, reason)
    if row.status != RoundStatus.DRAWN:
        await move_round(session, actor, row, RoundEvent.RUN_AGAIN)
    return run


async def allocate(work: Work) -> None:
    """The job `allocate`: solve, verify the very bytes, and write the result with the job's end under its token."""
    run_id = UUID(work.arguments["run"])
    async with work.database.transaction(work.actor) as session:
        given = await _given(session, work.actor.bureau, run_id)
    if given is None:
        return
    await work.progress(0, STEPS)
    result = await work.in_process(solved, given.bundle)
    await work.progress(1, STEPS)
    verdict = await work.in_process(verified, given.bundle, result, given.parent)
    await work.progress(STEPS, STEPS)
    async with work.conclude() as session:
        await _keep(session, work.actor, run_id, result, verdict)


async def _enqueue(session: AsyncSession, actor: Actor, row: AdmissionRound, bundle: Bundle, reason: str) -> UUID:
    earlier = await session.scalar(
        select(func.count())
        .select_from(AllocationRun)
        .where(col(AllocationRun.bureau) == row.bureau, col(AllocationRun.round) == row.id)
    )
    run_id = uuid7()
    job = await jobs.enqueue(session, actor, ALLOCATE, f"run:{run_id}", {"run": str(run_id)})
    run = AllocationRun(
        bureau=row.bureau,
        id=run_id,
        round=row.id,
        bundle=bundle.id,
        number=(earlier or 0) + 1,
        reason=stated(reason),
        job=job.id,
        requested_by=actor.person,
        requested_at=await database_now(session),
    )
    session.add(run)
    await session.flush()
    await journal.record(session, actor, "run", "request", f"run:{run_id}", after=run.status)
    return run_id


async def _given(session: AsyncSession, bureau: str, run_id: UUID) -> Given | None:
    """None where nothing is to be done: the run has ended or is void."""
    run = await session.get(AllocationRun, (bureau, run_id))
    if run is None or run.status != RunStatus.QUEUED:
        return None
    bundle = await session.get(Bundle, (bureau, run.bundle))
    assert bundle is not None
    files = await store.files_of_bundle(session, bureau, bundle.id)
    return Given(files, await pass_before(session, bundle))


async def pass_before(session: AsyncSession, bundle: Bundle) -> dict[str, bytes] | None:
    """Input and output of the pass that this bundle follows, or None for a first pass."""
    if bundle.parent_run is None:
        return None
    run = await session.get(AllocationRun, (bundle.bureau, bundle.parent_run))
    assert run is not None
    before = await store.files_of_bundle(session, run.bureau, run.bundle)
    return before | await store.files_of_run(session, run.bureau, run.id)


async def _keep(session: AsyncSession, actor: Actor, run_id: UUID, result: dict[str, bytes], verdict: Verdict) -> None:
    run = await session.get(AllocationRun, (actor.bureau, run_id))
    assert run is not None
    row = await held_round(session, actor.bureau, run.round)
    await session.refresh(run, with_for_update=True)
    if run.status != RunStatus.QUEUED:
        return
    run.digest, run.verdict = read_object(RESULT, result[RESULT])["digest"], verdict.words
    session.add_all(RunFile(bureau=run.bureau, run=run.id, name=name, content=data) for name, data in result.items())
    await move_run(session, actor, run, Simple.SOLVE)
    await move_round(session, actor, row, RoundEvent.RUN)
    await move_run(session, actor, run, Simple.VERIFY if verdict.accepted else Simple.REJECT)
    if verdict.accepted:
        await move_round(session, actor, row, RoundEvent.VERIFY)
