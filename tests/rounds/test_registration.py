"""Public and private schools register at the same time: one window, moved for both by one act of two persons."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.errors import ServiceError
from app.rounds import service
from app.rounds.lifecycle import RoundStatus
from app.rounds.vocabulary import RoundKind
from tests.rounds.life import Life


@pytest.fixture
async def window(life: Life) -> dict[str, Any]:
    """Of an entry in which the county has no round yet."""
    opens_at = await life.now() + timedelta(hours=1)
    return {"year": 2030, "opens_at": opens_at, "closes_at": opens_at + timedelta(days=2)}


async def private(life: Life, **changes: Any) -> Life:
    """A private round of the entry."""
    other = replace(life)
    await other.plan(**{"kind": RoundKind.PRIVATE, "code": f"{life.county.world.bureau}-private", **changes})
    return other


async def become(life: Life, status: str) -> None:
    """By hand, where the windows alone are asked."""
    await life.sql("rules", "UPDATE admission_round SET status = :status WHERE id = :id", status=status, id=life.round)


async def extension(life: Life, hours: int = 1) -> Any:
    later = (await life.row()).closes_at + timedelta(hours=hours)
    return await life.do("rules", service.propose_extension, life.round, later, "虚构理由")


@pytest.mark.parametrize("field", ["opens_at", "closes_at"])
async def test_a_window_of_another_day_is_refused_whichever_is_planned_first(
    life: Life, window: dict[str, Any], field: str
) -> None:
    apart = {**window, field: window[field] + timedelta(minutes=1)}
    await life.plan(**window)
    with pytest.raises(ServiceError, match=r"round\.registration_apart") as refusal:
        await private(life, **apart)
    assert (refusal.value.field, refusal.value.details["known"]) == (field, f"{life.county.world.bureau}-round")
    await private(life, **{**window, "year": 2031})
    with pytest.raises(ServiceError, match=r"round\.registration_apart"):
        await life.plan(code="fict-2031", **{**apart, "year": 2031})
    await life.plan(code="fict-2032", **{**apart, "year": 2032})


async def test_a_plan_that_was_given_up_binds_nobody_and_what_is_public_does(
    life: Life, window: dict[str, Any]
) -> None:
    wrong = {**window, "closes_at": window["closes_at"] + timedelta(days=1)}
    await life.plan(code="fict-wrong", **wrong)
    await life.plan(**window)
    other = await private(life, **window)
    for one in (life, other):
        await one.write_documents()
    await life.write_programmes()
    await life.do("rules", service.publish_information, life.round)
    later = "UPDATE admission_round SET closes_at = closes_at + interval '1 day' WHERE id = :id"
    await life.sql("rules", later, id=other.round)
    await life.sql("rules", "UPDATE programme SET round = :round WHERE id = 'r-s1'", round=other.round)
    with pytest.raises(ServiceError, match=r"round\.registration_apart"):
        await other.do("rules", service.publish_information, other.round)


async def test_one_act_of_two_persons_moves_both(life: Life, window: dict[str, Any]) -> None:
    await life.plan(**window)
    other = await private(life, **window)
    for one in (life, other):
        await become(one, "published")
    act = await extension(other)
    await life.do("approval", service.extend, act.id, act.digest)
    later = window["closes_at"] + timedelta(hours=1)
    assert [(await one.row()).closes_at for one in (life, other)] == [later, later]
    moved = await life.sql("auditor", "SELECT object FROM journal_entry WHERE action LIKE '%round:extend'")
    assert {row.object for row in moved} == {f"round:{life.round}", f"round:{other.round}"}


async def test_what_became_of_the_other_one_meanwhile_needs_a_new_act(life: Life, window: dict[str, Any]) -> None:
    await life.plan(**window)
    other = await private(life, **window)
    await become(life, "open")
    act = await extension(life)
    await become(other, "published")
    with pytest.raises(ServiceError, match=r"act\.input_changed"):
        await life.do("approval", service.extend, act.id, act.digest)


async def test_a_round_is_not_extended_once_the_other_one_cannot_be(life: Life, window: dict[str, Any]) -> None:
    await life.plan(**window)
    other = await private(life, **window)
    await become(life, "open")
    await become(other, "ranked")
    with pytest.raises(ServiceError, match=r"round\.extended_apart"):
        await extension(life)
    await become(other, "closed")
    act = await extension(life)
    await life.do("approval", service.extend, act.id, act.digest)
    assert (await other.row()).status == RoundStatus.OPEN


async def test_rounds_without_a_private_one_are_extended_singly(life: Life, window: dict[str, Any]) -> None:
    await life.plan(code="fict-first", **window)
    first = replace(life)
    await life.plan(**window)
    await become(life, "open")
    act = await extension(life)
    await life.do("approval", service.extend, act.id, act.digest)
    assert (await first.row()).closes_at == window["closes_at"] != (await life.row()).closes_at
