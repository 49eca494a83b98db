"""The points list: published masked, open to objection, taken back where a case must be decided anew."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.allocation.text import sha256
from app.applications.anew import decide_in_round
from app.applications.queries import Applicant
from app.database import database_now
from app.errors import ServiceError
from app.journal import service as journal
from app.rounds.deadlines import objection_deadline
from app.rounds.fallback import Incomplete
from app.rounds.given_up import outdated
from app.rounds.inputs import refusal, ruleset_of, settled_applicants
from app.rounds.keys import round_key
from app.rounds.lifecycle import RoundEvent
from app.rounds.models import AdmissionRound, ListedApplicant, PointsList
from app.rounds.moves import held_round, move_round, require
from app.rounds.points_list import MaskedList, changed, points_list
from app.rounds.points_told import tell_of_points
from app.rounds.rows import RoundRow, row_of
from app.rounds.vocabulary import RoundKind
from app.vault import Vault


async def rank(session: AsyncSession, vault: Vault, actor: Actor, round_id: UUID) -> RoundRow:
    """Publish the masked points list for objection, five working days at least. Published anew, it is told to the
    families of whom it says something else than before. Whoever has given a private place up while the round was frozen
    is decided anew first.

    Raises `round.unsettled`, `round.decided_otherwise`, `round.snapshot_incomplete`, `round.holidays_missing`, and
    `round.within_year_undrawn` where places are given as classes have them.
    """
    actor = authorize(actor, "round.rank", Target(actor.bureau))
    row = await held_round(session, actor.bureau, round_id)
    require(actor, row, RoundEvent.RANK)
    if row.kind == RoundKind.WITHIN_YEAR:
        raise ServiceError("round.within_year_undrawn", "round")
    ruleset = await ruleset_of(session, row)
    children = await settled_applicants(session, row, ruleset)
    stale = await outdated(session, row, ruleset, children)
    if stale:
        await decide_in_round(session, vault, actor, row.id, [child.application for child in stale])
        children = await settled_applicants(session, row, ruleset)
    key = await round_key(session, vault, actor.bureau, row.id)
    try:
        listed = points_list(ruleset.order, key, children)
    except Incomplete as error:
        raise refusal(error) from None
    earlier = await latest_list(session, row)
    made = await _publish(session, actor, row, listed, children, earlier)
    row.objections_until = await objection_deadline(session, row)
    await move_round(session, actor, row, RoundEvent.RANK)
    if earlier is not None:
        names = changed(earlier.content, listed.content)
        told = [child for child in children if listed.shown[child.application] in names]
        await tell_of_points(session, vault, actor, row, made.id, told)
    return row_of(row)


async def rectify(session: AsyncSession, actor: Actor, round_id: UUID) -> RoundRow:
    """Take the points list back, so that cases can be decided anew; it is then published anew for objection."""
    actor = authorize(actor, "round.rectify", Target(actor.bureau))
    row = await held_round(session, actor.bureau, round_id)
    require(actor, row, RoundEvent.RECTIFY)
    row.objections_until = None
    await move_round(session, actor, row, RoundEvent.RECTIFY)
    return row_of(row)


async def latest_list(session: AsyncSession, row: AdmissionRound) -> PointsList | None:
    """The points list that counts."""
    latest: PointsList | None = await session.scalar(
        select(PointsList)
        .where(col(PointsList.bureau) == row.bureau, col(PointsList.round) == row.id)
        .order_by(col(PointsList.number).desc())
        .limit(1)
    )
    return latest


async def _publish(
    session: AsyncSession,
    actor: Actor,
    row: AdmissionRound,
    listed: MaskedList,
    children: Sequence[Applicant],
    earlier: PointsList | None,
) -> PointsList:
    made = PointsList(
        bureau=row.bureau,
        round=row.id,
        number=earlier.number + 1 if earlier else 1,
        content=listed.content,
        digest=sha256(listed.content),
        published_at=await database_now(session),
    )
    session.add(made)
    await session.flush()
    rows = [
        {
            "bureau": row.bureau,
            "points_list": made.id,
            "application": child.application,
            "guardians": list(child.guardians),
            "shown": listed.shown[child.application],
        }
        for child in children
    ]
    if rows:
        await session.execute(insert(ListedApplicant), rows)
    await journal.record(session, actor, "points_list", "publish", f"points_list:{made.id}", after=made.digest)
    return made
