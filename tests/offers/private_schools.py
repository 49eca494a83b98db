"""A fictitious private school beside three public ones with a seat each: four real families apply to both rounds at
once, are checked, and are led on by the verbs. All live and are registered in c1, the catchment of s1."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.accounts.models import Organisation
from app.actor import Actor
from app.applications import casework, queries, rulesets, submit
from app.applications.casework import Check
from app.applications.lifecycle import EvidenceEvent
from app.clock import uuid7
from app.eligibility.ruleset import RULESETS
from app.rounds import service
from app.rounds.service import Deadline
from app.rounds.vocabulary import RoundKind
from app.schools.models import Programme, School
from tests.county import SINCE, form
from tests.offers.passes import NAMES, Passes
from tests.rounds.builders import Family
from tests.rounds.life import Life

RULES = "private-primary-2026"


@dataclass
class Public(Passes):
    """`more`: programmes beside those of the three schools, as columns of the table."""

    more: list[dict[str, Any]] = field(default_factory=list)
    schools: tuple[str, ...] = ("s1", "s2", "s3")

    async def write_programmes(self, classes: int = 1, class_size: int = 12) -> None:
        usual: dict[str, Any] = {"grade": 1, "classes": 1, "class_size": self.seats}
        rows = [{"id": f"r-{name}", "school": name, **usual} for name in self.schools] + self.more
        bureau = self.county.world.bureau
        async with self.database.transaction(self.staff("rules")) as session:
            session.add_all(Programme(bureau=bureau, round=self.round, fictitious=True, **row) for row in rows)

    async def apply(self, *names: str, preferences: tuple[str, ...] = ()) -> None:
        """These families' own submissions, and what the caseworker finds to be true."""
        for name in names:
            parent = self.parent(name)
            filled = form(f"虚构儿童{name}", preferences=list(preferences))
            async with self.database.transaction(parent) as session:
                receipt = await submit.submit(session, self.vault, parent, self.round, filled, f"key-{uuid7()}")
            application = UUID(receipt["application"])
            self.families.append(Family(parent.person, application=application))
            await self.check(application)

    async def check(self, application: UUID) -> None:
        actor, bureau = self.staff("casework"), self.county.world.bureau
        async with self.database.transaction(actor) as session:
            kinds = (await queries.checks_of(session, bureau, [application]))[application]
            checks = [Check(application, kind, EvidenceEvent.CONFIRM) for kind in kinds]
            await casework.check_evidence(session, self.vault, actor, self.round, checks)

    def parent(self, name: str) -> Actor:
        return list(self.parents.values())[NAMES.index(name)]

    async def close(self) -> None:
        await self.forward(Deadline.CLOSES_AT)
        await self.do("allocation", service.close_round, self.round)

    async def until_proposed(self) -> int:
        """From closed to a public list."""
        await self.reach("approved", after="closed")
        return await self.issue()

    async def keys(self, name: str) -> dict[str, int]:
        """The keys of the child's decision that counts, at its right s1."""
        application = self.families[NAMES.index(name)].application
        async with self.database.transaction(self.staff("casework")) as session:
            decision = await queries.decision_of(session, self.county.world.bureau, application)
        assert decision is not None
        keys: dict[str, int] = decision.rights["s1"]
        return keys


@dataclass
class Private(Public):
    """Registration at the private school m1, all drawn alike."""

    async def plan(self, **changes: Any) -> None:
        code = f"{self.county.world.bureau}-private"
        await super().plan(code=code, kind=RoundKind.PRIVATE, ruleset=RULES, **changes)

    async def write_programmes(self, classes: int = 1, class_size: int = 12) -> None:
        self.schools, self.more = (
            (),
            [{"id": "m-m1", "school": "m1", "grade": 1, "classes": 1, "class_size": self.seats, "fee_fen": 1_200_000}],
        )
        await super().write_programmes()


async def found_private_school(passes: Life) -> None:
    """The school m1 in the first town, and its rules in force."""
    world = passes.county.world
    async with world.database.transaction(world.founder()) as session:
        session.add(Organisation(bureau=world.bureau, id="m1", kind="school", name="虚构民办小学m1"))
        await session.flush()
        place: dict[str, Any] = {"town": "t1", "east_m": 400, "north_m": 0, "valid_from": SINCE, "fictitious": True}
        name, stages = "虚构民办小学m1", ["primary"]
        session.add(School(bureau=world.bureau, id="m1", name=name, ownership="private", stages=stages, **place))
    rules, second = world.staff["rules"], world.staff["rules-2"]
    async with world.database.transaction(rules) as session:
        await rulesets.upload(session, rules, (RULESETS / f"{RULES}.toml").read_text(encoding="utf-8"))
        act = await rulesets.propose_activation(session, rules, RULES)
    async with world.database.transaction(second) as session:
        await rulesets.activate(session, second, act.id, act.digest)


async def both_open(passes: Passes, seats: int = 2) -> tuple[Private, Public]:
    """The private round, with so many seats, and the public one with a seat at each school; both open."""
    await found_private_school(passes)
    private = Private(**{**vars(passes), "families": [], "seats": seats})
    public = Public(**{**vars(passes), "families": []})
    # The county's own round is none of this entry: it is registered for at another time.
    await passes.sql("rules", "UPDATE admission_round SET year = 2025 WHERE id = :id", id=passes.county.round)
    opens_at = await passes.now() + timedelta(hours=1)
    for one in (private, public):
        await one.plan(opens_at=opens_at, closes_at=opens_at + timedelta(hours=1))
    for one in (private, public):
        await one.reach("published", after="planned")
    for one in (private, public):
        await one.reach("open", after="published")
    return private, public
