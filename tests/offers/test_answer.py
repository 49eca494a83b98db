"""A family answers, and may change its mind until the deadline, by the database's clock."""

import asyncio

import pytest

from app.database import database_now
from app.errors import ServiceError
from app.lifecycle import TransitionRefused
from app.offers import issue, service
from app.offers.lifecycle import OfferEvent, OfferStatus
from app.rounds.moves import held_round
from app.rounds.service import Deadline
from app.rounds.vocabulary import Silence
from tests.conftest import Api
from tests.offers.passes import ELSEWHERE, Passes


async def test_a_family_accepts_waits_or_declines_and_changes_its_mind_until_the_deadline(final: Passes) -> None:
    said = (OfferEvent.ACCEPT, OfferEvent.WAIT, OfferEvent.DECLINE, OfferEvent.DECLINE, OfferEvent.WAIT)
    after = [await final.answer("first", event) for event in said]
    assert after == ["accepted", "waiting", "declined", "declined", "waiting"]
    offer = await final.offer("first")
    assert (offer.status, offer.destination, offer.schools) == ("waiting", None, ["s1"]) and offer.answered_at
    assert (await final.entries(offer.id))[2:] == [
        ("test:offer:accept", "open", "accepted", "guardian"),
        ("test:offer:wait", "accepted", "waiting", "guardian"),
        ("test:offer:decline", "waiting", "declined", "guardian"),
        ("test:offer:decline", "declined", "declined", "guardian"),
        ("test:offer:wait", "declined", "waiting", "guardian"),
    ]


async def test_who_declines_says_where_the_child_will_study_and_the_school_expects_it_no_more(
    final: Passes, api: Api
) -> None:
    for nothing in (None, "", "  "):
        with pytest.raises(ServiceError, match=r"offer\.destination_needed"):
            await final.answer("first", OfferEvent.DECLINE, nothing)
    assert (await final.offer("first")).status == "open"
    await final.answer("first", OfferEvent.DECLINE, f" {ELSEWHERE} ")
    offer = await final.offer("first")
    assert offer.schools == [] and ELSEWHERE.encode() not in (offer.destination or b"")
    bureau, words = final.county.world.bureau, {}
    for reader in ("parent-1", "casework", "auditor", "allocation"):
        headers = await api.sign_in(bureau, reader)
        words[reader] = (await api.client.get(f"/offers/{offer.id}", headers=headers)).json()["destination"]
    assert words == {"parent-1": ELSEWHERE, "casework": ELSEWHERE, "auditor": None, "allocation": None}
    read = [entry for entry in await final.entries(offer.id) if entry[0] == "api:offer:read"]
    assert [role for *_, role in read] == ["casework", "auditor", "allocation"]


async def test_after_the_deadline_no_answer_counts_though_nobody_has_ended_the_time(final: Passes) -> None:
    await final.answer("first", OfferEvent.WAIT)
    await final.tell()
    await final.forward(Deadline.ANSWERS_UNTIL)
    for name, event in (("first", OfferEvent.ACCEPT), ("second", OfferEvent.DECLINE)):
        with pytest.raises(ServiceError, match=r"offer\.answers_closed"):
            await final.answer(name, event)
    assert (await final.row()).status == "final" and (await final.offer("first")).status == "waiting"


async def test_no_answer_is_taken_before_the_list_is_final_or_after_the_time_has_been_ended(passes: Passes) -> None:
    await passes.lead_to("proposed")
    with pytest.raises(ServiceError, match=r"offer\.answers_closed"):
        await passes.answer("first", OfferEvent.ACCEPT)
    await passes.finalise()
    with pytest.raises(ServiceError, match=r"offer\.not_an_answer"):
        await passes.answer("first", OfferEvent.REPORT_ARRIVED)
    await passes.end_answers()
    with pytest.raises(ServiceError, match=r"offer\.answers_closed"):
        await passes.answer("first", OfferEvent.ACCEPT)


@pytest.mark.parametrize(
    ("silence", "status", "schools"),
    [(Silence.ACCEPT, OfferStatus.ACCEPTED, ["s1"]), (Silence.DECLINE, OfferStatus.DECLINED, [])],
)
async def test_silence_means_what_the_round_has_published_it_to_mean(
    passes: Passes, silence: Silence, status: OfferStatus, schools: list[str]
) -> None:
    passes.silence = silence
    await passes.lead_to("final")
    await passes.answer("second", OfferEvent.WAIT)
    assert await passes.end_answers() == 2
    silent, spoken = await passes.offer("first"), await passes.offer("second")
    assert (silent.status, silent.lapsed, silent.schools, silent.answered_at) == (status, True, schools, None)
    assert (spoken.status, spoken.lapsed) == ("waiting", False)
    assert (await passes.entries(silent.id))[-1] == (f"test:offer:lapse_{silence}", "open", status, "allocation")


async def test_an_answer_that_comes_while_the_time_is_being_ended_waits_and_is_told_so(final: Passes) -> None:
    """Both hold the round before the offer; the other way round each would wait for the other until one is killed."""
    parent, officer = final.parent("first"), final.staff("allocation")
    offer = await final.offer("first")
    await final.tell()
    async with final.database.transaction(parent) as early:
        begun = await database_now(early)
        await final.forward(Deadline.ANSWERS_UNTIL)
        async with final.database.transaction(officer) as ending:
            await held_round(ending, officer.bureau, final.round)
            late = asyncio.create_task(
                service.answer(early, final.vault, parent, offer.id, OfferEvent.DECLINE, ELSEWHERE)
            )
            await asyncio.sleep(0.2)
            assert not late.done()
            assert await issue.end_answers(ending, officer, final.round) == 3
        with pytest.raises(ServiceError, match=r"offer\.answers_closed"):
            await late
    row = await final.row()
    assert row.answers_until is not None and begun < row.answers_until
    assert (await final.offer("first")).status == "accepted"


async def test_an_answer_is_the_familys_alone(final: Passes, api: Api) -> None:
    await final.county.world.hire("school-p01", "s1", "school_office")
    offer = await final.offer("first")
    codes = {}
    for who in ("parent-2", "school-p01", "casework", "allocation", "auditor"):
        headers = await api.sign_in(final.county.world.bureau, who)
        reply = await api.client.post(f"/offers/{offer.id}/answer", headers=headers, json={"answer": "accept"})
        codes[who] = (reply.status_code, reply.json()["code"])
    strangers = ("parent-2", "school-p01")
    assert [codes.pop(who) for who in strangers] == [(404, "access.not_found")] * 2
    assert codes == dict.fromkeys(codes, (403, "access.forbidden"))
    headers = await api.sign_in(final.county.world.bureau, "parent-1")
    path = f"/offers/{offer.id}/answer"
    for answer in ("withdraw", "void", "report_arrived", "lapse_accept"):
        assert (await api.client.post(path, headers=headers, json={"answer": answer})).status_code == 422
    accepted = await api.client.post(path, headers=headers, json={"answer": "accept"})
    assert (accepted.status_code, accepted.json()) == (200, {"status": "accepted"})


async def test_an_offer_that_the_bureau_has_withdrawn_is_not_answered(final: Passes) -> None:
    await final.withdraw("first")
    with pytest.raises(TransitionRefused):
        await final.answer("first", OfferEvent.ACCEPT)
