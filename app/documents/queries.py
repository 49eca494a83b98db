"""Reads of documents, named as questions."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.documents.models import Document
from app.errors import ServiceError


async def count_of(session: AsyncSession, bureau: str, application: UUID) -> int:
    """How many documents an application has."""
    query = select(func.count()).where(col(Document.bureau) == bureau, col(Document.application) == application)
    return int((await session.execute(query)).scalar_one())


async def documents_of(session: AsyncSession, bureau: str, application: UUID) -> list[Document]:
    """An application's documents as the transaction may see them, oldest first."""
    query = select(Document).where(col(Document.bureau) == bureau, col(Document.application) == application)
    return list(await session.scalars(query.order_by(col(Document.id))))


async def document_by_id(session: AsyncSession, bureau: str, document_id: UUID, action: str) -> Document:
    """A document that the transaction may see; raises `access.not_found`."""
    row = await session.get(Document, (bureau, document_id))
    if row is None:
        raise ServiceError("access.not_found", "document", action=action)
    return row
