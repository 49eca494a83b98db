"""Where the servers of a checkout live: outside the checkout, and outside a home that others cannot enter."""

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bootstrap.console import BootstrapError

CHECKOUT = Path(__file__).resolve().parent.parent
SYSTEM_STATE = Path("/var/lib/tongjiao")
THROWAWAY = "throwaway-"


def checkout_name(checkout: Path) -> str:
    """Twelve hexadecimal digits that stand for the checkout's path."""
    return hashlib.sha256(os.fsencode(checkout)).hexdigest()[:12]


def _candidates() -> list[Path]:
    named = os.environ.get("TONGJIAO_STATE")
    if named:
        return [Path(named).absolute() / "tongjiao"]
    if os.geteuid() == 0:
        # a TMPDIR below /root would be closed to the servers' account
        return [SYSTEM_STATE, Path("/tmp/tongjiao-0")]
    home = os.environ.get("HOME") or pwd.getpwuid(os.geteuid()).pw_dir
    user_state = os.environ.get("XDG_STATE_HOME") or Path(home) / ".local" / "state"
    return [Path(user_state) / "tongjiao", Path(tempfile.gettempdir()) / f"tongjiao-{os.geteuid()}"]


def state_directory(checkout: Path = CHECKOUT) -> Path:
    """The directory of this checkout's servers, made if need be: $TONGJIAO_STATE/tongjiao/<name> if that is
    set, /var/lib/tongjiao/<name> for root, $XDG_STATE_HOME/tongjiao/<name> for others; below /tmp where the
    latter two cannot be written.

    Raises BootstrapError where no place can be written or the place belongs to another account.
    """
    refusals = []
    for parent in _candidates():
        directory = parent / checkout_name(checkout)
        try:
            directory.mkdir(parents=True, exist_ok=True)
            for made in (parent, directory):
                if made.is_symlink() or made.stat().st_uid != os.geteuid():
                    raise PermissionError(f"{made} belongs to another account")
                made.chmod(0o755 if os.geteuid() == 0 else 0o700)
            return directory.resolve()
        except OSError as error:
            refusals.append(str(error))
    raise BootstrapError("no place for the servers' data: " + "; ".join(refusals))


@contextmanager
def locked(path: Path, *, wait: bool = False) -> Iterator[bool]:
    """Hold the lock file while the block runs; yields False where another living process holds it."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True


@contextmanager
def throwaway_directory(state: Path) -> Iterator[Path]:
    """A directory that is gone after the block; those that killed runs left are removed first."""
    with contextlib.ExitStack() as held:
        with locked(state / "throwaway.lock", wait=True):  # until ours is seen to be in use
            for left in state.glob(f"{THROWAWAY}*/"):
                with locked(left / "lock") as is_dead:
                    if is_dead:
                        shutil.rmtree(left, ignore_errors=True)
            directory = Path(tempfile.mkdtemp(prefix=THROWAWAY, dir=state))
            held.callback(shutil.rmtree, directory, ignore_errors=True)
            held.enter_context(locked(directory / "lock"))
        directory.chmod(0o755 if os.geteuid() == 0 else 0o700)
        yield directory
