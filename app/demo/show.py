"""Carry the demonstration through with its progress shown, print the audit table, answer the figures."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import text

from app.accounts.service import stranger
from app.applications.rulesets import all_rulesets
from app.bureau import service as bureau
from app.bureau.provision import Report
from app.bureau.queries import standings
from app.cache import Cache
from app.clock import perf_counter
from app.database import Database, make_engine
from app.demo import carry, outcome, published
from app.demo.audit import print_audit, print_rulesets
from app.demo.carry import Demonstration
from app.demo.county import haiyan
from app.demo.families import population
from app.demo.fate import Fate
from app.demo.staging import BUREAU, stage
from app.eligibility.ruleset import parse
from app.settings import Settings
from app.vault import Vault

CHILDREN = 4000
WIDTH = 140
POOL = 12


async def is_empty(settings: Settings) -> bool:
    """Nobody has set a bureau up in this database."""
    engine = make_engine(settings.database_url, 1, 10.0)
    async with Database(engine).transaction(stranger(BUREAU)) as session:
        count = (await session.execute(text("SELECT count(*) FROM organisation"))).scalar_one()
    await engine.dispose()
    return int(count) == 0


@dataclass(frozen=True)
class Wanted:
    """What a demonstration is asked to be: `scale` of 4,000 children, `seats` of those planned, as fractions."""

    seed: int
    scale: str
    seats: str
    ruleset: str

    def __str__(self) -> str:
        return f"seed {self.seed}, scale {self.scale}, seats {self.seats}, rules {self.ruleset}"


async def carry_and_show(settings: Settings, wanted: Wanted) -> dict[str, Any]:
    """One whole round; prints the audit table and answers the figures of `--json`."""
    engine = make_engine(settings.database_url, POOL, 30.0)
    cache = Cache(settings.redis_url)
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    console.print(f"[bold]演示 demonstration[/bold]: fictitious data, {wanted}")
    columns = (TextColumn("{task.description:28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=console) as progress:
            demo, digests = await _carry(Database(engine), Vault.of(settings), cache, wanted, _bars(progress))
        async with demo.database.transaction(demo.staff["auditor"]) as session:
            report = await bureau.provision(session, demo.staff["auditor"], demo.round)
            kept = await all_rulesets(session, BUREAU)
            counts = _counts([row.outcome for row in await standings(session, BUREAU, demo.round)])
        accepted = await published.verified(demo.database, BUREAU, demo.round)
    finally:
        await cache.close()
        await engine.dispose()
    print_rulesets(console, [(r.id, parse(r.text).order, r.digest) for r in kept], wanted.ruleset)
    print_audit(console, demo, report)
    words = "核验通过 accepts" if accepted else "核验未通过 REJECTS"
    console.print(f"the verifier {words} the published files; digests: " + ", ".join(digests))
    steps = ", ".join(f"{name} {value:g}" for name, value in demo.seconds.items())
    console.print(f"seconds: {steps}; total {sum(demo.seconds.values()):.1f}")
    return _figures(report, counts, demo.seconds, {"digest": digests[-1], "verified": accepted})


def _bars(progress: Progress) -> carry.Step:
    def step(name: str, total: int) -> Callable[[int], None]:
        task = progress.add_task(name, total=total)
        return lambda count: progress.advance(task, count)

    return step


async def _carry(
    database: Database, vault: Vault, cache: Cache, wanted: Wanted, step: carry.Step
) -> tuple[Demonstration, list[str]]:
    fate, started, advance = Fate(wanted.seed), perf_counter(), step("stage the county", 1)
    county = haiyan(fate)
    children = population(fate, county, max(1, int(CHILDREN * Fraction(wanted.scale))))
    staff = await stage(database, vault, county)
    advance(1)
    demo = Demonstration(
        database, vault, fate, county, children, Fraction(wanted.seats), staff, step, wanted.ruleset, cache
    )
    demo.seconds["stage the county"] = round(perf_counter() - started, 2)
    await carry.plan(demo)
    await carry.sign_in_all(demo)
    await carry.apply(demo)
    await carry.close(demo)
    demo.open_cases = await carry.check(demo)
    await carry.resolve(demo)
    await outcome.rank_and_freeze(demo)
    await outcome.enter_draw(demo)
    digests = [await outcome.allocate(demo, "first pass")]
    await outcome.publish_list(demo, "first pass")
    await outcome.answer(demo)
    await outcome.end_answers(demo)
    digests.append(await outcome.later_pass(demo))
    await outcome.publish_list(demo, "later pass")
    await outcome.end_answers(demo)
    await outcome.report(demo)
    return demo, digests


def _counts(outcomes: list[str]) -> dict[str, int]:
    undetermined = sum(outcome in ("pending", "undetermined", "refusal_proposed") for outcome in outcomes)
    return {
        "applications": len(outcomes),
        "eligible": outcomes.count("eligible"),
        "not_eligible": outcomes.count("not_eligible"),
        "undetermined": undetermined,
    }


def _figures(
    report: Report, counts: dict[str, int], seconds: dict[str, float], result: dict[str, Any]
) -> dict[str, Any]:
    funnel = report.everyone.funnel
    stage = {**counts, "offered": funnel.offered, "confirmed": funnel.arrived, **result}
    migrants = report.migrants
    return {
        "stages": {"primary": stage},
        "provision": {
            "numerator": migrants.rate.numerator,
            "denominator": migrants.rate.denominator,
            "beyond_limit": migrants.beyond_limit,
            "missing_seats": report.missing_seats,
        },
        "seconds": seconds,
    }
