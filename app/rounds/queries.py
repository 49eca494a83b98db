"""Reads of rounds, named as questions. What is not yet public is kept back by row-level security as well."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.allocation.canonical import read_object
from app.errors import ServiceError
from app.rounds import store
from app.rounds.lifecycle import RoundStatus, RunStatus
from app.rounds.models import (
    AdmissionRound,
    AllocationRun,
    Objection,
    PointsList,
    RoundDocument,
    RunFile,
)
from app.rounds.moves import held_round, standing_bundle
from app.rounds.ranking import latest_list
from app.rounds.rows import RoundRow, row_of
from app.rounds.vocabulary import RoundKind

DEFICIT = "deficit.json"
# A points list counts from its publication until it is taken back.
WITHOUT_LIST = (RoundStatus.PLANNED, RoundStatus.PUBLISHED, RoundStatus.OPEN, RoundStatus.CLOSED)


async def round_by_id(session: AsyncSession, bureau: str, round_id: UUID) -> RoundRow:
    """The round with its true status, for the features above; raises `access.not_found`."""
    return row_of(await _round(session, bureau, round_id))


async def answerable_round(session: AsyncSession, bureau: str, round_id: UUID) -> RoundRow:
    """The round, held FOR SHARE, so that the end of answers waits for an answer; raises `access.not_found`."""
    return row_of(await held_round(session, bureau, round_id, shared=True))


async def hold_within_year(session: AsyncSession, bureau: str, stage: str, year: int) -> None:
    """The round within the year of the entry, if there is one, held FOR UPDATE: nobody places there meanwhile."""
    await session.execute(
        select(col(AdmissionRound.id))
        .where(
            col(AdmissionRound.bureau) == bureau,
            col(AdmissionRound.stage) == stage,
            col(AdmissionRound.year) == year,
            col(AdmissionRound.kind) == RoundKind.WITHIN_YEAR,
        )
        .with_for_update()
    )


async def visible_round(session: AsyncSession, actor: Actor, round_id: UUID) -> RoundRow:
    """The round, unless it is still being planned and the actor is not of the bureau's staff."""
    row = await _round(session, actor.bureau, round_id)
    if row.status == RoundStatus.PLANNED and not actor.duties:
        raise ServiceError("access.not_found", "round", action="round.read")
    return row_of(row)


async def rounds_after(session: AsyncSession, actor: Actor, after: UUID | None, limit: int) -> list[RoundRow]:
    """A page of the bureau's rounds, oldest first."""
    query = select(AdmissionRound).where(col(AdmissionRound.bureau) == actor.bureau)
    if not actor.duties:
        query = query.where(col(AdmissionRound.status) != RoundStatus.PLANNED)
    if after is not None:
        query = query.where(col(AdmissionRound.id) > after)
    return [row_of(row) for row in await session.scalars(query.order_by(col(AdmissionRound.id)).limit(limit))]


async def documents_of(session: AsyncSession, actor: Actor, round_id: UUID) -> list[RoundDocument]:
    """The public things of a round that the actor may see, by kind."""
    row = await visible_round(session, actor, round_id)
    rows = await session.scalars(
        select(RoundDocument)
        .where(col(RoundDocument.bureau) == row.bureau, col(RoundDocument.round) == row.id)
        .order_by(col(RoundDocument.kind))
    )
    return list(rows)


async def points_list_of(session: AsyncSession, actor: Actor, round_id: UUID) -> PointsList:
    """The points list that counts; raises `access.not_found` while there is none."""
    row = await _round(session, actor.bureau, round_id)
    latest = None if row.status in WITHOUT_LIST else await latest_list(session, row)
    if latest is None:
        raise ServiceError("access.not_found", "ranking", action="round.ranking")
    return latest


async def runs_of(session: AsyncSession, actor: Actor, round_id: UUID) -> list[AllocationRun]:
    """The whole ledger of a round, oldest first, for its officers and the approver."""
    authorize(actor, "round.inspect", Target(actor.bureau))
    rows = await session.scalars(
        select(AllocationRun)
        .where(col(AllocationRun.bureau) == actor.bureau, col(AllocationRun.round) == round_id)
        .order_by(col(AllocationRun.number))
    )
    return list(rows)


async def applications_of_pass(session: AsyncSession, row: AdmissionRound) -> set[UUID]:
    """The applications in the bundle of a held round's present pass."""
    bundle = await standing_bundle(session, row)
    return {person.application for person in (await store.bundled_in(session, row.bureau, bundle.id)).values()}


async def missing_seats(session: AsyncSession, bureau: str, round_id: UUID) -> int:
    """How many seats the plan proves to be short of: the certificate of the round's first published result. Seats
    given up later and given out again do not make the plan larger. 0 without such a proof."""
    content = await session.scalar(
        select(col(RunFile.content))
        .join(
            AllocationRun,
            (col(AllocationRun.bureau) == col(RunFile.bureau)) & (col(AllocationRun.id) == col(RunFile.run)),
        )
        .where(
            col(AllocationRun.bureau) == bureau,
            col(AllocationRun.round) == round_id,
            col(AllocationRun.status) == RunStatus.PUBLISHED,
            col(RunFile.name) == DEFICIT,
        )
        .order_by(col(AllocationRun.number))
        .limit(1)
    )
    return 0 if content is None else int(read_object(DEFICIT, content).get("missing", 0))


async def objections_after(
    session: AsyncSession, actor: Actor, round_id: UUID, after: UUID | None, limit: int
) -> Sequence[Objection]:
    """A page of a round's objections, oldest first, without their words."""
    authorize(actor, "objection.list", Target(actor.bureau))
    query = select(Objection).where(col(Objection.bureau) == actor.bureau, col(Objection.round) == round_id)
    if after is not None:
        query = query.where(col(Objection.id) > after)
    return list(await session.scalars(query.order_by(col(Objection.id)).limit(limit)))


async def _round(session: AsyncSession, bureau: str, round_id: UUID) -> AdmissionRound:
    row = await session.get(AdmissionRound, (bureau, round_id))
    if row is None:
        raise ServiceError("access.not_found", "round", action="round")
    return row
