"""The one way in which a round, a bundle and a run change their status: held, asked of the machine, journalled."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import ALLOCATION, APPROVAL
from app.actor import Actor
from app.errors import ServiceError
from app.journal import service as journal
from app.lifecycle import TransitionRefused
from app.rounds.lifecycle import BUNDLE, ROUND, RUN, BundleStatus, RoundEvent, RoundStatus, RunStatus, Simple, shown
from app.rounds.models import AdmissionRound, AllocationRun, Bundle

WORKER = "worker"


async def held_round(session: AsyncSession, bureau: str, round_id: UUID, *, shared: bool = False) -> AdmissionRound:
    """The round, held FOR UPDATE, so that it waits for every submission in progress; raises `access.not_found`.

    `shared`: FOR SHARE, for one of those that a move of the round has to wait for.
    """
    row = await session.scalar(
        select(AdmissionRound)
        .where(col(AdmissionRound.bureau) == bureau, col(AdmissionRound.id) == round_id)
        .with_for_update(read=shared)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise ServiceError("access.not_found", "round", action="round")
    return row


def is_insider(actor: Actor) -> bool:
    """An allocation officer, the approver, or the worker: nobody else knows of a result before it is proposed."""
    return bool({ALLOCATION, APPROVAL} & set(actor.duties)) or actor.source == WORKER


def require(actor: Actor, row: AdmissionRound, event: RoundEvent) -> RoundStatus:
    """The state after the event. Raises TransitionRefused, which names the state as this actor may know it."""
    status = RoundStatus(row.status)
    try:
        return ROUND.next(status, event)
    except TransitionRefused as refused:
        raise TransitionRefused(refused.machine, shown(status, is_insider(actor)), event) from None


async def move_round(session: AsyncSession, actor: Actor, row: AdmissionRound, event: RoundEvent) -> None:
    """Move a held round; raises TransitionRefused.

    The version counts what the public sees: it stays while a result is drafted, or it would tell (trust, T-04).
    """
    before, after = RoundStatus(row.status), require(actor, row, event)
    row.status = after.value
    if shown(before, insider=False) is not shown(after, insider=False):
        row.version += 1
    await session.flush()
    await journal.record(session, actor, "round", event.value, f"round:{row.id}", before.value, after.value)


async def move_bundle(session: AsyncSession, actor: Actor, row: Bundle, event: Simple) -> None:
    """Move a bundle of a held round; raises TransitionRefused."""
    before = BundleStatus(row.status)
    row.status = BUNDLE.next(before, event).value
    await session.flush()
    await journal.record(session, actor, "bundle", event.value, f"bundle:{row.id}", before.value, row.status)


async def move_run(session: AsyncSession, actor: Actor, row: AllocationRun, event: Simple) -> None:
    """Move a run of a held round; raises TransitionRefused."""
    before = RunStatus(row.status)
    row.status = RUN.next(before, event).value
    await session.flush()
    await journal.record(session, actor, "run", event.value, f"run:{row.id}", before.value, row.status)


async def standing_bundle(session: AsyncSession, row: AdmissionRound) -> Bundle:
    """The bundle of the round's present pass that is not void; raises `round.no_bundle`."""
    bundle = await session.scalar(
        select(Bundle)
        .where(
            col(Bundle.bureau) == row.bureau,
            col(Bundle.round) == row.id,
            col(Bundle.pass_number) == row.pass_number,
            col(Bundle.status) != BundleStatus.VOID,
        )
        .execution_options(populate_existing=True)
    )
    if bundle is None:
        raise ServiceError("round.no_bundle", "round")
    return bundle


async def standing_run(session: AsyncSession, bundle: Bundle) -> AllocationRun | None:
    """The run of the bundle that is neither void nor rejected, if there is one."""
    run: AllocationRun | None = await session.scalar(
        select(AllocationRun)
        .where(
            col(AllocationRun.bureau) == bundle.bureau,
            col(AllocationRun.bundle) == bundle.id,
            col(AllocationRun.status).not_in((RunStatus.VOID, RunStatus.REJECTED)),
        )
        .execution_options(populate_existing=True)
    )
    return run
