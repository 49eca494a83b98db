"""Four fictitious families and three schools with a seat each, led from pass to pass through the verbs of offers.

first has a right at s1; second wishes for s1 and lives nearer to s2 than to s3; third has a right at s3; fourth comes
after everybody. So the first pass gives s1, s2, s3 to the first three, and the fourth has no place; once first has
given s1 up, second moves there and fourth takes s2.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.accounts.two_person import TwoPersonAct
from app.actor import Actor
from app.offers import annulled, issue, service
from app.offers.lifecycle import OfferEvent, OfferStatus
from app.offers.models import Offer
from app.offers.service import Report
from app.rounds import publish
from app.rounds.service import Deadline
from app.rounds.vocabulary import Silence
from app.schools.models import Programme
from tests.county import SCHOOLS
from tests.rounds.builders import NO_PLACE_BUT, Family
from tests.rounds.life import REASON, Life

RIGHT = {**NO_PLACE_BUT, "level": 1, "disagree": 0}
LATE = {**NO_PLACE_BUT, "level": 9}
ELSEWHERE = "虚构外县小学"
WITHDRAWN = "虚构：核实后该儿童已在外县入学。"
NAMES = ("first", "second", "third", "fourth")
Row = tuple[Any, ...]
WRITE_OFFER = """
    INSERT INTO offer (bureau, id, guardians, schools, round, application, child, run, programme, school, rank, seat,
                       band, distance_m, status, lapsed)
    SELECT bureau, gen_random_uuid(), guardians, ARRAY[:school], round, id, child, :run, 'r-' || :school, :school, 1,
           'open', 'catchment', 1, :status, false
    FROM application WHERE bureau = :bureau AND id = :application
"""
CALL_ALL = """
    INSERT INTO message_call (bureau, id, guardians, schools, message, way, recorded_by)
    SELECT bureau, gen_random_uuid(), guardians, '{}', id, 'phone', :officer FROM message
    WHERE bureau = :bureau AND NOT (split_part(object, '.', 2) = ANY (CAST(:left AS text[])))
    ON CONFLICT DO NOTHING
"""


@dataclass
class Passes(Life):
    """`seats` of each school, `silence` of the round; `parents` by the assertion under which they sign in."""

    parents: dict[str, Actor] = field(default_factory=dict)
    seats: int = 1
    silence: Silence = Silence.ACCEPT

    def four_families(self) -> list[Family]:
        first, second, third, fourth = (actor.person for actor in self.parents.values())
        return [
            Family(first, "c1", ("r-s1",), {"s1": RIGHT}),
            Family(second, "c1", ("r-s1",)),
            Family(third, "c3", (), {"s3": RIGHT}),
            Family(fourth, "c1", (), elsewhere=LATE),
        ]

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
                    class_size=self.seats,
                    fictitious=True,
                )
                for school in SCHOOLS
            )

    async def lead_to(self, status: str) -> "Passes":
        """approved, proposed, final or answered, with offers."""
        self.families = self.families or self.four_families()
        await self.plan(silence=self.silence)
        await self.reach("approved", after="planned")
        for name, step in (("proposed", self.issue), ("final", self.finalise), ("answered", self.end_answers)):
            if (await self.row()).status == status:
                break
            await step()
            assert (await self.row()).status == name
        return self

    async def issue(self) -> int:
        count: int = await self.sealed("allocation", issue.issue, self.round)
        return count

    async def finalise(self) -> int:
        await self.forward(Deadline.OBJECTIONS_UNTIL)
        count: int = await self.sealed("allocation", issue.finalise, self.round)
        return count

    async def tell(self, *unreached: str) -> None:
        """An officer reaches everybody whom no message has provably reached, but the families named."""
        left = [str(self.families[NAMES.index(name)].application) for name in unreached]
        await self.sql("casework", CALL_ALL, left=left, officer=self.staff("casework").person)

    async def end_answers(self, *unreached: str) -> int:
        """Everybody provably knows but the families named, and the time is over."""
        await self.tell(*unreached)
        await self.forward(Deadline.ANSWERS_UNTIL)
        count: int = await self.do("allocation", issue.end_answers, self.round)
        return count

    async def next_pass(self) -> None:
        """From answered to approved again."""
        await self.do("allocation", issue.later_pass, self.round)
        await self.run()
        await self.approve()

    async def annul(self) -> int:
        act = await self.do("allocation", publish.propose_annulment, self.round, REASON)
        count: int = await self.sealed("approval", annulled.annul, act.id, act.digest)
        return count

    def parent(self, name: str) -> Actor:
        return list(self.parents.values())[NAMES.index(name)]

    async def offers(self, name: str) -> list[Offer]:
        """Everything that was ever offered to a family, oldest first, as the bureau sees it."""
        application = self.families[NAMES.index(name)].application
        rows = await self.sql(
            "casework", "SELECT id FROM offer WHERE application = :application ORDER BY id", application=application
        )
        found = []
        async with self.database.transaction(self.staff("casework")) as session:
            for row in rows:
                offer = await session.get(Offer, (self.county.world.bureau, row.id))
                assert offer is not None
                found.append(offer)
        return found

    async def offer(self, name: str) -> Offer:
        """The newest."""
        return (await self.offers(name))[-1]

    async def standing(self) -> dict[str, list[tuple[str, str]]]:
        """(school, status) of everything offered, by family."""
        return {name: [(offer.school, offer.status) for offer in await self.offers(name)] for name in NAMES}

    async def write_offer(self, name: str, school: str, status: str, who: str = "allocation") -> None:
        """Straight into the table."""
        await self.sql(
            who,
            WRITE_OFFER,
            application=self.families[NAMES.index(name)].application,
            run=(await self.sql("allocation", "SELECT id FROM allocation_run")).scalars().first(),
            school=school,
            status=status,
        )

    async def answer(self, name: str, event: OfferEvent, destination: str | None = ELSEWHERE) -> OfferStatus:
        actor, offer = self.parent(name), await self.offer(name)
        async with self.database.transaction(actor) as session:
            return await service.answer(session, self.vault, actor, offer.id, event, destination)

    async def report(self, school: str, reports: Sequence[tuple[str, OfferEvent]]) -> int:
        listed = [Report((await self.offer(name)).id, event) for name, event in reports]
        count: int = await self.do(f"office-{school}", service.report, school, listed)
        return count

    async def propose_withdrawal(self, name: str, reason: str = WITHDRAWN) -> TwoPersonAct:
        offer = await self.offer(name)
        act: TwoPersonAct = await self.do("casework", service.propose_withdrawal, offer.id, reason)
        return act

    async def withdraw(self, name: str) -> None:
        act = await self.propose_withdrawal(name)
        await self.sealed("approval", service.withdraw, act.id, act.digest, WITHDRAWN)

    async def entries(self, offer: UUID) -> list[Row]:
        """(action, before, after, role) of what the journal holds about an offer, in order."""
        rows = await self.sql(
            "auditor",
            "SELECT action, before, after, role FROM journal_entry WHERE bureau = :bureau AND object = :object"
            " ORDER BY id",
            object=f"offer:{offer}",
        )
        return [tuple(row) for row in rows]
