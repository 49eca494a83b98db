"""What registers have said: to a family wherein they differ, in words; to an officer with both values; for a round,
what waits for a person."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import AUDITOR, CASEWORK, Target, authorize
from app.actor import Actor
from app.applications import queries
from app.applications.lifecycle import RegisterStatus
from app.applications.models import Evidence, RegisterCheck
from app.applications.register_standing import still_claimed
from app.applications.register_words import Words, difference_words, register_words
from app.vault import Place, Vault, unseal

ANSWER, REASON = "sealed", "reason"


@dataclass(frozen=True)
class Contradiction:
    """A line of the officers' list, without what the register holds."""

    id: UUID
    application: UUID
    kind: str
    catalogue: str
    fields: list[str]
    answered_at: datetime
    valid_on: date


async def list_contradictions(
    session: AsyncSession, vault: Vault, actor: Actor, round_id: UUID, after: UUID | None, limit: int
) -> list[Contradiction]:
    """A page of what a register contradicts and nobody has decided, oldest first; raises `access.*`."""
    authorize(actor, "contradiction.list", Target(actor.bureau))
    await queries.refuse_unknown_round(session, actor.bureau, round_id)
    query = (
        select(RegisterCheck)
        .join(Evidence, still_claimed())
        .where(
            col(RegisterCheck.bureau) == actor.bureau,
            col(RegisterCheck.round) == round_id,
            col(RegisterCheck.status) == RegisterStatus.CONTRADICTED,
        )
    )
    if after is not None:
        query = query.where(col(RegisterCheck.id) > after)
    rows = list(await session.scalars(query.order_by(col(RegisterCheck.id)).limit(limit)))
    keys = await vault.keys_of(session, actor.bureau, [row.child for row in rows])
    return [_line(row, keys[row.child]) for row in rows]


def _line(row: RegisterCheck, key: bytes) -> Contradiction:
    assert row.catalogue is not None and row.answered_at is not None and row.valid_on is not None
    fields = [difference["field"] for difference in answer_of(row, key)["differences"]]
    return Contradiction(row.id, row.application, row.kind, row.catalogue, fields, row.answered_at, row.valid_on)


def answer_of(row: RegisterCheck, key: bytes) -> dict[str, Any]:
    """The kept answer: `record`, `differences`, `remarks`, `unknown`; empty lists while there is none."""
    if row.sealed is None:
        return {"record": None, "differences": [], "remarks": [], "unknown": []}
    opened: dict[str, Any] = unseal(key, row.sealed, Place("register_check", ANSWER, row.id))
    return opened


async def registers_of(
    session: AsyncSession, bureau: str, application: UUID, key: bytes, role: str
) -> list[dict[str, Any]]:
    """What of an application was asked where and what came of it. `differences` have both values for a caseworker
    alone: whoever knows a child's number must not learn from our answers what a register holds of it."""
    rows = await session.scalars(
        select(RegisterCheck)
        .join(Evidence, still_claimed())
        .where(
            col(RegisterCheck.bureau) == bureau,
            col(RegisterCheck.application) == application,
            col(RegisterCheck.status) != RegisterStatus.WITHDRAWN,
        )
        .order_by(col(RegisterCheck.kind))
    )
    return [_told(row, key, role) for row in rows]


def _told(row: RegisterCheck, key: bytes, role: str) -> dict[str, Any]:
    words, answer = register_words(), answer_of(row, key)
    office = None if row.catalogue is None else _both(words.catalogues[row.catalogue])
    reason = None if row.reason is None else unseal(key, row.reason, Place("register_check", REASON, row.id))
    return {
        "id": row.id,
        "kind": row.kind,
        "catalogue": row.catalogue,
        "office": office,
        "status": row.status,
        "answered_at": row.answered_at,
        "valid_on": row.valid_on,
        "digest": row.digest,
        "differences": [_difference(row, difference, role) for difference in answer["differences"]],
        "remarks": [] if role == AUDITOR else [_both(words.remarks[name]) for name in answer["remarks"]],
        "reason": reason,
    }


def _difference(row: RegisterCheck, difference: dict[str, Any], role: str) -> dict[str, Any]:
    said = difference_words(row.catalogue or "", difference["field"])
    told = {"field": difference["field"], "words": _both(said)}
    if role != CASEWORK:
        return told
    return {**told, "declared": difference["declared"], "register_says": difference["register"]}


def _both(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
