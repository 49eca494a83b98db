"""API shapes of documents; output lists its fields."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.documents.reasons import FileKind


class DocumentReceiptOut(BaseModel):
    """What was received, when, and what is kept of it: SHA-256 of the bytes sent and of the file written anew."""

    document: UUID
    application: UUID
    evidence: str | None
    kind: FileKind
    size: int
    digest: str
    kept_digest: str
    received_at: datetime
    keep_until: date


class FamilyDocumentOut(BaseModel):
    """A document; `name` is empty once the child's key is erased. `evidence_status`: how its evidence stands."""

    id: UUID
    application: UUID
    evidence: str | None
    evidence_status: str | None
    kind: FileKind
    name: str | None
    size: int
    digest: str
    uploaded_at: datetime
    keep_until: date
    shown_to: list[str]


class ShowIn(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"school": "s1"}]})

    school: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
