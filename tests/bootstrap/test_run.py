"""The executable itself, by a Python that has nothing installed."""

import subprocess
import sys

from bootstrap.commands import COMMANDS
from bootstrap.places import CHECKOUT


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-S", CHECKOUT / "run", *arguments], capture_output=True, text=True, cwd="/", env={}
    )


def test_help_needs_nothing_and_names_every_command() -> None:
    done = run("test", "--help")
    assert done.returncode == 0
    assert {command for command in COMMANDS if command not in done.stdout} == set()


def test_an_unknown_command_is_refused_with_the_list() -> None:
    done = run("demonstrate")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("no command demonstrate\n")
    assert "./run demo" in done.stderr


def test_a_port_that_is_none_is_said_before_anything_starts() -> None:
    done = run("--port", "http")
    assert (done.returncode, done.stderr) == (1, "--port 'http' is no port: give a number from 1 to 65535\n")


def test_it_is_executable() -> None:
    assert (CHECKOUT / "run").stat().st_mode & 0o111 == 0o111
