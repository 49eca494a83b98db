"""What must hold after every act, asked of the database as its officers may read it."""

import csv
import io
from collections import Counter
from uuid import UUID

from app.bureau import service as bureau
from app.offers import overdue
from app.offers.lifecycle import HOLDS_A_SEAT
from app.rounds.vocabulary import RoundKind
from tests.lifecycles.story import Story

SEATS = tuple(status.value for status in HOLDS_A_SEAT)
UNDETERMINED = ("pending", "undetermined", "refusal_proposed")
OFFERED = ("proposed", "final", "answered", "concluded")


async def nobody_is_lost(story: Story) -> None:
    """Every submission stands as its family left it, under its receipt, and each status is the journal's last."""
    rows = await story.sql(
        "casework", "SELECT id, status, outcome FROM application WHERE round = :round", round=story.round
    )
    standing = {row.id: row.status for row in rows}
    assert standing == {story.applications[family]: status for family, status in story.said.items()}
    for table in ("offer", "application"):
        found = await story.sql("auditor", LAST_ENTRIES, kind=f"{table}:")
        said = {UUID(row.object.partition(":")[2]): row.after for row in found}
        rows = await story.sql(
            "casework",
            f"SELECT id, status, outcome FROM {table} WHERE round = :round"
            if table == "application"
            else f"SELECT id, status, status AS outcome FROM {table} WHERE round = :round",
            round=story.round,
        )
        for row in rows:
            assert said[row.id].split("/")[0].split(" ")[0] in (row.status, row.outcome), (table, said[row.id], row)


LAST_ENTRIES = """
    SELECT DISTINCT ON (object) object, after FROM journal_entry
    WHERE bureau = :bureau AND starts_with(object, :kind) AND right(action, 11) <> 'leave_round'
    ORDER BY object, id DESC
"""


async def nobody_holds_two_places(story: Story) -> None:
    rows = await story.sql("casework", "SELECT child FROM offer WHERE status = ANY (:seats)", seats=list(SEATS))
    assert all(count == 1 for count in Counter(row.child for row in rows).values())


async def no_school_is_overfull(story: Story) -> None:
    """As many seats are held as the plan has: this story admits nobody by exception."""
    rows = await story.sql("casework", "SELECT programme FROM offer WHERE status = ANY (:seats)", seats=list(SEATS))
    held = Counter(row.programme for row in rows)
    for school, seats in zip(("s1", "s2", "s3"), story.seats, strict=True):
        assert held[f"r-{school}"] <= seats


async def the_published_list_is_the_ledger(story: Story) -> None:
    """What the newest published result places is what offers say, child by child. What families had taken of a result
    that was annulled stands beside it."""
    row = await story.row()
    if row.status.value not in OFFERED:
        return
    found = await story.sql(
        "allocation",
        "SELECT r.id, r.bundle, f.content FROM allocation_run r"
        " JOIN bundle b ON b.bureau = r.bureau AND b.id = r.bundle"
        " JOIN run_file f ON f.bureau = r.bureau AND f.run = r.id AND f.name = 'placements.csv'"
        " WHERE r.round = :round AND r.status = 'published' AND b.pass_number = :number",
        round=story.round,
        number=row.pass_number,
    )
    run = found.one()
    people = await story.sql(
        "allocation", "SELECT pseudonym, application FROM bundle_applicant WHERE bundle = :bundle", bundle=run.bundle
    )
    behind = {person.pseudonym: person.application for person in people}
    listed = {
        (behind[line["applicant"]], line["programme"])
        for line in csv.DictReader(io.StringIO(bytes(run.content).decode()))
        if line["programme"]
    }
    offers = await story.sql("casework", PLACED, round=story.round, number=row.pass_number)
    standing = {
        (offer.application, offer.programme)
        for offer in offers
        if not (offer.status in ("declined", "withdrawn") and offer.settled_in < row.pass_number)
    }
    assert standing <= listed
    gone = await story.sql("allocation", GONE, round=story.round, bundle=run.bundle)
    assert {application for application, _ in listed - standing} <= {*gone.scalars()}


# What a run has placed. A place left for one that two persons gave in this pass was placed all the same.
PLACED = """
    SELECT o.application, o.programme, o.status, o.settled_in FROM offer o
    JOIN allocation_run r ON r.bureau = o.bureau AND r.id = o.run
    LEFT JOIN offer n ON n.bureau = o.bureau AND n.replaces = o.id
    LEFT JOIN offer_exception e ON e.bureau = n.bureau AND e.id = n.id
    WHERE o.round = :round AND r.status = 'published' AND o.seat NOT IN ('exception', 'redress')
        AND (o.status NOT IN ('void', 'superseded') OR o.status = 'superseded' AND e.pass_number = :number)
"""
# Who was placed, and had another place in the entry by then, or its entry put off.
GONE = """
    SELECT application FROM round_departure WHERE bureau = :bureau AND bundle = :bundle
    UNION SELECT id FROM application WHERE round = :round AND outcome = 'deferred'
"""


async def every_child_has_a_place_or_an_open_case(story: Story) -> None:
    """Once a list is public: each child that is not refused holds a seat in the entry, or its family declined in words
    (saying where it will study), or it is an open case with a day; and where seats were there for every child, that was
    no choice of the draw's. Nobody is undetermined any more, and the report tells of whoever has no place."""
    row = await story.row()
    if row.status.value not in OFFERED and row.kind is not RoundKind.WITHIN_YEAR:
        return
    children = (await story.sql("casework", CHILDREN, round=story.round)).all()
    report = await story.do("auditor", bureau.provision, story.round)
    told = {child.application for child in report.missing}
    cases = {case.application for case in await story.do("auditor", overdue.open_cases, story.round, 10_000)}
    for child in children:
        assert row.kind is RoundKind.WITHIN_YEAR or child.outcome not in UNDETERMINED
        if child.outcome == "eligible" and not {*SEATS} & {*child.anywhere}:
            said_where = "declined" in child.offers and row.kind is not RoundKind.WITHIN_YEAR
            assert child.id in cases or said_where, child
            assert child.id in told or {"declined", "withdrawn"} & {*child.offers}, child
            lost = {"declined", "withdrawn", "void"} & {*child.anywhere}
            enough = row.kind is RoundKind.MAIN and sum(story.seats) >= len(children)
            assert lost or not enough, "a seat was there"


# What a family declined of a result that was annulled says nothing of the next one, if its child was drawn anew there;
# nor does silence say where it will study.
CHILDREN = """
    SELECT a.id, a.outcome, coalesce(array_agg(o.status) FILTER (WHERE o.round IS NOT NULL), '{}') AS anywhere,
        coalesce(array_agg(CASE WHEN o.status = 'declined' AND (o.lapsed OR r.status = 'void' AND o.answered_at <
            (SELECT frozen_at FROM bundle b WHERE b.round = a.round AND b.pass_number = 1 AND b.status <> 'void'))
            THEN 'void'
            ELSE o.status END) FILTER (WHERE o.round = a.round), '{}') AS offers
    FROM application a
    LEFT JOIN offer o ON o.bureau = a.bureau AND o.child = a.child
    LEFT JOIN allocation_run r ON r.bureau = o.bureau AND r.id = o.run
    WHERE a.round = :round AND a.status = 'submitted' GROUP BY a.id, a.outcome
"""


INVARIANTS = (
    nobody_is_lost,
    nobody_holds_two_places,
    no_school_is_overfull,
    the_published_list_is_the_ledger,
    every_child_has_a_place_or_an_open_case,
)
