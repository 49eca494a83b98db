"""What the database itself refuses, whatever the application does."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from app.clock import uuid7
from app.offers.lifecycle import OfferEvent
from tests.offers.passes import WITHDRAWN, Passes

PUPIL = "INSERT INTO pupil SELECT :bureau, gen_random_uuid(), guardians, ARRAY[:school], :child, :school, :offer"
PUPIL += " FROM application WHERE bureau = :bureau AND child = :child"


async def test_a_child_has_one_seat_in_a_round_even_where_two_are_written_at_once(approved: Passes) -> None:
    await approved.issue()
    await approved.annul()
    statuses = ("open", "accepted", "arrived", "papers_differ")
    done = await asyncio.gather(
        *(approved.write_offer("first", "s1", status) for status in statuses), return_exceptions=True
    )
    refused = [error for error in done if error is not None]
    assert len(refused) == 3 and all("one_seat_per_child_and_entry" in str(error) for error in refused)
    await approved.write_offer("first", "s1", "superseded")
    await approved.write_offer("second", "s1", "open")


@pytest.fixture
async def arrived(passes: Passes) -> Passes:
    """First has arrived at s1; nothing is reported of second and third."""
    await passes.lead_to("answered")
    await passes.report("s1", [("first", OfferEvent.REPORT_ARRIVED)])
    return passes


async def enrol(passes: Passes, who: str, child: str, offer: UUID, school: str) -> None:
    family = passes.families[("first", "second", "third", "fourth").index(child)]
    await passes.sql(who, PUPIL, child=family.child, offer=offer, school=school)


async def test_there_is_no_pupil_without_the_very_offer_that_its_child_had_at_its_school(arrived: Passes) -> None:
    first, second, third = [await arrived.offer(name) for name in ("first", "second", "third")]
    for child, offer, school in (
        ("third", uuid7(), "s3"),
        ("fourth", third.id, "s3"),
        ("third", second.id, "s2"),
        ("third", third.id, "s2"),
    ):
        with pytest.raises(DBAPIError, match="pupil_was_offered_this_school"):
            await enrol(arrived, "casework", child, offer, school)
    with pytest.raises(DBAPIError, match="one_pupil_per_offer"):
        await enrol(arrived, "casework", "first", first.id, "s1")
    with pytest.raises(DBAPIError, match="row-level security"):
        arrived.county.world.staff["parent"] = arrived.parent("third")
        await enrol(arrived, "parent", "third", third.id, "s3")


async def test_a_place_is_withdrawn_by_an_act_of_two_persons_on_this_very_offer(passes: Passes) -> None:
    await passes.lead_to("answered")
    first, second = await passes.offer("first"), await passes.offer("second")
    by_hand = "UPDATE offer SET status = 'withdrawn', withdrawal_act = :act, withdrawal_reason = 'x' WHERE id = :offer"
    with pytest.raises(DBAPIError, match="two persons"):
        await passes.sql("approval", by_hand, act=None, offer=first.id)
    act = await passes.propose_withdrawal("first")
    with pytest.raises(DBAPIError, match="two persons"):
        await passes.sql("approval", by_hand, act=act.id, offer=first.id)
    await passes.withdraw("first")
    approved_act = (await passes.offer("first")).withdrawal_act
    with pytest.raises(DBAPIError, match="two persons"):
        await passes.sql("approval", by_hand, act=approved_act, offer=second.id)
    with pytest.raises(DBAPIError, match="withdrawn_says_why"):
        await passes.sql("approval", "UPDATE offer SET withdrawal_reason = NULL WHERE id = :id", id=first.id)
    assert WITHDRAWN.encode() not in ((await passes.offer("first")).withdrawal_reason or b"")


async def test_offers_are_made_by_the_allocation_alone_and_never_become_another_childs_or_schools(
    final: Passes,
) -> None:
    final.county.world.staff["parent"] = final.parent("fourth")
    for who in ("parent", "office-s1", "casework", "rules"):
        with pytest.raises(DBAPIError, match="row-level security"):
            await final.sql(
                who,
                "INSERT INTO offer SELECT :bureau, gen_random_uuid(), ARRAY[:person]::uuid[], ARRAY['s1'], :round,"
                " :application, :child, gen_random_uuid(), NULL, 'r-s1', 's1', 1, 'open', 'catchment', 1, 'open'",
                person=final.parent("fourth").person,
                round=final.round,
                application=final.families[3].application,
                child=final.families[3].child,
            )
    for column, value in (("school", "'s3'"), ("child", "gen_random_uuid()"), ("rank", "1"), ("band", "'catchment'")):
        with pytest.raises(DBAPIError, match="permission denied"):
            await final.sql("allocation", f"UPDATE offer SET {column} = {value}")
