"""A fictitious round in every state that an operation asks for, each led there by its officers' own verbs.

A state has the name of the round in the stage: `closing` is an open round whose deadline has passed, and so on.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.cache import Cache
from app.clock import uuid7
from app.database import Database
from app.jobs.processes import Processes
from app.offers import issue, placement
from app.rounds import publish, service
from app.rounds.pseudonyms import pseudonyms_of
from app.rounds.service import Deadline
from app.rounds.vocabulary import RoundKind
from app.schools import class_register
from app.schools.class_register import ClassReport
from app.schools.models import Programme
from app.vault import Vault
from tests.county import SCHOOLS, County
from tests.rounds.builders import NO_PLACE_BUT, Family, write_families
from tests.rounds.life import KEY, Life

TWINS = (b"fict-twin-a", b"fict-twin-b")


@dataclass
class NamedLife(Life):
    """A life whose round and programmes bear its name, so that many stand in one bureau."""

    name: str = "-"
    class_size: int = 12

    async def plan(self, **changes: Any) -> None:
        await super().plan(code=f"{self.county.world.bureau}-{self.name}", **changes)

    async def reach(self, status: str, after: str = "") -> "NamedLife":
        if not after:
            await self.plan()
        if status != "planned":
            await super().reach(status, after or "planned")
        return self

    def programme(self, school: str) -> str:
        return f"{self.county.world.bureau}-{self.name}-{school}"

    async def write_programmes(self, classes: int = 1, class_size: int = 12) -> None:
        async with self.database.transaction(self.staff("rules")) as session:
            session.add_all(
                Programme(
                    bureau=self.county.world.bureau,
                    id=self.programme(school),
                    round=self.round,
                    school=school,
                    grade=1,
                    classes=classes,
                    class_size=self.class_size,
                    fictitious=True,
                )
                for school in SCHOOLS
            )

    def second(self) -> UUID:
        """The application of the twin whom the only seat at s1 does not take."""
        twins = [family for family in self.families if family.twin_reference]
        last = max(twins, key=lambda twin: pseudonyms_of(KEY, twin.reference).applicant)
        return last.application


@dataclass(frozen=True)
class Ground:
    """What every life of a stage needs; the two families live in the catchments of s1 and s2."""

    county: County
    vault: Vault
    workers: Database
    cache: Cache
    processes: Processes
    guardian: UUID
    neighbour: UUID

    def life(self, name: str) -> NamedLife:
        families = [family(self.guardian, "c1", "s1"), family(self.neighbour, "c2", "s2")]
        return NamedLife(
            self.county, self.vault, self.workers, self.cache, self.processes, UUID(int=0), families, name=name
        )


def family(guardian: UUID, community: str, school: str) -> Family:
    right = {**NO_PLACE_BUT, "level": 1, "disagree": 0}
    return Family(guardian, community, rights={school: right})


async def _planned(life: NamedLife) -> None:
    await life.reach("planned")
    await life.write_documents()
    await life.write_programmes()


async def _published(life: NamedLife) -> None:
    await life.reach("published")
    await life.forward(Deadline.OPENS_AT)


async def _closing(life: NamedLife) -> None:
    await life.reach("open")
    await life.forward(Deadline.CLOSES_AT)


async def _freezing(life: NamedLife) -> None:
    await life.reach("ranked")
    await life.forward(Deadline.OBJECTIONS_UNTIL)


async def _drawing(life: NamedLife) -> None:
    await life.reach("frozen")
    await life.forward(Deadline.DRAW_AT)


async def _proposed(life: NamedLife) -> None:
    await life.reach("approved")
    await life.sealed("allocation", issue.issue, life.round)


async def _finalising(life: NamedLife) -> None:
    await _proposed(life)
    await life.forward(Deadline.OBJECTIONS_UNTIL)


async def _final(life: NamedLife) -> None:
    await _finalising(life)
    await life.sealed("allocation", issue.finalise, life.round)


async def _parted(life: NamedLife) -> None:
    """The guardian's children are twins, and s1 has one seat."""
    [own, neighbours] = life.families
    twins = [replace(own, application=uuid7(), child=uuid7(), reference=name, twin_reference=b"fict") for name in TWINS]
    life.class_size, life.families = 1, [*twins, neighbours]
    await _final(life)


async def _ending(life: NamedLife) -> None:
    await _final(life)
    await life.forward(Deadline.ANSWERS_UNTIL)


async def _answered(life: NamedLife) -> None:
    await _ending(life)
    await life.do("allocation", issue.end_answers, life.round)


async def _concluded(life: NamedLife) -> None:
    await _answered(life)
    await life.do("allocation", publish.conclude, life.round)


async def _within(life: NamedLife) -> None:
    """Both families came within the year to grade 2, s1 has room for them, and each has a place."""
    await life.plan(kind=RoundKind.WITHIN_YEAR)
    await life.write_documents()
    await life.do("rules", service.publish_information, life.round)
    await life.forward(Deadline.OPENS_AT)
    await life.do("rules", service.open_round, life.round)
    await write_families(life.county, life.vault, life.round, life.families)
    came = "UPDATE application SET grade = 2, place_by = now() + interval '10 days' WHERE round = :round"
    await life.sql("casework", came, round=life.round)
    classes = [ClassReport(2, 1, 45, 40)]
    await life.do("office-s1", class_register.report_classes, "s1", life.round, classes)
    await life.sealed("allocation", placement.place, life.round)


def _reach(status: str) -> Callable[[NamedLife], Awaitable[Any]]:
    return lambda life: life.reach(status)


LIVES: dict[str, Callable[[NamedLife], Awaitable[Any]]] = {
    "planned": _planned,
    "published": _published,
    "closing": _closing,
    "closed": _reach("closed"),
    "ranked": _reach("ranked"),
    "freezing": _freezing,
    "frozen": _reach("frozen"),
    "drawing": _drawing,
    "drawn": _reach("drawn"),
    "verified": _reach("verified"),
    "approved": _reach("approved"),
    "finalising": _finalising,
    "final": _final,
    "parted": _parted,
    "ending": _ending,
    "answered": _answered,
    "concluded": _concluded,
    "within": _within,
}


async def all_lives(ground: Ground) -> dict[str, NamedLife]:
    """Every state's round, by its name."""
    lives = {}
    for name, lead in LIVES.items():
        lives[name] = ground.life(name)
        await lead(lives[name])
    return lives
