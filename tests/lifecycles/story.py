"""A county's round, told by whoever acts: families, officers, schools. Every act is the service's own verb in a
transaction of its own; nothing here knows what must hold (ledger.py asks the database that)."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.actor import Actor
from app.applications import casework, settling, submit
from app.applications.casework import Check
from app.applications.form import Form
from app.applications.lifecycle import EvidenceEvent
from app.applications.queries import checks_of
from app.errors import ServiceError
from app.messages import service as messages
from app.messages.vocabulary import Way
from app.offers import annulled, issue, service
from app.offers.lifecycle import OfferEvent
from app.offers.service import Report
from app.rounds import freeze, objections, publish, run
from app.rounds import service as rounds
from app.rounds.service import Deadline
from app.schools.models import Programme
from tests.county import SCHOOLS, form
from tests.lifecycles.workers import Workers
from tests.rounds.life import REASON, Life

HOMES = ("c1", "c1", "c2", "c2", "c3", "c4")  # where each family lives
WORDS = "虚构：请复核 fictitious: please look again"
PATIENCE_SECONDS = 60
Wishes = tuple[str, ...]


@dataclass
class Story(Life):
    """`seats` of each school, `homes` of the families; `parents`, `applications` and what each family `said` of its
    own, by its number."""

    workers_of: Workers = None  # type: ignore[assignment]
    seats: tuple[int, ...] = (2, 2, 2)
    homes: tuple[str, ...] = HOMES
    parents: list[Actor] = field(default_factory=list)
    applications: dict[int, UUID] = field(default_factory=dict)
    said: dict[int, str] = field(default_factory=dict)

    async def begin(self) -> None:
        """From nothing to an open round."""
        await self.announce()
        await self.opens()

    async def announce(self, **window: datetime) -> None:
        """Plan and publish it; `window`: opens_at and closes_at, where they are not the usual ones."""
        self.parents = self.parents or [
            await self.county.parent(f"story-{number}") for number in range(len(self.homes))
        ]
        await self.plan(**window)
        await self.write_documents()
        await self.write_programmes()
        await self.do("rules", rounds.publish_information, self.round)

    async def opens(self) -> None:
        await self.forward(Deadline.OPENS_AT)
        await self.do("rules", rounds.open_round, self.round)

    async def write_programmes(self, classes: int = 1, class_size: int = 12) -> None:
        async with self.database.transaction(self.staff("rules")) as session:
            session.add_all(
                Programme(
                    bureau=self.county.world.bureau,
                    id=f"r-{school}",
                    round=self.round,
                    school=school,
                    grade=1,
                    classes=1,
                    class_size=seats,
                    fictitious=True,
                )
                for school, seats in zip(SCHOOLS, self.seats, strict=True)
            )

    # Families

    def programme(self, school: str) -> str:
        return f"r-{school}"

    def filled(self, family: int, wishes: Wishes, **more: Any) -> Form:
        home = self.homes[family]
        places = {"residence_community": home, "registration_community": home}
        wished = [self.programme(school) for school in wishes]
        return form(f"虚构儿童{family}", **{**places, "preferences": wished, **more})

    async def submits(self, family: int, wishes: Wishes, key: str) -> dict[str, Any]:
        parent, filled = self.parents[family], self.filled(family, wishes)
        async with self.database.transaction(parent) as session:
            receipt = await submit.submit(session, self.vault, parent, self.round, filled, key)
        self.applications[family] = UUID(receipt["application"])
        return receipt

    async def withdraws(self, family: int) -> bool:
        parent = self.parents[family]
        async with self.database.transaction(parent) as session:
            await submit.withdraw(session, parent, self.applications[family])
        return True

    async def answers(self, family: int, event: OfferEvent) -> None:
        parent, (offer, _) = self.parents[family], await self._newest(family)
        async with self.database.transaction(parent) as session:
            where = "虚构外县小学" if event is OfferEvent.DECLINE else None
            await service.answer(session, self.vault, parent, offer, event, where)

    async def objects(self, family: int) -> UUID:
        parent = self.parents[family]
        async with self.database.transaction(parent) as session:
            return await objections.file_objection(session, self.vault, parent, self.applications[family], WORDS)

    # Officers

    async def closes(self) -> None:
        await self.forward(Deadline.CLOSES_AT)
        await self.do("allocation", rounds.close_round, self.round)

    async def ranks(self) -> None:
        await self.settles_all()
        await self.sealed("allocation", rounds.rank, self.round)

    async def rectifies(self) -> None:
        await self.do("allocation", rounds.rectify, self.round)

    async def settles_all(self) -> None:
        """No case stays open: what is unchecked is confirmed, and a person answers for each refusal."""
        for family, said in sorted(self.said.items()):
            if said == "submitted":
                await self.checks(family, EvidenceEvent.CONFIRM)
                found = await self.sql(
                    "casework", "SELECT outcome FROM application WHERE id = :id", id=self.applications[family]
                )
                if found.scalar_one() not in ("eligible", "not_eligible", "deferred"):
                    await self.refuses(family)

    async def checks(self, family: int, event: EvidenceEvent) -> None:
        """Every paper of the family that nobody has checked."""
        application, officer = self.applications[family], self.staff("casework")
        async with self.database.transaction(officer) as session:
            claimed = (await checks_of(session, officer.bureau, [application]))[application]
            listed = [Check(application, kind, event) for kind, status in claimed.items() if status == "claimed"]
            await casework.check_evidence(session, self.vault, officer, self.round, listed)

    async def refuses(self, family: int) -> None:
        """By two officers; what the rules themselves found is proposed already."""
        application = self.applications[family]
        found = await self.sql("casework", "SELECT outcome FROM application WHERE id = :id", id=application)
        if found.scalar_one() == "undetermined":
            await self.sealed("casework", settling.propose_refusal, application, REASON)
        await self.sealed("casework-2", settling.confirm_refusal, application, REASON)

    async def settles(self, objection: UUID, upheld: bool) -> None:
        await self.sealed("casework", objections.decide_objection, objection, upheld, REASON)

    async def calls(self, family: int) -> int:
        """An officer reaches the family with whatever it does not provably know."""
        listed = await self.do("casework", messages.not_reached, None, None, 0, None, 100)
        mine = [one.message.id for one in listed if one.message.person == self.parents[family].person]
        for message in mine:
            await self.do("casework", messages.record_call, message, Way.PHONE)
        return len(mine)

    async def freezes(self) -> None:
        await self._past(Deadline.OBJECTIONS_UNTIL)
        await self.freeze()

    async def unfreezes(self) -> None:
        await self.do("allocation", freeze.unfreeze, self.round, REASON)

    async def draws(self) -> None:
        await self.forward(Deadline.DRAW_AT)
        await self.enter()

    async def runs(self, killed_after: float | None) -> None:
        """Ask for a run and wait for it; the worker may be killed meanwhile, and then another takes the job over."""
        await self.workers_of.there()
        await self.do("allocation", run.request_run, self.round, REASON)
        if killed_after is not None:
            await asyncio.sleep(killed_after)
            await self.workers_of.kill()
            await self.workers_of.there()
        await self._verified()

    async def runs_again(self) -> None:
        await self.do("allocation", run.run_again, self.round, REASON)
        await self.workers_of.there()
        await self._verified()

    async def _verified(self) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await self.row()).status != "verified":  # noqa: ASYNC110 (another process says so)
                await asyncio.sleep(0.05)

    async def _past(self, deadline: Deadline) -> None:
        """The deadline has passed: brought forward where it has not."""
        until = getattr(await self.row(), deadline.value)
        if until is not None and until > await self.now():
            await self.forward(deadline)

    async def proposes(self) -> None:
        await self.sealed("allocation", issue.issue, self.round)

    async def finalises(self) -> None:
        await self.forward(Deadline.OBJECTIONS_UNTIL)
        await self.sealed("allocation", issue.finalise, self.round)

    async def ends_answers(self) -> None:
        await self.forward(Deadline.ANSWERS_UNTIL)
        await self.do("allocation", issue.end_answers, self.round)

    async def later_pass(self) -> None:
        await self.do("allocation", issue.later_pass, self.round)

    async def annuls(self) -> None:
        act = await self.do("allocation", publish.propose_annulment, self.round, REASON)
        await self.sealed("approval", annulled.annul, act.id, act.digest)

    async def concludes(self) -> None:
        await self.do("allocation", publish.conclude, self.round)

    async def withdraws_place(self, family: int) -> None:
        offer, _ = await self._newest(family)
        act = await self.do("casework", service.propose_withdrawal, offer, REASON)
        await self.sealed("approval", service.withdraw, act.id, act.digest, REASON)

    # Schools

    async def reports(self, family: int, event: OfferEvent) -> None:
        offer, school = await self._newest(family)
        await self.do(f"office-{school}", service.report, school, [Report(offer, event)])

    async def _newest(self, family: int) -> tuple[UUID, str]:
        """The family's newest offer and its school; raises ServiceError where it has none."""
        found = await self.sql(
            "casework",
            "SELECT id, school FROM offer WHERE application = :application ORDER BY id DESC LIMIT 1",
            application=self.applications[family],
        )
        offer = found.one_or_none()
        if offer is None:
            raise ServiceError("access.not_found", "offer", action="offer")
        return offer.id, offer.school
