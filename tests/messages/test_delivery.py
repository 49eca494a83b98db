"""Messages exist once, are sent once, and reach an end whatever the provider and the workers do (F-05, F-08)."""

import asyncio

import pytest
from sqlalchemy import text

from app.messages.deliver import Pace
from app.messages.post import post
from tests.messages.parlour import NUMBER, QUICK, Parlour, new_object, notice
from tests.messages.provider import Fault, Provider, provider


class Broken(Exception):
    """The business transaction fails after all."""


async def test_of_64_posts_at_once_one_message_comes_and_two_workers_send_it_once(
    parlour: Parlour, sms: Provider
) -> None:
    parent, about = await parlour.parent("一"), new_object()
    counts = await asyncio.gather(*(parlour.post([notice(parent, about)]) for _ in range(64)))
    assert sorted(counts) == [0] * 63 + [1]
    async with parlour.working(sms, workers=2):
        await parlour.reaches(about, "delivered")
        await parlour.idle()
    id_ = str(await parlour.message(about))
    assert list(sms.sent) == [id_] and sms.asked[id_] == 1
    assert sms.sent[id_][0] == NUMBER and "2026年7月10日17:00" in sms.sent[id_][1]
    moves = [("absent", "posted"), ("posted", "sent"), ("sent", "delivered")]
    assert [move[1:] for move in await parlour.journal(await parlour.message(about))] == moves


async def test_many_of_one_act_are_each_sent_once_by_two_workers(parlour: Parlour, sms: Provider) -> None:
    parent = await parlour.parent("众")
    objects = [new_object() for _ in range(130)]
    assert await parlour.post([notice(parent, about) for about in objects]) == 130
    assert await parlour.waiting() == 2
    async with parlour.working(sms, workers=2):
        await parlour.idle(40)
    assert len(sms.sent) == 130 and set(sms.asked.values()) == {1}


async def test_overlapping_lists_posted_at_once_neither_fail_nor_repeat(parlour: Parlour) -> None:
    parent = await parlour.parent("叠", None)
    objects = [new_object() for _ in range(40)]
    lists = [objects, objects[::-1], objects[10:] + objects[:10], objects[::2]]
    counts = await asyncio.gather(*(parlour.post([notice(parent, about) for about in each]) for each in lists * 4))
    assert sum(counts) == 40


async def test_a_transaction_that_is_rolled_back_posts_nothing(parlour: Parlour, sms: Provider) -> None:
    parent, about = await parlour.parent("退"), new_object()
    with pytest.raises(Broken):
        async with parlour.world.database.transaction(parlour.officer) as session:
            assert await post(session, parlour.world.vault, parlour.officer, [notice(parent, about)]) == 1
            raise Broken
    assert await parlour.standings(about) == [] and await parlour.waiting() == 0
    async with parlour.working(sms):
        await asyncio.sleep(0.3)
    assert sms.requests == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault.HANG,
        Fault.TRICKLE,
        Fault.ERROR,
        Fault.RESET,
        Fault.TAKE_AND_RESET,
        Fault.REDIRECT,
        Fault.NO_JSON,
        Fault.TOO_LONG,
        Fault.OTHER_ID,
        Fault.WITHOUT_ID,
    ],
)
async def test_what_is_no_answer_proves_nothing_and_when_the_provider_is_well_it_is_sent_once(
    parlour: Parlour, sms: Provider, fault: Fault
) -> None:
    parent, about = await parlour.parent("障"), new_object()
    await parlour.post([notice(parent, about)])
    sms.fault = fault
    async with parlour.working(sms, seconds=0.3):
        await asyncio.sleep(0.8)
        assert await parlour.statuses(about) == ["posted"]
        sms.fault = None
        await parlour.reaches(about, "delivered")
    assert len(sms.sent) == 1
    assert {request.path.partition("/sms/v1")[0] for request in sms.requests} == {""}


async def test_an_outage_does_not_use_up_a_jobs_attempts(parlour: Parlour) -> None:
    parent, about = await parlour.parent("久"), new_object()
    await parlour.post([notice(parent, about)])
    async with provider() as gone:
        port = gone.port
    gone.port = port
    async with parlour.working(gone):
        await asyncio.sleep(2.5)
        assert await parlour.statuses(about) == ["posted"]
        async with provider(port) as back:
            await parlour.reaches(about, "delivered")
            assert len(back.sent) == 1
    query = "SELECT status, attempt FROM job WHERE bureau = :bureau AND kind = 'deliver_messages'"
    async with parlour.world.database.transaction(parlour.officer) as session:
        jobs = (await session.execute(text(query), {"bureau": parlour.world.bureau})).all()
    assert len(jobs) > 5 and {row.attempt for row in jobs if row.status == "done"} == {1}
    assert {row.status for row in jobs} <= {"done", "queued", "running"}


async def test_a_number_that_the_provider_refuses_has_failed_and_the_others_go_on(
    parlour: Parlour, sms: Provider
) -> None:
    first, second = await parlour.parent("拒"), await parlour.parent("续")
    objects = [new_object(), new_object()]
    sms.fault, sms.faults_left = Fault.REFUSE, 1
    await parlour.post([notice(first, objects[0])])
    async with parlour.working(sms):
        await parlour.reaches(objects[0], "failed")
        await parlour.post([notice(second, objects[1])])
        await parlour.reaches(objects[1], "delivered")
    [standing] = await parlour.standings(objects[0])
    assert standing.message.failure == "refused" and sms.asked == {str(await parlour.message(objects[1])): 1}


async def test_receipts_that_come_late_twice_or_contradict_each_other_move_it_once(
    parlour: Parlour, sms: Provider
) -> None:
    parent, about = await parlour.parent("迟"), new_object()
    await parlour.post([notice(parent, about)])
    sms.status = "pending"
    async with parlour.working(sms):
        await parlour.reaches(about, "sent")
        sms.fault = Fault.ODD_STATUS
        await asyncio.sleep(0.5)
        assert await parlour.statuses(about) == ["sent"]
        sms.fault, sms.status = None, "failed"
        await parlour.reaches(about, "failed")
        sms.status = "delivered"
        await parlour.idle()
    assert await parlour.statuses(about) == ["failed"]
    assert len(await parlour.journal(await parlour.message(about))) == 3


async def test_after_the_last_turn_what_was_never_sent_has_failed(parlour: Parlour, sms: Provider) -> None:
    parent, about = await parlour.parent("尽"), new_object()
    await parlour.post([notice(parent, about)])
    sms.fault = Fault.ERROR
    async with parlour.working(sms, pace=Pace(QUICK.first, QUICK.unsent, 3, QUICK.pending, 3)):
        await parlour.reaches(about, "failed")
        await parlour.idle()
    [standing] = await parlour.standings(about)
    assert standing.message.failure == "provider_unreachable" and len(sms.requests) == 3


async def test_without_a_provider_or_a_number_it_stays_in_the_inbox(parlour: Parlour, sms: Provider) -> None:
    reachable, silent = await parlour.parent("有"), await parlour.parent("无", None)
    objects = [new_object(), new_object()]
    await parlour.post([notice(reachable, objects[0])])
    async with parlour.working(None):
        await parlour.idle()
    assert await parlour.statuses(objects[0]) == ["posted"]
    await parlour.post([notice(silent, objects[1])])
    async with parlour.working(sms):
        await parlour.idle()
    assert await parlour.statuses(objects[1]) == ["posted"] and sms.requests == []


def test_pauses_grow_to_less_than_a_quarter_of_an_hour_while_something_is_unsent_and_end() -> None:
    pace = Pace()
    pauses = [pace.after(turn, unsent=True) for turn in range(pace.unsent_turns)]
    assert all(pause is not None and pause <= pace.unsent for pause in pauses)
    assert pauses[0] == pace.first and pauses[10] == pace.unsent and pace.unsent.total_seconds() < 15 * 60
    assert pace.after(pace.unsent_turns, True) is pace.after(pace.pending_turns, False) is None
