"""A small process that outlives the bootstrap by moments: it ends the groups that the bootstrap left.

Linux signals the children of the dead by itself, once; a child deaf to that, its own children, and other
systems need this. It reads `+ group signal grace` and `- group` from its standard input, whose end is the
bootstrap's end, however that came about.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable

POLL_SECONDS = 0.1

_guard: "subprocess.Popen[bytes] | None" = None


def watch(group: int, number: int, grace: float) -> None:
    """Have the group signalled, and killed `grace` seconds later, if this process dies before `forget`."""
    global _guard
    if _guard is None:
        _guard = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
    _tell(f"+ {group} {number} {grace}")


def forget(group: int) -> None:
    """The group is gone."""
    _tell(f"- {group}")


def _tell(line: str) -> None:
    assert _guard is not None
    assert _guard.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # somebody killed it; the kernel's signal remains
        _guard.stdin.write(line.encode() + b"\n")
        _guard.stdin.flush()


def read_orders(lines: Iterable[str]) -> dict[int, tuple[int, float]]:
    """The groups that are left at the end of the orders: signal and grace by group."""
    left: dict[int, tuple[int, float]] = {}
    for line in lines:
        order, group, *rest = line.split()
        if order == "+":
            left[int(group)] = (int(rest[0]), float(rest[1]))
        else:
            left.pop(int(group), None)
    return left


def end(groups: dict[int, tuple[int, float]]) -> None:
    """Signal all, then kill each that is still there after its grace."""
    start = time.monotonic()
    for group, (number, _) in groups.items():
        _signal(group, number)
    while groups:
        time.sleep(POLL_SECONDS)
        for group, (_, grace) in list(groups.items()):
            is_overdue = time.monotonic() > start + grace
            if not _signal(group, signal.SIGKILL if is_overdue else 0) or is_overdue:
                del groups[group]


def _signal(group: int, number: int) -> bool:
    """False where the group is gone."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    end(read_orders(sys.stdin))
