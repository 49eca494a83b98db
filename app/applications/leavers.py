"""Who finishes primary school in the county is looked up in the register of leavers, for a whole round by pages.

Where a child's number and the school that its family names stand there together, the evidence is confirmed; all else
stays claimed, for a person to look at.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.applications.decide import Case, cases_of
from app.applications.leaver import OF_THE_COUNTY
from app.applications.lifecycle import EvidenceStatus
from app.applications.lookup import LookedUp, Page, confirm_known
from app.applications.models import Application, Child, PrimaryLeaver
from app.applications.queries import HeldRound
from app.vault import Vault

LEAVER = "leaver"


async def confirm_leavers(
    session: AsyncSession, vault: Vault, actor: Actor, round_id: UUID, after: UUID | None, limit: int
) -> LookedUp:
    """Confirm the leavers among a page of the round's applications that claim to be such; raises as `confirm_known`."""
    return await confirm_known(session, vault, actor, LEAVER, Page(round_id, after, limit), _agreeing)


async def _agreeing(
    session: AsyncSession, vault: Vault, bureau: str, held: HeldRound, rows: Sequence[Application]
) -> list[Case]:
    schools = await _registered(session, bureau, held.year, [row.id for row in rows])
    listed = [row for row in rows if row.id in schools]
    return [case for case in await cases_of(session, vault, bureau, listed) if _agrees(case, schools)]


def _agrees(case: Case, schools: dict[UUID, str]) -> bool:
    """The family still claims the very school in whose list the child stands."""
    said = case.form.declared.leaver
    claimed = case.checks.get(LEAVER) == EvidenceStatus.CLAIMED
    return claimed and said.kind == OF_THE_COUNTY and said.school == schools[case.application]


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
