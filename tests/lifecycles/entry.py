"""The rounds of one entry, for the same children: private beside the public main one, within the year, and late."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from app.actor import Actor
from app.applications import rulesets
from app.applications.form import Form
from app.eligibility.ruleset import RULESETS
from app.offers import late, placement
from app.offers.placement import Placed
from app.rounds.service import RoundPlan
from app.rounds.vocabulary import RoundKind
from app.schools import class_register
from app.schools.class_register import ClassReport
from app.schools.models import Programme
from tests.county import AS_OF, SCHOOLS
from tests.lifecycles.story import Story, Wishes
from tests.offers.arrivals import FIRST_DAY
from tests.offers.arrivals import RULESET as WITHIN_RULES
from tests.offers.private_schools import RULES as PRIVATE_RULES

HOMES = ("c1", "c1", "c2", "c2", "c3", "c4", "c1", "c3")
TWINS = (2, 3)  # of one guardian; s2 is the school of no other family
FIRST = range(6)  # the others come within the year
PRIVATE_SEATS = 2
DRAWN = ("private", "main", "late")
PUBLIC = ("main", "late")


@dataclass
class Main(Story):
    """The public round, to which twins apply as such."""

    def filled(self, family: int, wishes: Wishes, **more: Any) -> Form:
        return super().filled(family, wishes, **({"twin": True} if family in TWINS else {}), **more)


@dataclass
class Private(Main):
    """Registration at the private school m1, all drawn alike."""

    async def plan(self, **changes: Any) -> None:
        code = f"{self.county.world.bureau}-private"
        await super().plan(code=code, kind=RoundKind.PRIVATE, ruleset=PRIVATE_RULES, **changes)

    def programme(self, school: str) -> str:
        return "m-m1"

    async def write_programmes(self, classes: int = 1, class_size: int = 12) -> None:
        fixed: dict[str, Any] = {"bureau": self.county.world.bureau, "round": self.round, "fictitious": True}
        size: dict[str, Any] = {"grade": 1, "classes": 1, "class_size": PRIVATE_SEATS, "fee_fen": 1_200_000}
        row = Programme(id="m-m1", school="m1", **size, **fixed)
        async with self.database.transaction(self.staff("rules")) as session:
            session.add(row)


@dataclass
class Late(Main):
    """Over the seats that the round before has left."""

    before: UUID | None = None

    async def plan(self, **changes: Any) -> None:
        figures = await self.do("rules", late.seats_left, self.before)
        opens_at = await self.now() + timedelta(hours=1)
        code = f"{self.county.world.bureau}-late"
        said: dict[str, Any] = {"title_zh": "虚构补录", "title_en": "Fictitious late round", "as_of": AS_OF}
        said |= {"opens_at": opens_at, "closes_at": opens_at + timedelta(hours=1)}
        plan = RoundPlan(code=code, stage="", year=0, ruleset="primary-2026", **said)
        self.round = (await self.sealed("rules", late.plan_late_round, self.before, plan, figures.digest)).id

    def programme(self, school: str) -> str:
        return f"late-r-{school}"

    async def write_programmes(self, classes: int = 1, class_size: int = 12) -> None:
        """They have come with the plan."""


@dataclass
class Within(Main):
    """The round within the year: never frozen, its places as classes have room. It stays open."""

    status: ClassVar[str] = "open"

    async def plan(self, **changes: Any) -> None:
        source = (RULESETS / f"{WITHIN_RULES}.toml").read_text(encoding="utf-8")
        await self.do("rules", rulesets.upload, source)
        act = await self.do("rules", rulesets.propose_activation, WITHIN_RULES)
        await self.do("rules-2", rulesets.activate, act.id, act.digest)
        opens_at = await self.now() + timedelta(hours=1)
        times = {"as_of": FIRST_DAY, "opens_at": opens_at, "closes_at": opens_at + timedelta(days=200)}
        code = f"{self.county.world.bureau}-within"
        await super().plan(code=code, kind=RoundKind.WITHIN_YEAR, ruleset=WITHIN_RULES, **times, **changes)

    async def write_programmes(self, classes: int = 1, class_size: int = 12) -> None:
        """The classes are as large as the plan, and nobody has come yet: all seats are one stock."""
        for school, seats in zip(SCHOOLS, self.seats, strict=True):
            reported = [ClassReport(1, 1, seats, 0)]
            await self.do(f"office-{school}", class_register.report_classes, school, self.round, reported)

    def filled(self, family: int, wishes: Wishes, **more: Any) -> Form:
        return super().filled(family, (), grade=1, **more)

    async def places(self) -> Placed:
        placed: Placed = await self.sealed("allocation", placement.place, self.round)
        return placed


@dataclass(frozen=True)
class Held:
    """What a family has been offered last in one of the rounds."""

    round: str
    family: int
    status: str


@dataclass
class Entry:
    """`rounds` by name; the late one once it is planned. `clerk` decides on deferrals in the first town."""

    rounds: dict[str, Story]
    clerk: Actor
    deferrals: dict[int, UUID] = field(default_factory=dict)

    @property
    def main(self) -> Story:
        return self.rounds["main"]

    @property
    def within(self) -> Within:
        found = self.rounds["within"]
        assert isinstance(found, Within)
        return found

    async def plan_late(self) -> None:
        made = {**vars(self.main), "applications": {}, "said": {}}
        late_round = Late(**made, before=self.main.round)
        await late_round.begin()
        self.rounds["late"] = late_round

    async def statuses(self) -> dict[str, str]:
        """Where each round stands, by its name."""
        found = await self.main.sql("allocation", "SELECT id, status FROM admission_round WHERE bureau = :bureau")
        by_id = {row.id: row.status for row in found}
        return {name: by_id[story.round] for name, story in self.rounds.items()}

    async def held(self) -> list[Held]:
        """The newest offer of every family in every round, in a fixed order."""
        found = await self.main.sql(
            "casework",
            "SELECT DISTINCT ON (application) application, status FROM offer WHERE bureau = :bureau"
            " ORDER BY application, id DESC",
        )
        status = {row.application: row.status for row in found}
        return [
            Held(name, family, status[application])
            for name, story in sorted(self.rounds.items())
            for family, application in sorted(story.applications.items())
            if application in status
        ]
