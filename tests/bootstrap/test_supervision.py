"""However a bootstrap ends, none of its processes outlives it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from bootstrap import ports, postgres, processes, servers
from bootstrap.binaries import Binaries
from bootstrap.places import CHECKOUT

SLEEP = "print('child is there', flush=True); import time; time.sleep(600)"
CRASH = "import sys; sys.exit(3)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"
LEAVE_GRANDCHILD = (
    "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', sys.argv[1]]);"
    "sys.exit(3)"
)


@contextmanager
def house(main: str = SLEEP, other: str = SLEEP) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.bootstrap.house", main, other]
    process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], text: str, times: int = 1) -> list[str]:
    """Lines up to that which holds `text` for the n-th time."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        times -= line.count(text)  # two children may write into one line
        if times <= 0:
            return lines
    raise AssertionError(f"ended without {text!r}: {''.join(lines)}")


def left(state: Path) -> list[str]:
    """Command lines of the living that name the state: its servers and its children."""
    numbers = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [line for line in map(processes.command_line, numbers) if str(state) in line]


def is_soon_empty(state: Path) -> bool:
    deadline = time.monotonic() + 10
    while left(state) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not left(state)


@pytest.mark.parametrize(
    ("main", "other", "code"),
    [(CRASH, SLEEP, 3), (SLEEP, CRASH, 1), (LEAVE_GRANDCHILD, SLEEP, 3), ("", SLEEP, 0)],
    ids=["main crashes", "other crashes", "main leaves a process behind", "main is done"],
)
def test_the_end_of_a_child_ends_everything(state: Path, main: str, other: str, code: int) -> None:
    with house(main, other) as process:
        assert process.wait(20) == code
    assert left(state) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_everything(state: Path, number: signal.Signals) -> None:
    with house() as process:
        read_until(process, "child is there", 2)
        assert len(left(state)) == 4
        process.send_signal(number)
        assert process.wait(10) == 128 + number
    assert left(state) == []


def test_a_second_signal_ends_a_child_that_is_deaf_to_the_first(state: Path) -> None:
    with house(DEAF) as process:
        read_until(process, "child is there", 2)
        process.terminate()
        read_until(process, "stopping")
        process.terminate()
        assert process.wait(5) == 128 + signal.SIGTERM
    assert left(state) == []


def test_a_signal_while_servers_start_leaves_none(state: Path) -> None:
    with house() as process:
        deadline = time.monotonic() + 10
        while not left(state) and time.monotonic() < deadline:
            time.sleep(0.005)
        process.terminate()
        assert process.wait(10) == 128 + signal.SIGTERM
    assert left(state) == []


def test_the_end_of_a_server_ends_everything(state: Path) -> None:
    with house() as process:
        pids = read_until(process, "servers")[-1].split()[1:]
        os.kill(int(pids[0]), signal.SIGQUIT)
        assert process.wait(10) == 1
    assert left(state) == []


def test_a_bootstrap_that_is_killed_leaves_nothing(state: Path) -> None:
    with house() as process:
        read_until(process, "child is there", 2)
        process.kill()
        process.wait()
        assert is_soon_empty(state)


async def test_a_second_bootstrap_uses_the_servers_of_the_first(state: Path) -> None:
    with house() as process:
        read_until(process, "child is there", 2)
        with servers.persistent("psql") as second:
            assert second.processes == {}
            assert second.owner is not None
            assert second.owner.pid == process.pid
            connection = await asyncpg.connect(second.environment["DATABASE_URL"])
            assert await connection.fetchval("SELECT current_user") == "tongjiao_app"
            await connection.close()
        assert len(left(state)) == 4


def test_a_server_that_was_left_over_is_stopped_by_the_next_start(state: Path, programs: Binaries) -> None:
    with house(main="") as process:
        process.wait(20)  # the cluster exists
    assert programs.postgres is not None
    account = processes.server_account()
    command: list[str | Path] = [programs.postgres / "postgres", "-D", state / "postgres", "--unix_socket_directories="]
    orphan = subprocess.Popen(
        [*command, f"--port={ports.free_port()}"],
        cwd=state,
        env=postgres.server_environment(),
        user=account.pw_uid if account else None,
        stderr=subprocess.DEVNULL,
    )
    with house() as process:
        lines = read_until(process, "servers")
        assert "stopped the PostgreSQL that an earlier run had left\n" in lines
        assert orphan.wait(5) == 0


def test_a_lock_file_that_names_a_stranger_is_no_obstacle(state: Path) -> None:
    with house(main="") as process:
        process.wait(20)
    (state / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{state / 'postgres'}\n")
    with house(main="") as process:
        assert process.wait(20) == 0
