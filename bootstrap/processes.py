"""Processes that end with the bootstrap: started in groups of their own, stopped by signal, then by force."""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from bootstrap import guard
from bootstrap.console import BootstrapError, Step, pause

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.05
GRACE_SECONDS = 10.0
LOG_BYTES = 10_000_000


class Process(subprocess.Popen[bytes]):
    """A process of ours; `own_group` says whether its group is its own or the bootstrap's."""

    own_group = True


def server_account() -> pwd.struct_passwd | None:
    """The account for servers that refuse root: `nobody` when we are root, else None (our own)."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise BootstrapError("root cannot run PostgreSQL and there is no account `nobody`: add one") from None


def _ask_for_death_signal(number: int) -> Callable[[], None] | None:
    """For `preexec_fn`, which runs after the change of user: that change would clear the request."""
    if sys.platform != "linux":
        return None
    parent = os.getpid()
    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(128 + number)

    return ask


def spawn(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    directory: Path,
    account: pwd.struct_passwd | None = None,
    death_signal: int = signal.SIGTERM,
    own_group: bool = True,
    stdin: int | None = subprocess.DEVNULL,
    output: IO[bytes] | None = None,
) -> Process:
    """Start a process that the kernel signals when this one dies (Linux); `output` takes both its streams.

    It runs as `account` if given, without that account's further groups.
    """
    process = Process(
        command,
        env=environment,
        cwd=directory,
        stdin=stdin,
        stdout=output,
        stderr=None if output is None else subprocess.STDOUT,
        process_group=0 if own_group else None,
        preexec_fn=_ask_for_death_signal(death_signal),
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
    )
    process.own_group = own_group
    if own_group:
        guard.watch(process.pid, death_signal, GRACE_SECONDS)
    return process


def finish(process: Process, line: Step | None = None) -> int:
    """Wait for the end of a process and return its code; a signal to us stops it and raises Interrupted."""
    try:
        while process.poll() is None:
            pause(POLL_SECONDS)
            if line is not None:
                line.beat()
    finally:
        stop(process, signal.SIGTERM, grace=5.0)
    return process.returncode


def signal_group(process: Process, number: int) -> None:
    """Signal the process's group, or the process alone where it shares ours."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # the latter is macOS's word for a group of zombies
        if process.own_group:
            os.killpg(process.pid, number)
        elif process.poll() is None:
            os.kill(process.pid, number)


def stop(process: Process, number: int, grace: float) -> None:
    """Signal a process that still runs; what its group holds after at most `grace` seconds is killed."""
    if process.poll() is None:
        signal_group(process, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    signal_group(process, signal.SIGKILL)
    process.wait()
    if process.own_group:
        guard.forget(process.pid)


def open_log(path: Path) -> IO[bytes]:
    """The log to append to, readable by us alone; one that has grown large is kept once as `.old`."""
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.rename(path.with_name(f"{path.name}.old"))
    path.touch(mode=0o600)
    return path.open("ab")


def tail(path: Path, lines: int = 12) -> str:
    """The last lines of a log, under its name."""
    return "\n".join([str(path), *path.read_text(errors="replace").splitlines()[-lines:]])


def command_line(pid: int) -> str:
    """The command line of a process, or '' when there is none."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    listed = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True)
    return listed.stdout.strip()


def stop_leftover(pid: int, mark: str, number: int, grace: float) -> bool:
    """Stop a process that an earlier bootstrap left; True if there was one.

    Only a process whose command line holds `mark` (a path of ours) is meant: the number alone may be
    another's by now.
    """
    if mark not in command_line(pid):
        return False
    deadline = time.monotonic() + grace
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
        while mark in command_line(pid):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            pause(POLL_SECONDS)
    return True
