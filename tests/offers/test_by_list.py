"""Verbs by list take a county's year in seconds: 4,000 offers made, opened, lapsed and reported."""

from time import perf_counter
from uuid import UUID

from sqlalchemy import text

from app.applications.models import Child
from app.clock import uuid7
from app.database import Database
from app.inserts import insert_together
from app.offers import issue, service
from app.offers.lifecycle import OfferEvent
from app.offers.service import Report
from app.rounds.publish import Placed, ProposedList
from app.rounds.service import Deadline
from app.vault import Place, SubjectKey, seal
from tests.offers.passes import Passes
from tests.rounds.builders import Family

MANY, SECONDS = 4000, 10
APPLICATIONS = """
    INSERT INTO application
    SELECT (jsonb_populate_record(a, jsonb_build_object('id', gen_random_uuid(), 'child', c.id))).*
    FROM child c, application a WHERE c.bureau = :bureau AND a.bureau = :bureau AND a.child = :known AND c.id <> :known
    RETURNING id, child
"""


async def test_four_thousand_offers_are_made_opened_lapsed_and_reported_in_seconds(
    passes: Passes, owner_database: Database
) -> None:
    passes.families = [Family(passes.parent("first").person)]
    await passes.lead_to("proposed")
    listed = await four_thousand(passes, owner_database)
    seconds = {}
    started = perf_counter()
    assert await passes.sealed("allocation", issue.offer_places, listed) == MANY
    seconds["made"] = perf_counter() - started
    await analyze(owner_database)
    await passes.forward(Deadline.OBJECTIONS_UNTIL)
    started = perf_counter()
    assert await passes.sealed("allocation", issue.finalise, passes.round) == MANY + 1
    seconds["opened"] = perf_counter() - started
    await passes.tell()
    await passes.forward(Deadline.ANSWERS_UNTIL)
    started = perf_counter()
    assert await passes.do("allocation", issue.end_answers, passes.round) == MANY + 1
    seconds["lapsed"] = perf_counter() - started
    rows = await passes.sql("casework", "SELECT id FROM offer WHERE run = :run", run=listed.run)
    reports = [Report(row.id, OfferEvent.REPORT_ARRIVED) for row in rows]
    started = perf_counter()
    assert await passes.do("office-s1", service.report, "s1", reports) == MANY + 1
    seconds["reported"] = perf_counter() - started
    assert max(seconds.values()) < SECONDS, seconds
    pupils = await passes.sql("casework", "SELECT count(*), count(DISTINCT child) FROM pupil")
    assert tuple(pupils.one()) == (MANY + 1, MANY + 1)
    entries = await passes.sql("auditor", "SELECT count(*) FROM journal_entry WHERE object LIKE 'offer:%'")
    assert entries.scalar_one() == 4 * (MANY + 1)


async def four_thousand(passes: Passes, owner: Database) -> ProposedList:
    """Copies of the one child, each placed at s1, as the list of the round's own run."""
    [family] = passes.families
    await write_children(passes, family)
    await analyze(owner)
    copies = (await passes.sql("casework", APPLICATIONS, known=family.child)).all()
    await analyze(owner)
    run: UUID = (await passes.sql("allocation", "SELECT id FROM allocation_run")).scalar_one()
    placed = [Placed(row.id, row.id.hex, row.child, (family.guardian,), "c1", "r-s1", 1, "open") for row in copies]
    bundle: UUID = (await passes.sql("allocation", "SELECT id FROM bundle")).scalar_one()
    return ProposedList(passes.round, bundle, run, 1, placed)


async def write_children(passes: Passes, family: Family) -> None:
    """Each with a key of its own, which alone opens its name."""
    actor, children, keys = passes.staff("casework"), [], []
    for number in range(MANY):
        id_ = uuid7()
        key, (_, [row]) = passes.vault.new_key(actor.bureau, id_, [family.guardian])
        sealed = seal(key, {"name": f"虚构儿童{number}"}, Place("child", "sealed", id_))
        whose = {"bureau": actor.bureau, "id": id_, "guardians": [family.guardian], "schools": []}
        children.append({**whose, "number_kind": "none", "reference": id_.bytes, "sealed": sealed})
        keys.append(row)
    async with passes.database.transaction(actor) as session:
        await insert_together(session, [(Child, children), (SubjectKey, keys)])


async def analyze(owner: Database) -> None:
    """As autovacuum would by the minute: what was planned when these tables were almost empty would scan them."""
    async with owner.transaction() as session:
        await session.execute(text("ANALYZE child, subject_key, application, offer"))
