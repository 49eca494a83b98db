"""The four fictitious families in two rounds of one stage and year: that of the passes, and another one beside it."""

from dataclasses import dataclass, replace
from typing import Any

from app.clock import uuid7
from app.rounds import departures
from app.rounds.models import Departure
from app.rounds.vocabulary import RoundKind
from app.schools.models import Programme
from tests.county import SCHOOLS
from tests.offers.passes import NAMES, Passes


@dataclass
class Beside(Passes):
    """Another round of the entry, for the same children, with programmes of its own (`o-…`)."""

    kind: RoundKind = RoundKind.MAIN

    async def plan(self, **changes: Any) -> None:
        await super().plan(code=f"{self.county.world.bureau}-beside", kind=self.kind, **changes)

    async def write_programmes(self, classes: int = 1, class_size: int = 12) -> None:
        async with self.database.transaction(self.staff("rules")) as session:
            session.add_all(
                Programme(
                    bureau=self.county.world.bureau,
                    id=f"o-{school}",
                    round=self.round,
                    school=school,
                    grade=1,
                    classes=1,
                    class_size=self.seats,
                    fictitious=True,
                )
                for school in SCHOOLS
            )


def beside(passes: Passes, kind: RoundKind = RoundKind.MAIN) -> Beside:
    """The other round, not yet planned: the same children apply there again."""
    passes.families = passes.families or passes.four_families()
    again = [
        replace(family, application=uuid7(), wishes=tuple(wish.replace("r-", "o-") for wish in family.wishes))
        for family in passes.families
    ]
    return Beside(**{**vars(passes), "families": again}, kind=kind)


async def departed(passes: Passes) -> list[str]:
    """Who has left the round of these passes, by name, as its officer lists them."""
    rows: list[Departure] = await passes.do("allocation", departures.departures_after, passes.round, None, 50)
    names = {family.application: name for family, name in zip(passes.families, NAMES, strict=False)}
    return [names[row.application] for row in rows]
