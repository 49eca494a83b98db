"""What a living bootstrap tells later ones: who it is and how its servers are reached."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bootstrap.console import BootstrapError, pause

FILE = "running.json"
WAIT_SECONDS = 90.0


@dataclass(frozen=True)
class Status:
    """`address`: where the application is served, None where the command serves nothing; `database` and
    `cache`: the variables that lead to the servers, empty where the caller's environment had named others."""

    pid: int
    command: str
    address: str | None
    database: dict[str, str]
    cache: dict[str, str]


@contextmanager
def published(state: Path, status: Status) -> Iterator[None]:
    """Keep the status in a file of mode 0600 (the URLs hold passwords) while the block runs."""
    _write(state, status)
    try:
        yield
    finally:
        (state / FILE).unlink(missing_ok=True)


def announce(state: Path, address: str) -> None:
    """Add to the status that this process has published, if any, where the application is served."""
    status = _read(state)
    if status is not None and status.pid == os.getpid():
        _write(state, replace(status, address=address))


def _write(state: Path, status: Status) -> None:
    unfinished = state / f"{FILE}.new"
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(asdict(status)))
    unfinished.rename(state / FILE)


def _read(state: Path) -> Status | None:
    try:
        status = Status(**json.loads((state / FILE).read_text()))
        os.kill(status.pid, 0)
    except (FileNotFoundError, ProcessLookupError, PermissionError):  # none yet, or that of a killed one
        return None
    return status


def of_the_living(state: Path) -> Status:
    """The status of the bootstrap that holds the lock, which may still be starting.

    Raises BootstrapError after a minute and a half.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        status = _read(state)
        if status is not None:
            return status
        pause(0.2)
    raise BootstrapError(f"another ./run holds {state / 'lock'} and does not get ready: stop it, then try again")
