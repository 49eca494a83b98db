"""Two service areas of a small fictitious county, a public kindergarten in the one and an inclusive private one in the
other, a third without an area; families of every age apply and are led to their places.

k1 has two seats for the three-year-olds and one for the four-year-olds, i1 two in a mixed class, k2 one for the
three-year-olds. Living in k1's area: anna, bao and the new resident's child chen, all three, and dong, who is four.
Living in i1's: en, who is five, fang, who is three, and the new resident's child gao, who is four.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from app.accounts.models import Organisation
from app.actor import Actor
from app.applications import rulesets
from app.applications.form import Form
from app.eligibility.ruleset import RULESETS
from app.offers import issue, service
from app.offers.lifecycle import OfferEvent
from app.offers.queries import offers_of_guardian
from app.offers.service import Report
from app.rounds import service as rounds
from app.rounds.service import Deadline
from app.rounds.vocabulary import FallbackOver
from app.schools import service as schools
from app.schools.models import Catchment, School
from app.schools.service import ProgrammePlan
from tests.applications.office import Office
from tests.county import LOCAL, MIGRANT, SINCE, form
from tests.rounds.life import Life
from tests.schools.kindergartens import file_for, publish

AS_OF = date(2026, 4, 20)
KINDERGARTENS = {  # town, metres east, ownership, inclusive, level, day of its re-check
    "k1": ("t1", 100, "public", True, 1, None),
    "k2": ("t1", 1200, "public", True, 3, date(2026, 6, 30)),
    "i1": ("t2", 9100, "private", True, 2, date(2027, 6, 30)),
    "x1": ("t2", 9900, "private", False, None, None),
}
AREAS = {"c1": "k1", "c2": "k1", "c3": "i1", "c4": "i1"}
PLANS = {"k1-three": (1, 2), "k1-four": (1, 1), "i1-mixed": (1, 2), "k2-three": (1, 1)}
BIRTHS = {"three": "2023-03-15", "four": "2022-03-15", "five": "2021-03-15"}
CHILDREN: dict[str, tuple[str, str, bool, tuple[str, ...]]] = {  # community, age, local, wishes
    "anna": ("c1", "three", True, ()),
    "bao": ("c1", "three", True, ("k1-three",)),
    "chen": ("c2", "three", False, ("k1-three",)),
    "dong": ("c2", "four", True, ("k1-four",)),
    "en": ("c3", "five", True, ("i1-mixed",)),
    "fang": ("c3", "three", True, ()),
    "gao": ("c4", "four", False, ("i1-mixed",)),
}

WHO_SIGNS_IN = {"bao": "parent-1", "chen": "parent-2"}


def filled(name: str, **changes: Any) -> Form:
    """The form of one of the children."""
    community, age, local, wishes = CHILDREN[name]
    whole: dict[str, Any] = {
        "child": {"born_on": BIRTHS[age]},
        "residence_community": community,
        "registration_community": community if local else None,
        "preferences": list(wishes),
    }
    return form(f"虚构儿童{name}", LOCAL if local else MIGRANT, **{**whole, **changes})


@dataclass
class Preschool(Life):
    """`parents` and `applications` by child."""

    parents: dict[str, Actor] = field(default_factory=dict)
    applications: dict[str, UUID] = field(default_factory=dict)

    @property
    def office(self) -> Office:
        return Office(self.county, self.vault)

    async def settle(self) -> None:
        """The kindergartens with their areas and offices, and the rules."""
        world, bureau = self.county.world, self.county.world.bureau
        async with self.database.transaction(world.founder()) as session:
            for name in KINDERGARTENS:
                session.add(Organisation(bureau=bureau, id=name, kind="school", name=f"虚构幼儿园{name}"))
            await session.flush()
            for name, (town, east, ownership, inclusive, level, recheck) in KINDERGARTENS.items():
                place: dict[str, Any] = {"town": town, "east_m": east, "north_m": 0, "valid_from": SINCE}
                standing = {"inclusive": inclusive, "kindergarten_level": level, "level_recheck_on": recheck}
                whole = {**place, **standing, "ownership": ownership, "stages": ["preschool"], "fictitious": True}
                session.add(School(bureau=bureau, id=name, name=f"虚构幼儿园{name}", **whole))
            await session.flush()
            since: dict[str, Any] = {"bureau": bureau, "stage": "preschool", "valid_from": SINCE, "fictitious": True}
            session.add_all(Catchment(community=place, school=name, **since) for place, name in AREAS.items())
        for name in KINDERGARTENS:
            await world.hire(f"office-{name}", name, "school_office")
        text = (RULESETS / "preschool-2026.toml").read_text(encoding="utf-8")
        await self.do("rules", rulesets.upload, text)
        act = await self.do("rules", rulesets.propose_activation, "preschool-2026")
        await self.do("rules-2", rulesets.activate, act.id, act.digest)

    async def plan_it(self, fallback: FallbackOver | None = None, **changes: Any) -> None:
        code = f"{self.county.world.bureau}-preschool"
        stage = {"code": code, "stage": "preschool", "ruleset": "preschool-2026", "as_of": AS_OF}
        await self.plan(**stage, fallback=fallback, **changes)
        self.county.round = self.round

    async def plan_programmes(self, **plans: tuple[int, int]) -> None:
        for name, (classes, size) in (plans or PLANS).items():
            school, _, age_class = name.partition("-")
            plan = ProgrammePlan(name, self.round, school, 0, classes, size, age_class)
            await self.do("rules", schools.plan_programme, plan)

    async def join(self) -> None:
        """The private kindergarten files, and the bureau publishes it."""
        world = self.county.world
        await publish(world, (await file_for(world, world.staff["office-i1"], "i1")).id)

    async def open(self, fallback: FallbackOver | None = None) -> None:
        await self.settle()
        await self.plan_it(fallback)
        await self.join()
        await self.plan_programmes()
        await self.write_documents()
        await self.do("rules", rounds.publish_information, self.round)
        await self.forward(Deadline.OPENS_AT)
        await self.do("rules", rounds.open_round, self.round)

    async def apply(self, name: str, **changes: Any) -> UUID:
        if name not in self.parents:
            self.parents[name] = await self.county.parent(WHO_SIGNS_IN.get(name, f"parent of {name}"))
        self.applications[name] = await self.office.apply(self.parents[name], filled(name, **changes), f"key-{name:>8}")
        return self.applications[name]

    async def lead_to_offers(self, fallback: FallbackOver | None = None) -> None:
        """Everybody applies, everything is confirmed, and the list is final."""
        await self.open(fallback)
        for name in CHILDREN:
            await self.office.confirm(await self.apply(name))
        await self.forward(Deadline.CLOSES_AT)
        await self.do("allocation", rounds.close_round, self.round)
        await self.reach("approved", after="closed")
        await self.sealed("allocation", issue.issue, self.round)
        await self.forward(Deadline.OBJECTIONS_UNTIL)
        await self.sealed("allocation", issue.finalise, self.round)

    async def placed(self) -> dict[str, str | None]:
        """Child → the programme that it was offered."""
        found: dict[str, str | None] = {}
        for name, parent in self.parents.items():
            async with self.database.transaction(parent) as session:
                offers = await offers_of_guardian(session, parent.bureau, parent.person)
            found[name] = offers[0].programme if offers else None
        return found

    async def arrive(self) -> None:
        """Every family accepts what it was offered, and the kindergartens report who came."""
        for parent in self.parents.values():
            async with self.database.transaction(parent) as session:
                for offer in await offers_of_guardian(session, parent.bureau, parent.person):
                    await service.answer(session, self.vault, parent, offer.id, OfferEvent.ACCEPT, None)
        await self.forward(Deadline.ANSWERS_UNTIL)
        await self.do("allocation", issue.end_answers, self.round)
        for school in KINDERGARTENS:
            rows = await self.sql("casework", "SELECT id FROM offer WHERE school = :school ORDER BY id", school=school)
            reports = [Report(row.id, OfferEvent.REPORT_ARRIVED) for row in rows]
            if reports:
                await self.do(f"office-{school}", service.report, school, reports)
