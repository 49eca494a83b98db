"""The commands of `run`."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bootstrap import binaries, checks, environment, places, ports, servers, status
from bootstrap.console import BootstrapError, say
from bootstrap.environment import PYTHON
from bootstrap.status import Status
from bootstrap.supervise import Child, supervise

DEFAULT_PORT = 8000
BOUND = (
    "row-level security binds the owner too: here every table of a bureau looks empty, which says nothing of what it"
    " holds; counts are in the audit (./run) and in GET /api/v1/rounds/{id}/provision\n"
)


def app(command: str, *arguments: str, interactive: bool = False) -> Child:
    """The application's own command `command`."""
    return Child(command, (PYTHON, "-m", "app.cli", command, *arguments), interactive)


def take_port(arguments: list[str]) -> tuple[int, list[str]]:
    """The port wished for, and the other arguments; raises BootstrapError where it is no port."""
    wished, rest, given = str(DEFAULT_PORT), [], iter(arguments)
    for argument in given:
        if argument == "--port":
            wished = next(given, "")
        elif argument.startswith("--port="):
            wished = argument.removeprefix("--port=")
        else:
            rest.append(argument)
    if not (wished.isascii() and wished.isdigit() and 0 < int(wished) < 65536):
        raise BootstrapError(f"--port {wished!r} is no port: give a number from 1 to 65535")
    return int(wished), rest


def up(arguments: list[str]) -> int:
    """The whole application: servers, migrations, worker, web."""
    return _serve("up", arguments, with_worker=True)


def serve(arguments: list[str]) -> int:
    return _serve("serve", arguments, with_worker=False)


def _serve(command: str, arguments: list[str], *, with_worker: bool) -> int:
    wished, rest = take_port(arguments)
    environment.ensure("app")
    with servers.persistent(command) as house:
        if with_worker and house.owner is not None:
            return _already(house.owner)
        port = ports.choose(wished)
        if port != wished:
            say(f"port {wished} is taken, using {port}")
        status.announce(places.state_directory(), f"http://{ports.HOST}:{port}")
        if os.environ.get("DATABASE_URL") and not os.environ.get("MIGRATION_URL"):
            say("MIGRATION_URL is not set: the database is taken as it is")
        elif with_worker and (failed := supervise(house, app("migrate"))):
            return failed
        others = [app("worker")] if with_worker else []
        return supervise(house, app(command, "--port", str(port), *rest), *others)


def _already(owner: Status) -> int:
    if owner.address is None:
        raise BootstrapError(f"`./run {owner.command}` (process {owner.pid}) uses the servers: end it first")
    say(f"running already at {owner.address} (process {owner.pid}); end it there with Ctrl-C")
    return 0


def worker(arguments: list[str]) -> int:
    return _beside_servers("worker", arguments)


def migrate(arguments: list[str]) -> int:
    if os.environ.get("DATABASE_URL") and not os.environ.get("MIGRATION_URL"):
        raise BootstrapError("set MIGRATION_URL too: migrations are the owner's, DATABASE_URL is the application's")
    return _beside_servers("migrate", arguments)


def _beside_servers(command: str, arguments: list[str]) -> int:
    environment.ensure("app")
    with servers.persistent(command) as house:
        return supervise(house, app(command, *arguments))


def demo(arguments: list[str]) -> int:
    """With --exit in a database of its own that is gone afterwards; without it, `./run --demo`."""
    if "--exit" not in arguments:
        return up(["--demo", *arguments])
    environment.ensure("app")
    rest = from_here([argument for argument in arguments if argument != "--exit"])
    with servers.throwaway("development") as house:
        return supervise(house, app("migrate")) or supervise(house, app("demo", *rest), app("worker"))


def from_here(arguments: list[str]) -> list[str]:
    """The arguments with the file of --json named from the caller's folder, because the child runs in the checkout."""
    named = [*arguments]
    for index, argument in enumerate(arguments):
        if argument == "--json" and index + 1 < len(arguments):
            named[index + 1] = str(Path(arguments[index + 1]).absolute())
        elif argument.startswith("--json="):
            named[index] = f"--json={Path(argument.removeprefix('--json=')).absolute()}"
    return named


def test(arguments: list[str]) -> int:
    environment.ensure("dev")
    with servers.throwaway("test") as house:
        return supervise(
            house, Child("pytest", (PYTHON, "-m", "pytest", "-n", "2", "--dist", "loadgroup", *arguments), True)
        )


def check(arguments: list[str]) -> int:
    if arguments:
        raise BootstrapError("check takes no arguments")
    environment.ensure("dev")
    return checks.run_all()


def bench(arguments: list[str]) -> int:
    environment.ensure("bench" if "allocation" in arguments else "dev")
    with servers.throwaway("development") as house:
        return supervise(house, app("migrate")) or supervise(house, app("bench", *arguments, interactive=True))


def registers(arguments: list[str]) -> int:
    """The fictitious offices that registers are asked at: no database."""
    environment.ensure("app")
    return supervise(servers.Servers(servers.child_environment(os.environ)), app("registers", *arguments))


def openapi(arguments: list[str]) -> int:
    environment.ensure("dev")
    with servers.throwaway("test") as house:
        return supervise(house, app("openapi", *arguments))


def psql(arguments: list[str]) -> int:
    """A shell on the database as its owner; the password goes by the environment, not the command line."""
    environment.ensure("app")
    with servers.persistent("psql") as house:
        url = house.environment.get("MIGRATION_URL") or house.environment["DATABASE_URL"]
        plain, password = without_password(url)
        if password is not None:
            house.environment["PGPASSWORD"] = password
        sys.stderr.write(BOUND)
        return supervise(house, Child("psql", (_psql_program(), plain, *arguments), interactive=True))


def without_password(url: str) -> tuple[str, str | None]:
    """The URL as libpq takes it but without its password, and that password."""
    parts = urlsplit(url)
    user = f"{parts.username}@" if parts.username else ""
    place = f"{parts.hostname or ''}:{parts.port}" if parts.port else parts.hostname or ""
    return parts._replace(scheme="postgresql", netloc=user + place).geturl(), unquote(
        parts.password
    ) if parts.password else None


def _psql_program() -> Path:
    folder = binaries.find(environment.VENV).postgres
    program = folder / "psql" if folder else shutil.which("psql")
    if program is None:
        raise BootstrapError("no psql on this machine: install PostgreSQL's client")
    return Path(program)


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "up": up,
    "demo": demo,
    "serve": serve,
    "worker": worker,
    "migrate": migrate,
    "psql": psql,
    "test": test,
    "check": check,
    "bench": bench,
    "openapi": openapi,
    "registers": registers,
}
