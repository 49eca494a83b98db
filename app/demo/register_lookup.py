"""The registers' part of a demonstration's round: what is claimed is asked of the fictitious platform, and an officer
decides what it contradicts."""

from collections import Counter
from dataclasses import replace

from sqlalchemy import text

from app.applications import register_list, register_rulings
from app.applications.lifecycle import RegisterEvent
from app.applications.register_watch import Sweep, Watch
from app.demo.carry import Demonstration
from app.demo.register_holdings import Holdings
from app.demo.register_server import Platform
from app.demo.register_serving import asking, serving
from app.gateways.registers import RegisterGateway
from app.settings import Settings

COUNT = text("SELECT status, count(*) FROM register_check WHERE bureau = :bureau AND round = :round GROUP BY status")
UPHELD = "家庭出示了原件，经核对与所填一致；登记尚未更新（演示，虚构）。"
CORRECTED = "家庭未能出示与所填一致的材料，以登记为准（演示，虚构）。"
PER_MILLE_CORRECTED = 200
PAGE = 200
MOST_SWEEPS = 20
WATCH = Watch(list_length=2000)


async def look_up(demo: Demonstration, settings: Settings) -> Counter[str]:
    """Between `apply` and `check`: over a socket, by list. Answers how many questions ended how."""
    platform = Platform(Holdings.of_children(demo.fate, demo.children))
    actor = replace(demo.staff["casework"], role="worker", source="worker")
    async with (
        demo.timed("ask registers"),
        serving(platform) as port,
        RegisterGateway(asking(settings, port), 30.0) as gateway,
    ):
        for _ in range(MOST_SWEEPS):
            await Sweep(demo.database, demo.vault, gateway, WATCH, actor, demo.round).go()
            ends = await _ends(demo)
            if not ends["waiting"]:
                break
    return ends


async def rule(demo: Demonstration) -> Counter[str]:
    """After `look_up`: an officer decides each contradiction, a fifth of them for the register."""
    officer, ruled, after = demo.staff["casework"], Counter[str](), None
    number = {application: child for child, application in demo.applications.items()}
    async with demo.timed("rule on contradictions"):
        while True:
            async with demo.database.transaction(officer) as session:
                page = await register_list.list_contradictions(session, demo.vault, officer, demo.round, after, PAGE)
            for line in page:
                corrected = demo.fate.chance(PER_MILLE_CORRECTED, number[line.application], line.kind, "ruling")
                event, reason = (RegisterEvent.CORRECT, CORRECTED) if corrected else (RegisterEvent.UPHOLD, UPHELD)
                async with demo.database.transaction(officer) as session:
                    await register_rulings.rule(session, demo.vault, officer, line.id, event, reason)
                ruled[event.value] += 1
            if len(page) < PAGE:
                return ruled
            after = page[-1].id


async def _ends(demo: Demonstration) -> Counter[str]:
    values = {"bureau": demo.staff["casework"].bureau, "round": demo.round}
    async with demo.database.transaction(demo.staff["casework"]) as session:
        rows = await session.execute(COUNT, values)
        return Counter({row.status: row.count for row in rows})
