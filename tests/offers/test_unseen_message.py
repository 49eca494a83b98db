"""A family that never saw its message loses nothing; a deadline runs against it from its proven notice."""

from typing import Any

import pytest

from app.errors import ServiceError
from app.messages import service as messages
from app.messages.models import Way
from app.messages.queries import Standing
from app.offers import issue
from app.offers.lifecycle import OfferEvent
from app.rounds import publish
from app.rounds.service import Deadline
from app.rounds.vocabulary import Silence
from tests.conftest import Api
from tests.offers.passes import ELSEWHERE, Passes


async def unreached(passes: Passes) -> list[Standing]:
    listed: list[Standing] = await passes.do("casework", messages.not_reached, "list_final", "place", 0, None, 100)
    return listed


async def call(passes: Passes, name: str) -> None:
    """An officer finds the family on the call list and reaches it."""
    [row] = [row for row in await unreached(passes) if row.message.person == passes.parent(name).person]
    await passes.do("casework", messages.record_call, row.message.id, Way.PHONE)


async def inbox(passes: Passes, api: Api, name: str) -> list[Any]:
    headers = await api.sign_in(passes.county.world.bureau, name)
    shown = (await api.client.get("/messages", headers=headers)).json()["messages"]
    return [message["kind"] for message in reversed(shown)]


async def test_a_family_that_never_saw_its_message_loses_nothing(passes: Passes, api: Api) -> None:
    """Silence declines in this round, and third is silent because nobody has reached it."""
    passes.silence = Silence.DECLINE
    await passes.lead_to("final")
    await passes.answer("first", OfferEvent.DECLINE)
    await passes.answer("second", OfferEvent.WAIT)
    assert await passes.end_answers("third") == 0
    assert (await passes.standing())["third"] == [("s3", "open")]
    assert [row.message.person for row in await unreached(passes)] == [passes.parent("third").person]

    await passes.next_pass()
    with pytest.raises(ServiceError, match=r"offer\.answers_paused"):
        await passes.answer("third", OfferEvent.ACCEPT)
    assert await passes.issue() == 2
    await passes.finalise()
    await passes.answer("fourth", OfferEvent.ACCEPT)
    assert await passes.end_answers("third") == 1
    assert await passes.standing() == {
        "first": [("s1", "declined")],
        "second": [("s2", "superseded"), ("s1", "declined")],
        "third": [("s3", "open")],
        "fourth": [("s2", "accepted")],
    }
    await passes.do("allocation", publish.conclude, passes.round)
    assert await passes.do("allocation", issue.end_answers, passes.round) == 0

    await call(passes, "third")
    assert await unreached(passes) == [] and await passes.do("allocation", issue.end_answers, passes.round) == 0
    offer = await passes.offer("third")
    headers = await api.sign_in(passes.county.world.bureau, "parent-3")
    said = await api.client.post(f"/offers/{offer.id}/answer", headers=headers, json={"answer": "accept"})
    assert (said.status_code, said.json()) == (200, {"status": "accepted"})
    assert await passes.report("s3", [("third", OfferEvent.REPORT_ARRIVED)]) == 1
    assert await inbox(passes, api, "parent-3") == ["list_proposed", "list_final"]
    assert await inbox(passes, api, "parent-4") == ["no_place_proposed", "list_proposed", "list_final"]
    assert await inbox(passes, api, "parent-2") == ["list_proposed", "list_final", "better_place", "list_final"]


async def test_whom_no_message_reached_may_stand_at_the_gate(final: Passes) -> None:
    await final.end_answers("first")
    assert (await final.offer("first")).status == "open"
    await final.report("s1", [("first", OfferEvent.REPORT_ARRIVED)])
    assert (await final.offer("first")).status == "arrived"


async def test_a_better_place_is_not_withheld_from_a_family_that_has_not_seen_the_first(final: Passes) -> None:
    await final.answer("first", OfferEvent.DECLINE)
    assert await final.end_answers("second") == 1
    await final.next_pass()
    await final.issue()
    assert (await final.standing())["second"] == [("s2", "superseded"), ("s1", "proposed")]
    await final.annul()
    # As it was, and not as if it had answered.
    assert (await final.standing())["second"] == [("s2", "open"), ("s1", "void")]


async def test_a_family_told_late_has_its_own_time_and_changes_its_mind_within_it(final: Passes) -> None:
    await final.answer("first", OfferEvent.WAIT)
    await final.end_answers("second", "third")
    await call(final, "second")
    said = [await final.answer("second", event) for event in (OfferEvent.WAIT, OfferEvent.DECLINE, OfferEvent.ACCEPT)]
    assert said == ["waiting", "declined", "accepted"]
    # To answer is to know: from then on the time of who was never told runs as well.
    assert await final.answer("third", OfferEvent.WAIT) == "waiting"
    assert await unreached(final) == []
    assert await final.answer("third", OfferEvent.ACCEPT) == "accepted"
    with pytest.raises(ServiceError, match=r"offer\.answers_closed"):
        await final.answer("first", OfferEvent.DECLINE)
    assert (await final.offer("first")).status == "waiting"


async def test_a_place_declined_late_is_the_next_passes_to_give(final: Passes) -> None:
    await final.end_answers("third")
    await final.answer("third", OfferEvent.DECLINE, ELSEWHERE)
    await final.next_pass()
    assert await final.issue() == 1
    assert (await final.standing())["fourth"] == [("s3", "proposed")]


async def test_a_demonstration_ends_the_time_of_those_who_knew_before(final: Passes) -> None:
    await call(final, "first")
    assert await final.end_answers("second", "third") == 1
    lapsed = await final.offer("first")
    assert (lapsed.status, lapsed.lapsed) == ("accepted", True)


async def test_before_a_later_pass_silence_is_taken_of_whoever_has_had_its_time(final: Passes) -> None:
    await final.forward(Deadline.ANSWERS_UNTIL)
    assert await final.do("allocation", issue.end_answers, final.round) == 0
    await final.do("allocation", issue.later_pass, final.round)
    assert {status for rows in (await final.standing()).values() for _, status in rows} == {"open"}
