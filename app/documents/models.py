"""Documents: what is known of a file that a family has sent. The file itself stands sealed in the object store."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, UniqueConstraint, func
from sqlmodel import Field

from app.database import TIMESTAMPTZ, PersonalRow, belongs, one_of
from app.documents.reasons import FileKind


class Document(PersonalRow, table=True):
    """A file of an application, written anew and sealed under the child's key at `object` of the store. `evidence`: the
    kind of evidence that it shows. `digest`: SHA-256 of what was sent, `kept_digest` of what is kept. `sealed`: its
    name. `schools`: to which it was shown. `keep_until`: the last day on which it is kept."""

    __table_args__ = (
        one_of("kind", FileKind),
        UniqueConstraint("bureau", "object", name="object_of_one_document"),
        CheckConstraint("size BETWEEN 1 AND 12000000", name="size_plausible"),
        belongs("application", "application"),
        belongs("child", "child"),
        Index("documents_of_an_application", "bureau", "application"),
        Index("documents_kept_until", "bureau", "keep_until"),
    )
    application: UUID
    child: UUID
    evidence: str | None = Field(default=None, sa_type=Text)
    kind: str = Field(sa_type=Text)
    object: str = Field(sa_type=Text)
    size: int
    digest: bytes = Field(sa_type=LargeBinary)
    kept_digest: bytes = Field(sa_type=LargeBinary)
    sealed: bytes = Field(sa_type=LargeBinary)
    uploaded_by: UUID
    uploaded_at: datetime = Field(sa_type=TIMESTAMPTZ, sa_column_kwargs={"server_default": func.now()})
    keep_until: date
