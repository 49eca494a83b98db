"""What a file is called, as far as it can be shown: never a path, never a sign that is not seen."""

import unicodedata

from app.documents.reasons import SUFFIXES, FileKind

LONGEST = 60


def shown_name(sent: str | None, kind: FileKind) -> str:
    """The last part of the name without its ending, controls and marks of direction, and the ending of what is kept."""
    last = unicodedata.normalize("NFC", sent or "").replace("\\", "/").rpartition("/")[2]
    seen = "".join(sign for sign in last if unicodedata.category(sign)[0] not in "CZ" or sign == " ")
    stem = seen.rpartition(".")[0] if "." in seen else seen
    return f"{stem.strip('. ')[:LONGEST] or 'document'}.{SUFFIXES[kind]}"
