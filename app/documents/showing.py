"""A caseworker shows a document to a school that has business with the child; a family takes its own back."""

from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications import queries as applications
from app.applications.lifecycle import EvidenceStatus
from app.applications.queries import CHECKABLE
from app.database import table
from app.documents.intake import Intake
from app.documents.models import Document
from app.documents.queries import document_by_id
from app.documents.upload import Begin
from app.errors import ServiceError
from app.journal import service as journal


async def show_document(session: AsyncSession, actor: Actor, document_id: UUID, school: str) -> None:
    """Let one school's office open a document; raises `document.not_its_school`, `access.*`."""
    row = await document_by_id(session, actor.bureau, document_id, "document.show")
    actor = authorize(actor, "document.show", Target(actor.bureau, tuple(row.guardians)))
    application = await applications.held_application(session, actor.bureau, row.application)
    if school not in application.schools:
        raise ServiceError("document.not_its_school", "school")
    schools = sorted({*row.schools, school})
    await session.execute(
        update(table(Document))
        .where(col(Document.bureau) == actor.bureau, col(Document.id) == row.id)
        .values(schools=schools)
    )
    await journal.record(session, actor, "document", "show", f"document:{row.id}", "-", f"school:{school}")


async def take_back_document(begin: Begin, intake: Intake, document_id: UUID) -> None:
    """Delete a family's own document, as long as nobody has decided on it; raises `document.settled`, `access.*`.

    The row goes first: should the object outlive it, it is swept.
    """
    objects = intake.objects
    async with begin() as (session, actor):
        row = await document_by_id(session, actor.bureau, document_id, "document.take_back")
        actor = authorize(actor, "document.take_back", Target(actor.bureau, tuple(row.guardians)))
        found = await applications.application_by_id(session, actor.bureau, row.application)
        held_round = await applications.hold_round(session, actor.bureau, found.round)
        application = await applications.held_application(session, actor.bureau, row.application)
        checks = (await applications.checks_of(session, actor.bureau, [application.id]))[application.id]
        is_checked = checks.get(row.evidence or "", EvidenceStatus.CLAIMED.value) != EvidenceStatus.CLAIMED
        if held_round.status not in CHECKABLE or is_checked:
            raise ServiceError("document.settled")
        await session.execute(
            delete(table(Document)).where(col(Document.bureau) == actor.bureau, col(Document.id) == row.id)
        )
        name, before = row.object, f"kept {row.kept_digest.hex()}"
        await journal.record(session, actor, "document", "take_back", f"document:{row.id}", before, journal.ABSENT)
    await objects.delete(name)
