"""The commands behind `./run`, thin: each reads the settings, calls one function, prints what it answers.

Imports stand inside the commands: the worker's processes for computing import this module again, and need little.
"""

import asyncio
import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
import uvloop

from app.settings import load_settings

if TYPE_CHECKING:
    from alembic.config import Config


cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
ROOT = Path(__file__).parents[1]
OPENAPI, REGISTERS = (ROOT / "openapi" / f"{name}.json" for name in ("openapi", "registers"))
Port = Annotated[int, typer.Option(help="Port on 127.0.0.1.")]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
Seed = Annotated[int, typer.Option(help="Everything fictitious follows from it.")]


def _share(text: str) -> str:
    """A share above 0 and up to 10, as exact text; refused with its reason otherwise."""
    try:
        share = Fraction(text)
    except (ValueError, ZeroDivisionError):
        share = Fraction(0)
    if not 0 < share <= 10:
        raise typer.BadParameter(f"{text!r} is no share: give a number above 0 and up to 10, such as 0.1")
    return text


def _ruleset(text: str) -> str:
    if text not in RULESETS:
        raise typer.BadParameter(f"{text!r} is no ruleset of the demonstration: {' or '.join(RULESETS)}")
    return text


RULESETS = ("primary-2026", "primary-2026-by-residence")
Scale = Annotated[str, typer.Option(help="Share of 11,000 children, such as 0.1.", callback=_share)]
Seats = Annotated[str, typer.Option(help="Share of the planned seats, such as 0.9.", callback=_share)]
Rules = Annotated[str, typer.Option(help=" or ".join(RULESETS), callback=_ruleset)]


@cli.command()
def serve(port: Port = 8000, host: Host = "127.0.0.1") -> None:
    """Serve the JSON API and its interactive documentation."""
    import uvicorn

    from app.main import create_app

    settings = load_settings()
    uvicorn.run(create_app(settings), host=host, port=port, access_log=False, log_config=None, server_header=False)


@cli.command()
def worker() -> None:
    """Run the jobs of the queue until SIGTERM."""
    from app import logs

    logs.configure()
    uvloop.run(_work())


@cli.command()
def retention() -> None:
    """Erase documents that may be kept no longer, and sweep files that nothing names; to be run once a day."""
    uvloop.run(_retain())


@cli.command()
def migrate(sql: Annotated[bool, typer.Option(help="Print the SQL instead of running it.")] = False) -> None:
    """Bring the schema to the newest migration, as the owner."""
    from alembic import command

    command.upgrade(_alembic(), "head", sql=sql)
    if not sql:
        typer.echo("the schema is at the newest migration")


@cli.command("check-migrations")
def check_migrations() -> None:
    """Fail where the migrations do not make the tables that the models describe."""
    from alembic import command

    config = _alembic()
    command.upgrade(config, "head")
    command.check(config)


@cli.command()
def openapi(check: Annotated[bool, typer.Option(help="Compare instead of writing.")] = False) -> None:
    """Write openapi/openapi.json, and openapi/registers.json, or fail where they are not what is said."""
    from app.demo.register_server import contract
    from app.main import create_app

    said = {OPENAPI: create_app(load_settings()).openapi(), REGISTERS: contract()}
    for file, described in said.items():
        text, name = json.dumps(described, ensure_ascii=False, indent=1, sort_keys=True) + "\n", file.relative_to(ROOT)
        if not check:
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
            typer.echo(f"written: {name}")
        elif not file.exists() or file.read_text(encoding="utf-8") != text:
            sys.exit(f"{name} differs from the service: write it anew with ./run openapi")


@cli.command()
def demo(
    seed: Seed = 1,
    scale: Scale = "1",
    seats: Seats = "1",
    ruleset: Rules = "primary-2026",
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures there.")] = None,
) -> None:
    """Carry a fictitious year's rounds through, print their audit tables, and end."""
    from app.demo.show import Wanted, carry_and_show

    figures = uvloop.run(carry_and_show(load_settings(), Wanted(seed, scale, seats, ruleset)))
    if json_file is not None:
        json_file.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


@cli.command()
def registers(
    port: Port = 8100,
    seed: Seed = 1,
    scale: Scale = "1",
    faults: Annotated[int, typer.Option(min=0, max=1000, help="Requests that go wrong, of a thousand.")] = 0,
) -> None:
    """Play the offices of the fictitious county on a data platform of their own, until Ctrl-C."""
    from app.demo.register_serving import serve_county

    serve_county(port, seed, Fraction(scale), faults, typer.echo)


@cli.command()
def up(
    port: Port = 8000,
    seed: Seed = 1,
    scale: Scale = "1",
    seats: Seats = "1",
    ruleset: Rules = "primary-2026",
    demo: Annotated[bool, typer.Option(help="Load the fictitious county into a database of your own.")] = False,
) -> None:
    """Load the fictitious county where the database is ours and empty, carry its rounds through, then serve."""
    from app.demo.show import Wanted, carry_and_show, is_empty

    settings = load_settings()
    if not (settings.embedded or demo):
        typer.echo("DATABASE_URL names a database of yours: nothing is loaded into it (say --demo if you want that)")
    elif asyncio.run(is_empty(settings)):
        uvloop.run(carry_and_show(settings, Wanted(seed, scale, seats, ruleset)))
    else:
        typer.echo("the database holds data already: nothing is loaded")
    typer.echo(f"serving on http://127.0.0.1:{port} (documentation: http://127.0.0.1:{port}/docs), until Ctrl-C")
    serve(port)


@cli.command()
def bench(
    name: Annotated[str, typer.Argument(help="What to measure.")] = "submission",
    children: Annotated[
        list[int] | None, typer.Option(min=100, help="Sizes of allocation or eligibility; nothing is kept.")
    ] = None,
) -> None:
    """Measure, as ratios within one run; the tables are kept under benchmarks/."""
    from benchmarks import run

    asyncio.run(run(name, load_settings(), children or ()))


@cli.command()
def simulate(
    bundle: Annotated[Path, typer.Argument(help="Folder with the bundle, drawn or not.")],
    scenario: Annotated[Path | None, typer.Option(help="JSON: seats, reserves, reserve_order, order, ticket.")] = None,
    draws: Annotated[int, typer.Option(min=1, max=100_000, help="How many draws.")] = 1000,
    processes: Annotated[int, typer.Option(min=1, max=64, help="In how many processes.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Of the simulated draws.")] = 1,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures there.")] = None,
) -> None:
    """Simulate many draws of a bundle, and of a scenario of it under the same draws."""
    from rich.console import Console

    from app.allocation.text import Refused
    from app.bureau.simulation_command import Asked, simulate_folder

    try:
        found = simulate_folder(Asked(bundle, scenario, draws, processes, seed), Console())
    except (Refused, OSError) as error:
        print(f"not simulated: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    if json_file is not None:
        json_file.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


async def _work() -> None:
    """Register which function does which kind of job, because the queue knows no feature, and work."""
    from app.applications.register_watch import ASK, ask_with
    from app.bureau.simulation import SIMULATE
    from app.bureau.simulation_work import simulate as simulate_round
    from app.cache import Cache
    from app.database import Database, make_engine
    from app.gateways.registers import RegisterGateway
    from app.gateways.sms import SmsGateway
    from app.jobs.work import Handler
    from app.jobs.worker import run_worker
    from app.main import refuse_unsafe_database
    from app.messages.deliver import deliver_with
    from app.messages.post import DELIVER
    from app.offers.alarm import watch
    from app.rounds.explanation_job import explain
    from app.rounds.run import allocate
    from app.rounds.watching import WATCH
    from app.vault import Vault

    settings = load_settings()
    sms = SmsGateway(settings) if settings.sms_url else None
    asked = RegisterGateway(settings) if settings.registers_url else None
    engine = make_engine(settings.worker_database_url, 1, 10.0)
    await refuse_unsafe_database(Database(engine))
    await engine.dispose()
    vault, offices = Vault.of(settings), make_engine(settings.database_url, 2, 10.0)
    handlers: dict[str, Handler] = {"allocate": allocate, "explain": explain, SIMULATE: simulate_round, WATCH: watch}
    handlers |= {DELIVER: deliver_with(vault, sms), ASK: ask_with(Database(offices), vault, asked)}
    try:
        await run_worker(settings.worker_database_url, handlers, Cache(settings.redis_url))
    finally:
        await offices.dispose()
        for gateway in (sms, asked):
            if gateway is not None:
                await gateway.close()


async def _retain() -> None:
    from app.database import Database, make_engine
    from app.documents.retention import retain
    from app.objects import Objects

    settings = load_settings()
    objects = Objects.of(settings)
    if settings.retention_database_url is None or objects is None:
        sys.exit("retention needs RETENTION_DATABASE_URL and TONGJIAO_OBJECTS_URL")
    engine = make_engine(settings.retention_database_url, 1, 10.0)
    try:
        for bureau in await objects.folders():
            kept = await retain(Database(engine), objects, bureau)
            typer.echo(f"{bureau}: {kept.erased} documents erased, {kept.swept} stray files swept")
    finally:
        await engine.dispose()


def _alembic() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["url"] = load_settings().migration_url
    return config


if __name__ == "__main__":
    cli()
