"""The caseworker's verbs: check evidence by list, confirm a refusal, override the rules by two persons.

Until the freeze a changed check is decided anew at once; afterwards the drawn bundle stands (decision 13). Nobody
acts by office on a child of their own, in a list either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications import queries
from app.applications.decide import cases_of, decide_and_store
from app.applications.holders import refuse_held_by_another
from app.applications.lifecycle import EVIDENCE, EvidenceEvent, EvidenceSource, EvidenceStatus, Outcome
from app.applications.models import Evidence
from app.applications.notices import ask_for_papers
from app.applications.referral_list import refuse_where_referred
from app.applications.register_standing import refuse_where_contradicted
from app.applications.settling import confirm_refusal, override, propose_override, propose_refusal
from app.applications.within_year import refuse_while_placed
from app.database import database_now, table
from app.errors import ServiceError
from app.journal import service as journal
from app.lifecycle import TransitionRefused
from app.schools.queries import CHINA
from app.vault import Vault

__all__ = ["Check", "check_evidence", "confirm_refusal", "mark", "override", "propose_override", "propose_refusal"]
WORKER = "worker"


@dataclass(frozen=True)
class Check:
    """The result of looking at one piece of evidence: on what it rests, and the day as of which that speaks (None: the
    day of the check)."""

    application: UUID
    kind: str
    event: EvidenceEvent
    source: EvidenceSource = EvidenceSource.DOCUMENT
    valid_on: date | None = None


async def check_evidence(
    session: AsyncSession, vault: Vault, actor: Actor, round_id: UUID, checks: Sequence[Check]
) -> dict[UUID, Outcome]:
    """Record checks and decide each application anew, all or nothing; answers each one's new outcome. Raises
    `application.not_checkable` after the freeze, `application.no_such_evidence` and `application.checked_already`
    naming the check, `application.office_verifies` for a claim that is another office's to confirm,
    `register.contradicts` for one that a register contradicts, `casework.held_by_another` where somebody else has taken
    the case, `access.*`."""
    actor = authorize(actor, "evidence.check", Target(actor.bureau))
    held = await queries.checkable_round(session, actor.bureau, round_id)
    applications = sorted({check.application for check in checks})
    rows = await queries.held_applications(session, actor.bureau, round_id, applications)
    if len(rows) < len(applications):
        raise ServiceError("access.not_found", "applications", action="evidence.check")
    await refuse_while_placed(session, actor.bureau, held, applications)
    for row in rows:
        authorize(actor, "evidence.check", Target(actor.bureau, tuple(row.guardians), tuple(row.schools)))
    asked = [(check.application, check.kind) for check in checks]
    await refuse_held_by_another(session, actor, applications, "evidence")
    await refuse_where_referred(session, actor.bureau, asked)
    await refuse_where_contradicted(session, actor.bureau, asked)
    entries = await mark(session, actor, checks)
    entries += await decide_and_store(session, actor, held, await cases_of(session, vault, actor.bureau, rows))
    await journal.record_all(session, entries)
    outcomes = await queries.outcomes_of(session, actor.bureau, applications)
    await ask_for_papers(session, vault, actor, round_id, rows, checks, outcomes)
    return outcomes


async def mark(session: AsyncSession, actor: Actor, checks: Sequence[Check]) -> list[dict[str, Any]]:
    """Move each piece of evidence; answers the journal's entries. What a job does by itself names no person."""
    rows = await session.execute(
        select(col(Evidence.id), col(Evidence.application), col(Evidence.kind), col(Evidence.status)).where(
            col(Evidence.bureau) == actor.bureau,
            col(Evidence.application).in_({check.application for check in checks}),
        )
    )
    held = {(row.application, row.kind): (row.id, EvidenceStatus(row.status)) for row in rows}
    now = await database_now(session)
    moved, entries = [], []
    for index, check in enumerate(checks):
        if (check.application, check.kind) not in held:
            raise ServiceError("application.no_such_evidence", f"checks.{index}", kind=check.kind)
        row, before = held[check.application, check.kind]
        try:
            after = EVIDENCE.next(before, check.event)
        except TransitionRefused:
            raise ServiceError("application.checked_already", f"checks.{index}", status=before.value) from None
        held[check.application, check.kind] = row, after
        moved.append(
            {"of_bureau": actor.bureau, "of_id": row, "now": after.value, **_rests_on(actor, check, after, now)}
        )
        entries.append(journal.entry(actor, "evidence", check.event.value, f"evidence:{row}", before, after))
    statement = (
        update(table(Evidence))
        .where(col(Evidence.bureau) == bindparam("of_bureau"), col(Evidence.id) == bindparam("of_id"))
        .values(
            status=bindparam("now"),
            source=bindparam("rests_on"),
            valid_on=bindparam("speaks_of"),
            checked_by=bindparam("by"),
            checked_at=bindparam("at"),
        )
    )
    if moved:
        await (await session.connection()).execute(statement, moved)
    return entries


def _rests_on(actor: Actor, check: Check, after: EvidenceStatus, now: datetime) -> dict[str, Any]:
    """On what the new state rests, and who is at it; of what nobody has decided, on the family's word still."""
    by = None if actor.source == WORKER else actor.person
    match after:
        case EvidenceStatus.CLAIMED:
            return {"rests_on": EvidenceSource.DECLARED.value, "speaks_of": None, "by": None, "at": None}
        case EvidenceStatus.CHECKING:
            return {"rests_on": EvidenceSource.DECLARED.value, "speaks_of": None, "by": by, "at": now}
        case _:
            day = check.valid_on or now.astimezone(CHINA).date()
            return {"rests_on": check.source.value, "speaks_of": day, "by": by, "at": now}
