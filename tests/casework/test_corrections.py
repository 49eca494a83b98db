"""After the deadline a family corrects facts; an officer decides within its clock, and the case is decided anew."""

from typing import Any
from uuid import UUID

import pytest

from app.actor import Actor
from app.applications.form import Form
from app.casework import corrections, holding, queue
from app.casework.lifecycle import Work
from app.errors import ServiceError
from tests.applications.office import Office
from tests.conftest import Api
from tests.county import LOCAL, form

WHY, ANSWER = "虚构：户籍迁入日期填写有误", "虚构答复：经核对户口簿，予以更正"
MOVED: dict[str, Any] = {**LOCAL, "registration": {**LOCAL["registration"], "registered_on": "2018-04-01"}}


@pytest.fixture
async def parent(office: Office) -> Actor:
    return await office.county.parent("parent-1")


async def closed_case(office: Office, parent: Actor) -> UUID:
    mine = await office.apply(parent, form())
    await office.confirm(mine)
    await office.county.set_round(status="closed")
    return mine


async def ask(office: Office, parent: Actor, mine: UUID, wanted: Form | None = None) -> UUID:
    made: UUID = await office.do(parent, corrections.request_correction, mine, wanted or form(facts=MOVED), WHY)
    return made


async def decide(office: Office, made: UUID, accepted: bool, who: str = "casework", answer: str = ANSWER) -> None:
    await office.do(who, corrections.decide_correction, made, accepted, answer)


async def submission(office: Office, mine: UUID) -> Any:
    [row] = await office.rows("SELECT submitted_at, version, form_digest FROM application WHERE id = :id", id=mine)
    return row


async def waiting(office: Office) -> list[queue.Waiting]:
    rows: list[queue.Waiting] = await office.do(
        "casework", queue.list_queue, office.county.round, Work.CORRECTION, None, None, None, 9, sealed=False
    )
    return rows


async def test_an_accepted_correction_is_checked_anew_and_nothing_else_is(office: Office, parent: Actor) -> None:
    mine = await closed_case(office, parent)
    before = await submission(office, mine)
    made = await ask(office, parent, mine)
    [row] = await waiting(office)
    assert (row.subject, row.application, row.overdue) == (made, mine, False)
    assert (await submission(office, mine)) == before
    await decide(office, made, True)
    after = await submission(office, mine)
    assert (after.submitted_at, after.version) == (before.submitted_at, before.version + 1)
    assert after.form_digest == form(facts=MOVED).digest
    assert await office.checks(mine) == {"registration": "claimed", "home": "confirmed"}
    assert await office.outcome(mine) == "undetermined" and await waiting(office) == []
    assert await office.check(mine, registration="confirm") == "eligible"
    assert (await office.last_decision(mine)).keys_elsewhere != {} and [
        row.programme for row in await office.rows("SELECT programme FROM preference")
    ] == ["2026-g1-s2"]


async def test_a_refused_correction_changes_nothing_and_is_answered(api: Api, office: Office, parent: Actor) -> None:
    mine = await closed_case(office, parent)
    before = await submission(office, mine)
    made = await ask(office, parent, mine)
    with pytest.raises(ServiceError, match=r"correction\.answer_missing"):
        await decide(office, made, False, answer="   ")
    await decide(office, made, False)
    assert await submission(office, mine) == before and await office.outcome(mine) == "eligible"
    for who in ("parent-1", "casework"):
        headers = await api.sign_in(office.county.world.bureau, who)
        [told] = (await api.client.get(f"/applications/{mine}/case", headers=headers)).json()["corrections"]
        assert (told["status"], told["zh"], told["answer"], told["why"]) == ("refused", "更正未采纳", ANSWER, WHY)
    assert [row.kind for row in await office.rows("SELECT kind FROM message")] == ["correction_decided"]
    with pytest.raises(ServiceError, match=r"correction\.decided_already"):
        await decide(office, made, True)


async def test_while_the_form_is_open_it_is_submitted_anew_and_after_the_freeze_nothing_is(
    office: Office, parent: Actor
) -> None:
    mine = await office.apply(parent, form())
    for status, code in (("open", "correction.form_still_open"), ("frozen", "application.not_checkable")):
        await office.county.set_round(status=status)
        with pytest.raises(ServiceError) as refused:
            await ask(office, parent, mine)
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({}, "correction.nothing_changed", "form"),
        ({"preferences": []}, "correction.not_a_fact", "form.preferences"),
        ({"child": {"name": "虚构儿童他"}}, "correction.not_a_fact", "form.child"),
        ({"residence_community": "c9"}, "application.unknown_community", "residence_community"),
    ],
)
async def test_what_is_no_declared_fact_is_not_corrected(
    office: Office, parent: Actor, change: dict[str, Any], code: str, field: str
) -> None:
    mine = await closed_case(office, parent)
    with pytest.raises(ServiceError) as refused:
        await ask(office, parent, mine, form(**change))
    assert (refused.value.code, refused.value.field) == (code, field)


async def test_one_correction_waits_at_a_time_and_its_holder_decides(office: Office, parent: Actor) -> None:
    mine = await closed_case(office, parent)
    made = await ask(office, parent, mine)
    with pytest.raises(ServiceError, match=r"correction\.open_already"):
        await ask(office, parent, mine, form(facts=MOVED, residence_community="c2"))
    await office.do("casework", holding.take, mine, Work.CORRECTION, sealed=False)
    with pytest.raises(ServiceError, match=r"casework\.held_by_another"):
        await decide(office, made, True, "casework-2")
    await decide(office, made, False)
    assert await ask(office, parent, mine) != made


async def test_nobody_else_asks_and_no_other_duty_decides(office: Office, parent: Actor) -> None:
    mine = await closed_case(office, parent)
    stranger = await office.county.parent("parent-2")
    with pytest.raises(ServiceError, match=r"access\.not_found"):
        await ask(office, stranger, mine)
    made = await ask(office, parent, mine)
    for who in ("rules", "approval", "office-s1"):
        with pytest.raises(ServiceError, match=r"access\."):
            await decide(office, made, True, who)
