"""The virtual environment of the checkout, filled from a hashed lock."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bootstrap import places, processes
from bootstrap.console import BootstrapError, Step, say, step
from bootstrap.places import CHECKOUT

VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {name: CHECKOUT / "requirements" / f"{name}.txt" for name in ("app", "dev", "bench")}
# each holds what the ones after it hold, in the same versions
COVERS = {"app": ("app",), "dev": ("dev", "app"), "bench": ("bench", "dev", "app")}
INSTALL_LOG = "install.log"


def ensure(name: str) -> None:
    """Have what the lock `name` ("app", "dev" or "bench") lists in .venv; nothing is done, and no network needed,
    where the stamp of an earlier installation bears the lock's digest.

    Raises BootstrapError with the end of the installer's output where it fails.
    """
    state = places.state_directory()
    with places.locked(state / "install.lock", wait=True):
        if is_installed(name):
            return
        log = state / INSTALL_LOG
        log.unlink(missing_ok=True)
        _make_environment(log)
        _install(LOCKS[name], log)
        mark_installed(name)


def mark_installed(name: str) -> None:
    """Write the stamps of a lock and of those that it covers."""
    for covered in COVERS[name]:
        _stamp(covered).write_text(_wanted_stamp(covered))


def is_installed(name: str) -> bool:
    """The digest of the lock, and the Python for which it was installed, which an upgrade may have replaced."""
    stamp = _stamp(name)
    return stamp.exists() and stamp.read_text() == _wanted_stamp(name)


def _stamp(name: str) -> Path:
    return VENV / f"tongjiao-{name}.stamp"


def _wanted_stamp(name: str) -> str:
    return f"{hashlib.sha256(LOCKS[name].read_bytes()).hexdigest()} {_version()}"


def _version() -> str:
    """Major and minor version of the environment's Python, '' where it does not run or is too old."""
    asked = "import sys; print(*sys.version_info[:2], sep='.') if sys.version_info >= (3, 11) else None"
    try:
        said = subprocess.run([PYTHON, "-c", asked], capture_output=True, text=True, cwd=VENV)
    except OSError:
        return ""
    return said.stdout.strip()


def _make_environment(log: Path) -> None:
    if _version() and _succeeds([PYTHON, "-m", "pip", "--version"]):
        return
    with step(f"making .venv with Python {sys.version_info.major}.{sys.version_info.minor}") as line:
        failed = _run([sys.executable, "-m", "venv", "--clear", VENV], log, line)
    if failed:
        raise BootstrapError(
            f"{sys.executable} cannot make a virtual environment; on Debian and Ubuntu install the package"
            f" python{sys.version_info.major}.{sys.version_info.minor}-venv.\n{processes.tail(log)}"
        )


def _install(lock: Path, log: Path) -> None:
    uv = shutil.which("uv")
    packages = sum(1 for line in lock.read_text().splitlines() if "==" in line)
    shown = f"installing {packages} packages of {lock.relative_to(CHECKOUT)}"
    if uv is not None:
        with step(f"{shown} with uv") as line:
            failed = _run([uv, "pip", "install", "--python", PYTHON, "--require-hashes", "-r", lock], log, line)
        if not failed:
            return
        say("uv could not do it; trying pip")
    # the lock is complete: without --no-deps pip would only work it out again
    pip = (PYTHON, "-m", "pip", "--no-input", "--disable-pip-version-check", "install", "--progress-bar=off")
    with step(f"{shown} with pip") as line:
        failed = _run((*pip, "--require-hashes", "--no-deps", "-r", lock), log, line)
    if failed:
        raise BootstrapError(
            f"the packages could not be installed (the first time needs the package index):\n{processes.tail(log)}"
        )


def _run(command: Sequence[str | Path], log: Path, line: Step) -> int:
    with processes.open_log(log) as output:
        process = processes.spawn(
            command,
            environment={name: value for name, value in os.environ.items() if name != "PYTHONHOME"},
            directory=CHECKOUT,
            death_signal=signal.SIGTERM,
            output=output,
        )
        return processes.finish(process, line)


def _succeeds(command: Sequence[str | Path]) -> bool:
    return subprocess.run(command, capture_output=True, cwd=VENV).returncode == 0
