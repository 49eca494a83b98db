"""Which kinds of files are documents, by their first bytes, and why one is refused. Standard library alone: the
process that writes files anew imports this."""

from dataclasses import dataclass
from enum import StrEnum


class FileKind(StrEnum):
    JPEG = "jpeg"
    PNG = "png"
    PDF = "pdf"


MAGIC = {FileKind.JPEG: b"\xff\xd8\xff", FileKind.PNG: b"\x89PNG\r\n\x1a\n", FileKind.PDF: b"%PDF-"}
MEDIA_TYPES = {FileKind.JPEG: "image/jpeg", FileKind.PNG: "image/png", FileKind.PDF: "application/pdf"}
SUFFIXES = {FileKind.JPEG: "jpg", FileKind.PNG: "png", FileKind.PDF: "pdf"}


class Reason(StrEnum):
    """Why a file is refused: each is a code of errors.toml under `document.`"""

    EMPTY = "empty"
    NOT_ACCEPTED = "not_accepted"
    DAMAGED = "damaged"
    TOO_MANY_PIXELS = "too_many_pixels"
    ANIMATED = "animated"
    LOCKED = "locked"
    FOREIGN_CODEC = "foreign_codec"
    TOO_COMPLEX = "too_complex"


class Refused(Exception):
    """The file is no document that is taken in. `peak_kib`: the most memory that it took to find out."""

    def __init__(self, reason: Reason, peak_kib: int = 0) -> None:
        super().__init__(reason.value)
        self.reason, self.peak_kib = reason, peak_kib


@dataclass(frozen=True)
class Harmless:
    """A file written anew. `width` and `height` in pixels of an image; `pages` of a PDF; `peak_kib`: the most memory
    that this took."""

    kind: FileKind
    content: bytes
    width: int | None = None
    height: int | None = None
    pages: int | None = None
    peak_kib: int = 0


def kind_of(content: bytes) -> FileKind:
    """By what the file begins with, whatever its name says; raises Refused."""
    if not content:
        raise Refused(Reason.EMPTY)
    for kind, magic in MAGIC.items():
        if content.startswith(magic):
            return kind
    raise Refused(Reason.NOT_ACCEPTED)
