"""One uploaded file written anew, in a process that can take little: `python -m app.documents.rewriting`.

Standard input: the file. Standard output: a line of JSON (`refused` with the reason, or kind, sizes and the most
memory that it took), then the file written anew. Nothing is written anywhere else, and nothing is started.
"""

import json
import resource
import sys
from pathlib import Path
from typing import Any

from app.documents.limits import (
    CHILD_CPU_SECONDS,
    CHILD_MEMORY_BYTES,
    CHILD_OPEN_FILES,
    MAX_BYTES,
    MAX_KEPT_BYTES,
)
from app.documents.reasons import FileKind, Harmless, Reason, Refused, kind_of

LIMITS = {
    resource.RLIMIT_AS: CHILD_MEMORY_BYTES,
    resource.RLIMIT_CPU: CHILD_CPU_SECONDS,
    resource.RLIMIT_NOFILE: CHILD_OPEN_FILES,
    resource.RLIMIT_NPROC: 0,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_CORE: 0,
}


def limit_oneself() -> None:
    """Before the first byte of the file is read; for good, because the hard limits fall too."""
    for limit, most in LIMITS.items():
        resource.setrlimit(limit, (most, most))


def rewritten(content: bytes) -> Harmless:
    """The file made harmless; raises Refused. Whatever else a reader of files raises, the file is what is wrong."""
    kind = kind_of(content)
    try:
        if kind is FileKind.PDF:
            from app.documents.rewriting.pdf import rewrite_pdf

            harmless = rewrite_pdf(content)
        else:
            from app.documents.rewriting.images import rewrite_image

            harmless = rewrite_image(content, kind)
    except (MemoryError, RecursionError):
        raise Refused(Reason.TOO_COMPLEX) from None
    except Refused:
        raise
    except Exception:
        raise Refused(Reason.DAMAGED) from None
    if len(harmless.content) > MAX_KEPT_BYTES:
        raise Refused(Reason.TOO_COMPLEX)
    return harmless


def peak_kib() -> int:
    """The most memory held so far. Linux alone tells it of this program: `ru_maxrss` counts what stood here before
    it, a copy of its parent."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def main() -> None:
    limit_oneself()
    try:
        harmless = rewritten(sys.stdin.buffer.read(MAX_BYTES + 1))
    except Refused as refused:
        head: dict[str, Any] = {"refused": refused.reason.value}
        content = b""
    else:
        sizes = {"width": harmless.width, "height": harmless.height, "pages": harmless.pages}
        head, content = {"kind": harmless.kind.value, **sizes}, harmless.content
    head["peak_kib"] = peak_kib()
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + content)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
