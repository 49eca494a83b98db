"""Writing the trail and the receipts. One entry per transition, in the transition's own transaction."""

import hashlib
import json
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.actor import Actor
from app.clock import uuid7
from app.database import Database, table
from app.errors import ServiceError
from app.inserts import Part, insert_columns
from app.journal.models import JournalEntry, Receipt

ABSENT = "absent"
RECEIPT = text(
    "SELECT body_digest, answer FROM receipt WHERE bureau = :bureau AND account = :account AND key = :key"
).columns(answer=JSONB)


def entry(actor: Actor, subject: str, action: str, object_: str, before: str, after: str) -> dict[str, Any]:
    """A row of the journal: `action` becomes `source:subject:action`. Raises ValueError where a part is blank."""
    row = {
        "bureau": actor.bureau,
        "id": uuid7(),
        "person": actor.person,
        "account": actor.account,
        "role": actor.role,
        "action": f"{actor.source}:{subject}:{action}",
        "object": object_,
        "before": before,
        "after": after,
        "request": actor.request,
    }
    if not all(part.strip() for part in (subject, action, object_, before, after)):
        raise ValueError("a journal entry has no blank part")
    return row


async def record(
    session: AsyncSession, actor: Actor, subject: str, action: str, object_: str, before: str = ABSENT, after: str = "-"
) -> None:
    """Write one entry. `object_` is `type:id`; before and after are states, versions or digests."""
    await session.execute(insert(table(JournalEntry)), [entry(actor, subject, action, object_, before, after)])


async def record_all(session: AsyncSession, entries: list[dict[str, Any]]) -> None:
    """Write many entries in one statement, for work by list; each from `entry`."""
    if entries:
        columns = {name: [row[name] for row in entries] for name in entries[0]}
        await insert_columns(session, JournalEntry, columns, len(entries))


async def record_apart(database: Database, actor: Actor, subject: str, action: str, object_: str, after: str) -> None:
    """Write an entry in a transaction of its own: a refusal, or a reading by someone who may write nothing."""
    writer = Actor(
        actor.bureau, actor.person, actor.account, role=actor.role, source=actor.source, request=actor.request
    )
    async with database.transaction(writer) as session:
        await record(session, writer, subject, action, object_, "-", after)


def body_digest(body: Any) -> bytes:
    """SHA-256 of a body's canonical JSON: what an idempotency key is bound to."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).digest()


async def earlier_receipt(session: AsyncSession, actor: Actor, key: str, digest: bytes) -> dict[str, Any] | None:
    """What this account was answered under this key, or None. Raises `idempotency.other_body` (422)."""
    row = (await session.execute(RECEIPT, {"bureau": actor.bureau, "account": actor.account, "key": key})).one_or_none()
    if row is None:
        return None
    if row.body_digest != digest:
        raise ServiceError("idempotency.other_body", "Idempotency-Key")
    answer: dict[str, Any] = row.answer
    return answer


def entries_part(entries: list[dict[str, Any]]) -> Part:
    """These entries, to be inserted with what they speak of."""
    return JournalEntry, entries


def receipt_part(actor: Actor, key: str, digest: bytes, answer: dict[str, Any]) -> Part:
    """The answer under its key, to be inserted in the transaction that it speaks of."""
    values = {
        "bureau": actor.bureau,
        "account": actor.account,
        "person": actor.person,
        "key": key,
        "body_digest": digest,
        "answer": answer,
    }
    return Receipt, [values]
