"""Reads of applications, named as questions, and what the features above may know of them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target
from app.applications.lifecycle import ApplicationStatus, Outcome
from app.applications.models import (
    Application,
    Child,
    Decision,
    Evidence,
    Preference,
    Ruleset,
)
from app.errors import ServiceError

# Texts by digest: an active ruleset never changes, so what is kept here cannot be stale.
_TEXTS: dict[str, str] = {}
UNSETTLED = (Outcome.PENDING, Outcome.UNDETERMINED, Outcome.REFUSAL_PROPOSED)


@dataclass(frozen=True)
class HeldRound:
    """The round as `rounds` publishes it to the features below, held FOR SHARE against closing. `now` is the
    database's time at the start of the transaction."""

    id: UUID
    code: str
    stage: str
    year: int
    ruleset: str
    as_of: date
    status: str
    opens_at: datetime
    closes_at: datetime
    demonstration: bool
    now: datetime


@dataclass(frozen=True)
class HeldApplication:
    """An application locked for change."""

    id: UUID
    child: UUID
    round: UUID
    guardians: tuple[UUID, ...]
    schools: tuple[str, ...]
    status: str
    outcome: str
    version: int

    def target(self, bureau: str) -> Target:
        return Target(bureau, self.guardians, self.schools)


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


@dataclass(frozen=True)
class RulesetText:
    """A ruleset as it was published."""

    id: str
    text: str
    digest: str
    active: bool


async def hold_round(session: AsyncSession, bureau: str, round_id: UUID) -> HeldRound:
    """The round, held so that it cannot close before this transaction ends; raises `access.not_found`."""
    row = (
        await session.execute(
            text("SELECT held.*, transaction_timestamp() AS now FROM hold_round(:bureau, :round) AS held"),
            {"bureau": bureau, "round": round_id},
        )
    ).one_or_none()
    if row is None:
        raise ServiceError("access.not_found", "round", action="round")
    return HeldRound(round_id, *row)


async def refuse_unknown_round(session: AsyncSession, bureau: str, round_id: UUID) -> None:
    """Raise `access.not_found` where there is no such round, or none that the transaction sees."""
    known = await session.scalar(text("SELECT known_round(:bureau, :round)"), {"bureau": bureau, "round": round_id})
    if not known:
        raise ServiceError("access.not_found", "round", action="round")


async def held_application(session: AsyncSession, bureau: str, application_id: UUID) -> HeldApplication:
    """The application, held FOR UPDATE; raises `access.not_found`."""
    names = ("id", "child", "round", "guardians", "schools", "status", "outcome", "version")
    row = (
        await session.execute(
            select(*(col(getattr(Application, name)) for name in names))
            .where(col(Application.bureau) == bureau, col(Application.id) == application_id)
            .with_for_update()
        )
    ).one_or_none()
    if row is None:
        raise ServiceError("access.not_found", "application", action="application")
    return HeldApplication(**{**row._mapping, "guardians": tuple(row.guardians), "schools": tuple(row.schools)})


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
        preferences=wishes,
        ruleset=row.ruleset,
        ruleset_digest=row.ruleset_digest,
    )


async def preferences_of_round(session: AsyncSession, bureau: str, round_id: UUID) -> dict[UUID, tuple[str, ...]]:
    """The wishes of each application, in order."""
    rows = await session.execute(
        text(
            "SELECT p.application, array_agg(p.programme ORDER BY p.rank) AS listed FROM preference p"
            " JOIN application a ON a.bureau = p.bureau AND a.id = p.application"
            " WHERE p.bureau = :bureau AND a.round = :round GROUP BY p.application"
        ),
        {"bureau": bureau, "round": round_id},
    )
    return {row.application: tuple(row.listed) for row in rows}


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


async def active_ruleset(session: AsyncSession, bureau: str, ruleset_id: str) -> RulesetText:
    """A ruleset by id; raises `access.not_found`."""
    row = await session.get(Ruleset, (bureau, ruleset_id))
    if row is None:
        raise ServiceError("access.not_found", "ruleset", action="ruleset")
    return RulesetText(row.id, row.text, row.digest, row.activated_by is not None)


async def ruleset_in_force(session: AsyncSession, bureau: str, ruleset_id: str) -> RulesetText:
    """The active ruleset of a round, its text fetched once per process; raises `ruleset.not_active`."""
    row = (
        await session.execute(
            select(col(Ruleset.digest), col(Ruleset.activated_by)).where(
                col(Ruleset.bureau) == bureau, col(Ruleset.id) == ruleset_id
            )
        )
    ).one_or_none()
    if row is None or row.activated_by is None:
        raise ServiceError("ruleset.not_active", "ruleset")
    if row.digest not in _TEXTS:
        _TEXTS[row.digest] = (await active_ruleset(session, bureau, ruleset_id)).text
    return RulesetText(ruleset_id, _TEXTS[row.digest], row.digest, True)


async def checks_of(session: AsyncSession, bureau: str, applications: list[UUID]) -> dict[UUID, dict[str, str]]:
    """Where each piece of evidence stands: application → kind → EvidenceStatus."""
    rows = await session.execute(
        select(col(Evidence.application), col(Evidence.kind), col(Evidence.status)).where(
            col(Evidence.bureau) == bureau, col(Evidence.application).in_(applications)
        )
    )
    found: dict[UUID, dict[str, str]] = {application: {} for application in applications}
    for row in rows:
        found[row.application][row.kind] = row.status
    return found


async def outcomes_of(session: AsyncSession, bureau: str, applications: list[UUID]) -> dict[UUID, Outcome]:
    """Where the assessment of each of these stands."""
    rows = await session.execute(
        select(col(Application.id), col(Application.outcome)).where(
            col(Application.bureau) == bureau, col(Application.id).in_(applications)
        )
    )
    return {row.id: Outcome(row.outcome) for row in rows}


async def applications_of_guardian(session: AsyncSession, bureau: str, person: UUID) -> list[Application]:
    """A guardian's own applications, newest first."""
    rows = await session.scalars(
        select(Application)
        .where(col(Application.bureau) == bureau, col(Application.guardians).contains([person]))
        .order_by(col(Application.id).desc())
    )
    return list(rows)


async def applications_after(
    session: AsyncSession, bureau: str, round_id: UUID, outcome: str | None, after: UUID | None, limit: int
) -> list[Application]:
    """A page of a round's submitted applications, oldest first: the caseworker's queue."""
    query = select(Application).where(
        col(Application.bureau) == bureau,
        col(Application.round) == round_id,
        col(Application.status) == ApplicationStatus.SUBMITTED,
    )
    if outcome is not None:
        query = query.where(col(Application.outcome) == outcome)
    if after is not None:
        query = query.where(col(Application.id) > after)
    return list(await session.scalars(query.order_by(col(Application.id)).limit(limit)))


async def application_by_id(session: AsyncSession, bureau: str, application_id: UUID) -> Application:
    """An application as it stands; raises `access.not_found`."""
    row = await session.get(Application, (bureau, application_id))
    if row is None:
        raise ServiceError("access.not_found", "application", action="application")
    return row


async def application_under(session: AsyncSession, bureau: str, round_id: UUID, lookup: bytes | None) -> UUID | None:
    """Which application of the round stands under a number, by its keyed digest."""
    found: UUID | None = await session.scalar(
        select(col(Application.id))
        .join(Child, and_(col(Child.bureau) == bureau, col(Child.id) == col(Application.child)))
        .where(col(Application.bureau) == bureau, col(Application.round) == round_id, col(Child.lookup) == lookup)
    )
    return found


async def decision_of(session: AsyncSession, bureau: str, application_id: UUID) -> Decision | None:
    """The decision that counts, or None before the first."""
    return await session.scalar(
        select(Decision)
        .where(col(Decision.bureau) == bureau, col(Decision.application) == application_id)
        .order_by(col(Decision.number).desc())
        .limit(1)
    )


async def preferences_of(session: AsyncSession, bureau: str, application_id: UUID) -> list[str]:
    """One application's wishes in order."""
    rows = await session.scalars(
        select(col(Preference.programme))
        .where(col(Preference.bureau) == bureau, col(Preference.application) == application_id)
        .order_by(col(Preference.rank))
    )
    return list(rows)


async def sealed_children(session: AsyncSession, bureau: str, children: list[UUID]) -> list[tuple[UUID, bytes]]:
    """(child, sealed particulars) of those whom row-level security shows."""
    rows = await session.execute(
        select(col(Child.id), col(Child.sealed)).where(col(Child.bureau) == bureau, col(Child.id).in_(children))
    )
    return [(row.id, row.sealed) for row in rows]
