"""Reads of the trail, named as questions."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.journal.models import JournalEntry


async def entries_before(
    session: AsyncSession, bureau: str, before: UUID | None, object_: str | None, limit: int
) -> list[JournalEntry]:
    """A page of the journal, newest first (UUIDv7 keys are in order of time), of one object if it is named."""
    query = select(JournalEntry).where(col(JournalEntry.bureau) == bureau)
    if before is not None:
        query = query.where(col(JournalEntry.id) < before)
    if object_ is not None:
        query = query.where(col(JournalEntry.object) == object_)
    return list(await session.scalars(query.order_by(col(JournalEntry.id).desc()).limit(limit)))
