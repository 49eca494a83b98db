"""Fictitious children who come within the school year, three schools with their classes, and the officers concerned."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.actor import Actor
from app.applications import rulesets
from app.applications.lifecycle import Outcome
from app.clock import uuid7
from app.database import database_now
from app.eligibility.ruleset import RULESETS
from app.offers import overdue, placement, service, vacancies
from app.offers.lifecycle import OfferEvent, OfferStatus
from app.offers.models import Offer, OfferPlacement
from app.offers.overdue import OpenCase
from app.offers.placement import Placed
from app.rounds import service as rounds
from app.rounds.service import Deadline, Document, RoundPlan
from app.rounds.vocabulary import DocumentKind, RoundKind
from app.schools import class_register
from app.schools.class_register import ClassReport
from app.schools.service import ProgrammePlan, plan_programme
from tests.applications.office import Office
from tests.county import form

RULESET = "primary-within-2026"
FIRST_DAY = date(2026, 9, 1)


@dataclass(frozen=True)
class Arrivals(Office):
    """`children`: the applications by the name of the parent; `parents`: who has signed in."""

    children: dict[str, UUID] = field(default_factory=dict)
    parents: dict[str, Actor] = field(default_factory=dict)

    async def parent(self, name: str) -> Actor:
        if name not in self.parents:
            self.parents[name] = await self.county.parent(name)
        return self.parents[name]

    @property
    def round(self) -> UUID:
        return self.county.round

    async def verb(self, who: str, call: Any, *arguments: Any) -> Any:
        return await self.do(who, call, *arguments, sealed=False)

    async def open_round(self, bought: Sequence[dict[str, Any]] = (), **changes: Any) -> None:
        """A round within the year, from its plan to its opening; `bought`: programmes whose payer is the bureau."""
        await self.activate(changes.get("ruleset", RULESET))
        async with self.database.transaction() as session:
            now = await database_now(session)
        plan = {
            "code": f"{self.county.world.bureau}-within",
            "stage": "primary",
            "year": 2026,
            "title_zh": "虚构学年中入学",
            "title_en": "Fictitious entry within the year",
            "ruleset": RULESET,
            "as_of": FIRST_DAY,
            "opens_at": now + timedelta(hours=1),
            "closes_at": now + timedelta(days=200),
            "kind": RoundKind.WITHIN_YEAR,
            "demonstration": True,
        }
        self.county.round = (await self.do("rules", rounds.plan_round, RoundPlan(**{**plan, **changes}))).id
        for programme in bought:
            await self.verb("rules", plan_programme, ProgrammePlan(round=self.round, payer="bureau", **programme))
        documents = [Document(kind, f"虚构内容{kind}", f"fictitious {kind}") for kind in DocumentKind]
        await self.verb("rules", rounds.put_documents, self.round, documents)
        await self.verb("rules", rounds.publish_information, self.round)
        if changes.get("demonstration", True):
            await self.verb("allocation", rounds.bring_forward, self.round, Deadline.OPENS_AT)
            await self.verb("rules", rounds.open_round, self.round)

    async def activate(self, ruleset: str) -> None:
        source = (RULESETS / f"{ruleset}.toml").read_text(encoding="utf-8")
        await self.verb("rules", rulesets.upload, source)
        act = await self.verb("rules", rulesets.propose_activation, ruleset)
        await self.verb("rules-2", rulesets.activate, act.id, act.digest)

    async def report(self, school: str, *classes: tuple[int, int, int, int], who: str = "") -> int:
        """Classes as (grade, number, size limit, pupils), by the school's own office."""
        reports = [ClassReport(*one) for one in classes]
        changed: int = await self.verb(
            who or f"office-{school}", class_register.report_classes, school, self.round, reports
        )
        return changed

    async def tell(self, parent: str, community: str = "c1", grade: int = 3, **changes: Any) -> UUID:
        """A family applies, or changes its form."""
        filled = form(
            f"虚构儿童{parent}",
            residence_community=community,
            registration_community=community,
            grade=grade,
            **{"preferences": [], "child": {"born_on": "2017-05-05"}, **changes},
        )
        self.children[parent] = await self.apply(await self.parent(parent), filled, f"key-{uuid7()}")
        return self.children[parent]

    async def arrive(self, parent: str, community: str = "c1", grade: int = 3, **changes: Any) -> UUID:
        """A child comes: its family applies, and the caseworker confirms all that it shows."""
        application = await self.tell(parent, community, grade, **changes)
        assert await self.confirm(application) is Outcome.ELIGIBLE
        return application

    async def place(self, who: str = "allocation") -> Placed:
        placed: Placed = await self.do(who, placement.place, self.round)
        return placed

    async def offers(self, parent: str) -> list[Offer]:
        """Everything offered to a child, oldest first."""
        rows = await self.rows(
            "SELECT id FROM offer WHERE application = :application ORDER BY id", application=self.children[parent]
        )
        async with self.database.transaction(self.staff("casework")) as session:
            found = [await session.get(Offer, (self.county.world.bureau, row.id)) for row in rows]
        return [offer for offer in found if offer is not None]

    async def standing(self) -> dict[str, list[tuple[str, str]]]:
        """(school, status) of everything offered, by parent."""
        return {name: [(one.school, one.status) for one in await self.offers(name)] for name in self.children}

    async def considered(self, offer: UUID) -> list[tuple[str, str, int, str]]:
        """(school, because, vacancies, result) of each school asked."""
        async with self.database.transaction(self.staff("casework")) as session:
            row = await session.get(OfferPlacement, (self.county.world.bureau, offer))
        assert row is not None
        return [(one["school"], one["because"], one["vacancies"], one["result"]) for one in row.considered]

    async def answer(self, parent: str, event: OfferEvent, destination: str | None = None) -> OfferStatus:
        actor, offer = await self.parent(parent), (await self.offers(parent))[-1]
        async with self.database.transaction(actor) as session:
            return await service.answer(session, self.vault, actor, offer.id, event, destination)

    async def report_arrival(self, school: str, parents: Sequence[str]) -> int:
        listed = [service.Report((await self.offers(one))[-1].id, OfferEvent.REPORT_ARRIVED) for one in parents]
        count: int = await self.verb(f"office-{school}", service.report, school, listed)
        return count

    async def vacancies(self, grade: int = 3) -> dict[str, int]:
        """School → vacancies of a grade."""
        rows = await self.verb("casework", vacancies.list_vacancies, self.round)
        return {row.school: row.vacancies for row in rows if row.grade == grade}

    async def overdue(self, days: int = 0, who: str = "casework") -> list[OpenCase]:
        found: list[OpenCase] = await self.verb(who, overdue.open_cases, self.round, days)
        return found
