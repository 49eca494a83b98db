"""Passwords of the servers and keys of the vault, drawn once for each data directory."""

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from bootstrap.console import BootstrapError

ROLES = ("owner", "app", "worker", "keys", "sequencer", "retention")
FILE = "credentials.json"


@dataclass(frozen=True)
class Credentials:
    """`passwords` by role, of `superuser` and of `cache`; `vault_key` and `lookup_key`: 32 bytes in base64."""

    passwords: dict[str, str]
    vault_key: str
    lookup_key: str

    def vault_environment(self) -> dict[str, str]:
        return {
            "TONGJIAO_VAULT_KEYS": json.dumps({"1": self.vault_key}),
            "TONGJIAO_LOOKUP_KEY": self.lookup_key,
        }


def draw() -> Credentials:
    """New credentials from the system's randomness."""
    return Credentials(
        passwords={name: secrets.token_urlsafe(24) for name in (*ROLES, "superuser", "cache")},
        vault_key=base64.b64encode(secrets.token_bytes(32)).decode(),
        lookup_key=base64.b64encode(secrets.token_bytes(32)).decode(),
    )


def load_or_draw(directory: Path) -> Credentials:
    """The credentials of a data directory: its file (mode 0600), written now if the directory is new.

    Raises BootstrapError where data are there and the file is not: what they encrypt could not be read.
    """
    path = directory / FILE
    if path.exists():
        return Credentials(**json.loads(path.read_text()))
    if (directory / "postgres").exists():
        raise BootstrapError(
            f"{path} is missing, without it {directory / 'postgres'} cannot be read:"
            " restore it, or delete that directory to start afresh"
        )
    drawn = draw()
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(drawn), file)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    return drawn
