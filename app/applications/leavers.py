"""Who finishes primary school in the county is looked up in the register of leavers, for a whole round by pages.

Where a child's number and the school that its family names stand there together, the evidence is confirmed; all else
stays claimed, for a person to look at.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications import queries
from app.applications.casework import Check, mark
from app.applications.decide import Case, cases_of, decide_and_store
from app.applications.leaver import OF_THE_COUNTY
from app.applications.lifecycle import ApplicationStatus, EvidenceEvent, EvidenceStatus, Outcome
from app.applications.models import Application, Child, Evidence, PrimaryLeaver
from app.journal import service as journal
from app.vault import Vault

LEAVER = "leaver"


@dataclass(frozen=True)
class LookedUp:
    """The new outcomes of those confirmed; how many are `left` for a person; where the next page begins, if any."""

    outcomes: dict[UUID, Outcome]
    left: int
    next: UUID | None


async def confirm_leavers(
    session: AsyncSession, vault: Vault, actor: Actor, round_id: UUID, after: UUID | None, limit: int
) -> LookedUp:
    """Confirm the leavers among a page of the round's applications that claim to be such, by application.

    Raises `application.not_checkable` after the freeze, `access.*`. Nobody confirms a child of their own.
    """
    actor = authorize(actor, "evidence.check", Target(actor.bureau))
    held = await queries.checkable_round(session, actor.bureau, round_id)
    page = await _claimed(session, actor.bureau, round_id, after, limit)
    rows = await queries.held_applications(session, actor.bureau, round_id, page)
    others = [row for row in rows if actor.person not in row.guardians and row.status == ApplicationStatus.SUBMITTED]
    schools = await _registered(session, actor.bureau, held.year, [row.id for row in others])
    listed = [row for row in others if row.id in schools]
    cases = [case for case in await cases_of(session, vault, actor.bureau, listed) if _agrees(case, schools)]
    entries = await mark(session, actor, [Check(case.application, LEAVER, EvidenceEvent.CONFIRM) for case in cases])
    confirmed = [replace(case, checks={**case.checks, LEAVER: EvidenceStatus.CONFIRMED}) for case in cases]
    if confirmed:
        entries += await decide_and_store(session, actor, held, confirmed)
    await journal.record_all(session, entries)
    outcomes = await queries.outcomes_of(session, actor.bureau, [case.application for case in confirmed])
    return LookedUp(outcomes, len(page) - len(confirmed), page[-1] if len(page) == limit else None)


def _agrees(case: Case, schools: dict[UUID, str]) -> bool:
    """The family still claims the very school in whose list the child stands."""
    said = case.form.declared.leaver
    claimed = case.checks.get(LEAVER) == EvidenceStatus.CLAIMED
    return claimed and said.kind == OF_THE_COUNTY and said.school == schools[case.application]


async def _claimed(session: AsyncSession, bureau: str, round_id: UUID, after: UUID | None, limit: int) -> list[UUID]:
    """Submitted applications whose leaver's evidence nobody has checked, by id."""
    query = (
        select(col(Application.id))
        .join(Evidence, and_(col(Evidence.bureau) == bureau, col(Evidence.application) == col(Application.id)))
        .where(
            col(Application.bureau) == bureau,
            col(Application.round) == round_id,
            col(Application.status) == ApplicationStatus.SUBMITTED,
            col(Evidence.kind) == LEAVER,
            col(Evidence.status) == EvidenceStatus.CLAIMED,
        )
    )
    if after is not None:
        query = query.where(col(Application.id) > after)
    return list(await session.scalars(query.order_by(col(Application.id)).limit(limit)))


async def _registered(session: AsyncSession, bureau: str, year: int, applications: Sequence[UUID]) -> dict[UUID, str]:
    """Application → the primary school in whose list of the year its child stands, where it stands in any."""
    rows = await session.execute(
        select(col(Application.id), col(PrimaryLeaver.primary))
        .join(Child, and_(col(Child.bureau) == bureau, col(Child.id) == col(Application.child)))
        .join(
            PrimaryLeaver,
            and_(
                col(PrimaryLeaver.bureau) == bureau,
                col(PrimaryLeaver.year) == year,
                col(PrimaryLeaver.lookup) == col(Child.lookup),
            ),
        )
        .where(col(Application.bureau) == bureau, col(Application.id).in_(applications))
    )
    return {row.id: row.primary for row in rows}
