"""Carry the demonstration through with its progress shown, print the audit tables, answer the figures."""

import sys
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import text

from app.accounts.service import stranger
from app.actor import Actor
from app.applications.rulesets import all_rulesets
from app.bureau import service as bureau
from app.bureau import shares_service
from app.bureau.queries import standings
from app.clock import perf_counter
from app.database import Database, make_engine
from app.demo import carry, published
from app.demo.audit import print_audit, print_rulesets, print_shares
from app.demo.county import counties
from app.demo.entries import BUREAU, YEAR
from app.demo.fate import Fate
from app.demo.figures import Told, figures
from app.demo.stages import Carried, Wanted, carry_all
from app.demo.staging import Staff, stage
from app.eligibility.ruleset import parse
from app.settings import Settings
from app.vault import Vault

__all__ = ["Wanted", "carry_and_show", "is_empty"]
WIDTH = 140


async def is_empty(settings: Settings) -> bool:
    """Nobody has set a bureau up in this database."""
    engine = make_engine(settings.database_url, 1, 10.0)
    async with Database(engine).transaction(stranger(BUREAU)) as session:
        count = (await session.execute(text("SELECT count(*) FROM organisation"))).scalar_one()
    await engine.dispose()
    return int(count) == 0


async def carry_and_show(settings: Settings, wanted: Wanted) -> dict[str, Any]:
    """One whole year's rounds; prints their audit tables and answers the figures of `--json`."""
    started, engine = perf_counter(), make_engine(settings.database_url, 2, 30.0)
    database, console = Database(engine), Console(width=None if sys.stdout.isatty() else WIDTH)
    console.print(f"[bold]演示 demonstration[/bold]: fictitious data, {wanted}")
    columns = (TextColumn("{task.description:36}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=console) as progress:
            staff, rounds = await _carry(database, Vault.of(settings), wanted, _bars(progress))
        async with database.transaction(staff["auditor"]) as session:
            kept = await all_rulesets(session, BUREAU)
            shares = await shares_service.kindergarten_shares(session, staff["auditor"], YEAR, None)
        told = [await _tell(database, staff["auditor"], one) for one in rounds]
    finally:
        await engine.dispose()
    print_rulesets(console, [(r.id, parse(r.text).order, r.digest) for r in kept], wanted.ruleset)
    for one in told:
        print_audit(console, one)
    print_shares(console, shares)
    total = round(perf_counter() - started, 1)
    console.print(f"seconds in all, the rounds at the same time: {total}")
    return figures(told, shares, total)


async def _carry(database: Database, vault: Vault, wanted: Wanted, step: carry.Step) -> tuple[Staff, list[Carried]]:
    advance = step("stage the county", 1)
    staff = await stage(database, vault, counties(Fate(wanted.seed)))
    advance(1)
    return staff, await carry_all(wanted, staff, step)


async def _tell(database: Database, auditor: Actor, one: Carried) -> Told:
    async with database.transaction(auditor) as session:
        report = await bureau.provision(session, auditor, one.round)
        outcomes = [row.outcome for row in await standings(session, BUREAU, one.round)]
    return Told(one, report, outcomes, await published.verified(database, BUREAU, one.round))


def _bars(progress: Progress) -> carry.Step:
    def step(name: str, total: int) -> Callable[[int], None]:
        task = progress.add_task(name, total=total)
        return lambda count: progress.advance(task, count)

    return step
