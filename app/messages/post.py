"""Writing messages in the transaction of the act that they tell of: with it they exist, once each, or not at all."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.actor import Actor
from app.clock import uuid7
from app.inserts import insert_together
from app.jobs.service import enqueue
from app.journal import service as journal
from app.messages import vocabulary
from app.messages.lifecycle import MESSAGE
from app.messages.models import MessageWords
from app.vault import CannotOpen, Place, Vault, seal

DELIVER = "deliver_messages"
AT_ONCE = 100
# Ordered by the caller, so that two transactions that tell the same persons wait for each other and do not deadlock.
INSERT = text("""
    INSERT INTO message (bureau, id, guardians, schools, person, kind, object, status, parameters)
    SELECT :bureau, id, guardians, CAST('{}' AS text[]), person, kind, object, :status, parameters
    FROM jsonb_to_recordset(CAST(:rows AS jsonb))
        AS given(id uuid, guardians uuid[], person uuid, kind text, object text, parameters jsonb)
    ON CONFLICT ON CONSTRAINT message_once DO NOTHING
    RETURNING id
""")


@dataclass(frozen=True)
class Notice:
    """What one person is told about one object (`type:id`). `family` are those who may know that they were told, the
    object's guardians; `personal` parameters are sealed for the person and never leave by SMS."""

    kind: str
    object: str
    person: UUID
    parameters: Mapping[str, Any]
    personal: Mapping[str, str] = field(default_factory=dict, repr=False)
    family: tuple[UUID, ...] = ()


async def post(session: AsyncSession, vault: Vault, actor: Actor, notices: Sequence[Notice]) -> int:
    """Write those that are not yet written, and ask for their delivery; answers how many are new.

    The caller has authorised the act, and acts for the bureau, or tells only the actor's own person. Raises ValueError
    for what the vocabulary does not know, CannotOpen where a person has no key.
    """
    for notice in notices:
        vocabulary.check(notice.kind, notice.object, notice.parameters, notice.personal)
    ordered = sorted(notices, key=lambda notice: (notice.kind, notice.object, notice.person))
    given = {uuid7(): notice for notice in ordered}
    written = await _write(session, actor, given) if given else set()
    new = {id_: notice for id_, notice in given.items() if id_ in written}
    await _seal_words(session, vault, actor, new)
    await journal.record_all(
        session, [journal.entry(actor, "message", "post", f"message:{id_}", "absent", MESSAGE.initial) for id_ in new]
    )
    ids = [str(id_) for id_ in new]
    for first in range(0, len(ids), AT_ONCE):
        await ask_delivery(session, actor, ids[first : first + AT_ONCE])
    return len(new)


async def ask_delivery(session: AsyncSession, actor: Actor, ids: list[str], turn: int = 0, **pause: Any) -> None:
    """A job that delivers these messages; `turn` counts how often in a row nothing came of it."""
    await enqueue(session, actor, DELIVER, f"message:{ids[0]}", {"messages": ids, "turn": turn}, **pause)


async def _write(session: AsyncSession, actor: Actor, given: Mapping[UUID, Notice]) -> set[UUID]:
    rows = [
        {
            "id": str(id_),
            "guardians": sorted({str(person) for person in (notice.person, *notice.family)}),
            "person": str(notice.person),
            "kind": notice.kind,
            "object": notice.object,
            "parameters": dict(notice.parameters),
        }
        for id_, notice in given.items()
    ]
    values = {"bureau": actor.bureau, "status": MESSAGE.initial.value, "rows": json.dumps(rows)}
    return set(await session.scalars(INSERT, values))


async def _seal_words(session: AsyncSession, vault: Vault, actor: Actor, new: Mapping[UUID, Notice]) -> None:
    private = {id_: notice for id_, notice in new.items() if notice.personal}
    keys = await vault.keys_of(session, actor.bureau, sorted({notice.person for notice in private.values()}))
    if any(notice.person not in keys for notice in private.values()):
        raise CannotOpen("no key")
    rows = [
        {
            "bureau": actor.bureau,
            "id": id_,
            "person": notice.person,
            "sealed": seal(keys[notice.person], dict(notice.personal), Place("message_words", "sealed", id_)),
        }
        for id_, notice in private.items()
    ]
    await insert_together(session, [(MessageWords, rows)])
