"""Seats given up go to those who wait; nobody who stays gets worse, and the verifier agrees (design, decision 14)."""

from collections import Counter
from itertools import cycle
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Row

from app.errors import ServiceError
from app.lifecycle import TransitionRefused
from app.offers import service
from app.offers.lifecycle import OfferEvent
from tests.offers.passes import ELSEWHERE, Passes
from tests.rounds.builders import county_families

VERDICTS = "SELECT pass_number, verdict FROM allocation_run r JOIN bundle b ON b.bureau = r.bureau AND b.id = r.bundle"


@pytest.fixture
async def given_up(final: Passes) -> Passes:
    """First has declined s1, second waits at s2, third has accepted s3 for good, fourth has no place."""
    await final.answer("first", OfferEvent.DECLINE)
    await final.answer("second", OfferEvent.WAIT)
    await final.answer("third", OfferEvent.ACCEPT)
    await final.end_answers()
    return final


async def test_who_waits_moves_up_who_accepted_keeps_its_very_offer_and_who_declined_is_out(given_up: Passes) -> None:
    kept = await given_up.offer("third")
    await given_up.next_pass()
    before = await given_up.standing()
    assert await given_up.issue() == 2
    assert await given_up.standing() == {
        "first": [("s1", "declined")],
        "second": [("s2", "superseded"), ("s1", "proposed")],
        "third": [("s3", "accepted")],
        "fourth": [("s2", "proposed")],
    }
    assert before["second"] == [("s2", "waiting")] and before["fourth"] == []
    assert (await given_up.offer("third")).id == kept.id
    left, better = await given_up.offers("second")
    assert better.replaces == left.id and better.rank < left.rank and (left.schools, better.schools) == ([], [])
    assert (await given_up.entries(left.id))[-1][:3] == ("test:offer:supersede", "waiting", "superseded")
    verdicts = await given_up.sql("allocation", VERDICTS + " ORDER BY 1")
    assert ["checked 11 later pass" in row.verdict for row in verdicts] == [False, True]


async def test_where_the_new_list_cannot_be_issued_the_old_place_stands(given_up: Passes) -> None:
    """Fourth has a seat already that nothing has proposed, and that cannot be superseded."""
    await given_up.next_pass()
    await given_up.write_offer("fourth", "s3", "accepted")
    with pytest.raises(TransitionRefused, match="supersede"):
        await given_up.issue()
    assert (await given_up.standing())["second"] == [("s2", "waiting")]
    assert (await given_up.row()).status == "approved"


async def test_a_third_pass_asks_again_for_nobody_who_left_before_the_second(given_up: Passes) -> None:
    await given_up.next_pass()
    await given_up.issue()
    await given_up.finalise()
    await given_up.answer("fourth", OfferEvent.WAIT)
    await given_up.answer("third", OfferEvent.DECLINE)
    await given_up.end_answers()
    await given_up.next_pass()
    assert await given_up.issue() == 0
    assert await given_up.standing() == {
        "first": [("s1", "declined")],
        "second": [("s2", "superseded"), ("s1", "accepted")],
        "third": [("s3", "declined")],
        "fourth": [("s2", "waiting")],
    }
    assert (await given_up.row()).pass_number == 3


async def test_what_a_later_pass_was_built_on_is_not_taken_back_and_a_place_can_still_be_given_up(
    given_up: Passes,
) -> None:
    await given_up.next_pass()
    await given_up.issue()
    await given_up.finalise()
    taking_back = (("first", OfferEvent.ACCEPT), ("first", OfferEvent.WAIT), ("third", OfferEvent.WAIT))
    for _ in range(2):
        for name, event in taking_back:
            with pytest.raises(ServiceError, match=r"offer\.answered_for_good"):
                await given_up.answer(name, event)
        assert await given_up.answer("third", OfferEvent.ACCEPT) == "accepted"
    assert await given_up.answer("third", OfferEvent.DECLINE) == "declined"
    assert await given_up.answer("third", OfferEvent.ACCEPT) == "accepted"


async def test_a_place_withdrawn_is_free_and_one_that_a_school_reported_empty_is_not(passes: Passes) -> None:
    """Second waits for s1, where first did not come: only when the bureau has withdrawn the place is it second's."""
    await passes.lead_to("final")
    await passes.answer("second", OfferEvent.WAIT)
    await passes.end_answers()
    await passes.report("s1", [("first", OfferEvent.REPORT_NOT_ARRIVED)])
    await passes.report("s3", [("third", OfferEvent.REPORT_ELSEWHERE)])
    await passes.next_pass()
    assert await passes.issue() == 0
    assert (await passes.standing())["second"] == [("s2", "waiting")]
    await passes.finalise()
    await passes.end_answers()
    await passes.withdraw("first")
    await passes.next_pass()
    assert await passes.issue() == 2
    assert await passes.standing() == {
        "first": [("s1", "withdrawn")],
        "second": [("s2", "superseded"), ("s1", "proposed")],
        "third": [("s3", "elsewhere")],
        "fourth": [("s2", "proposed")],
    }


async def test_whoever_accepted_for_good_is_not_moved_though_its_school_has_reported_it_absent(final: Passes) -> None:
    """Second, who would rather be at s1, where a seat is free again."""
    await final.answer("first", OfferEvent.DECLINE)
    await final.answer("second", OfferEvent.ACCEPT)
    await final.end_answers()
    await final.report("s2", [("second", OfferEvent.REPORT_NOT_ARRIVED)])
    await final.next_pass()
    assert await final.issue() == 1
    standing = await final.standing()
    assert (standing["second"], standing["fourth"]) == ([("s2", "not_arrived")], [("s1", "proposed")])


async def test_nobody_who_stays_is_worse_off_whoever_leaves(passes: Passes) -> None:
    """Twelve children, four seats a school; by turns they decline, wait, accept and say nothing."""
    passes.seats, passes.families = 4, county_families(passes.parent("first").person, 12)
    await passes.lead_to("final")
    before = await seats(passes)
    says = dict(zip(sorted(before), cycle(("decline", "wait", "accept", "silence")), strict=False))
    parent = passes.parent("first")
    for application, said in says.items():
        if said != "silence":
            async with passes.database.transaction(parent) as session:
                offer = before[application].id
                await service.answer(session, passes.vault, parent, offer, OfferEvent(said), ELSEWHERE)
    await passes.end_answers()
    await passes.next_pass()
    moved_up = await passes.issue()
    after = await seats(passes)
    assert after.keys() == {application for application, said in says.items() if said != "decline"}
    for application, offer in after.items():
        stays = says[application] != "wait"
        assert offer.id == before[application].id if stays else offer.rank <= before[application].rank
    assert moved_up == sum(offer.id != before[application].id for application, offer in after.items()) > 0
    assert max(Counter(offer.school for offer in after.values()).values()) <= 4


async def seats(passes: Passes) -> dict[UUID, Row[Any]]:
    """Application → (id, school, rank) of the offer that holds a seat."""
    rows = await passes.sql(
        "casework",
        "SELECT application, id, school, rank FROM offer WHERE bureau = :bureau"
        " AND status NOT IN ('declined', 'superseded', 'void', 'withdrawn')",
    )
    return {row.application: row for row in rows}
