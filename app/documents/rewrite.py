"""Files made harmless in processes of their own, few at a time (trust, T-17)."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

from structlog import get_logger

from app.documents.limits import (
    CHILD_WAIT_SECONDS,
    CHILD_WALL_SECONDS,
    CHILDREN_AT_ONCE,
    MAX_BYTES,
    MAX_KEPT_BYTES,
)
from app.documents.reasons import FileKind, Harmless, Reason, Refused, kind_of

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-s", "-B", "-m", "app.documents.rewriting")
HEAD_BYTES = 1000
log = get_logger()


class Rewriter:
    """Starts a child for each file, `CHILDREN_AT_ONCE` at most at a time; who waits longer than `wait_seconds` is
    turned away."""

    def __init__(self, wait_seconds: float = CHILD_WAIT_SECONDS) -> None:
        self._wait_seconds = wait_seconds
        self._free = asyncio.Semaphore(CHILDREN_AT_ONCE)

    async def rewrite(self, content: bytes) -> Harmless:
        """The file written anew; raises Refused, or TimeoutError where no child came free in time."""
        if len(content) > MAX_BYTES:
            raise Refused(Reason.TOO_COMPLEX)
        kind_of(content)
        async with asyncio.timeout(self._wait_seconds):
            await self._free.acquire()
        try:
            return await _in_a_child(content)
        finally:
            self._free.release()


async def _in_a_child(content: bytes) -> Harmless:
    # It gets nothing of our environment: no keys, no addresses of servers.
    child = await asyncio.create_subprocess_exec(*COMMAND, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, cwd=ROOT, env={})
    try:
        async with asyncio.timeout(CHILD_WALL_SECONDS):
            answer = await _exchange(child, content)
    except TimeoutError:
        raise Refused(Reason.TOO_COMPLEX) from None
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()
    return _read(answer)


async def _exchange(child: Process, content: bytes) -> bytes:
    """Send the file, and take no more than a child may answer."""
    assert child.stdin is not None and child.stdout is not None
    try:
        child.stdin.write(content)
        await child.stdin.drain()
        child.stdin.close()
    except ConnectionError:
        pass  # it ended before it had read all: what it says, or its silence, counts
    answer = bytearray()
    while piece := await child.stdout.read(1 << 16):
        answer += piece
        if len(answer) > MAX_KEPT_BYTES + HEAD_BYTES:
            raise Refused(Reason.TOO_COMPLEX)
    return bytes(answer)


def _read(answer: bytes) -> Harmless:
    """A child that a limit has ended, or that a file has broken, says nothing: the file is refused."""
    head, ended, content = answer.partition(b"\n")
    if not ended:
        log.warning("document_child_ended")
        raise Refused(Reason.TOO_COMPLEX)
    said = json.loads(head)
    if "refused" in said:
        raise Refused(Reason(said["refused"]), said["peak_kib"])
    return Harmless(
        FileKind(said["kind"]), content, said["width"], said["height"], said["pages"], peak_kib=said["peak_kib"]
    )
