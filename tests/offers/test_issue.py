"""The list becomes public and offers come into being in one step, or neither does (design, decision 13)."""

from dataclasses import replace

import pytest

from app.lifecycle import TransitionRefused
from tests.conftest import Api
from tests.offers.passes import NAMES, Passes


async def seen(passes: Passes, api: Api) -> dict[str, list[tuple[str, str]]]:
    """(school or child's name, status) of what each family and each school's office is shown."""
    bureau, found = passes.county.world.bureau, {}
    for name, assertion in zip(NAMES, passes.parents, strict=True):
        answer = await api.client.get("/offers", headers=await api.sign_in(bureau, assertion))
        found[name] = [(offer["school"], offer["status"]) for offer in answer.json()]
    for school, assertion in (("s1", "school-p01"), ("s2", "school-p02")):
        path = f"/schools/{school}/rounds/{passes.round}/offers"
        answer = await api.client.get(path, headers=await api.sign_in(bureau, assertion))
        found[school] = [(offer["child_name"], offer["status"]) for offer in answer.json()["offers"]]
    return found


async def test_families_learn_when_the_list_is_public_schools_when_it_is_final_and_nobody_before(
    approved: Passes, api: Api
) -> None:
    for assertion, school in (("school-p01", "s1"), ("school-p02", "s2")):
        await approved.county.world.hire(assertion, school, "school_office")
    nothing: dict[str, list[tuple[str, str]]] = {who: [] for who in (*NAMES, "s1", "s2")}
    assert await seen(approved, api) == nothing
    assert await approved.issue() == 3
    assert (await approved.row()).status == "proposed"
    places = {"first": "s1", "second": "s2", "third": "s3"}
    assert await seen(approved, api) == nothing | {name: [(place, "proposed")] for name, place in places.items()}
    assert await approved.finalise() == 3
    opened = {name: [(place, "open")] for name, place in places.items()}
    assert await seen(approved, api) == nothing | opened | {"s1": [("虚构儿童", "open")], "s2": [("虚构儿童", "open")]}


async def test_an_offer_says_where_at_which_rank_on_which_seat_and_how_near(approved: Passes) -> None:
    await approved.issue()
    found = {
        name: (offer.programme, offer.school, offer.rank, offer.seat, offer.band, offer.distance_m)
        for name in NAMES
        for offer in await approved.offers(name)
    }
    assert found == {
        "first": ("r-s1", "s1", 1, "open", "catchment", 100),
        "second": ("r-s2", "s2", 2, "open", "consortium", 1200),
        "third": ("r-s3", "s3", 1, "open", "catchment", 100),
    }
    run = (await approved.sql("allocation", "SELECT id FROM allocation_run")).scalar_one()
    assert {(offer.run, *offer.guardians, *offer.schools) for offer in await approved.offers("first")} == {
        (run, approved.parent("first").person)
    }


async def test_a_school_that_the_primary_school_feeds_is_near_as_that_of_the_catchment_is(passes: Passes) -> None:
    first, second, *others = passes.four_families()
    passes.families = [first, replace(second, feeders=("s2",)), *others]
    await passes.lead_to("proposed")
    found = {name: (offer.school, offer.band) for name in NAMES for offer in await passes.offers(name)}
    assert found == {"first": ("s1", "catchment"), "second": ("s2", "catchment"), "third": ("s3", "catchment")}


async def test_each_offer_and_each_move_of_it_has_one_entry_in_the_journal(approved: Passes) -> None:
    await approved.issue()
    await approved.finalise()
    await approved.end_answers()
    for name in NAMES[:3]:
        assert await approved.entries((await approved.offer(name)).id) == [
            ("test:offer:issue", "absent", "proposed", "allocation"),
            ("test:offer:open", "proposed", "open", "allocation"),
            ("test:offer:lapse_accept", "open", "accepted", "allocation"),
        ]


async def test_a_failure_in_the_middle_leaves_neither_a_public_list_nor_an_offer(approved: Passes) -> None:
    """Second has a seat already that nothing has proposed; the offers fail after the round has moved."""
    await approved.write_offer("second", "s3", "accepted")
    with pytest.raises(TransitionRefused, match="supersede"):
        await approved.issue()
    assert (await approved.row()).status == "approved"
    states = await approved.sql("allocation", "SELECT status, published FROM allocation_run")
    assert [tuple(state) for state in states] == [("verified", False)]
    assert (await approved.sql("casework", "SELECT count(*) FROM offer")).scalar_one() == 1


async def test_a_list_is_made_public_once(approved: Passes) -> None:
    await approved.issue()
    with pytest.raises(TransitionRefused):
        await approved.issue()
    assert (await approved.sql("casework", "SELECT count(*) FROM offer")).scalar_one() == 3
