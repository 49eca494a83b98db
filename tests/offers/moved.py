"""Fictitious pupils of the county that move within the year, and the questions that are asked of their places."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.applications.children import number_of
from app.offers.lifecycle import OfferEvent
from app.rounds import publish
from app.vault import Place, seal
from tests.offers.arrivals import Arrivals
from tests.offers.passes import Passes

NUMBER = {"number_kind": "mainland", "number": "990424202003140015"}
CHILD = {"name": "虚构长女", "born_on": "2020-03-14", **NUMBER}
# Every record of a pupil, as intervals that end where the next begins.
RECORDS = "SELECT school, enrolled_at, left_at, left_because FROM pupil WHERE child = :child ORDER BY id"
OVERLAPPING = """
    SELECT count(*) FROM pupil p JOIN pupil q ON q.bureau = p.bureau AND q.child = p.child AND q.id > p.id
    WHERE tstzrange(p.enrolled_at, p.left_at) && tstzrange(q.enrolled_at, q.left_at)
"""
GAPS = """
    SELECT count(*) FROM pupil p WHERE p.left_at IS NOT NULL
        AND NOT EXISTS (SELECT FROM pupil q WHERE q.child = p.child AND q.enrolled_at = p.left_at)
"""
TWICE = """
    SELECT count(*) FROM (
        SELECT child FROM offer WHERE status = 'arrived' GROUP BY child, stage HAVING count(*) > 1
        UNION ALL SELECT child FROM pupil WHERE left_at IS NULL GROUP BY child HAVING count(*) > 1
    ) AS held
"""


async def with_a_pupil(passes: Passes, **changes: Any) -> tuple[Arrivals, UUID]:
    """The child of parent-1 has become a pupil of s1 by the draw, and is known by its number; the round is concluded,
    and the one within the year is open."""
    await passes.lead_to("answered")
    await passes.report("s1", [("first", OfferEvent.REPORT_ARRIVED)])
    await passes.do("allocation", publish.conclude, passes.round)
    child = passes.families[0].child
    async with passes.database.transaction(passes.staff("casework")) as session:
        key = await passes.vault.key_of(session, passes.county.world.bureau, child)
    await passes.sql(
        "casework",
        "UPDATE child SET number_kind = 'citizen', lookup = :lookup, sealed = :sealed WHERE id = :id",
        lookup=number_of(passes.vault, NUMBER)[1],
        sealed=seal(key, CHILD, Place("child", "sealed", child)),
        id=child,
    )
    await passes.county.set_round(status="concluded")
    made = Arrivals(passes.county, passes.vault, parents=dict(passes.parents))
    await made.open_round(**changes)
    return made, child


async def records(made: Arrivals, child: UUID) -> list[tuple[str, str | None]]:
    """(school, why it ended) of the child's records, the first first."""
    rows = await made.rows(RECORDS, child=child)
    ends: list[datetime | None] = [row.left_at for row in rows]
    assert ends[-1] is None and [row.enrolled_at for row in rows[1:]] == ends[:-1]
    return [(row.school, row.left_because) for row in rows]


async def classes(made: Arrivals, grade: int = 1) -> dict[str, int]:
    """School → its pupils in a grade."""
    rows = await made.rows(
        "SELECT school, sum(pupils)::integer AS pupils FROM school_class WHERE grade = :grade GROUP BY 1", grade=grade
    )
    return {row.school: row.pupils for row in rows}


async def one_place_each(made: Arrivals) -> None:
    """No child of the county has two places on any date, and none that left one was without."""
    for query in (OVERLAPPING, GAPS, TWICE):
        [row] = await made.rows(query)
        assert row.count == 0, query
