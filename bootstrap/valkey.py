"""A Valkey (or Redis) of our own. It keeps nothing on disk: everything in it may be lost."""

import os
import pwd
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bootstrap import ports, processes
from bootstrap.console import BootstrapError, pause, say, step
from bootstrap.postgres import server_environment
from bootstrap.processes import Process

START_SECONDS = 20.0
STOP_SECONDS = 5.0
START_TRIES = 3


@dataclass(frozen=True)
class Valkey:
    """A server that accepts connections on 127.0.0.1."""

    process: Process
    port: int
    password: str

    def url(self) -> str:
        return f"redis://:{self.password}@{ports.HOST}:{self.port}/0"


def _configuration(directory: Path, port: int, password: str) -> str:
    settings = {
        "bind": ports.HOST,
        "port": str(port),
        "requirepass": password,
        "dir": f'"{directory}"',
        "save": '""',
        "appendonly": "no",
        "maxmemory": "256mb",
        "maxmemory-policy": "allkeys-lru",
        "set-proc-title": "no",  # the command line stays what a later start looks for
    }
    return "".join(f"{name} {value}\n" for name, value in settings.items())


def _write_configuration(path: Path, text: str, account: pwd.struct_passwd | None) -> None:
    """In a file, for a password on the command line could be read by everybody."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid)


def answers(port: int, password: str) -> bool:
    """Whether a server at the port takes the password and answers PING."""
    try:
        with socket.create_connection((ports.HOST, port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            received = b""
            while b"PONG" not in received:
                part = connection.recv(200)
                if not part or b"-" in part:
                    return False
                received += part
            return True
    except OSError:
        return False


def stop_leftover(directory: Path) -> bool:
    """Stop a server that an earlier bootstrap left; True if there was one."""
    with suppress(FileNotFoundError):
        pid = int((directory / "valkey.pid").read_text())
        return processes.stop_leftover(pid, str(directory / "valkey.conf"), signal.SIGTERM, STOP_SECONDS)
    return False


def _wait(port: int, password: str, process: Process) -> bool:
    with step("starting Valkey") as line:
        while process.poll() is None and line.elapsed() < START_SECONDS:
            if answers(port, password):
                return True
            pause(processes.POLL_SECONDS)
    return False


@contextmanager
def running(program: Path, directory: Path, password: str, account: pwd.struct_passwd | None) -> Iterator[Valkey]:
    """A server whose configuration and log are in `directory`; stopped after the block.

    Raises BootstrapError with the end of the server's log where it does not start.
    """
    if stop_leftover(directory):
        say("stopped the Valkey that an earlier run had left")
    configuration, log = directory / "valkey.conf", directory / "valkey.log"
    for _ in range(START_TRIES):
        port = ports.free_port()
        _write_configuration(configuration, _configuration(directory, port, password), account)
        with processes.open_log(log) as output:
            process = processes.spawn(
                [program, configuration],
                environment=server_environment(),
                directory=directory,
                account=account,
                output=output,
            )
        try:
            (directory / "valkey.pid").write_text(str(process.pid))
            if _wait(port, password, process):
                yield Valkey(process, port, password)
                return
        finally:
            processes.stop(process, signal.SIGTERM, STOP_SECONDS)
    raise BootstrapError(f"Valkey does not start: {processes.tail(log)}")
