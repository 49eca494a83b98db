"""One place per child in the rounds of one stage and year together (ADR 0017)."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from app.applications import submit
from app.clock import uuid7
from app.errors import ServiceError
from app.offers import redress
from app.offers.lifecycle import OfferEvent
from app.offers.redress_case import Wanted
from app.offers.vocabulary import Ground
from app.rounds import freeze
from app.rounds.models import AdmissionRound
from app.rounds.pseudonyms import SHOWN
from app.rounds.service import Deadline
from tests.conftest import Api
from tests.county import AS_OF, form
from tests.offers.entries import Beside, beside, departed
from tests.offers.passes import NAMES, WRITE_OFFER, Passes
from tests.offers.test_annulled_result import draw_anew
from tests.offers.test_open_cases import cases
from tests.rounds.life import REASON

BUNDLED = "SELECT count(*) FROM bundle_applicant a JOIN bundle b ON b.bureau = a.bureau AND b.id = a.bundle"
BUNDLED += " WHERE b.round = :round AND b.status <> 'void'"
FROZEN = BUNDLED.replace("count(*)", "a.pseudonym")


@pytest.fixture
async def other(passes: Passes) -> Beside:
    """The round beside: first has accepted there, second has given its place up, third says nothing yet."""
    other = beside(passes)
    await other.lead_to("final")
    await other.answer("first", OfferEvent.ACCEPT)
    await other.answer("second", OfferEvent.DECLINE)
    return other


async def public(api: Api, passes: Passes) -> Any:
    """The departures of a round as anybody reads them."""
    path = f"/bureaus/{passes.county.world.bureau}/rounds/{passes.round}/departures"
    return (await api.client.get(path)).json()


async def listed(passes: Passes, *names: str) -> list[str]:
    """The names under which the round's points list shows these families' children."""
    rows = await passes.sql("allocation", "SELECT application, shown FROM listed_applicant")
    shown = {row.application: row.shown for row in rows}
    return [shown[passes.families[NAMES.index(name)].application] for name in names]


async def until_the_freeze(passes: Passes) -> None:
    await passes.plan()
    await passes.reach("ranked", after="planned")
    await passes.forward(Deadline.OBJECTIONS_UNTIL)


async def test_whoever_holds_a_place_elsewhere_has_left_before_the_freeze_and_is_told_so(
    passes: Passes, other: Beside, api: Api
) -> None:
    await until_the_freeze(passes)
    with pytest.raises(ServiceError, match=r"round\.answers_elsewhere") as refused:
        await passes.freeze()
    assert refused.value.details == {"count": 2}
    await other.end_answers()
    await passes.freeze()
    assert (await passes.sql("allocation", BUNDLED, round=passes.round)).scalar_one() == 2
    assert sorted(await departed(passes)) == ["first", "third"]
    headers = await api.sign_in(passes.county.world.bureau, "parent-1")
    [told] = (await api.client.get("/departures", headers=headers)).json()
    offer = await other.offer("first")
    assert (told["round"], told["offer"]) == (str(passes.round), str(offer.id))
    assert "另一轮次中已有学位" in told["zh"] and "has left this one" in told["en"]
    entries = await passes.sql(
        "auditor",
        "SELECT before, after FROM journal_entry WHERE action = 'test:application:leave_round' AND object = :object",
        object=f"application:{passes.families[0].application}",
    )
    assert [tuple(row) for row in entries] == [(f"round:{passes.round}", f"offer:{offer.id}")]
    await passes.forward(Deadline.DRAW_AT)
    await passes.enter()
    await passes.run()
    await passes.approve()
    assert await public(api, passes) == []
    assert await passes.issue() == 2
    shown = await public(api, passes)
    assert [(row["bundle"], row["pass_number"], row["status"]) for row in shown] == [(1, 1, "drawn")] * 2
    assert {row["pseudonym"][:SHOWN] for row in shown} == set(await listed(passes, "first", "third"))
    frozen = (await passes.sql("allocation", FROZEN, round=passes.round)).scalars().all()
    assert len(frozen) == 2 and {row["pseudonym"] for row in shown}.isdisjoint(frozen)
    assert await passes.standing() == {"first": [], "second": [("s1", "proposed")], "third": [], "fourth": [
        ("s2", "proposed")
    ]}  # fmt: skip


async def test_a_freeze_taken_back_is_left_again_at_the_next_one(passes: Passes, other: Beside) -> None:
    await until_the_freeze(passes)
    await other.end_answers()
    await passes.freeze()
    await passes.do("allocation", freeze.unfreeze, passes.round, REASON)
    await passes.freeze()
    assert sorted(await departed(passes)) == ["first", "first", "third", "third"]


async def test_a_place_given_meanwhile_stands_and_the_list_makes_no_second_one(passes: Passes, api: Api) -> None:
    """The round beside is approved with everybody in it; then the passes' round gives three of them their places."""
    late = beside(passes)
    await late.lead_to("approved")
    await passes.lead_to("final")
    assert await late.issue() == 0
    assert sorted(await departed(late)) == ["first", "second", "third"]
    assert {row["pseudonym"][:SHOWN] for row in await public(api, late)} == set(await listed(late, *NAMES[:3]))
    await passes.answer("first", OfferEvent.DECLINE)
    await passes.end_answers()
    await late.finalise()
    await late.end_answers()
    await late.next_pass()
    assert await late.issue() == 2
    # First holds nothing elsewhere any more: its seat here has waited for it. Fourth has what second has left.
    assert await late.standing() == {
        "first": [("s1", "proposed")],
        "second": [],
        "third": [],
        "fourth": [("s2", "proposed")],
    }
    assert sorted(await departed(late)) == ["first", "second", "second", "third", "third"]
    again = [row["pseudonym"][:SHOWN] for row in await public(api, late) if row["pass_number"] == 2]
    assert sorted(again) == sorted(await listed(late, "second", "third"))


async def test_a_place_given_up_is_not_taken_again_beside_another(passes: Passes, other: Beside) -> None:
    for name in ("first", "third"):
        await other.answer(name, OfferEvent.DECLINE)
    await passes.lead_to("proposed")
    with pytest.raises(ServiceError, match=r"offer\.placed_elsewhere"):
        await other.answer("first", OfferEvent.ACCEPT)
    assert await other.answer("first", OfferEvent.DECLINE, "虚构邻县小学") == "declined"


async def test_of_two_rounds_that_give_at_once_one_alone_gives(passes: Passes) -> None:
    other = beside(passes)
    await other.lead_to("approved")
    await passes.lead_to("approved")
    assert sorted(await asyncio.gather(passes.issue(), other.issue())) == [0, 3]
    assert (await passes.row()).status == (await other.row()).status == "proposed"


async def test_the_database_knows_no_second_seat_in_another_round(passes: Passes) -> None:
    other = beside(passes)
    await other.lead_to("approved")
    await passes.lead_to("approved")
    await other.issue()
    with pytest.raises(DBAPIError, match="one_seat_per_child_and_entry"):
        await passes.write_offer("first", "s2", "accepted")
    await passes.write_offer("first", "s2", "void")
    await passes.write_offer("fourth", "s2", "accepted")


async def test_a_round_for_the_unplaced_refuses_a_child_with_a_place(passes: Passes) -> None:
    await passes.lead_to("approved")
    main = passes.county.round
    receipt = await send(passes, main)
    late = await late_round(passes)
    run = (await passes.sql("allocation", "SELECT id FROM allocation_run")).scalars().first()
    written = UUID(receipt["application"])
    await passes.sql("allocation", WRITE_OFFER, application=written, run=run, school="s1", status="open")
    with pytest.raises(ServiceError, match=r"application\.placed_already") as refused:
        await send(passes, late)
    assert refused.value.field == "round"
    assert (await send(passes, main))["version"] == 2
    await passes.sql(
        "allocation", "UPDATE offer SET status = 'void' WHERE application = :application", application=written
    )
    assert (await send(passes, late))["round"] == str(late)


async def test_a_place_for_which_a_child_has_left_outlives_an_annulled_result_though_nobody_has_answered(
    passes: Passes,
) -> None:
    """Nobody has reached the third family: its place beside is open when the passes' round goes on without it."""
    other = beside(passes)
    await other.lead_to("final")
    await other.end_answers("third")
    await until_the_freeze(passes)
    await passes.freeze()
    assert sorted(await departed(passes)) == ["first", "second", "third"]
    assert await other.annul() == 0
    await draw_anew(other)
    assert await other.issue() == 0
    await other.finalise()
    assert (await other.standing())["third"] == [("s3", "open")]
    assert await other.answer("third", OfferEvent.ACCEPT) == "accepted"


async def test_a_freeze_taken_back_holds_no_place_beside(passes: Passes) -> None:
    other = beside(passes)
    await other.lead_to("final")
    await other.end_answers("third")
    await until_the_freeze(passes)
    await passes.freeze()
    await passes.do("allocation", freeze.unfreeze, passes.round, REASON)
    assert await other.annul() == 1
    await passes.freeze()
    assert "third" not in (await departed(passes))[-2:]


async def test_whoever_has_left_for_a_place_that_is_taken_back_is_an_open_case_and_is_placed(
    passes: Passes, other: Beside
) -> None:
    await until_the_freeze(passes)
    await other.end_answers()
    await passes.freeze()
    await other.withdraw("third")
    await passes.forward(Deadline.DRAW_AT)
    await passes.enter()
    await passes.run()
    await passes.approve()
    await passes.issue()
    assert set(await cases(passes)) == {"third"}
    await passes.finalise()
    for name, code in (("first", r"redress\.no_ground"), ("fourth", r"redress\.no_ground")):
        with pytest.raises(ServiceError, match=code):
            await mend(passes, name)
    await mend(passes, "third")
    assert (await passes.standing())["third"] == [("s3", "open")]
    assert await cases(passes) == {}
    assert await passes.answer("third", OfferEvent.ACCEPT) == "accepted"


async def mend(passes: Passes, name: str) -> None:
    """A place at s3, because the one beside was taken back."""
    application = passes.families[NAMES.index(name)].application
    wanted = Wanted(application, "r-s3", Ground.TAKEN_BACK_ELSEWHERE)
    act = await passes.do("allocation", redress.propose_redress, passes.round, wanted, REASON)
    await passes.sealed("approval", redress.give, act.id, act.digest, REASON)


async def send(passes: Passes, round_id: UUID) -> dict[str, Any]:
    """The fictitious child of the first parent, submitted to this round."""
    parent = passes.parent("first")
    async with passes.database.transaction(parent) as session:
        return await submit.submit(session, passes.vault, parent, round_id, form(preferences=[]), f"key-{uuid7()}")


async def late_round(passes: Passes) -> UUID:
    """An open late round, after another round of the entry that is concluded."""
    bureau, now = passes.county.world.bureau, await passes.now()
    plain: dict[str, Any] = {
        "bureau": bureau,
        "stage": "primary",
        "year": 2026,
        "title_zh": "虚构补录",
        "title_en": "Fictitious late round",
        "ruleset": "primary-2026",
        "as_of": AS_OF,
        "opens_at": now - timedelta(hours=1),
        "closes_at": now + timedelta(hours=1),
        "demonstration": True,
    }
    async with passes.database.transaction(passes.staff("rules")) as session:
        before = AdmissionRound(**plain, code=f"{bureau}-2026-over", status="concluded")
        session.add(before)
        await session.flush()
        late = AdmissionRound(**plain, code=f"{bureau}-2026-late", status="open", kind="late", follows=before.id)
        session.add(late)
    return late.id
