"""Deadlines are extended by two persons and never brought forward, but in a demonstration."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.applications.queries import hold_round
from app.errors import ServiceError
from app.lifecycle import TransitionRefused
from app.rounds import service
from app.rounds.lifecycle import RoundStatus
from app.rounds.service import Deadline
from tests.rounds.life import Life

ENDS = [Deadline.CLOSES_AT, Deadline.OBJECTIONS_UNTIL, Deadline.ANSWERS_UNTIL]


async def test_closing_waits_for_a_submission_that_holds_the_round(life: Life) -> None:
    await life.reach("open")
    await life.forward(Deadline.CLOSES_AT)
    parent = await life.county.parent("parent-1")
    async with life.database.transaction(parent) as session:
        held = await hold_round(session, parent.bureau, life.round)
        closing = asyncio.create_task(life.do("allocation", service.close_round, life.round))
        for _ in range(200):
            waiting = await life.sql(
                "allocation", "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname ="
                " current_database()",
            )  # fmt: skip
            if waiting.scalar_one():
                break
            await asyncio.sleep(0.02)
        assert held.status == "open" and not closing.done()
    assert (await closing).status == "closed"
    async with life.database.transaction(parent) as session:
        assert (await hold_round(session, parent.bureau, life.round)).status == "closed"


async def test_a_round_does_not_close_before_its_deadline(life: Life) -> None:
    await life.reach("open")
    with pytest.raises(ServiceError) as refusal:
        await life.do("allocation", service.close_round, life.round)
    assert (refusal.value.code, refusal.value.field) == ("round.too_early", "closes_at")


async def test_a_closed_round_opens_again_by_two_persons_until_it_is_ranked(life: Life) -> None:
    await life.reach("closed")
    later = await life.now() + timedelta(hours=2)
    act = await life.do("rules", service.propose_extension, life.round, later, "虚构：系统停机")
    opened = await life.do("approval", service.extend, act.id, act.digest)
    assert (opened.status, opened.closes_at) == (RoundStatus.OPEN, later)
    await life.forward(Deadline.CLOSES_AT)
    await life.do("allocation", service.close_round, life.round)
    await life.sealed("allocation", service.rank, life.round)
    with pytest.raises(TransitionRefused):
        await life.do("rules", service.propose_extension, life.round, later + timedelta(days=9), "虚构")


async def test_an_extension_needs_another_person_the_digest_shown_and_an_unchanged_round(life: Life) -> None:
    await life.reach("open")
    later = (await life.row()).closes_at + timedelta(hours=1)
    act = await life.do("rules", service.propose_extension, life.round, later, "虚构理由")
    proposer = replace(life.staff("rules"), duties=("rules", "approval"))
    with pytest.raises(ServiceError) as refusal:
        async with life.database.transaction(proposer) as session:
            await service.extend(session, proposer, act.id, act.digest)
    assert refusal.value.code == "act.same_person"
    with pytest.raises(ServiceError) as refusal:
        await life.do("approval", service.extend, act.id, "0" * 64)
    assert refusal.value.code == "act.other_digest"
    for who in ("rules-2", "allocation", "casework"):
        with pytest.raises(ServiceError) as refusal:
            await life.do(who, service.extend, act.id, act.digest)
        assert refusal.value.code == "access.forbidden"
    await life.forward(Deadline.CLOSES_AT)
    for code in ("act.input_changed", "act.not_open"):
        with pytest.raises(ServiceError) as refusal:
            await life.do("approval", service.extend, act.id, act.digest)
        assert refusal.value.code == code


async def test_an_approval_after_24_hours_is_refused_by_the_database_itself(life: Life) -> None:
    await life.reach("open")
    later = (await life.row()).closes_at + timedelta(hours=1)
    act = await life.do("rules", service.propose_extension, life.round, later, "虚构理由")
    approve = (
        "UPDATE two_person_act SET status = 'approved', approved_by = :person, approved_digest = :digest,"
        " approved_at = proposed_at + CAST(:after AS interval) WHERE bureau = :bureau AND id = :act"
    )
    second, proposer = life.staff("approval"), replace(life.staff("rules"), duties=("rules", "approval"))
    for actor, digest, hours, constraint in (
        (second, act.digest, 24.001, "within_24_hours"),
        (second, "0" * 64, 1, "approves_what_was_shown"),
        (proposer, act.digest, 1, "two_persons"),
    ):
        values = {"bureau": act.bureau, "act": act.id, "person": actor.person, "digest": digest}
        with pytest.raises(IntegrityError, match=constraint):
            async with life.database.transaction(actor) as session:
                await session.execute(text(approve), {**values, "after": timedelta(hours=hours)})


@pytest.mark.parametrize("minutes", [0, -1, -1000])
async def test_an_extension_is_only_ever_later(life: Life, minutes: int) -> None:
    await life.reach("published")
    closes_at = (await life.row()).closes_at
    with pytest.raises(ServiceError) as refusal:
        moment = closes_at + timedelta(minutes=minutes)
        await life.do("rules", service.propose_extension, life.round, moment, "虚构理由")
    assert refusal.value.code == "round.not_later"


async def test_a_real_rounds_deadline_cannot_be_brought_forward_by_anybody(life: Life) -> None:
    await life.plan(demonstration=False)
    await life.write_documents()
    await life.write_programmes()
    await life.do("rules", service.publish_information, life.round)
    for deadline in Deadline:
        with pytest.raises(ServiceError) as refusal:
            await life.forward(deadline)
        assert refusal.value.code == "round.not_a_demonstration"
    await life.sql("rules", f"UPDATE admission_round SET {', '.join(f'{d} = closes_at' for d in ENDS[1:])}")
    for deadline in ENDS:
        change = f"UPDATE admission_round SET {deadline} = {deadline} - interval '1 second' WHERE id = :id"
        with pytest.raises(DBAPIError, match="only ever extended"):
            await life.sql("rules", change, id=life.round)
        await life.sql("rules", change.replace(" - interval", " + interval"), id=life.round)
    with pytest.raises(DBAPIError, match="keeps its code and its kind"):
        await life.sql("rules", "UPDATE admission_round SET demonstration = true WHERE id = :id", id=life.round)


async def test_a_demonstration_brings_a_deadline_to_now_once_and_says_so_in_the_journal(life: Life) -> None:
    await life.reach("published")
    before = await life.row()
    await life.forward(Deadline.OPENS_AT)
    after = await life.row()
    assert after.opens_at <= await life.now() < before.opens_at and after.version == before.version + 1
    with pytest.raises(ServiceError) as refusal:
        await life.forward(Deadline.OPENS_AT)
    assert refusal.value.code == "round.no_deadline"
    entries = await life.sql(
        "auditor",
        "SELECT before, after FROM journal_entry WHERE bureau = :bureau AND action = 'demo:round:bring_forward'",
    )
    assert [tuple(row) for row in entries] == [
        (f"opens_at {before.opens_at.isoformat()}", f"opens_at {after.opens_at.isoformat()}")
    ]


async def test_the_status_in_hold_round_tells_nothing_of_a_drafted_result(life: Life) -> None:
    await life.reach("published")
    for status in RoundStatus:
        await life.sql("rules", "UPDATE admission_round SET status = :now WHERE id = :id", now=status, id=life.round)
        held = await life.sql("casework", "SELECT status FROM hold_round(:bureau, :id)", id=life.round)
        expected = "drawn" if status in ("drawn", "run", "verified", "approved") else status.value
        assert held.scalar_one() == expected
