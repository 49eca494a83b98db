"""Ten thousand questions to registers of which a fifth go wrong, and submissions while the platform answers nothing."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from statistics import median
from typing import Any

from sqlalchemy import text

from app.applications.register_pace import Pace
from app.applications.register_watch import Sweep, Watch
from app.cache import Cache
from app.clock import perf_counter
from app.database import Database, make_engine
from app.demo.carry import Demonstration
from app.demo.fate import Fate
from app.demo.register_faults import STAYING, Fault, Faults
from app.demo.register_holdings import Holdings
from app.demo.register_server import Platform
from app.demo.register_serving import asking, serving
from app.gateways.registers import RegisterGateway
from app.settings import Settings
from app.vault import Vault
from benchmarks.submission import prepared, submission

FAMILIES, LATER, AT_ONCE = 2300, 300, 8
A_FIFTH = 200  # of a thousand requests, and of a thousand entries
HOW = Watch(pace=Pace(timedelta(milliseconds=200), timedelta(seconds=2)), list_length=1500, batch=50)
COUNT = text(
    "SELECT status, count(*) FROM register_check WHERE status NOT IN ('withdrawn', 'not_asked') GROUP BY status"
)
ROWS = text("SELECT kind, application, catalogue, status FROM register_check WHERE status <> 'withdrawn'")
BY_ITSELF = text("SELECT application, kind FROM evidence WHERE status <> 'claimed'")


async def measure(settings: Settings) -> str:
    """A table: what became of the questions, and the time of a submission without and beside a platform that hangs."""
    engine = make_engine(settings.database_url, AT_ONCE + 4, 30.0)
    database, vault = Database(engine), Vault.of(settings)
    demo = await prepared(database, vault, Cache(settings.redis_url), FAMILIES + LATER)
    now, later = demo.children[:FAMILIES], demo.children[FAMILIES:]
    await demo.all_at_once([submission(demo, child) for child in now], lambda _: None)
    platform = Platform(
        Holdings.of_forms(child.form for child in demo.children), Faults(Fate(1), requests=A_FIFTH, subjects=A_FIFTH)
    )
    async with serving(platform) as port, RegisterGateway(asking(settings, port), 2.0, pause=0.5) as gateway:
        sweep = _sweep(demo, gateway)
        started = perf_counter()
        sweeps = await _until_resolved(sweep)
        seconds = perf_counter() - started
        found = await _found(demo, platform)
        alone, beside = await _submissions(demo, later, platform, asking(settings, port))
    await engine.dispose()
    return _table(found, platform, sweeps, seconds, alone, beside)


def _sweep(demo: Demonstration, gateway: RegisterGateway) -> Sweep:
    actor = replace(demo.staff["casework"], role="worker", source="worker")
    return Sweep(demo.database, demo.vault, gateway, HOW, actor, demo.round)


async def _until_resolved(sweep: Sweep) -> int:
    for count in range(1, 200):
        pause = await sweep.go()
        async with sweep.offices.transaction(sweep.actor) as session:
            left = {row[0]: row[1] for row in await session.execute(COUNT)}.get("waiting", 0)
        if not left:
            return count
        await asyncio.sleep(0 if pause is None else min(pause.total_seconds(), 1.0))
    raise AssertionError("some questions still wait")


async def _found(demo: Demonstration, platform: Platform) -> dict[str, Any]:
    """How the questions ended, and which evidence was confirmed although the platform held something else."""
    number = {
        demo_child.reference: demo_child.form.child.number.get_secret_value()
        for demo_child in demo.children
        if demo_child.form.child.number is not None
    }
    async with demo.database.transaction(demo.staff["casework"]) as session:
        references = {
            row.id: number.get(bytes(row.reference), "")
            for row in await session.execute(
                text("SELECT a.id, c.reference FROM application a JOIN child c ON c.id = a.child")
            )
        }
        rows = (await session.execute(ROWS)).all()
        settled = {(row.application, row.kind) for row in await session.execute(BY_ITSELF)}
    asked = [row for row in rows if row.status != "not_asked"]
    wrong = {
        (row.application, row.kind)
        for row in asked
        if platform.faults.planned(row.catalogue, references[row.application]) in STAYING
    }
    return {
        "ends": Counter(row.status for row in asked),
        "questions": len(asked),
        "wrong": len(wrong),
        "accepted": len(wrong & settled),
    }


async def _submissions(demo: Demonstration, later: Any, platform: Platform, settings: Settings) -> tuple[float, float]:
    """Median seconds of a submission, one at a time: before and after, and while every request hangs."""
    third = len(later) // 3
    before = await _seconds(demo, later[:third])
    platform.faults.always = Fault.HUNG
    async with RegisterGateway(settings, 600.0) as gateway:
        hanging = asyncio.create_task(_sweep(demo, gateway).go())
        await platform.hanging.wait()
        beside = await _seconds(demo, later[third : 2 * third])
        assert not hanging.done()
        hanging.cancel()
        await asyncio.gather(hanging, return_exceptions=True)
    after = await _seconds(demo, later[2 * third :])
    return median(before + after), median(beside)


async def _seconds(demo: Demonstration, children: Any) -> list[float]:
    seconds = []
    for child in children:
        started = perf_counter()
        await submission(demo, child)()
        seconds.append(perf_counter() - started)
    return seconds


def _table(found: dict[str, Any], platform: Platform, sweeps: int, seconds: float, alone: float, beside: float) -> str:
    ends = ", ".join(f"{count} {status}" for status, count in sorted(found["ends"].items()))
    faults = sum(platform.faults.seen.values())
    return (
        f"# Registers: {found['questions']} questions, a fifth of requests and entries faulty\n\n"
        "| what | |\n|---|---|\n"
        f"| faults played | {faults} of {len(platform.faults.seen)} kinds |\n"
        f"| ends | {ends} |\n"
        f"| still waiting | {found['ends']['waiting']} |\n"
        f"| contradicted by the register, or unknown to it | {found['wrong']} |\n"
        f"| of these accepted or refused by itself | {found['accepted']} |\n"
        f"| sweeps, and questions a second (one process, every case decided anew) | {sweeps},"
        f" {found['questions'] / seconds:.0f} |\n"
        f"| a submission while every request hangs, to one without (medians of {LATER // 3} and {LATER * 2 // 3}) |"
        f" {beside / alone:.2f} |\n"
    )
