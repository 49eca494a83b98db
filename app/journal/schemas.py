"""API shapes of the trail."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel


class EntryOut(BaseModel):
    """One entry of the append-only journal."""

    id: UUID
    at: datetime
    person: UUID
    account: UUID
    role: str
    action: str
    object: str
    before: str
    after: str
    request: str


class EntryPage(BaseModel):
    """Newest first; `next` is the `before` of the next page, absent on the last."""

    entries: list[EntryOut]
    next: UUID | None
