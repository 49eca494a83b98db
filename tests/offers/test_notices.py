"""Each act tells its families in its own transaction: once each, all of them, or nothing."""

import asyncio
from typing import Any

import pytest

from app.database import Database
from app.lifecycle import TransitionRefused
from app.offers import issue
from app.offers.lifecycle import OfferEvent
from app.rounds.service import Deadline
from tests.conftest import Api
from tests.ground.test_commit_before_answer import commit_fails
from tests.offers.exceptions import Twins
from tests.offers.passes import Passes


async def told(passes: Passes, *kinds: str) -> list[tuple[str, int]]:
    """(kind, how many), of all messages or of these kinds."""
    rows = await passes.sql(
        "casework", "SELECT kind, count(*) FROM message WHERE bureau = :bureau GROUP BY kind ORDER BY kind"
    )
    return [(row.kind, row[1]) for row in rows if not kinds or row.kind in kinds]


async def words(passes: Passes, api: Api, name: str, kind: str) -> Any:
    headers = await api.sign_in(passes.county.world.bureau, name)
    shown = (await api.client.get("/messages", headers=headers)).json()["messages"]
    [message] = [message for message in shown if message["kind"] == kind]
    return message["text_zh"], message["text_en"]


async def test_every_family_is_told_of_the_list_with_a_place_or_without(approved: Passes, api: Api) -> None:
    assert await told(approved) == []
    await approved.issue()
    assert await told(approved) == [("list_proposed", 3), ("no_place_proposed", 1)]
    zh, en = await words(approved, api, "parent-4", "no_place_proposed")
    assert "虚构儿童暂无学位" in zh and "Fictitious round" in en and "until" in en
    await approved.finalise()
    assert await told(approved, "list_final") == [("list_final", 3)]


async def test_a_list_published_twice_at_once_tells_once(approved: Passes) -> None:
    done = await asyncio.gather(approved.issue(), approved.issue(), return_exceptions=True)
    assert sorted(map(str, map(type, done))) == sorted(map(str, (int, TransitionRefused)))
    with pytest.raises(TransitionRefused):
        await approved.issue()
    assert await told(approved) == [("list_proposed", 3), ("no_place_proposed", 1)]


@pytest.mark.parametrize("table", ["offer", "message", "message_words", "job"])
async def test_where_commit_fails_there_is_neither_act_nor_message(
    approved: Passes, api: Api, owner_database: Database, table: str
) -> None:
    bureau = approved.county.world.bureau
    headers, path = await api.sign_in(bureau, "allocation"), f"/rounds/{approved.round}/proposed-list"
    async with commit_fails(owner_database, table, bureau):
        assert (await api.client.post(path, headers=headers)).status_code == 500
    assert (await approved.row()).status == "approved" and await told(approved) == []
    jobs = "SELECT count(*) FROM job WHERE bureau = :bureau AND kind = 'deliver_messages'"
    assert (await approved.sql("allocation", jobs)).scalar_one() == 0
    assert (await api.client.post(path, headers=headers)).json() == {"count": 3}
    assert await told(approved) == [("list_proposed", 3), ("no_place_proposed", 1)]


async def test_whose_place_stays_in_a_later_pass_is_not_told_again(final: Passes) -> None:
    await final.answer("first", OfferEvent.DECLINE)
    await final.answer("second", OfferEvent.WAIT)
    await final.end_answers()
    await final.next_pass()
    before = dict(await told(final))
    await final.issue()
    after = dict(await told(final))
    assert after == before | {"better_place": 1, "list_proposed": before["list_proposed"] + 1}


async def test_a_family_reads_that_its_place_was_withdrawn(final: Passes, api: Api) -> None:
    await final.withdraw("first")
    zh, en = await words(final, api, "parent-1", "place_withdrawn")
    assert zh.startswith("虚构儿童的录取已由教育局撤销") and "withdrawn by the bureau" in en


async def test_twins_parted_are_told_of_the_exception_and_answer(passes: Passes, api: Api) -> None:
    twins = Twins(**vars(passes))
    await twins.lead_to("final")
    await twins.admit(await twins.propose())
    zh, en = await words(twins, api, "parent-1", "admitted_by_exception")
    assert "结果之外录取" in zh and "beside the result" in en
    # What it was asked before stands superseded; what it is asked now has not reached it.
    assert await twins.end_answers("second") == 3
    assert (await twins.standing())["second"] == [("s2", "superseded"), ("s1", "accepted")]


async def test_an_exception_that_nobody_heard_of_stays_open(passes: Passes) -> None:
    twins = Twins(**vars(passes))
    await twins.lead_to("final")
    await twins.tell()
    await twins.admit(await twins.propose())
    await twins.forward(Deadline.ANSWERS_UNTIL)
    assert await twins.do("allocation", issue.end_answers, twins.round) == 2
    assert (await twins.offer("second")).status == "open"
    assert await twins.answer("second", OfferEvent.ACCEPT) == "accepted"
