"""The servers that a command needs: those of the environment, of a living bootstrap, or of our own."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bootstrap import binaries, credentials, places, postgres, processes, status, valkey
from bootstrap.binaries import Binaries
from bootstrap.console import BootstrapError
from bootstrap.credentials import Credentials
from bootstrap.postgres import Postgres
from bootstrap.processes import Process
from bootstrap.status import Status

VENV = places.CHECKOUT / ".venv"


@dataclass(frozen=True)
class Servers:
    """`environment` for children; `processes` by name, those of our own; `owner`: the living bootstrap
    whose servers these are, None where they are ours."""

    environment: dict[str, str]
    processes: dict[str, Process] = field(default_factory=dict)
    owner: Status | None = None


@contextmanager
def throwaway(kind: str, outside: Mapping[str, str] = os.environ) -> Iterator[Servers]:
    """New servers with an empty database, gone after the block; `kind` is the TONGJIAO_ENVIRONMENT.

    Servers that the caller's environment names are left alone: nothing here may touch their data.
    SUPERUSER_URL is for the tests, which must be able to act as somebody who evades every rule.
    """
    state, drawn = places.state_directory(), credentials.draw()
    with ExitStack() as stack:
        directory = stack.enter_context(places.throwaway_directory(state))
        found = programs(state)
        cluster = _start_postgres(stack, found, directory, drawn, is_throwaway=True)
        cache = _start_valkey(stack, found, directory, drawn)
        variables = {**database_variables(cluster), "REDIS_URL": cache.url(), **drawn.vault_environment()}
        if kind == "test":
            variables["SUPERUSER_URL"] = cluster.url("superuser")
        yield Servers(
            environment={**child_environment(outside), **variables, "TONGJIAO_ENVIRONMENT": kind},
            processes={"PostgreSQL": cluster.process, "Valkey": cache.process},
        )


@contextmanager
def persistent(command: str, outside: Mapping[str, str] = os.environ) -> Iterator[Servers]:
    """The servers of this checkout, started unless the environment names others or a bootstrap lives.

    One bootstrap at a time owns them: it holds a lock that dies with it and publishes how they are reached.
    """
    _refuse_half_a_database(outside)
    state = places.state_directory()
    if outside.get("DATABASE_URL") and outside.get("REDIS_URL"):
        yield Servers(_compose(outside, state, {}, {}))
        return
    with places.locked(state / "lock") as is_ours, ExitStack() as stack:
        if not is_ours:
            owner = status.of_the_living(state)
            yield Servers(_compose(outside, state, owner.database, owner.cache), {}, owner)
            return
        (state / status.FILE).unlink(missing_ok=True)
        drawn, found = credentials.load_or_draw(state), programs(state)
        own: dict[str, Process] = {}
        database: dict[str, str] = {}
        cache: dict[str, str] = {}
        if not outside.get("DATABASE_URL"):
            cluster = _start_postgres(stack, found, state, drawn, is_throwaway=False)
            database, own["PostgreSQL"] = database_variables(cluster), cluster.process
        if not outside.get("REDIS_URL"):
            server = _start_valkey(stack, found, state, drawn)
            cache, own["Valkey"] = {"REDIS_URL": server.url()}, server.process
        stack.enter_context(status.published(state, Status(os.getpid(), command, None, database, cache)))
        yield Servers(_compose(outside, state, database, cache), own)


def programs(state: Path) -> Binaries:
    """The servers' programs where the servers' account can run them."""
    found = binaries.find(VENV)
    return binaries.copy_for_others(found, state) if processes.server_account() else found


def _start_postgres(
    stack: ExitStack, found: Binaries, directory: Path, drawn: Credentials, *, is_throwaway: bool
) -> Postgres:
    if found.postgres is None:
        raise BootstrapError(
            f"no PostgreSQL {binaries.POSTGRES_MAJOR} for this machine: install one, or set DATABASE_URL,"
            " WORKER_DATABASE_URL and MIGRATION_URL"
        )
    account = processes.server_account()
    return stack.enter_context(postgres.running(found.postgres, directory, drawn, account, is_throwaway=is_throwaway))


def _start_valkey(stack: ExitStack, found: Binaries, directory: Path, drawn: Credentials) -> valkey.Valkey:
    if found.valkey is None:
        raise BootstrapError("no Valkey or Redis for this machine: install one, or set REDIS_URL")
    password = drawn.passwords["cache"]
    return stack.enter_context(valkey.running(found.valkey, directory, password, processes.server_account()))


def database_variables(cluster: Postgres) -> dict[str, str]:
    """One URL for each role."""
    return {
        "DATABASE_URL": cluster.url("app"),
        "WORKER_DATABASE_URL": cluster.url("worker"),
        "MIGRATION_URL": cluster.url("owner"),
        "SEQUENCER_DATABASE_URL": cluster.url("sequencer"),
        "RETENTION_DATABASE_URL": cluster.url("retention"),
        "KEYS_DATABASE_URL": cluster.url("keys"),
        "TONGJIAO_EMBEDDED": "1",
    }


def child_environment(outside: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without what would mislead a child."""
    dropped = ("PYTHONHOME", "PYTHONPATH", "TONGJIAO_EMBEDDED")
    kept = {name: value for name, value in outside.items() if name not in dropped}
    return {**kept, "PYTHONUNBUFFERED": "1"}


def _compose(
    outside: Mapping[str, str], state: Path, database: Mapping[str, str], cache: Mapping[str, str]
) -> dict[str, str]:
    """A child's environment: what the caller set wins, but never a mixture of two databases."""
    composed = {"TONGJIAO_ENVIRONMENT": "development", **child_environment(outside)}
    if composed["TONGJIAO_ENVIRONMENT"] != "production" and not composed.get("TONGJIAO_VAULT_KEYS"):
        composed |= credentials.load_or_draw(state).vault_environment()
    if not outside.get("DATABASE_URL"):
        composed |= _known(database, "DATABASE_URL")
    if composed["TONGJIAO_ENVIRONMENT"] != "production" and not composed.get("TONGJIAO_OBJECTS_URL"):
        composed["TONGJIAO_OBJECTS_URL"] = (state / "objects").as_uri()
    if not outside.get("REDIS_URL"):
        composed |= _known(cache, "REDIS_URL")
    return composed


def _refuse_half_a_database(outside: Mapping[str, str]) -> None:
    stray = [name for name in ("WORKER_DATABASE_URL", "MIGRATION_URL") if outside.get(name)]
    if stray and not outside.get("DATABASE_URL"):
        raise BootstrapError(f"{' and '.join(stray)} set without DATABASE_URL: set all three or none")


def _known(variables: Mapping[str, str], name: str) -> Mapping[str, str]:
    if name not in variables:
        raise BootstrapError(f"a ./run lives that was started with another {name}: stop it, or set {name} too")
    return variables
