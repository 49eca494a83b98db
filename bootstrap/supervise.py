"""Children beside servers: whatever ends first ends all."""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bootstrap import console, processes
from bootstrap.console import say
from bootstrap.places import CHECKOUT
from bootstrap.processes import Process
from bootstrap.servers import Servers

POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Child:
    """A command to run beside the servers. One that is `interactive` reads the terminal, if there is one,
    and gets Ctrl-C from it rather than from us."""

    name: str
    command: Sequence[str | Path]
    interactive: bool = False

    @property
    def holds_terminal(self) -> bool:
        return self.interactive and sys.stdin.isatty()


def supervise(servers: Servers, main: Child, *others: Child) -> int:
    """Run the children until `main` ends, and return its exit code (128 + signal if a signal ended it).

    Another child's or a server's end, and SIGINT, SIGTERM or SIGHUP to us (the code then is 128 + signal),
    end everything: SIGTERM, after ten seconds or a second signal SIGKILL. The servers stay for the caller,
    whose context manager stops them.
    """
    children: dict[str, Process] = {}
    try:
        for child in (*others, main):
            children[child.name] = _start(child, servers)
        return _watch(servers, children, main)
    finally:
        _stop(children)


def _start(child: Child, servers: Servers) -> Process:
    return processes.spawn(
        child.command,
        environment=servers.environment,
        directory=CHECKOUT,
        own_group=not child.holds_terminal,
        stdin=None if child.interactive else subprocess.DEVNULL,
    )


def _watch(servers: Servers, children: dict[str, Process], main: Child) -> int:
    others = {name: process for name, process in children.items() if name != main.name}
    while True:
        for number in console.requests():
            if not (main.holds_terminal and number == signal.SIGINT):
                say("stopping")
                return 128 + number
        code = children[main.name].poll()
        if code is not None:
            return exit_code(code)
        for name, process in {**servers.processes, **others}.items():
            if process.poll() is not None:
                say(f"{name} has ended unasked ({_described(process.returncode)}); stopping everything")
                return 1
        if servers.owner is not None and not processes.command_line(servers.owner.pid):
            say(f"./run {servers.owner.command}, whose servers these are, has ended; stopping")
            return 1
        time.sleep(POLL_SECONDS)


def _stop(children: dict[str, Process]) -> None:
    """Ask all at once, then wait for each."""
    deadline = time.monotonic() + processes.GRACE_SECONDS
    patience = min(len(console.requests()), 1)  # the request that led here, if one did, and no further
    for process in children.values():
        if process.poll() is None:
            processes.signal_group(process, signal.SIGTERM)
    while any(process.poll() is None for process in children.values()):
        if time.monotonic() > deadline or len(console.requests()) > patience:
            break
        time.sleep(POLL_SECONDS / 2)
    for process in children.values():
        processes.stop(process, signal.SIGKILL, grace=processes.GRACE_SECONDS)


def exit_code(returncode: int) -> int:
    """A shell's exit code for a process's: 128 + signal where a signal ended it."""
    return returncode if returncode >= 0 else 128 - returncode


def _described(returncode: int) -> str:
    return f"code {returncode}" if returncode >= 0 else signal.Signals(-returncode).name
