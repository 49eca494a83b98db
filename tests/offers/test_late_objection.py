"""The time to object does not run against a family that does not provably know of the list."""

from uuid import UUID

import pytest

from app.errors import ServiceError
from app.offers import issue
from app.rounds import objections, publish
from app.rounds.service import Deadline
from tests.offers.passes import NAMES, Passes

WORDS = "虚构异议：未收到通知"


async def file(passes: Passes, name: str) -> UUID:
    actor, application = passes.parent(name), passes.families[NAMES.index(name)].application
    async with passes.database.transaction(actor) as session:
        return await objections.file_objection(session, passes.vault, actor, application, WORDS)


async def decide(passes: Passes, filed: UUID) -> None:
    await passes.sealed("casework", objections.decide_objection, filed, False, "虚构答复")


async def closed(passes: Passes, *names: str) -> None:
    for name in names:
        with pytest.raises(ServiceError, match=r"round\.objections_closed"):
            await file(passes, name)


async def test_until_the_list_is_final_and_after_it(approved: Passes) -> None:
    await approved.issue()
    await approved.tell("third", "fourth")
    await approved.forward(Deadline.OBJECTIONS_UNTIL)
    await closed(approved, "first", "second")
    filed = await file(approved, "fourth")
    with pytest.raises(ServiceError, match=r"round\.objections_open"):
        await approved.sealed("allocation", issue.finalise, approved.round)
    await decide(approved, filed)
    await approved.sealed("allocation", issue.finalise, approved.round)
    await closed(approved, "first")
    await decide(approved, await file(approved, "third"))


async def test_no_further_pass_and_no_end_of_the_round_while_a_late_one_waits(approved: Passes) -> None:
    await approved.issue()
    await approved.tell("fourth")
    await approved.finalise()
    await approved.end_answers("fourth")
    filed = await file(approved, "fourth")
    for verb in (issue.later_pass, publish.conclude):
        with pytest.raises(ServiceError, match=r"round\.objections_open"):
            await approved.do("allocation", verb, approved.round)
    await decide(approved, filed)
    await approved.do("allocation", publish.conclude, approved.round)
    await closed(approved, "first")
    await decide(approved, await file(approved, "fourth"))


async def test_a_place_that_stays_through_a_later_pass_may_still_be_objected_to(approved: Passes) -> None:
    await approved.issue()
    await approved.tell("third")
    await approved.finalise()
    await approved.end_answers("third")
    await approved.next_pass()
    await closed(approved, "first")
    await decide(approved, await file(approved, "third"))
    told = await approved.sql("casework", "SELECT count(*) FROM message WHERE kind = 'objection_decided'")
    assert told.scalar_one() == 1


async def test_nobody_objects_to_a_list_that_is_not_public_or_no_more(approved: Passes) -> None:
    await closed(approved, "first")
    await approved.issue()
    await approved.annul()
    await closed(approved, "first")
