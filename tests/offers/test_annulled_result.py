"""A final result is annulled by two persons: what a family has taken stands, and the others are drawn anew."""

from typing import Any

import pytest

from app.allocation.bundle import parse_bundle
from app.errors import ServiceError
from app.lifecycle import TransitionRefused
from app.offers import overdue, service
from app.offers.lifecycle import OfferEvent
from app.offers.vocabulary import Ground
from app.rounds import publish
from app.rounds import service as rounds
from app.rounds.service import Deadline
from tests.conftest import Api
from tests.offers.exceptions import Twins
from tests.offers.passes import Passes
from tests.offers.test_notices import told
from tests.offers.test_redress import Erred
from tests.rounds.builders import decide_anew
from tests.rounds.life import REASON

SEATS_HELD = """
    SELECT programme FROM offer
    WHERE bureau = :bureau AND status NOT IN ('declined', 'withdrawn', 'superseded', 'void')
"""


async def draw_anew(passes: Passes) -> None:
    """From ranked to approved, by another draw."""
    await passes.freeze()
    await passes.forward(Deadline.DRAW_AT)
    await passes.enter("9-9-9")
    await passes.run()
    await passes.approve()


async def capacities(passes: Passes) -> dict[str, int]:
    """Of the newest bundle."""
    rows = await passes.sql(
        "allocation",
        "SELECT f.name, f.content FROM bundle_file f JOIN bundle b ON b.bureau = f.bureau AND b.id = f.bundle"
        " WHERE f.bureau = :bureau AND b.status <> 'void'",
    )
    return dict(parse_bundle({row.name: bytes(row.content) for row in rows}).tables.programmes)


async def test_places_that_families_have_taken_stand_and_the_others_are_drawn_anew(final: Passes, api: Api) -> None:
    await final.answer("first", OfferEvent.ACCEPT)
    await final.answer("second", OfferEvent.WAIT)
    assert await final.annul() == 1
    assert (await final.row()).status == "ranked" and (await final.row()).answers_until is None
    # Who waited has its place, and waits no more: no draw can promise it both.
    assert await final.standing() == {
        "first": [("s1", "accepted")],
        "second": [("s2", "accepted")],
        "third": [("s3", "void")],
        "fourth": [],
    }
    assert await told(final, "place_annulled", "place_stands") == [("place_annulled", 1), ("place_stands", 2)]

    await draw_anew(final)
    assert await capacities(final) == {"r-s1": 0, "r-s2": 0, "r-s3": 1}
    assert await final.issue() == 1
    await final.finalise()
    assert (await final.standing())["third"] == [("s3", "void"), ("s3", "open")]
    with pytest.raises(ServiceError, match=r"exception\.waits_for_nothing"):
        await final.answer("first", OfferEvent.WAIT)
    await final.answer("third", OfferEvent.DECLINE)
    await final.end_answers()
    await final.next_pass()
    assert await final.issue() == 1
    await final.finalise()
    await final.end_answers()
    assert await final.standing() == {
        "first": [("s1", "accepted")],
        "second": [("s2", "accepted")],
        "third": [("s3", "void"), ("s3", "declined")],
        "fourth": [("s3", "accepted")],
    }
    assert (await Twins.verdict(final)).accepted  # type: ignore[arg-type]
    headers = await api.sign_in(final.county.world.bureau, "registrar")
    shown = (await api.client.get(f"/rounds/{final.round}/provision", headers=headers)).json()["everyone"]["funnel"]
    assert (shown["eligible"], shown["offered"]) == (4, 4)


async def test_after_the_answers_too_and_who_has_arrived_is_a_pupil(passes: Passes) -> None:
    await passes.lead_to("answered")
    await passes.report("s1", [("first", OfferEvent.REPORT_ARRIVED)])
    assert await passes.annul() == 0
    assert (await passes.offer("first")).status == "arrived"
    await draw_anew(passes)
    assert await passes.issue() == 0
    pupils = await passes.sql("casework", "SELECT count(*) FROM pupil WHERE bureau = :bureau")
    assert pupils.scalar_one() == 1


async def test_who_declined_is_drawn_anew_and_takes_up_no_place_of_the_old_result(final: Passes) -> None:
    await final.answer("first", OfferEvent.DECLINE)
    await final.answer("second", OfferEvent.ACCEPT)
    await final.annul()
    await draw_anew(final)
    await final.issue()
    assert (await final.standing())["first"] == [("s1", "declined"), ("s1", "proposed")]
    await final.finalise()
    old, _ = await final.offers("first")
    with pytest.raises(ServiceError, match=r"offer\.answered_for_good"):
        await answer(final, old)
    assert await final.answer("first", OfferEvent.ACCEPT) == "accepted"
    await final.end_answers()
    await final.next_pass()
    assert await final.issue() == 0


async def test_who_declined_and_has_no_place_in_the_new_draw_is_an_open_case(final: Passes) -> None:
    """Where second said that it would study was said of the result that is void; the new one ranks it last."""
    await final.answer("second", OfferEvent.DECLINE)
    await final.annul()
    await decide_anew(final.county, final.families[1], level=10)
    await final.do("allocation", rounds.rectify, final.round)
    await final.sealed("allocation", rounds.rank, final.round)
    await final.forward(Deadline.OBJECTIONS_UNTIL)
    await draw_anew(final)
    await final.issue()
    assert (await final.standing())["second"] == [("s2", "declined")]
    cases = await final.do("casework", overdue.open_cases, final.round, 10_000)
    assert [case.application for case in cases] == [final.families[1].application]


async def answer(passes: Passes, offer: Any) -> None:
    parent = passes.parent("first")
    async with passes.database.transaction(parent) as session:
        await service.answer(session, passes.vault, parent, offer.id, OfferEvent.ACCEPT, None)


@pytest.mark.parametrize("said", [OfferEvent.ACCEPT, OfferEvent.WAIT, OfferEvent.DECLINE])
async def test_who_declined_a_place_in_redress_is_drawn_anew_and_goes_on_like_any(
    passes: Passes, said: OfferEvent
) -> None:
    """The place beside the annulled result says nothing of the new one, whatever the family answers there."""
    erred = Erred(**vars(passes))
    await erred.lead_to("final")
    await erred.give(erred.wanted("second", Ground.CHECKED_IN_ERROR))
    await erred.answer("second", OfferEvent.DECLINE)
    await erred.annul()
    await draw_anew(erred)
    await erred.issue()
    await erred.finalise()
    assert (await erred.standing())["second"] == [("s2", "superseded"), ("s1", "declined"), ("s2", "open")]
    await erred.answer("second", said)
    await erred.end_answers()
    await erred.next_pass()
    given = await erred.issue()
    assert given == (1 if said is OfferEvent.DECLINE else 0)
    held = await erred.sql("casework", SEATS_HELD)
    assert sorted(held.scalars()) == ["r-s1", "r-s2", "r-s3"]


async def test_so_is_a_twin_that_declined_the_place_beside_the_other(passes: Passes) -> None:
    twins = Twins(**vars(passes))
    await twins.lead_to("final")
    await twins.admit(await twins.propose())
    await twins.answer("second", OfferEvent.DECLINE)
    await twins.annul()
    await draw_anew(twins)
    await twins.issue()
    await twins.finalise()
    await twins.end_answers()
    await twins.next_pass()
    assert await twins.issue() == 0
    held = await twins.sql("casework", SEATS_HELD)
    assert sorted(held.scalars()) == ["r-s1", "r-s2", "r-s3"]


async def test_whom_no_message_has_reached_is_in_the_new_draw_with_all_its_rights(final: Passes) -> None:
    await final.end_answers("third")
    assert await final.annul() == 1
    await draw_anew(final)
    await final.issue()
    assert (await final.standing())["third"] == [("s3", "void"), ("s3", "proposed")]


@pytest.mark.parametrize("status", ["final", "answered"])
async def test_a_later_pass_that_is_final_stands(final: Passes, status: str) -> None:
    await final.answer("first", OfferEvent.DECLINE)
    await final.answer("second", OfferEvent.WAIT)
    await final.end_answers()
    await final.next_pass()
    await final.issue()
    await final.finalise()
    if status == "answered":
        await final.end_answers()
    with pytest.raises(TransitionRefused):
        await final.do("allocation", publish.propose_annulment, final.round, REASON)
