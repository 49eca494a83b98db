"""Reaching those who have not answered: attempts, and why no application is awaited, until the list is empty."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.actor import Actor
from app.clock import uuid7
from app.database import database_now, table
from app.errors import ServiceError
from app.inserts import insert_together
from app.invitations.lifecycle import INVITATION, InvitationEvent, InvitationStatus
from app.invitations.listing import concerned
from app.invitations.models import Invitation, OutreachAttempt, Reached, Way
from app.journal import service as journal
from app.schools.queries import CHINA
from app.vault import Place, Vault, seal

FOLLOW = "invitation.follow"


@dataclass(frozen=True)
class Attempt:
    """`made_on`: the day of the visit, call or letter."""

    way: Way
    result: Reached
    made_on: date


@dataclass(frozen=True)
class Ending:
    """`school`: at which school the child is, for `go_elsewhere` alone."""

    event: InvitationEvent
    school: str | None = field(default=None, repr=False)


async def record_attempt(
    session: AsyncSession, actor: Actor, organisation: str, invitation_id: UUID, attempt: Attempt
) -> UUID:
    """Keep an attempt; answers its id. Raises `invitation.attempt_to_come`, `access.*`."""
    actor, row = await concerned(session, actor, FOLLOW, organisation, invitation_id)
    if attempt.made_on > (await database_now(session)).astimezone(CHINA).date():
        raise ServiceError("invitation.attempt_to_come", "made_on")
    made: dict[str, Any] = {"bureau": actor.bureau, "id": uuid7(), "town": row.schools[0], "invitation": row.id}
    made |= {"way": attempt.way.value, "result": attempt.result.value, "made_on": attempt.made_on}
    await insert_together(session, [(OutreachAttempt, [made | {"made_by": actor.person}])])
    what = f"{attempt.way}/{attempt.result}"
    await journal.record(session, actor, "invitation", "attempt", f"invitation:{row.id}", row.status, what)
    id_: UUID = made["id"]
    return id_


async def explain(
    session: AsyncSession, vault: Vault, actor: Actor, organisation: str, invitation_id: UUID, ending: Ending
) -> InvitationStatus:
    """Say why no application is awaited, or that it is after all; one that comes nevertheless counts. Raises
    `invitation.school_missing`, `invitation.school_not_asked`, `access.*`; TransitionRefused."""
    actor, row = await concerned(session, actor, FOLLOW, organisation, invitation_id, hold=True)
    elsewhere = ending.event is InvitationEvent.GO_ELSEWHERE
    if elsewhere and not (ending.school or "").strip():
        raise ServiceError("invitation.school_missing", "school")
    if ending.school is not None and not elsewhere:
        raise ServiceError("invitation.school_not_asked", "school")
    before = InvitationStatus(row.status)
    after = INVITATION.next(before, ending.event)
    why = None
    if ending.school is not None:
        key = await vault.key_of(session, actor.bureau, row.expected)
        why = seal(key, ending.school.strip(), Place("invitation", "explanation", row.id))
    await session.execute(
        update(table(Invitation))
        .where(col(Invitation.bureau) == actor.bureau, col(Invitation.id) == row.id)
        .values(status=after.value, explanation=why)
    )
    await journal.record(session, actor, "invitation", ending.event.value, f"invitation:{row.id}", before, after)
    return after
