"""Objections to the points list, to a refusal and to the proposed list: filed in time by a guardian, answered with a
reason.

An upheld objection moves nothing by itself, and never a drawn bundle: the bureau decides the case anew or takes the
points list back before the freeze, and afterwards mends the case beside the result, or annuls by two persons.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications.holders import refuse_held_by_another
from app.applications.queries import application_by_id
from app.applications.reading import child_names
from app.clock import uuid7
from app.database import database_now
from app.errors import ServiceError
from app.journal import service as journal
from app.messages.post import Notice, post
from app.messages.vocabulary import one_line
from app.rounds.lifecycle import OBJECTION, BundleStatus, ObjectionPhase, ObjectionStatus, Simple
from app.rounds.models import AdmissionRound, Bundle, Objection
from app.rounds.moves import held_round
from app.rounds.notice import title_of
from app.rounds.objection_time import phase_now
from app.vault import Place, Vault, seal, unseal

TOLD = "objection_decided"


@dataclass(frozen=True)
class OpenedObjection:
    """An objection in clear, for its family and the caseworkers."""

    id: UUID
    round: UUID
    application: UUID
    phase: ObjectionPhase
    status: ObjectionStatus
    words: str
    answer: str | None
    filed_at: datetime
    decided_at: datetime | None


async def file_objection(session: AsyncSession, vault: Vault, actor: Actor, application_id: UUID, words: str) -> UUID:
    """A guardian objects; answers the objection's id. A family that learned late what the run has for its child, or
    that the child was refused, has its own time (ADR 0014).

    Raises `round.objections_closed`, `round.reason_missing`.
    """
    application = await application_by_id(session, actor.bureau, application_id)
    actor = authorize(actor, "objection.file", Target(actor.bureau, tuple(application.guardians)))
    # Neither frozen nor final while the objection is being filed.
    row = await held_round(session, actor.bureau, application.round, shared=True)
    now = await database_now(session)
    phase = await phase_now(session, row, application, now)
    if not words.strip():
        raise ServiceError("round.reason_missing", "words")
    key = await vault.key_of(session, actor.bureau, application.child)
    id_ = uuid7()
    made = Objection(
        bureau=actor.bureau,
        id=id_,
        guardians=list(application.guardians),
        round=row.id,
        application=application.id,
        phase=phase.value,
        sealed=seal(key, words, Place("objection", "sealed", id_)),
        filed_at=now,
    )
    session.add(made)
    await session.flush()
    await journal.record(session, actor, "objection", "file", f"objection:{id_}", after=made.status)
    return id_


async def decide_objection(
    session: AsyncSession, vault: Vault, actor: Actor, objection_id: UUID, upheld: bool, answer: str
) -> None:
    """A caseworker upholds or dismisses it, with an answer for the family. Raises `round.reason_missing`,
    `casework.held_by_another`."""
    row = await _found(session, actor.bureau, objection_id, lock=True)
    actor = authorize(actor, "objection.decide", Target(actor.bureau, tuple(row.guardians)))
    await refuse_held_by_another(session, actor, [row.application], "objection")
    application = await application_by_id(session, actor.bureau, row.application)
    status = OBJECTION.next(ObjectionStatus(row.status), Simple.UPHOLD if upheld else Simple.DISMISS)
    if not answer.strip():
        raise ServiceError("round.reason_missing", "answer")
    key = await vault.key_of(session, actor.bureau, application.child)
    before, row.status = row.status, status.value
    row.answer = seal(key, answer, Place("objection", "answer", row.id))
    row.decided_by, row.decided_at = actor.person, await database_now(session)
    await session.flush()
    await journal.record(session, actor, "objection", "decide", f"objection:{row.id}", before, row.status)
    await _tell(session, vault, actor, row, application.child)


async def _tell(session: AsyncSession, vault: Vault, actor: Actor, row: Objection, child: UUID) -> None:
    round_ = await session.get_one(AdmissionRound, (row.bureau, row.round))
    name = (await child_names(session, vault, row.bureau, [child]))[child]
    parameters, personal = {"round": title_of(round_)}, {"child": one_line(name)}
    family = tuple(row.guardians)
    notices = [Notice(TOLD, f"objection:{row.id}", person, parameters, personal, family) for person in family]
    await post(session, vault, actor, notices)


async def open_objection(
    session: AsyncSession, vault: Vault, actor: Actor, objection_id: UUID
) -> tuple[OpenedObjection, Actor]:
    """The objection in clear, and the role in which it was read; the caller journals a reading by staff."""
    row = await _found(session, actor.bureau, objection_id)
    actor = authorize(actor, "objection.read", Target(actor.bureau, tuple(row.guardians)))
    application = await application_by_id(session, actor.bureau, row.application)
    key = await vault.key_of(session, actor.bureau, application.child)
    answer = None if row.answer is None else unseal(key, row.answer, Place("objection", "answer", row.id))
    opened = OpenedObjection(
        row.id,
        row.round,
        row.application,
        ObjectionPhase(row.phase),
        ObjectionStatus(row.status),
        unseal(key, row.sealed, Place("objection", "sealed", row.id)),
        answer,
        row.filed_at,
        row.decided_at,
    )
    return opened, actor


async def was_upheld(session: AsyncSession, bureau: str, round_id: UUID, application: UUID) -> bool:
    """Whether an objection about this application was upheld since the freeze on which the round's results rest: what
    was upheld before, to the points list or to a result annulled since, was mended in what was frozen."""
    frozen = select(func.min(col(Bundle.frozen_at))).where(
        col(Bundle.bureau) == bureau, col(Bundle.round) == round_id, col(Bundle.status) != BundleStatus.VOID
    )
    found = select(col(Objection.id)).where(
        col(Objection.bureau) == bureau,
        col(Objection.application) == application,
        col(Objection.phase) == ObjectionPhase.PROPOSAL,
        col(Objection.status) == ObjectionStatus.UPHELD,
        col(Objection.decided_at) >= frozen.scalar_subquery(),
    )
    return await session.scalar(found.limit(1)) is not None


async def refuse_while_open(session: AsyncSession, row: AdmissionRound, phase: ObjectionPhase) -> None:
    """Raise `round.objections_open` while an objection of this phase waits for its answer; the round is held."""
    count = await session.scalar(
        select(func.count())
        .select_from(Objection)
        .where(
            col(Objection.bureau) == row.bureau,
            col(Objection.round) == row.id,
            col(Objection.phase) == phase,
            col(Objection.status) == ObjectionStatus.FILED,
        )
    )
    if count:
        raise ServiceError("round.objections_open", "objections", count=count)


async def _found(session: AsyncSession, bureau: str, objection_id: UUID, lock: bool = False) -> Objection:
    query = select(Objection).where(col(Objection.bureau) == bureau, col(Objection.id) == objection_id)
    row = await session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise ServiceError("access.not_found", "objection", action="objection")
    return row
