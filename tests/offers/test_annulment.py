"""Two persons annul: what was only proposed is void, and a later pass leaves everybody where they were before it."""

from app.offers.lifecycle import OfferEvent
from app.rounds import queries
from app.rounds.service import Deadline
from tests.conftest import Api
from tests.offers.passes import Passes


async def test_an_annulled_list_makes_its_offers_void_and_a_new_draw_makes_new_ones(approved: Passes, api: Api) -> None:
    await approved.issue()
    assert await approved.annul() == 3
    row = await approved.row()
    assert (row.status, row.draw_value) == ("ranked", None)
    void = await approved.offer("first")
    assert (void.status, void.schools) == ("void", [])
    assert (await approved.entries(void.id))[-1] == ("test:offer:void", "proposed", "void", "approval")
    await approved.freeze()
    await approved.forward(Deadline.DRAW_AT)
    await approved.enter("9-9-9")
    await approved.run()
    await approved.approve()
    assert await approved.issue() == 3
    assert (await approved.standing())["first"] == [("s1", "void"), ("s1", "proposed")]
    headers = await api.sign_in(approved.county.world.bureau, "parent-1")
    shown = (await api.client.get("/offers", headers=headers)).json()
    assert [offer["status"] for offer in shown] == ["proposed", "void"]


async def test_a_later_pass_annulled_gives_back_the_place_that_a_better_one_had_superseded(final: Passes) -> None:
    await final.answer("first", OfferEvent.DECLINE)
    await final.answer("second", OfferEvent.WAIT)
    await final.end_answers()
    before = await final.standing()
    await final.next_pass()
    await final.issue()
    assert (await final.standing())["second"] == [("s2", "superseded"), ("s1", "proposed")]
    assert await final.annul() == 2
    assert await final.standing() == before | {
        "second": [("s2", "waiting"), ("s1", "void")],
        "fourth": [("s2", "void")],
    }
    held, _ = await final.offers("second")
    assert held.schools == ["s2"]
    assert [entry[:3] for entry in (await final.entries(held.id))[-2:]] == [
        ("test:offer:supersede", "waiting", "superseded"),
        ("test:offer:restore", "superseded", "waiting"),
    ]
    assert (await final.row()).pass_number == 1
    await final.next_pass()
    assert await final.issue() == 2
    assert (await final.standing())["second"][-1] == ("s1", "proposed")


async def test_a_pass_annulled_before_it_is_public_moves_no_offer(final: Passes) -> None:
    await final.answer("second", OfferEvent.WAIT)
    await final.end_answers()
    before = await final.standing()
    await final.next_pass()
    assert await final.annul() == 0
    assert await final.standing() == before
    runs = await final.do("allocation", queries.runs_of, final.round)
    assert [run.status for run in runs] == ["published", "void"]
