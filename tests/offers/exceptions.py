"""Fictitious twins whom one seat parts, among four children: led from pass to pass as other offers are.

first and second are twins with a right at s1; third wishes for s2 and comes after them, fourth after everybody. With a
seat at each school s1 takes first, s2 second, s3 third, and fourth has no place.
"""

from dataclasses import dataclass, field
from typing import Any

from app.accounts.two_person import TwoPersonAct
from app.actor import Actor
from app.offers import exception
from app.offers.exception_candidates import Candidate
from app.rounds import store
from app.rounds.moves import held_round, standing_bundle, standing_run
from app.rounds.pseudonyms import pseudonyms_of
from app.rounds.run import pass_before
from app.rounds.verification import Verdict, verified
from app.schools.models import SeatSettlement
from tests.offers.passes import RIGHT, Passes
from tests.rounds.builders import NO_PLACE_BUT, Family
from tests.rounds.life import KEY

WHY = "虚构：双胞胎仅因编号先后分开，应监护人请求录取至同一学校。"
REFERENCES = sorted((b"fict-twin-a", b"fict-twin-b"), key=lambda reference: pseudonyms_of(KEY, reference).applicant)


@dataclass
class Twins(Passes):
    """`crowd`: so many children more with the first right at s1, each before the twins."""

    crowd: int = 0
    wishes: tuple[str, ...] = ("r-s1", "r-s2")
    keys: list[dict[str, int]] = field(default_factory=lambda: [RIGHT | {"level": 2}] * 2)

    def four_families(self) -> list[Family]:
        first, _, third, fourth = (actor.person for actor in self.parents.values())
        twins = [
            Family(first, "c1", self.wishes, {"s1": key}, reference=reference, twin_reference=b"fict-twins")
            for reference, key in zip(REFERENCES, self.keys, strict=True)
        ]
        return [
            *twins,
            Family(third, "c2", ("r-s2",), elsewhere={**NO_PLACE_BUT, "level": 9}),
            Family(fourth, "c1", (), elsewhere={**NO_PLACE_BUT, "level": 10}),
            *(Family(third, "c1", (), {"s1": RIGHT}) for _ in range(self.crowd)),
        ]

    def parent(self, name: str) -> Actor:
        """Twins have one guardian."""
        return super().parent("first" if name == "second" else name)

    async def candidates(self) -> list[Candidate]:
        found: list[Candidate] = await self.do("allocation", exception.parted_twins, self.round)
        return found

    async def propose(self, name: str = "second", school: str = "s1", reason: str = WHY) -> TwoPersonAct:
        family = self.families[("first", "second", "third", "fourth").index(name)]
        arguments = (self.round, family.application, f"r-{school}", reason)
        act: TwoPersonAct = await self.do("allocation", exception.propose_exception, *arguments)
        return act

    async def admit(self, act: TwoPersonAct, reason: str = WHY, who: str = "approval") -> None:
        await self.sealed(who, exception.admit, act.id, act.digest, reason)

    async def settle(self, school: str, seats: int, reduction: int = 0) -> None:
        """Seats that a decision takes after the freeze."""
        async with self.database.transaction(self.staff("casework")) as session:
            session.add(
                SeatSettlement(
                    bureau=self.county.world.bureau,
                    programme=f"r-{school}",
                    seats=seats,
                    class_reduction=reduction,
                    decision=f"FICT-{school}-{seats}-{reduction}",
                )
            )

    async def files(self) -> list[tuple[Any, ...]]:
        """Every byte of bundles and runs."""
        rows = await self.sql(
            "allocation",
            "SELECT 'bundle', bundle, name, content, published FROM bundle_file WHERE bureau = :bureau"
            " UNION ALL SELECT 'run', run, name, content, published FROM run_file WHERE bureau = :bureau"
            " ORDER BY 1, 2, 3",
        )
        return [tuple(row) for row in rows]

    async def verdict(self) -> Verdict:
        """What the verifier says now of the standing result, on the stored bytes."""
        async with self.database.transaction(self.staff("allocation")) as session:
            bundle = await standing_bundle(session, await held_round(session, self.county.world.bureau, self.round))
            run = await standing_run(session, bundle)
            assert run is not None
            problem = await store.files_of_bundle(session, run.bureau, bundle.id)
            result = await store.files_of_run(session, run.bureau, run.id)
            return verified(problem, result, await pass_before(session, bundle))
