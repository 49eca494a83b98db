"""A deadline that runs against a family does not run before the family provably knows of it (ADR 0014)."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.applications import queries as applications
from app.applications.entry import seats_in_entry
from app.applications.lifecycle import Outcome
from app.applications.notices import REFUSED
from app.calendar import end_of_working_days, published_years
from app.messages.queries import posted_and_proven, proven_since
from app.messages.vocabulary import one_line
from app.rounds.lifecycle import BundleStatus, RunStatus
from app.rounds.models import AdmissionRound
from app.rounds.rows import RoundRow
from app.rounds.vocabulary import RoundKind

LIST_PROPOSED, NO_PLACE_PROPOSED, BETTER_PLACE = "list_proposed", "no_place_proposed", "better_place"
LIST_FINAL = "list_final"
PLACED_WITHIN_YEAR = "placed_within_year"
# Each of them tells a family what a run has for its child.
OF_A_RESULT = (LIST_PROPOSED, NO_PLACE_PROPOSED, BETTER_PLACE, LIST_FINAL)
PUBLIC_RUNS = text(
    "SELECT id FROM allocation_run WHERE bureau = :bureau AND round = :round AND status = :status ORDER BY number DESC"
)
RESULT_FROZEN = text("""
    SELECT frozen_at FROM bundle
    WHERE bureau = :bureau AND round = :round AND pass_number = 1 AND status <> :void AND published
""")


class Applied(Protocol):
    """An application, as `applications` gives it."""

    bureau: str
    id: UUID
    child: UUID
    outcome: str


def about_place(run: UUID, application: UUID) -> str:
    """The object of the messages that tell what a run has for an application."""
    return f"place:{run}.{application}"


def title_of(row: RoundRow | AdmissionRound) -> dict[str, str]:
    """What a round is called, as a message names it."""
    return {"zh": one_line(row.title_zh), "en": one_line(row.title_en)}


def family_deadline(
    row: RoundRow | AdmissionRound, until: datetime | None, told_at: datetime | None, days: int
) -> datetime | None:
    """When a family's time ends that the round gives until `until` (None: it gives none): at the earliest so many
    working days after its proven notice; None while it has none.

    Where a demonstration has brought a deadline forward, it has done so for all who knew of it before. Raises
    `round.holidays_missing`.
    """
    if told_at is None:
        return None
    if until is not None and row.demonstration and told_at <= until:
        return until
    own = end_of_working_days(told_at, days, published_years(), row.demonstration).at
    return own if until is None else max(until, own)


async def public_runs(session: AsyncSession, bureau: str, round_id: UUID) -> list[UUID]:
    """The runs of a round that are public and stand, newest first."""
    public = {"bureau": bureau, "round": round_id, "status": RunStatus.PUBLISHED}
    return list(await session.scalars(PUBLIC_RUNS, public))


async def result_frozen_at(session: AsyncSession, bureau: str, round_id: UUID) -> datetime | None:
    """When the round was frozen for the result that is public and stands, with all its passes."""
    standing = {"bureau": bureau, "round": round_id, "void": BundleStatus.VOID}
    frozen_at: datetime | None = await session.scalar(RESULT_FROZEN, standing)
    return frozen_at


async def told_of_result(session: AsyncSession, row: AdmissionRound, application: UUID) -> dict[str, datetime | None]:
    """Since when the family provably knows what the newest public run that told it anything has for its child: one
    item, or none where no run did."""
    objects = [about_place(run, application) for run in await public_runs(session, row.bureau, row.id)]
    told = await posted_and_proven(session, row.bureau, OF_A_RESULT, objects)
    return {name: told[name] for name in [name for name in objects if name in told][:1]}


async def told_of_refusal(session: AsyncSession, application: Applied) -> dict[str, datetime | None]:
    """Since when the family provably knows that its application was refused: one item, or none where it is not."""
    if application.outcome != Outcome.NOT_ELIGIBLE:
        return {}
    last = await applications.last_decisions(session, application.bureau, [application.id])
    return await proven_since(session, application.bureau, [REFUSED], [f"decision:{last[application.id]}"])


async def told_of_placement(session: AsyncSession, row: AdmissionRound, child: UUID) -> dict[str, datetime | None]:
    """Since when the family provably knows of the place that its child has in a round within the year: one item, or
    none where it has no such place."""
    if row.kind != RoundKind.WITHIN_YEAR:
        return {}
    seats = await seats_in_entry(session, row.bureau, row.stage, row.year, [child])
    objects = [f"offer:{seat.offer}" for seat in seats if seat.round == row.id]
    return await proven_since(session, row.bureau, [PLACED_WITHIN_YEAR], objects)
