"""Documents listed and opened by whoever may; a reading by anyone but a guardian stands in the journal before a byte
of the file is fetched."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from structlog import get_logger

from app.accounts.access import GUARDIAN, Target, authorize
from app.actor import Actor
from app.applications import queries as applications
from app.applications.reading import record_reading
from app.database import Database
from app.documents.intake import Intake
from app.documents.models import Document
from app.documents.queries import document_by_id, documents_of
from app.documents.reasons import FileKind
from app.documents.schemas import FamilyDocumentOut
from app.documents.upload import Begin
from app.errors import ServiceError
from app.journal import service as journal
from app.vault import CannotOpen, Place, Vault, unseal, unseal_content

log = get_logger()


@dataclass(frozen=True)
class Opened:
    """A document as it is handed out."""

    id: UUID
    kind: FileKind
    content: bytes


async def list_documents(
    session: AsyncSession, database: Database, vault: Vault, actor: Actor, application_id: UUID
) -> list[FamilyDocumentOut]:
    """An application's documents, oldest first; a school's are those shown to it. Raises `access.*`."""
    application = await applications.application_by_id(session, actor.bureau, application_id)
    target = Target(actor.bureau, tuple(application.guardians), tuple(application.schools))
    actor = authorize(actor, "document.list", target)
    rows = await documents_of(session, actor.bureau, application_id)
    keys = await vault.keys_of(session, actor.bureau, [application.child])
    checks = (await applications.checks_of(session, actor.bureau, [application_id]))[application_id]
    if actor.role != GUARDIAN:
        await record_reading(session, database, actor, "document", "list", f"application:{application_id}")
    return [_listed(row, keys.get(row.child), checks) for row in rows]


def _listed(row: Document, key: bytes | None, checks: dict[str, str]) -> FamilyDocumentOut:
    name = None if key is None else unseal(key, row.sealed, Place("document", "sealed", row.id))["name"]
    return FamilyDocumentOut(
        id=row.id,
        application=row.application,
        evidence=row.evidence,
        evidence_status=None if row.evidence is None else checks.get(row.evidence),
        kind=FileKind(row.kind),
        name=name,
        size=row.size,
        digest=row.digest.hex(),
        uploaded_at=row.uploaded_at,
        keep_until=row.keep_until,
        shown_to=row.schools,
    )


async def open_document(begin: Begin, vault: Vault, intake: Intake, document_id: UUID) -> Opened:
    """The file itself; raises `access.*`, `document.unreadable` once its key is erased."""
    async with begin() as (session, actor):
        row = await document_by_id(session, actor.bureau, document_id, "document.read")
        # A school that has no business with the child any more finds no application, whatever was shown to it.
        application = await applications.application_by_id(session, actor.bureau, row.application)
        schools = tuple(school for school in row.schools if school in application.schools)
        actor = authorize(actor, "document.read", Target(actor.bureau, tuple(row.guardians), schools))
        try:
            key = await vault.key_of(session, actor.bureau, row.child)
        except CannotOpen:
            raise ServiceError("document.unreadable") from None
        if actor.role != GUARDIAN:
            await journal.record(session, actor, "document", "read", f"document:{row.id}", "-", "read")
        name, kind = row.object, FileKind(row.kind)
    sealed = await intake.objects.get(name)
    try:
        content = unseal_content(key, sealed or b"", Place("document", "content", document_id))
    except CannotOpen:
        log.error("document_unreadable")
        raise ServiceError("document.unreadable") from None
    return Opened(document_id, kind, content)
