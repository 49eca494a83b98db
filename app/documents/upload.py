"""A file comes in: its sender is known before it is read, it is written anew, sealed, stored, and then recorded.

The object is whole in the store before the row that names it is committed, so that no row is without its object; an
object whose row never came is swept (retention). Between the transactions no connection waits.
"""

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications import queries as applications
from app.applications.assessment import EVIDENCE
from app.applications.lifecycle import ApplicationStatus
from app.cache import Cache
from app.clock import uuid7
from app.documents.intake import LIMITS, Intake
from app.documents.limits import MAX_FILES, UPLOADS_PER_HOUR
from app.documents.models import Document
from app.documents.names import shown_name
from app.documents.queries import count_of
from app.documents.reasons import Harmless
from app.errors import ServiceError
from app.inserts import insert_together
from app.journal import service as journal
from app.vault import Place, Vault, seal, seal_content

Begin = Callable[[], AbstractAsyncContextManager[tuple[AsyncSession, Actor]]]
CONCLUDED = "concluded"
SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR = 3600


@dataclass(frozen=True)
class Sent:
    """What came in: the bytes, the name that they were given, and the kind of evidence that they are to show."""

    content: bytes
    name: str | None
    evidence: str | None

    def digest(self) -> bytes:
        return hashlib.sha256(self.content).digest()


@dataclass(frozen=True)
class Stored:
    """What lies sealed in the store, not yet recorded."""

    id: UUID
    object: str
    harmless: Harmless
    sealed_name: bytes


async def upload(
    begin: Begin,
    vault: Vault,
    cache: Cache,
    intake: Intake,
    application_id: UUID,
    key: str,
    receive: Callable[[], Awaitable[Sent]],
) -> dict[str, Any]:
    """Take a file in under an idempotency key; answers the receipt. Nothing is received before the caller is known to
    be allowed. Raises `document.*`, `access.*`, `idempotency.other_body`, `service.busy`."""
    async with begin() as (session, actor):
        await _admit(session, cache, actor, application_id)
    objects = intake.objects
    async with intake.room():
        sent = await receive()
        async with begin() as (session, actor):
            if (earlier := await _earlier(session, actor, application_id, key, sent)) is not None:
                return earlier
            await _refuse_evidence(session, actor, application_id, sent.evidence)
            child = (await applications.application_by_id(session, actor.bureau, application_id)).child
            child_key = await vault.key_of(session, actor.bureau, child)
        harmless = await intake.made_harmless(sent.content)
        stored = _sealed(actor.bureau, child_key, harmless, sent)
        place = Place("document", "content", stored.id)
        await objects.put(stored.object, seal_content(child_key, harmless.content, place))
        async with begin() as (session, actor):
            receipt = await _record(session, actor, application_id, key, sent, stored, intake.days)
    if receipt["document"] != str(stored.id):
        await objects.delete(stored.object)  # the same request, answered meanwhile
    return receipt


async def _admit(session: AsyncSession, cache: Cache, actor: Actor, application_id: UUID) -> None:
    row = await applications.application_by_id(session, actor.bureau, application_id)
    actor = authorize(actor, "document.upload", Target(actor.bureau, tuple(row.guardians)))
    if await cache.count("upload", str(actor.account), HOUR) > UPLOADS_PER_HOUR:
        raise ServiceError("document.too_many_uploads")


async def _earlier(
    session: AsyncSession, actor: Actor, application_id: UUID, key: str, sent: Sent
) -> dict[str, Any] | None:
    return await journal.earlier_receipt(session, actor, key, _bound(application_id, sent))


def _bound(application_id: UUID, sent: Sent) -> bytes:
    """What the idempotency key stands for; the file's name is no part of it."""
    return journal.body_digest([str(application_id), sent.evidence, sent.digest().hex()])


async def _refuse_evidence(session: AsyncSession, actor: Actor, application_id: UUID, evidence: str | None) -> None:
    """A submitted application has told what it claims; a draft may still claim anything that can be claimed."""
    if evidence is None:
        return
    row = await applications.application_by_id(session, actor.bureau, application_id)
    claimed = (await applications.checks_of(session, actor.bureau, [application_id]))[application_id]
    known = claimed if row.status == ApplicationStatus.SUBMITTED else EVIDENCE
    if evidence not in known:
        raise ServiceError("document.no_such_evidence", "evidence")


def _sealed(bureau: str, child_key: bytes, harmless: Harmless, sent: Sent) -> Stored:
    id_ = uuid7()
    name = seal(child_key, {"name": shown_name(sent.name, harmless.kind)}, Place("document", "sealed", id_))
    return Stored(id_, f"{bureau}/{secrets.token_hex(16)}", harmless, name)


async def _record(
    session: AsyncSession, actor: Actor, application_id: UUID, key: str, sent: Sent, stored: Stored, days: int
) -> dict[str, Any]:
    """Row, journal entry and receipt, all or nothing. The application is held, so that no eleventh file gets by."""
    found = await applications.application_by_id(session, actor.bureau, application_id)
    actor = authorize(actor, "document.upload", Target(actor.bureau, tuple(found.guardians)))
    held_round = await applications.hold_round(session, actor.bureau, found.round)
    held = await applications.held_application(session, actor.bureau, application_id)
    earlier = await _earlier(session, actor, application_id, key, sent)
    if earlier is not None:
        return earlier
    if held_round.status == CONCLUDED or held.status == ApplicationStatus.WITHDRAWN:
        raise ServiceError("document.too_late")
    if await count_of(session, actor.bureau, application_id) >= MAX_FILES:
        raise ServiceError("document.too_many", "file", **LIMITS)
    last_day = held_round.closes_at.astimezone(SHANGHAI).date() + timedelta(days=days)
    kept_digest = hashlib.sha256(stored.harmless.content).digest()
    row = {
        "bureau": actor.bureau,
        "id": stored.id,
        "guardians": list(held.guardians),
        "schools": [],
        "application": application_id,
        "child": held.child,
        "evidence": sent.evidence,
        "kind": stored.harmless.kind.value,
        "object": stored.object,
        "size": len(stored.harmless.content),
        "digest": sent.digest(),
        "kept_digest": kept_digest,
        "sealed": stored.sealed_name,
        "uploaded_by": actor.person,
        "keep_until": last_day,
    }
    receipt = {
        "document": str(stored.id),
        "application": str(application_id),
        "evidence": sent.evidence,
        "kind": stored.harmless.kind.value,
        "size": row["size"],
        "digest": sent.digest().hex(),
        "kept_digest": kept_digest.hex(),
        "received_at": held_round.now.isoformat(),
        "keep_until": last_day.isoformat(),
    }
    after = f"kept {kept_digest.hex()}"
    entry = journal.entry(actor, "document", "upload", f"document:{stored.id}", journal.ABSENT, after)
    kept = journal.receipt_part(actor, key, _bound(application_id, sent), receipt)
    await insert_together(session, [(Document, [row]), journal.entries_part([entry]), kept])
    return receipt
