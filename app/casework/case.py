"""A case as it stands, in words: each claim, who has looked at it, and what is asked of whom until when.

For the family and for the officer alike; the officer sees who, and what schools have found.
"""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import AUDITOR, GUARDIAN, Target, authorize
from app.actor import Actor
from app.applications import queries
from app.applications.letter_shown import letter_of
from app.applications.lifecycle import EvidenceStatus, Outcome, words
from app.applications.papers import papers_asked
from app.applications.points_shown import points_of
from app.applications.reading import record_reading
from app.casework.corrections import corrections_of
from app.casework.site_check_list import site_checks_of
from app.database import Database
from app.vault import Vault


async def read_case(
    session: AsyncSession, database: Database, vault: Vault, actor: Actor, application_id: UUID
) -> dict[str, Any]:
    """The case as the actor may see it, journalled where the actor is no guardian; raises `access.*`."""
    row = await queries.application_by_id(session, actor.bureau, application_id)
    actor = authorize(actor, "case.read", Target(actor.bureau, tuple(row.guardians), tuple(row.schools)))
    staff = actor.role != GUARDIAN
    if staff:
        await record_reading(session, database, actor, "case", "read", f"application:{row.id}")
    demonstration = await queries.is_demonstration(session, actor.bureau, row.round)
    return {
        "application": row.id,
        "outcome": row.outcome,
        "outcome_zh": words(Outcome(row.outcome))[0],
        "outcome_en": words(Outcome(row.outcome))[1],
        "claims": [_claim(claim, staff) for claim in await queries.claims_of(session, actor.bureau, row.id)],
        "points": await points_of(session, vault, row),
        "papers": await papers_asked(session, actor.bureau, row.id, demonstration),
        "letter": await letter_of(session, vault, row, demonstration),
        "corrections": [] if actor.role == AUDITOR else await corrections_of(session, vault, actor.bureau, row),
        "site_checks": await site_checks_of(session, vault, actor.bureau, row.id, staff),
    }


def _claim(claim: queries.ClaimState, staff: bool) -> dict[str, Any]:
    zh, en = words(EvidenceStatus(claim.status))
    return {
        "kind": claim.kind,
        "status": claim.status,
        "zh": zh,
        "en": en,
        "since": claim.since,
        "officer": claim.officer if staff else None,
    }
