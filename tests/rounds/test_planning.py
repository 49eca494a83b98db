"""From the plan to the opening: nothing opens before the seven things are public."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.errors import ServiceError
from app.lifecycle import TransitionRefused
from app.rounds import service
from app.rounds.service import Deadline, Document
from app.rounds.vocabulary import DocumentKind
from tests.rounds.life import KEY, Life


def code_of(refusal: pytest.ExceptionInfo[ServiceError]) -> str:
    return refusal.value.code


async def test_a_round_opens_only_when_seven_documents_a_ruleset_and_programmes_are_public(life: Life) -> None:
    await life.plan()
    with pytest.raises(TransitionRefused):
        await life.do("rules", service.open_round, life.round)
    with pytest.raises(ServiceError) as refusal:
        await life.do("rules", service.publish_information, life.round)
    assert refusal.value.details["kinds"] == "rules, plan, catchments, qualifications, dates, papers, results"
    for kind in list(DocumentKind)[:-1]:
        await life.write_documents(kind)
    with pytest.raises(ServiceError) as refusal:
        await life.do("rules", service.publish_information, life.round)
    assert code_of(refusal) == "round.document_missing" and refusal.value.details["kinds"] == "results"
    await life.write_documents(DocumentKind.RESULTS)
    with pytest.raises(ServiceError) as refusal:
        await life.do("rules", service.publish_information, life.round)
    assert code_of(refusal) == "round.no_programme"
    await life.write_programmes()
    await life.do("rules", service.publish_information, life.round)
    with pytest.raises(ServiceError) as refusal:
        await life.do("rules", service.open_round, life.round)
    assert code_of(refusal) == "round.too_early" and refusal.value.field == "opens_at"
    await life.forward(Deadline.OPENS_AT)
    assert (await life.do("rules", service.open_round, life.round)).status == "open"


async def test_a_ruleset_of_another_stage_or_not_activated_by_two_is_refused(life: Life) -> None:
    await life.plan(stage="junior", code="fict-junior")
    await life.write_documents()
    await life.write_programmes()
    with pytest.raises(ServiceError) as refusal:
        await life.do("rules", service.publish_information, life.round)
    assert code_of(refusal) == "round.ruleset_unfit"
    await life.sql("rules", "UPDATE ruleset SET activated_by = NULL WHERE bureau = :bureau")
    with pytest.raises(ServiceError) as refusal:
        await life.do("rules", service.publish_information, life.round)
    assert code_of(refusal) == "round.ruleset_inactive"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "with a space"}, "round.code_malformed"),
        ({"closes_at": None}, "round.window_disordered"),
        ({"ruleset": "unknown"}, "access.not_found"),
        ({"code": "fict-2", "demonstration": False, "round_key": KEY}, "round.key_given"),
        ({"code": "fict-2", "round_key": KEY[:31]}, "round.key_given"),
        ({}, "round.known_already"),
    ],
)
async def test_a_plan_that_cannot_stand_is_refused(life: Life, changes: dict[str, Any], code: str) -> None:
    await life.plan()
    row = await life.row()
    plan = service.RoundPlan(
        row.code,
        row.stage,
        2026,
        "虚构",
        "fictitious",
        row.ruleset,
        row.as_of,
        row.opens_at,
        row.closes_at,
        demonstration=True,
    )
    key = changes.pop("round_key", None)
    if changes.get("closes_at", 1) is None:
        changes["closes_at"] = row.opens_at
    with pytest.raises(ServiceError) as refusal:
        await life.sealed("rules", service.plan_round, replace(plan, **changes), key)
    assert code_of(refusal) == code


async def test_two_who_edit_the_documents_do_not_overwrite_each_other(life: Life) -> None:
    await life.plan()
    read = await life.row()
    documents = [Document(DocumentKind.RULES, "虚构甲", "fictitious A")]
    await life.do("rules", service.put_documents, life.round, documents, read.version)
    with pytest.raises(ServiceError) as refusal:
        await life.do("rules-2", service.put_documents, life.round, documents, read.version)
    assert code_of(refusal) == "request.changed_meanwhile"


async def test_a_window_that_is_over_before_it_opens_is_extended_and_not_opened(life: Life) -> None:
    await life.reach("published")
    await life.forward(Deadline.OPENS_AT)
    await life.forward(Deadline.CLOSES_AT)
    with pytest.raises(ServiceError) as refusal:
        await life.do("rules", service.open_round, life.round)
    assert code_of(refusal) == "round.window_over"
    later = await life.now() + timedelta(hours=1)
    act = await life.do("rules", service.propose_extension, life.round, later, "虚构理由")
    await life.do("approval", service.extend, act.id, act.digest)
    assert (await life.do("rules", service.open_round, life.round)).closes_at == later
