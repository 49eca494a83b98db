"""Reads of applications, named as questions, and what the features above may know of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, and_, any_, literal, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target
from app.applications.applicants import (
    Applicant,
    applicants_for_allocation,
    deferred_in_round,
    feeders_of_round,
    items_waiting,
    show_to_schools,
    unsettled,
)
from app.applications.bounds import (
    Arrival,
    Open,
    bounded_after,
    bring_bounds_forward,
    children_within_year,
    renew_bounds,
    waiting_in_round,
    waiting_within_year,
)
from app.applications.lifecycle import ApplicationStatus, Outcome
from app.applications.models import Application, Child, Decision, Evidence, Preference
from app.applications.published_rules import RulesetText, active_ruleset, ruleset_in_force
from app.errors import ServiceError
from app.messages.vocabulary import one_line

__all__ = [
    "Applicant",
    "Arrival",
    "HeldApplication",
    "HeldRound",
    "Open",
    "RulesetText",
    "active_ruleset",
    "applicants_for_allocation",
    "application_by_id",
    "bounded_after",
    "bring_bounds_forward",
    "children_within_year",
    "deferred_in_round",
    "feeders_of_round",
    "held_application",
    "hold_round",
    "items_waiting",
    "renew_bounds",
    "ruleset_in_force",
    "show_to_schools",
    "unsettled",
    "waiting_in_round",
    "waiting_within_year",
]
CHECKABLE = ("open", "closed", "ranked")  # until the freeze
WITHIN_YEAR = "within_year"
BONDS = text("SELECT child FROM guardianship WHERE bureau = :bureau AND person = :person")


@dataclass(frozen=True)
class HeldRound:
    """The round as `rounds` publishes it to the features below, held FOR SHARE against closing. `now` is the
    database's time at the start of the transaction."""

    id: UUID
    code: str
    stage: str
    kind: str
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


async def is_demonstration(session: AsyncSession, bureau: str, round_id: UUID) -> bool:
    """Whether a round is a demonstration, whose clocks may run on plain weekdays."""
    asked = text("SELECT demonstration_round(:bureau, :round)")
    return bool(await session.scalar(asked, {"bureau": bureau, "round": round_id}))


async def round_title(session: AsyncSession, bureau: str, round_id: UUID) -> dict[str, str]:
    """What a round is called, as a message names it: zh and en."""
    found = text("SELECT zh, en FROM round_title(:bureau, :round)")
    row = (await session.execute(found, {"bureau": bureau, "round": round_id})).one()
    return {"zh": one_line(row.zh), "en": one_line(row.en)}


async def checkable_round(session: AsyncSession, bureau: str, round_id: UUID) -> HeldRound:
    """The round, held; raises `application.not_checkable` once it is frozen."""
    held = await hold_round(session, bureau, round_id)
    if held.status not in CHECKABLE:
        raise ServiceError("application.not_checkable", "round", status=held.status)
    return held


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


async def held_applications(
    session: AsyncSession, bureau: str, round_id: UUID, applications: Sequence[UUID]
) -> list[Application]:
    """Those of the round, locked in the order of their ids so that two lists cannot block each other."""
    rows = await session.scalars(
        select(Application)
        .where(
            col(Application.bureau) == bureau, col(Application.round) == round_id, col(Application.id).in_(applications)
        )
        .order_by(col(Application.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(rows)


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


async def provenance_of(session: AsyncSession, bureau: str, application: UUID) -> dict[str, dict[str, Any]]:
    """Kind of evidence → its status, and on what that rests: source, obtained_at, valid_on."""
    columns: dict[str, Any] = {
        "kind": col(Evidence.kind),
        "status": col(Evidence.status),
        "source": col(Evidence.source),
        "obtained_at": col(Evidence.checked_at),
        "valid_on": col(Evidence.valid_on),
    }
    of_this = col(Evidence.bureau) == bureau, col(Evidence.application) == application
    rows = await session.execute(select(*columns.values()).where(*of_this))
    return {row[0]: dict(zip(columns, row, strict=True)) for row in rows}


@dataclass(frozen=True)
class ClaimState:
    """Where a claim stands, since when, and which officer moved it last."""

    kind: str
    status: str
    since: datetime | None
    officer: UUID | None


async def claims_of(session: AsyncSession, bureau: str, application: UUID) -> list[ClaimState]:
    """Each claim of an application, by kind."""
    rows = await session.execute(
        select(col(Evidence.kind), col(Evidence.status), col(Evidence.checked_at), col(Evidence.checked_by))
        .where(col(Evidence.bureau) == bureau, col(Evidence.application) == application)
        .order_by(col(Evidence.kind))
    )
    return [ClaimState(*row) for row in rows.all()]


async def outcomes_of(session: AsyncSession, bureau: str, applications: list[UUID]) -> dict[UUID, Outcome]:
    """Where the assessment of each of these stands."""
    rows = await session.execute(
        select(col(Application.id), col(Application.outcome)).where(
            col(Application.bureau) == bureau, col(Application.id).in_(applications)
        )
    )
    return {row.id: Outcome(row.outcome) for row in rows}


async def children_of_guardian(session: AsyncSession, bureau: str, person: UUID) -> list[UUID]:
    """The children of whom a person is a guardian."""
    return list(await session.scalars(BONDS, {"bureau": bureau, "person": person}))


async def applications_of_guardian(session: AsyncSession, bureau: str, person: UUID) -> list[Application]:
    """A guardian's own applications, newest first."""
    children = await children_of_guardian(session, bureau, person)
    rows = await session.scalars(
        select(Application)
        .where(col(Application.bureau) == bureau, col(Application.child).in_(children))
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


async def application_under(session: AsyncSession, bureau: str, round_id: UUID, lookup: bytes) -> UUID | None:
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


async def last_decisions(session: AsyncSession, bureau: str, applications: list[UUID]) -> dict[UUID, UUID]:
    """Application → the decision that counts, where there is one."""
    rows = await session.execute(
        select(col(Decision.application), col(Decision.id))
        .where(col(Decision.bureau) == bureau, col(Decision.application).in_(applications))
        .ext(distinct_on(col(Decision.application)))
        .order_by(col(Decision.application), col(Decision.number).desc())
    )
    return {row.application: row.id for row in rows}


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
        select(col(Child.id), col(Child.sealed)).where(
            col(Child.bureau) == bureau, col(Child.id) == any_(literal(children, ARRAY(Uuid)))
        )
    )
    return [(row.id, row.sealed) for row in rows]
