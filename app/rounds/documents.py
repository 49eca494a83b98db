"""The seven things that are public before a round opens (domain, section 3), in both languages."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.errors import ServiceError
from app.journal import service as journal
from app.rounds.lifecycle import RoundEvent
from app.rounds.models import AdmissionRound, RoundDocument
from app.rounds.moves import held_round, require
from app.rounds.rows import RoundRow, row_of
from app.rounds.vocabulary import DocumentKind


@dataclass(frozen=True)
class Document:
    """One of the seven public things."""

    kind: DocumentKind
    text_zh: str
    text_en: str


async def put_documents(
    session: AsyncSession, actor: Actor, round_id: UUID, documents: Sequence[Document], version: int | None = None
) -> RoundRow:
    """Write or replace public documents of a planned round; raises `request.changed_meanwhile` where `version`
    is given and is no longer the round's."""
    actor = authorize(actor, "round.publish", Target(actor.bureau))
    row = await held_round(session, actor.bureau, round_id)
    require(actor, row, RoundEvent.PUBLISH)
    if version is not None and version != row.version:
        raise ServiceError("request.changed_meanwhile")
    written = {document.kind: document for document in await documents_written(session, row)}
    for document in documents:
        kept = written.get(document.kind)
        before, digest = kept.digest if kept else journal.ABSENT, _digest(document)
        if kept is None:
            kept = RoundDocument(
                bureau=actor.bureau, round=row.id, kind=document.kind.value, text_zh="", text_en="", digest=""
            )
            session.add(kept)
        kept.text_zh, kept.text_en, kept.digest = document.text_zh, document.text_en, digest
        name = f"document:{row.id}.{document.kind.value}"
        await journal.record(session, actor, "document", "write", name, before, digest)
    row.version += 1
    await session.flush()
    return row_of(row)


async def documents_written(session: AsyncSession, row: AdmissionRound) -> list[RoundDocument]:
    """The documents of a round, in any order."""
    rows = await session.scalars(
        select(RoundDocument).where(col(RoundDocument.bureau) == row.bureau, col(RoundDocument.round) == row.id)
    )
    return list(rows)


def _digest(document: Document) -> str:
    return hashlib.sha256(f"{document.text_zh}\n{document.text_en}".encode()).hexdigest()
