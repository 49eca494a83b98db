"""Families send documents, those concerned open them. Parse, one call, answer."""

import re
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response, status
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from app.accounts.calls import Asked, HeldCache, HeldDatabase, HeldVault, Session, SignedIn
from app.documents import reading, showing, upload
from app.documents.intake import Intake
from app.documents.limits import MAX_BYTES, MULTIPART_BYTES
from app.documents.reasons import MEDIA_TYPES, SUFFIXES
from app.documents.schemas import DocumentReceiptOut, FamilyDocumentOut, ShowIn
from app.documents.upload import Sent
from app.errors import ServiceError

router = APIRouter(tags=["documents"])
# Streamed, so that the sender is known before anything is read (app.edge).
STREAMED = (re.compile(r"/api/v1/applications/[^/]+/documents"), MAX_BYTES + MULTIPART_BYTES)
IdempotencyKey = Annotated[str, Header(alias="Idempotency-Key", pattern=r"^[A-Za-z0-9_-]{8,64}$")]
FILE = {"type": "string", "format": "binary", "description": "JPEG, PNG or PDF of up to 5 MB."}
EVIDENCE = {"type": "string", "description": "The kind of evidence that it shows."}
FORM = {"type": "object", "required": ["file"], "properties": {"file": FILE, "evidence": EVIDENCE}}
BODY = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": FORM}}}}
FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {media: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA_TYPES.values()}}
}
# It is saved, never shown within a page of ours; should a browser show it all the same, it runs nothing.
HARMLESS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def intake(request: Request) -> Intake:
    held: Intake = request.app.state.intake
    return held


HeldIntake = Annotated[Intake, Depends(intake)]


@router.post(
    "/applications/{application_id}/documents",
    operation_id="upload_document",
    status_code=status.HTTP_201_CREATED,
    openapi_extra=BODY,
)
async def upload_document(
    application_id: UUID,
    request: Request,
    key: IdempotencyKey,
    asked: Asked,
    vault: HeldVault,
    cache: HeldCache,
    intake: HeldIntake,
) -> DocumentReceiptOut:
    """Send one file: JPEG, PNG or PDF, up to 5 MB and 20 million pixels, ten to an application.

    Pictures and pages are kept as they look; whatever else the file holds is not. The same key with the same file gets
    the same receipt.
    """

    async def receive() -> Sent:
        return await received(request)

    receipt = await upload.upload(asked.signed_in, vault, cache, intake, application_id, key, receive)
    return DocumentReceiptOut.model_validate(receipt)


async def received(request: Request) -> Sent:
    """The one file of a multipart body, held in memory alone: it is never put down in clear. Raises `document.form`."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise ServiceError("document.form", "file")
    parser = MultiPartParser(request.headers, request.stream(), max_files=1, max_fields=1, max_part_size=200)
    parser.spool_max_size = MAX_BYTES + MULTIPART_BYTES
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, UnicodeDecodeError):
        raise ServiceError("document.form", "file") from None
    try:
        file, evidence = form.get("file"), form.get("evidence")
        if not isinstance(file, UploadFile) or not isinstance(evidence, str | None):
            raise ServiceError("document.form", "file")
        return Sent(await file.read(), file.filename, evidence or None)
    finally:
        await form.close()


@router.get("/applications/{application_id}/documents", operation_id="list_documents")
async def list_documents(
    application_id: UUID, session: Session, database: HeldDatabase, vault: HeldVault, actor: SignedIn
) -> list[FamilyDocumentOut]:
    """An application's documents; a school sees those that were shown to it. A reading by staff is journalled."""
    return await reading.list_documents(session, database, vault, actor, application_id)


@router.get("/documents/{document_id}", operation_id="read_document", response_class=Response, responses=FILES)
async def read_document(document_id: UUID, asked: Asked, vault: HeldVault, intake: HeldIntake) -> Response:
    """The file, to be saved. A reading by staff or a school is journalled."""
    opened = await reading.open_document(asked.signed_in, vault, intake, document_id)
    name = f'attachment; filename="{opened.id}.{SUFFIXES[opened.kind]}"'
    headers = {**HARMLESS, "Content-Disposition": name}
    return Response(opened.content, media_type=MEDIA_TYPES[opened.kind], headers=headers)


@router.delete("/documents/{document_id}", operation_id="take_back_document", status_code=status.HTTP_204_NO_CONTENT)
async def take_back_document(document_id: UUID, asked: Asked, intake: HeldIntake) -> None:
    """Delete a document of one's own that nobody has decided on yet."""
    await showing.take_back_document(asked.signed_in, intake, document_id)


@router.post("/documents/{document_id}/schools", operation_id="show_document", status_code=status.HTTP_204_NO_CONTENT)
async def show_document(document_id: UUID, body: ShowIn, session: Session, actor: SignedIn) -> None:
    """Let the school that has business with the child open a document. The act is journalled."""
    await showing.show_document(session, actor, document_id, body.school)
