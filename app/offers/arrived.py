"""The register of classes counts the children that have arrived, whichever round gave them their places."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.actor import Actor
from app.offers.models import Offer
from app.rounds.rows import RoundRow
from app.schools import queries as schools
from app.schools.class_register import count_arrivals


async def count(session: AsyncSession, actor: Actor, arrived: Sequence[tuple[Offer, RoundRow]]) -> None:
    """Add these children to the classes of their grades, as far as their schools have reported any."""
    grades = {
        plan.id: plan.grade
        for round_id in sorted({row.id for _, row in arrived})
        for plan in await schools.programmes_of_round(session, actor.bureau, round_id)
    }
    found = Counter((row.year, offer.school, grades[offer.programme]) for offer, row in arrived)
    for (year, school, grade), children in sorted(found.items()):
        await count_arrivals(session, actor, year, school, grade, children)
