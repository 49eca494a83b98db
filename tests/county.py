"""A small fictitious county in a test's bureau: two towns, four communities, three schools, an open round."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.accounts.models import Organisation
from app.actor import Actor
from app.applications import rulesets
from app.applications.form import Form
from app.clock import uuid7
from app.eligibility.ruleset import RULESETS
from app.rounds.models import AdmissionRound
from app.schools.models import Catchment, Community, Programme, School, Town
from tests.world import World

AS_OF = date(2026, 5, 31)
SINCE = date(2020, 1, 1)
COMMUNITIES = {"c1": ("t1", 0), "c2": ("t1", 1000), "c3": ("t2", 9000), "c4": ("t2", 10000)}
SCHOOLS = {"s1": ("t1", 100, "A"), "s2": ("t1", 1200, "A"), "s3": ("t2", 9100, "B")}
CATCHMENTS = {"c1": ("s1",), "c2": ("s2",), "c3": ("s3",), "c4": ("s3",)}


@dataclass
class County:
    """The world with places in it; `round` is open for an hour unless `open_round` says otherwise."""

    world: World
    round: UUID

    @classmethod
    async def make(cls, world: World, seats: int = 40, status: str = "open") -> "County":
        founder = world.founder()
        round_id = uuid7()
        async with world.database.transaction(founder) as session:
            for town in ("t1", "t2"):
                session.add(Town(bureau=world.bureau, id=town, name=f"虚构镇{town}", kind="town", valid_from=SINCE))
            for school in SCHOOLS:
                session.add(Organisation(bureau=world.bureau, id=school, kind="school", name=f"虚构小学{school}"))
            await session.flush()
            for name, (town, east) in COMMUNITIES.items():
                session.add(
                    Community(
                        bureau=world.bureau,
                        id=name,
                        name=f"虚构社区{name}",
                        town=town,
                        east_m=east,
                        north_m=0,
                        valid_from=SINCE,
                        fictitious=True,
                    )
                )
            for name, (town, east, consortium) in SCHOOLS.items():
                session.add(
                    School(
                        bureau=world.bureau,
                        id=name,
                        name=f"虚构小学{name}",
                        ownership="public",
                        stages=["primary"],
                        town=town,
                        consortium=consortium,
                        east_m=east,
                        north_m=0,
                        valid_from=SINCE,
                        fictitious=True,
                    )
                )
            await session.flush()
            for community, schools in CATCHMENTS.items():
                for school in schools:
                    session.add(
                        Catchment(
                            bureau=world.bureau,
                            stage="primary",
                            community=community,
                            school=school,
                            valid_from=SINCE,
                            fictitious=True,
                        )
                    )
        await cls._rules(world)
        county = cls(world, round_id)
        await county._round(status, seats)
        for school in SCHOOLS:
            await world.hire(f"office-{school}", school, "school_office")
        return county

    @staticmethod
    async def _rules(world: World) -> None:
        rules, second = world.staff["rules"], world.staff["rules-2"]
        source = (RULESETS / "primary-2026.toml").read_text(encoding="utf-8")
        async with world.database.transaction(rules) as session:
            await rulesets.upload(session, rules, source)
            act = await rulesets.propose_activation(session, rules, "primary-2026")
        async with world.database.transaction(second) as session:
            await rulesets.activate(session, second, act.id, act.digest)

    async def _round(self, status: str, seats: int) -> None:
        bureau = self.world.bureau
        now = datetime.now(UTC)
        async with self.world.database.transaction(self.world.staff["rules"]) as session:
            session.add(
                AdmissionRound(
                    bureau=bureau,
                    id=self.round,
                    code=f"{bureau}-2026-primary",
                    stage="primary",
                    year=2026,
                    title_zh="虚构县2026年小学一年级招生",
                    title_en="Fictitious county, grade 1, 2026",
                    ruleset="primary-2026",
                    as_of=AS_OF,
                    status=status,
                    opens_at=now - timedelta(hours=1),
                    closes_at=now + timedelta(hours=1),
                    demonstration=True,
                )
            )
            await session.flush()
            for school in SCHOOLS:
                session.add(
                    Programme(
                        bureau=bureau,
                        id=f"2026-g1-{school}",
                        round=self.round,
                        school=school,
                        grade=1,
                        classes=1,
                        class_size=seats,
                        fictitious=True,
                    )
                )

    async def set_round(self, **values: Any) -> None:
        """Move the round by hand, where a test is about what another feature does with its state."""
        pairs = ", ".join(f"{name} = :{name}" for name in values)
        async with self.world.database.transaction(self.world.staff["rules"]) as session:
            await session.execute(
                text(f"UPDATE admission_round SET {pairs} WHERE bureau = :bureau AND id = :id"),
                {**values, "bureau": self.world.bureau, "id": self.round},
            )

    async def parent(self, name: str) -> Actor:
        return await self.world.person(name)


LOCAL: dict[str, Any] = {
    "registration": {
        "place": "county",
        "kind": "family",
        "with_parents": True,
        "at_home": True,
        "registered_on": "2020-04-01",
    },
    "home": {
        "basis": "own_flat",
        "share": "1/1",
        "lived_since": "2019-06-01",
        "uses": [],
        "proof": {"obtained_on": "2019-05-20", "valid_until": "9999-12-31"},
    },
}
MIGRANT: dict[str, Any] = {
    "registration": {"place": "elsewhere", "kind": "family", "with_parents": True},
    "home": {
        "basis": "rented",
        "lived_since": "2022-01-01",
        "proof": {"obtained_on": "2025-01-01", "valid_until": "2027-01-01"},
    },
    "first_parent": {
        "permit": {
            "held": True,
            "registered_since": "2021-01-01",
            "endorsements": ["2023-01-10", "2024-01-08", "2025-01-09", "2026-01-05"],
            "proof": {"obtained_on": "2022-01-15", "valid_until": "2027-01-05"},
        },
        "work": {
            "kind": "contract",
            "since": "2021-03-01",
            "proof": {"obtained_on": "2021-03-01", "valid_until": "2027-03-01"},
        },
        "insurance": {"months": 50},
    },
    "policy": {"kind": "none"},
}


def form(name: str = "虚构儿童甲", facts: dict[str, Any] | None = None, **changes: Any) -> Form:
    """A complete form of a fictitious child without a number yet, living in c1, and registered there if local."""
    child = {"name": name, "number_kind": "none", "number": None, "born_on": "2020-03-15", "sex": "1"}
    child |= changes.pop("child", {})
    facts = LOCAL if facts is None else facts
    local = facts.get("registration", {}).get("place") == "county"
    whole: dict[str, Any] = {
        "child": child,
        "relation": "mother",
        "residence_community": "c1",
        "registration_community": "c1" if local else None,
        "preferences": ["2026-g1-s2"],
        "facts": facts,
    }
    return Form.model_validate({**whole, **changes})
