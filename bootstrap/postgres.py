"""A PostgreSQL cluster of our own: made, started, given its roles, stopped."""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bootstrap import binaries, ports, processes
from bootstrap.console import BootstrapError, pause, say, step
from bootstrap.credentials import ROLES, Credentials
from bootstrap.places import CHECKOUT
from bootstrap.processes import Process

DATABASE = "tongjiao"
SUPERUSER = "postgres"
ROLES_FILE = CHECKOUT / "migrations" / "roles.sql"
START_SECONDS = 60.0
STOP_SECONDS = 30.0
START_TRIES = 3

# What was acknowledged is on the disk (fsync, synchronous_commit). Logs carry no row and no statement.
SETTINGS = {
    "listen_addresses": ports.HOST,
    "unix_socket_directories": "",
    "max_connections": "400",
    "autovacuum_naptime": "5s",  # a whole round is loaded in a minute: its plans need statistics before the default
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_statement": "none",
}


@dataclass(frozen=True)
class Postgres:
    """A cluster that accepts connections on 127.0.0.1."""

    process: Process
    port: int
    credentials: Credentials

    def url(self, role: str) -> str:
        """postgresql://tongjiao_<role>:…@127.0.0.1:<port>/tongjiao; `superuser` is PostgreSQL's own."""
        user = SUPERUSER if role == "superuser" else f"tongjiao_{role}"
        return f"postgresql://{user}:{self.credentials.passwords[role]}@{ports.HOST}:{self.port}/{DATABASE}"


def server_environment() -> dict[str, str]:
    """A small environment without PG* settings of the user's."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def initialise(
    programs: Path, directory: Path, account: pwd.struct_passwd | None, password: str, *, is_throwaway: bool
) -> None:
    """Make the cluster `directory`/postgres; it gets that name only once it is whole."""
    unfinished, password_file = directory / "postgres.new", directory / "initdb.password"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    if account is not None:
        for path in (unfinished, password_file):
            os.chown(path, account.pw_uid, account.pw_gid)
    options = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8", "--no-instructions"]
    options += ["--auth=scram-sha-256", f"--username={SUPERUSER}", f"--pwfile={password_file}"]
    if is_throwaway:
        options.append("--no-sync")  # of the files so far; what the server acknowledges is synced all the same
    log = directory / "initdb.log"
    with step("making the database cluster") as line, processes.open_log(log) as output:
        process = processes.spawn(
            [programs / "initdb", *options, f"--pgdata={unfinished}"],
            environment=server_environment(),
            directory=directory,
            account=account,
            output=output,
        )
        try:
            failed = processes.finish(process, line)
        finally:
            password_file.unlink()
    if failed:
        raise BootstrapError(f"initdb failed: {processes.tail(log)}")
    unfinished.rename(directory / "postgres")


def stop_leftover(data: Path) -> bool:
    """Stop a server that an earlier bootstrap left on the cluster; True if there was one."""
    lock = data / "postmaster.pid"
    if not lock.exists():
        return False
    pid = int(lock.read_text().split("\n", 1)[0])
    if processes.stop_leftover(pid, str(data), signal.SIGINT, STOP_SECONDS):
        return True
    if processes.command_line(pid):
        lock.unlink()  # a stranger has that number now, for which PostgreSQL would refuse to start
    return False


def _is_ready(data: Path, process: Process) -> bool:
    """PostgreSQL writes its number and its state into the lock file, on lines 1 and 8."""
    try:
        lines = (data / "postmaster.pid").read_text().split("\n")
    except FileNotFoundError:
        return False
    return lines[0] == str(process.pid) and len(lines) > 7 and lines[7].strip() == "ready"


def _launch(programs: Path, directory: Path, account: pwd.struct_passwd | None, port: int) -> Process:
    settings = {**SETTINGS, "port": str(port)}
    with processes.open_log(directory / "postgres.log") as output:
        return processes.spawn(
            [programs / "postgres", "-D", directory / "postgres", *(f"--{k}={v}" for k, v in settings.items())],
            environment=server_environment(),
            directory=directory,
            account=account,
            death_signal=signal.SIGINT,
            output=output,
        )


def _wait(directory: Path, process: Process) -> bool:
    """Until the server is ready (True) or has ended by itself (False); raises BootstrapError after a minute."""
    with step("starting PostgreSQL") as line:
        while process.poll() is None:
            if _is_ready(directory / "postgres", process):
                return True
            if line.elapsed() > START_SECONDS:
                raise BootstrapError(f"PostgreSQL is not ready: {processes.tail(directory / 'postgres.log')}")
            pause(processes.POLL_SECONDS)
            line.beat()
    return False


@contextmanager
def running(
    programs: Path,
    directory: Path,
    credentials: Credentials,
    account: pwd.struct_passwd | None,
    *,
    is_throwaway: bool = False,
) -> Iterator[Postgres]:
    """The cluster in `directory`/postgres, made if need be, with its roles; stopped after the block.

    Raises BootstrapError with the end of the server's log where it does not start.
    """
    data = directory / "postgres"
    if not data.exists():
        initialise(programs, directory, account, credentials.passwords["superuser"], is_throwaway=is_throwaway)
    made_by, program = (data / "PG_VERSION").read_text().strip(), str(binaries.major_version(programs))
    if made_by != program:
        raise BootstrapError(f"{data} was made by PostgreSQL {made_by}, {programs} is {program}: use pg_upgrade")
    if stop_leftover(data):
        say("stopped the PostgreSQL that an earlier run had left")
    for _ in range(START_TRIES):
        port = ports.free_port()  # another may take it before the server does
        process = _launch(programs, directory, account, port)
        try:
            if _wait(directory, process):
                make_roles(programs, port, credentials)
                yield Postgres(process, port, credentials)
                return
        finally:
            processes.stop(process, signal.SIGINT, STOP_SECONDS)
    raise BootstrapError(f"PostgreSQL does not start: {processes.tail(directory / 'postgres.log')}")


def make_roles(programs: Path, port: int, credentials: Credentials) -> None:
    """Run migrations/roles.sql as the superuser; doing so again changes nothing."""
    passwords = {f"TONGJIAO_{role.upper()}_PASSWORD": credentials.passwords[role] for role in ROLES}
    connection = {"PGHOST": ports.HOST, "PGPORT": str(port), "PGUSER": SUPERUSER, "PGDATABASE": "postgres"}
    done = subprocess.run(
        [programs / "psql", "--no-psqlrc", "--quiet", "--file", ROLES_FILE],
        env={
            **server_environment(),
            **passwords,
            **connection,
            "PGPASSWORD": credentials.passwords["superuser"],
            "TONGJIAO_EMBEDDED": "1",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise BootstrapError(f"roles.sql failed: {done.stderr.strip()}")
