"""Elder brothers and sisters are looked up among the service's own pupils, for a whole round by pages.

Where the number that the family gives is that of a pupil of the school it names, with a guardian in common, whose
entry was in order and who stays there, the evidence is confirmed; all else stays claimed, for a person to look at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.applications.children import number_of
from app.applications.decide import Case, cases_of
from app.applications.lifecycle import EvidenceStatus
from app.applications.lookup import LookedUp, Page, confirm_known
from app.applications.models import Application, Child, PrimaryLeaver
from app.applications.queries import HeldRound
from app.schools.vocabulary import Stage
from app.vault import Vault

SIBLING = "sibling"
# The last grade of a stage: whoever is in it leaves the school this summer.
LAST_GRADE = {Stage.PRIMARY: 6, Stage.JUNIOR: 9}
PUPILS = text("SELECT child, school, stage, year, grade FROM pupils_known(:bureau, CAST(:children AS uuid[]))")


@dataclass(frozen=True)
class Elder:
    """A child known to the service by the number that a family gave. `schools`: where it stays a pupil."""

    guardians: frozenset[UUID]
    schools: frozenset[str]


async def confirm_siblings(
    session: AsyncSession, vault: Vault, actor: Actor, round_id: UUID, after: UUID | None, limit: int
) -> LookedUp:
    """Confirm a page of the round's claims whose elder brother or sister is known; raises as `confirm_known`."""
    return await confirm_known(session, vault, actor, SIBLING, Page(round_id, after, limit), _agreeing)


async def _agreeing(
    session: AsyncSession, vault: Vault, bureau: str, held: HeldRound, rows: Sequence[Application]
) -> list[Case]:
    cases = await cases_of(session, vault, bureau, rows)
    elders = await _elders(session, bureau, held, [_lookup(vault, case) for case in cases])
    return [case for case in cases if _agrees(case, elders.get(_lookup(vault, case)))]


def _lookup(vault: Vault, case: Case) -> bytes:
    """The digest under which the elder would stand; of nobody where the family has given none meanwhile."""
    if case.form.elder is None:
        return b""
    return number_of(vault, case.form.elder.to_json())[1] or b""


def _agrees(case: Case, elder: Elder | None) -> bool:
    """The family still claims it, for the very school that the elder attends, and the elder is its own child too."""
    return (
        elder is not None
        and case.checks.get(SIBLING) == EvidenceStatus.CLAIMED
        and case.form.sibling_school in elder.schools
        and not elder.guardians.isdisjoint(case.child.guardians)
    )


async def _elders(session: AsyncSession, bureau: str, held: HeldRound, lookups: Sequence[bytes]) -> dict[bytes, Elder]:
    """Digest of a number → the child known by it, with the schools at which it stays."""
    children = await session.execute(
        select(col(Child.id), col(Child.lookup), col(Child.guardians)).where(
            col(Child.bureau) == bureau, col(Child.lookup).in_(set(lookups))
        )
    )
    known = {row.id: row for row in children}
    leaving = set(
        await session.scalars(
            select(col(PrimaryLeaver.lookup)).where(
                col(PrimaryLeaver.bureau) == bureau,
                col(PrimaryLeaver.year) == held.year,
                col(PrimaryLeaver.lookup).in_(set(lookups)),
            )
        )
    )
    schools: dict[UUID, set[str]] = {}
    for pupil in await session.execute(PUPILS, {"bureau": bureau, "children": list(known)}):
        if pupil.stage == held.stage and stays(held.stage, held.year, pupil.year, pupil.grade):
            schools.setdefault(pupil.child, set()).add(pupil.school)
    return {
        row.lookup: Elder(frozenset(row.guardians), frozenset(schools.get(row.id, ())))
        for row in known.values()
        if row.lookup not in leaving
    }


def stays(stage: str, year: int, entered: int, grade: int) -> bool:
    """Whether a pupil who entered this grade in the year `entered`, at an entry before that of `year`, is still in the
    stage's school when that one begins. A stage whose grades are not counted here is left to a person."""
    last = LAST_GRADE.get(Stage(stage))
    return last is not None and entered < year and grade + year - entered <= last
