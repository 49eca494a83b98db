"""Evidence of one kind is looked up in what the service knows already, for a whole round by pages.

Who agrees with it is confirmed by that; all else stays claimed, for a person to look at.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications import queries
from app.applications.casework import Check, mark
from app.applications.decide import Case, decide_and_store
from app.applications.lifecycle import ApplicationStatus, EvidenceEvent, EvidenceSource, EvidenceStatus, Outcome
from app.applications.models import Application, Evidence
from app.applications.queries import HeldRound
from app.journal import service as journal
from app.vault import Vault

# Of these applications the cases that what is known agrees with.
Agreeing = Callable[[AsyncSession, Vault, str, HeldRound, Sequence[Application]], Awaitable[list[Case]]]


@dataclass(frozen=True)
class Page:
    """So many of a round's applications as claim it, by id, from the one after `after`."""

    round: UUID
    after: UUID | None
    limit: int


@dataclass(frozen=True)
class LookedUp:
    """The new outcomes of those confirmed; how many are `left` for a person; where the next page begins, if any."""

    outcomes: dict[UUID, Outcome]
    left: int
    next: UUID | None


async def confirm_known(
    session: AsyncSession, vault: Vault, actor: Actor, kind: str, page: Page, agreeing: Agreeing
) -> LookedUp:
    """Confirm the evidence of this kind of a page of applications where it agrees with what is known.

    Raises `application.not_checkable` after the freeze, `access.*`. Nobody confirms a child of their own.
    """
    actor = authorize(actor, "evidence.check", Target(actor.bureau))
    held = await queries.checkable_round(session, actor.bureau, page.round)
    claimed = await _claimed(session, actor.bureau, kind, page)
    rows = await queries.held_applications(session, actor.bureau, page.round, claimed)
    others = [row for row in rows if actor.person not in row.guardians and row.status == ApplicationStatus.SUBMITTED]
    cases = await agreeing(session, vault, actor.bureau, held, others)
    entries = await mark(
        session,
        actor,
        [Check(case.application, kind, EvidenceEvent.CONFIRM, EvidenceSource.REGISTER) for case in cases],
    )
    confirmed = [replace(case, checks={**case.checks, kind: EvidenceStatus.CONFIRMED}) for case in cases]
    if confirmed:
        entries += await decide_and_store(session, actor, held, confirmed)
    await journal.record_all(session, entries)
    outcomes = await queries.outcomes_of(session, actor.bureau, [case.application for case in confirmed])
    return LookedUp(outcomes, len(claimed) - len(confirmed), claimed[-1] if len(claimed) == page.limit else None)


async def _claimed(session: AsyncSession, bureau: str, kind: str, page: Page) -> list[UUID]:
    """Submitted applications whose evidence of this kind nobody has checked, by id."""
    query = (
        select(col(Application.id))
        .join(Evidence, and_(col(Evidence.bureau) == bureau, col(Evidence.application) == col(Application.id)))
        .where(
            col(Application.bureau) == bureau,
            col(Application.round) == page.round,
            col(Application.status) == ApplicationStatus.SUBMITTED,
            col(Evidence.kind) == kind,
            col(Evidence.status) == EvidenceStatus.CLAIMED,
        )
    )
    if page.after is not None:
        query = query.where(col(Application.id) > page.after)
    return list(await session.scalars(query.order_by(col(Application.id)).limit(page.limit)))
