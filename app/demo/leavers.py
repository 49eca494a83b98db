"""The register of primary leavers: what the primary schools list, and which applications it confirms."""

from uuid import UUID

from app.applications import leaver_register, leavers
from app.applications.leaver_register import LeaversFile
from app.demo.carry import Demonstration
from app.demo.county import csv_of
from app.demo.entries import YEAR

PAGE = 500


async def register(demo: Demonstration) -> None:
    """The registrar imports the lists; whose papers are late stands in none of them yet."""
    registrar = demo.staff["registrar"]
    rows = [
        (child.form.child.number.get_secret_value(), child.leaves)
        for child in demo.children
        if child.leaves and child.form.child.number and child.papers == "fine"
    ]
    file = LeaversFile(YEAR, "leavers.csv", csv_of(("number", "primary"), rows))
    async with demo.timed("register of leavers"):
        async with demo.database.transaction(registrar) as session:
            shown = await leaver_register.dry_run(session, demo.vault, registrar, file)
        if shown.digest is None:
            raise ValueError(f"{file.name}: {shown.problems[0]}")
        async with demo.database.transaction(registrar) as session:
            await leaver_register.apply(session, demo.vault, registrar, file, shown.digest)


async def look_up(demo: Demonstration) -> None:
    """Who stands in the register is confirmed by it, page by page; the others wait for a person."""
    officer = demo.staff["casework"]
    after: UUID | None = None
    async with demo.timed("look up leavers", len(demo.children)) as advance:
        while True:
            async with demo.database.transaction(officer) as session:
                found = await leavers.confirm_leavers(session, demo.vault, officer, demo.round, after, PAGE)
            advance(len(found.outcomes) + found.left)
            if found.next is None:
                return
            after = found.next
