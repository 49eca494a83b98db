"""What taking documents in needs besides the database: the store, the children that write files anew, and room."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from app.documents.limits import MAX_BYTES, MAX_FILES, MAX_PAGES, MAX_PIXELS, UPLOADS_AT_ONCE
from app.documents.reasons import Harmless, Reason, Refused
from app.documents.rewrite import Rewriter
from app.errors import ServiceError
from app.objects import Objects

LIMITS: dict[str, Any] = {
    "megabytes": MAX_BYTES // 10**6,
    "millions": MAX_PIXELS // 10**6,
    "pages": MAX_PAGES,
    "files": MAX_FILES,
}
CODES = {
    Reason.EMPTY: "document.empty",
    Reason.NOT_ACCEPTED: "document.not_accepted",
    Reason.DAMAGED: "document.damaged",
    Reason.TOO_MANY_PIXELS: "document.too_many_pixels",
    Reason.ANIMATED: "document.animated",
    Reason.LOCKED: "document.locked",
    Reason.FOREIGN_CODEC: "document.foreign_codec",
    Reason.TOO_COMPLEX: "document.too_complex",
}


class Intake:
    """Of one process. `days`: how long documents are kept after a round's applications have closed."""

    def __init__(self, objects: Objects | None, days: int) -> None:
        self.days = days
        self._objects, self._rewriter, self._uploads = objects, Rewriter(), 0

    @property
    def objects(self) -> Objects:
        """Raises `document.no_store`."""
        if self._objects is None:
            raise ServiceError("document.no_store")
        return self._objects

    @asynccontextmanager
    async def room(self) -> AsyncIterator[None]:
        """For one file in memory; raises `service.busy` where so many are held already."""
        if self._uploads >= UPLOADS_AT_ONCE:
            raise ServiceError("service.busy")
        self._uploads += 1
        try:
            yield
        finally:
            self._uploads -= 1

    async def made_harmless(self, content: bytes) -> Harmless:
        """The file written anew; raises `document.*` with the reason, TimeoutError where all children are busy."""
        if len(content) > MAX_BYTES:
            raise ServiceError("document.too_large", "file", **LIMITS)
        try:
            return await self._rewriter.rewrite(content)
        except Refused as refused:
            raise ServiceError(CODES[refused.reason], "file", **LIMITS) from None
