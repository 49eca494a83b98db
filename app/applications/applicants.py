"""What the allocation takes of applications: the eligible children with their rights, and whom a school may see."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.applications.lifecycle import WAITING, ApplicationStatus, Outcome
from app.applications.models import Application, Child, Decision, IncomingItem

UNSETTLED = (Outcome.PENDING, Outcome.UNDETERMINED, Outcome.REFUSAL_PROPOSED)


@dataclass(frozen=True)
class Applicant:
    """An eligible child as the allocation needs it."""

    application: UUID
    child: UUID
    reference: bytes
    twin_reference: bytes | None
    guardians: tuple[UUID, ...]
    residence_community: str
    sibling_school: str | None
    migrant: bool
    kind: str
    rights: dict[str, dict[str, int]]
    keys_elsewhere: dict[str, int]
    groups: tuple[str, ...]
    preferences: tuple[str, ...]
    ruleset: str
    ruleset_digest: str
    feeders: tuple[str, ...] = ()
    age_class: str = ""
    claimed: tuple[str, ...] = ()

    def before_home(self, school: str) -> int:
        """Where a right at the school stands among those that the family has not ranked: the elder child's school is
        0, a place of right 1, home and registration 2."""
        if school not in self.claimed:
            return 2
        return 0 if school == self.sibling_school else 1


def _latest_decisions(bureau: str, round_id: UUID) -> Select[Any]:
    """The decision that counts for each submitted application of a round."""
    return (
        select(Decision)
        .join(
            Application,
            and_(col(Application.bureau) == col(Decision.bureau), col(Application.id) == col(Decision.application)),
        )
        .where(
            col(Decision.bureau) == bureau,
            col(Application.round) == round_id,
            col(Application.status) == ApplicationStatus.SUBMITTED,
        )
        .ext(distinct_on(col(Decision.application)))
        .order_by(col(Decision.application), col(Decision.number).desc())
    )


async def applicants_for_allocation(session: AsyncSession, bureau: str, round_id: UUID) -> list[Applicant]:
    """Every submitted and eligible child of the round, by application id."""
    decided = _latest_decisions(bureau, round_id).subquery()
    rows = await session.execute(
        select(
            col(Application.id),
            col(Application.child),
            col(Child.reference),
            col(Child.twin_reference),
            col(Application.guardians),
            col(Application.residence_community),
            col(Application.sibling_school),
            col(Application.migrant),
            decided.c.kind,
            decided.c.rights,
            decided.c.keys_elsewhere,
            decided.c.groups,
            decided.c.feeders,
            decided.c.age_class,
            decided.c.claimed,
            decided.c.ruleset,
            decided.c.ruleset_digest,
        )
        .join(Child, and_(col(Child.bureau) == bureau, col(Child.id) == col(Application.child)))
        .join(decided, decided.c.application == col(Application.id))
        .where(
            col(Application.bureau) == bureau,
            col(Application.round) == round_id,
            col(Application.status) == ApplicationStatus.SUBMITTED,
            col(Application.outcome) == Outcome.ELIGIBLE,
        )
        .order_by(col(Application.id))
    )
    wishes = await preferences_of_round(session, bureau, round_id)
    return [_applicant(row, wishes.get(row.id, ())) for row in rows]


def _applicant(row: Row[Any], wishes: tuple[str, ...]) -> Applicant:
    return Applicant(
        application=row.id,
        child=row.child,
        reference=row.reference,
        twin_reference=row.twin_reference,
        guardians=tuple(row.guardians),
        residence_community=row.residence_community,
        sibling_school=row.sibling_school,
        migrant=row.migrant,
        kind=row.kind,
        rights=row.rights,
        keys_elsewhere=row.keys_elsewhere,
        groups=tuple(row.groups),
        feeders=tuple(row.feeders),
        age_class=row.age_class,
        claimed=tuple(row.claimed),
        preferences=wishes,
        ruleset=row.ruleset,
        ruleset_digest=row.ruleset_digest,
    )


async def feeders_of_round(session: AsyncSession, bureau: str, round_id: UUID) -> dict[UUID, tuple[str, ...]]:
    """Application → the schools that its child's primary school feeds, where the decision that counts knows any."""
    decided = _latest_decisions(bureau, round_id).subquery()
    rows = await session.execute(
        select(decided.c.application, decided.c.feeders).where(func.cardinality(decided.c.feeders) > 0)
    )
    return {row.application: tuple(row.feeders) for row in rows}


async def preferences_of_round(session: AsyncSession, bureau: str, round_id: UUID) -> dict[UUID, tuple[str, ...]]:
    """The wishes of each application, in order; a programme's name is one text, however many wish for it."""
    names: dict[str, str] = {}
    wishes: dict[UUID, tuple[str, ...]] = {}
    rows = await session.stream(
        text(
            "SELECT p.application, array_agg(p.programme ORDER BY p.rank) AS listed FROM preference p"
            " JOIN application a ON a.bureau = p.bureau AND a.id = p.application"
            " WHERE p.bureau = :bureau AND a.round = :round GROUP BY p.application"
        ),
        {"bureau": bureau, "round": round_id},
    )
    async for row in rows:
        wishes[row.application] = tuple(names.setdefault(name, name) for name in row.listed)
    return wishes


async def unsettled(session: AsyncSession, bureau: str, round_id: UUID) -> list[UUID]:
    """Submitted applications on which nobody has finally decided."""
    rows = await session.scalars(
        select(col(Application.id))
        .where(
            col(Application.bureau) == bureau,
            col(Application.round) == round_id,
            col(Application.status) == ApplicationStatus.SUBMITTED,
            col(Application.outcome).in_(UNSETTLED),
        )
        .order_by(col(Application.id))
    )
    return list(rows)


async def items_waiting(session: AsyncSession, bureau: str, round_id: UUID) -> int:
    """How many forms of the round were received by an office or the platform, and are not yet submitted or settled."""
    found = select(func.count()).where(
        col(IncomingItem.bureau) == bureau, col(IncomingItem.round) == round_id, col(IncomingItem.status).in_(WAITING)
    )
    return (await session.execute(found)).scalar_one()


async def deferred_in_round(session: AsyncSession, bureau: str, round_id: UUID) -> frozenset[UUID]:
    """The applications of a round whose children enter a year later, with approval: they are given no place in it."""
    rows = await session.scalars(
        select(col(Application.id)).where(
            col(Application.bureau) == bureau,
            col(Application.round) == round_id,
            col(Application.outcome) == Outcome.DEFERRED,
        )
    )
    return frozenset(rows)


async def show_to_schools(session: AsyncSession, bureau: str, pairs: list[tuple[UUID, UUID, str]]) -> None:
    """Let each offered school see its own children: (application, child, school)."""
    for table, index in (("application", 0), ("child", 1), ("subject_key", 1)):
        await session.execute(
            text(
                f"UPDATE {table} SET schools = ARRAY[listed.school]"  # noqa: S608 - a fixed list of tables
                " FROM unnest(CAST(:subjects AS uuid[]), CAST(:schools AS text[])) AS listed(subject, school)"
                f" WHERE {table}.bureau = :bureau AND {table}.id = listed.subject"
            ),
            {"bureau": bureau, "subjects": [pair[index] for pair in pairs], "schools": [pair[2] for pair in pairs]},
        )
