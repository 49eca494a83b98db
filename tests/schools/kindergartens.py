"""A fictitious register with kindergartens of every standing, and a planned round of preschool over them."""

from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from app.actor import Actor
from app.schools import prospectus
from app.schools.layouts import Kind
from app.schools.models import Prospectus
from app.schools.prospectus import Filing
from tests.schools.register import SCHOOLS, Grid, Register, plan_round
from tests.world import World

CODE = "preschool-2026"
KINDERGARTENS: Grid = [
    [*SCHOOLS[0], "level_recheck_on"],
    *(
        line.split(",")
        for line in (
            "k2,虚构二幼,preschool,public,yes,3,330424005,,,120.941,30.571,2010-09-01,,yes,2026-08-31",
            "i1,虚构普惠园,preschool,private,yes,2,330424001,,,120.949,30.526,2015-09-01,,yes,2027-06-30",
            "x1,虚构民办园,preschool,private,no,,330424001,,,120.951,30.524,2015-09-01,,yes,",
        )
    ),
]
HEADER = ["round", "programme", "school", "grade", "age_class", "classes", "class_size", "fictitious"]
FILING = Filing(
    2026, "小班一个班", "one junior class", "虚构简章", "fictitious prospectus", 55_000, 22_000, fictitious=True
)


def programme(school: str, age_class: str, classes: int = 1, class_size: int = 25) -> list[str]:
    return [CODE, f"{school}-{age_class or 'none'}", school, "0", age_class, str(classes), str(class_size), "yes"]


async def with_kindergartens(register: Register) -> Register:
    """The register once more, its round one of preschool."""
    await register.bring(Kind.SCHOOLS, KINDERGARTENS)
    for school in ("k1", "i1", "x1"):
        await register.world.hire(f"office-{school}", school, "school_office")
    return replace(register, round=await plan_round(register.world, CODE, "preschool"))


async def file_for(world: World, who: Actor, school: str, **changes: Any) -> Prospectus:
    async with world.database.transaction(who) as session:
        return await prospectus.file_prospectus(session, who, school, Filing(**{**asdict(FILING), **changes}))


async def publish(world: World, row: UUID, who: Actor | None = None) -> Prospectus:
    actor = who or world.staff["registrar"]
    async with world.database.transaction(actor) as session:
        return await prospectus.publish_prospectus(session, actor, row)
