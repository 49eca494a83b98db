"""What the tests compute in another process."""

import os
import signal
from pathlib import Path
from time import monotonic


def burn(seconds: float) -> int:
    """Keep a processor busy; the process's number."""
    end = monotonic() + seconds
    while monotonic() < end:
        pass
    return os.getpid()


def die_once(mark: str) -> int:
    """Killed the first time, as by the kernel when memory is short."""
    path = Path(mark)
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()
