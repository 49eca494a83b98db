"""Private schools beside the public admission: drawn together, accepted, given up, and places that the bureau buys."""

from typing import Any

import pytest

from app.bureau import service as reports
from app.errors import ServiceError
from app.offers import overdue
from app.offers.lifecycle import OfferEvent
from app.rounds import service as rounds
from app.rounds.service import Deadline
from app.schools.models import Catchment
from tests.county import SINCE
from tests.offers.entries import departed
from tests.offers.passes import NAMES, Passes
from tests.offers.private_schools import Public, both_open, found_private_school

LISTS = "SELECT content FROM bundle_file f JOIN bundle b ON b.bureau = f.bureau AND b.id = f.bundle"
LISTS += " WHERE b.round = :round AND b.status <> 'void' AND f.name = 'fallbacks.csv'"


async def school_of(public: Passes, name: str) -> str:
    return (await public.offer(name)).school


async def test_a_private_place_drawn_accepted_and_given_up_and_the_public_order_that_follows(passes: Passes) -> None:
    """Three register for two private seats; all four also apply to the public schools, of one seat each."""
    private, public = await both_open(passes)
    await private.apply("first", "second", "third", preferences=("m-m1",))
    await public.apply(*NAMES)
    for one in (private, public):
        await one.close()
    assert await private.until_proposed() == 2
    files = await private.sql("allocation", LISTS, round=private.round)
    assert [row.content.decode().splitlines()[1:] for row in files] in (
        [],
        [[]],
    )  # nobody falls back on a private school
    await private.finalise()
    drawn = [name for name in NAMES[:3] if await private.offers(name)]
    leaves, gives_up = drawn
    [missed] = {"first", "second", "third"} - set(drawn)
    with pytest.raises(ServiceError, match=r"report\.private_round"):  # who was not drawn there is no debt there
        await private.do("casework", reports.provision, private.round)
    assert await private.do("casework", overdue.open_cases, private.round, 10_000) == []
    before = await public.keys(gives_up)
    assert before["level"] == 1
    await private.answer(leaves, OfferEvent.ACCEPT)
    await private.answer(gives_up, OfferEvent.DECLINE)
    assert (await public.keys(gives_up))["level"] == 13
    await private.answer(gives_up, OfferEvent.ACCEPT)
    assert await public.keys(gives_up) == before
    await private.answer(gives_up, OfferEvent.DECLINE)
    await private.end_answers()
    assert await public.until_proposed() == 3
    assert await departed(public) == [leaves]
    assert await public.offers(leaves) == []
    assert (await public.do("casework", reports.provision, public.round)).everyone.rate.denominator == 3
    # The seat nearest to c1 goes to one of those who gave nothing up, and the last one left to who did.
    assert {await school_of(public, missed), await school_of(public, "fourth")} == {"s1", "s2"}
    assert await school_of(public, gives_up) == "s3"


async def test_all_are_admitted_where_the_seats_suffice_and_silence_gives_nothing_up(passes: Passes) -> None:
    private, public = await both_open(passes, seats=4)
    await private.apply("first", "second", preferences=("m-m1",))
    await public.apply("first", "second")
    for one in (private, public):
        await one.close()
    assert await private.until_proposed() == 2
    await private.finalise()
    await private.sql("rules", "UPDATE admission_round SET silence = 'decline' WHERE id = :round", round=private.round)
    await private.answer("first", OfferEvent.ACCEPT)
    await private.end_answers()
    assert [offer.status for offer in await private.offers("second")] == ["declined"]
    assert (await public.keys("second"))["level"] == 1
    await public.until_proposed()
    assert (await departed(public), await school_of(public, "second")) == (["first"], "s1")


async def test_a_public_list_that_stood_before_a_place_was_given_up_stands_for_objection_anew(passes: Passes) -> None:
    private, public = await both_open(passes)
    await private.apply("first", preferences=("m-m1",))
    await public.apply("first", "second")
    for one in (private, public):
        await one.close()
    await private.until_proposed()
    await private.finalise()
    await public.reach("ranked", after="closed")
    await private.answer("first", OfferEvent.DECLINE)
    await private.end_answers()
    await public.forward(Deadline.OBJECTIONS_UNTIL)
    with pytest.raises(ServiceError, match=r"round\.list_outdated"):
        await public.freeze()


async def test_who_gave_a_place_up_while_the_public_round_was_frozen_ranks_last_once_it_is_frozen_no_more(
    passes: Passes,
) -> None:
    """Both were frozen at once; the public draw is annulled afterwards."""
    private, public = await both_open(passes)
    await private.apply("first", preferences=("m-m1",))
    await public.apply("first", "second")
    for one in (private, public):
        await one.close()
    await private.reach("approved", after="closed")
    await public.reach("drawn", after="closed")
    await private.issue()
    await private.finalise()
    await private.answer("first", OfferEvent.DECLINE)
    await private.end_answers()
    assert (await public.keys("first"))["level"] == 1  # what is drawn is decided
    await public.annul()
    with pytest.raises(ServiceError, match=r"round\.list_outdated"):
        await public.freeze()
    await public.do("allocation", rounds.rectify, public.round)
    await public.reach("approved", after="closed")
    assert (await public.keys("first"))["level"] == 13
    await public.issue()
    assert [await school_of(public, name) for name in ("second", "first")] == ["s1", "s2"]


async def test_a_family_that_lists_nothing_keeps_right_group_and_fallback_and_a_purchased_place_costs_nothing(
    passes: Passes,
) -> None:
    """c1 belongs to the group of s1 and s2; a place is bought of the private school, nearer than s3. Nobody lists."""
    await found_private_school(passes)
    world = passes.county.world
    group: dict[str, Any] = {"stage": "primary", "community": "c1", "school": "s2", "valid_from": SINCE}
    async with world.database.transaction(world.founder()) as session:
        session.add(Catchment(bureau=world.bureau, fictitious=True, **group))
    bought = {"id": "r-m1", "school": "m1", "grade": 1, "classes": 1, "class_size": 1, "payer": "bureau"}
    public = Public(**{**vars(passes), "families": []}, more=[bought])
    await public.plan()
    await public.reach("open", after="planned")
    await public.apply(*NAMES)
    await public.close()
    assert await public.until_proposed() == 4
    offers = {offer.school: offer for offer in [await public.offer(name) for name in NAMES]}
    assert {school: (offer.rank, offer.band) for school, offer in offers.items()} == {
        "s1": (1, "catchment"),
        "s2": (2, "catchment"),
        "m1": (offers["m1"].rank, "consortium"),
        "s3": (offers["m1"].rank + 1, "within_limit"),
    }
    [shown] = (await public.sql("auditor", "SELECT payer, fee_fen FROM programme WHERE id = 'r-m1'")).all()
    assert tuple(shown) == ("bureau", 0)
