"""Which questions are to be put now: the table of questions is its own queue."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.actor import Actor
from app.applications.lifecycle import RegisterStatus
from app.applications.queries import HeldRound
from app.applications.register_checks import opened, submitted, withdraw
from app.gateways.answers import Catalogue, Question
from app.vault import Vault

# Leased: another worker leaves it alone until then, and one that dies has lost nothing but the time.
DUE = text("""
    WITH due AS (
        SELECT id FROM register_check
        WHERE bureau = :bureau AND round = :round AND status = 'waiting' AND due_at <= :until
        ORDER BY due_at, application LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    UPDATE register_check c SET due_at = clock_timestamp() + :lease FROM due
    WHERE c.bureau = :bureau AND c.id = due.id
    RETURNING c.id, c.application, c.child, c.kind, c.tries
""")


@dataclass(frozen=True, repr=False)
class Due:
    """A question to be put now; `tries`: how often it came to nothing."""

    id: UUID
    catalogue: Catalogue
    question: Question
    tries: int


async def take_due(
    session: AsyncSession, vault: Vault, actor: Actor, held: HeldRound, until: datetime, limit: int, lease: timedelta
) -> list[Due]:
    """Up to `limit` questions that were due `until` then, now leased, with what is to be asked."""
    values = {"bureau": actor.bureau, "round": held.id, "until": until, "limit": limit, "lease": lease}
    taken = (await session.execute(DUE, values)).all()
    applications = await submitted(session, actor.bureau, sorted({row.application for row in taken}))
    keys = await vault.keys_of(session, actor.bureau, [row.child for row in applications])
    kinds: dict[UUID, list[str]] = {}
    for row in taken:
        kinds.setdefault(row.application, []).append(row.kind)
    wanted = {row.id: opened(row, keys[row.child], kinds[row.id]) for row in applications}
    due, moot = [], {}
    for row in taken:
        asked = wanted.get(row.application, {}).get(row.kind)
        if asked is not None and asked.catalogue is not None:
            due.append(Due(row.id, asked.catalogue, asked.question(row.id, held.as_of), row.tries))
        else:
            moot[row.id] = RegisterStatus.WAITING
    await withdraw(session, actor, moot)
    return due
