"""A school sees originals or visits a home and records it; it decides nothing, and the family sees that it happened."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.casework import queue, site_check_list, site_checks
from app.casework.lifecycle import Original, Task
from app.errors import ServiceError
from tests.applications.office import Office
from tests.conftest import Api
from tests.county import form

SCHOOL, DAY = "office-s1", date(2026, 6, 12)
FINDING = "虚构家访记录：家庭实际居住于此"
SEEN, DIFFERS = Original.SEEN, Original.DIFFERS


async def ask(office: Office, mine: UUID, task: Task = Task.ORIGINALS, kinds: tuple[str, ...] = ("home",)) -> UUID:
    made: UUID = await office.do("casework", site_checks.ask_school, mine, "s1", task, kinds)
    return made


async def record(office: Office, made: UUID, said: dict[str, Original], words: str | None = None, **rest: Any) -> None:
    who, day = rest.get("who", SCHOOL), rest.get("day", DAY)
    await office.do(who, site_checks.record_site_check, made, day, said, words)


async def case(api: Api, office: Office, who: str, mine: UUID) -> Any:
    headers = await api.sign_in(office.county.world.bureau, who)
    answer = await api.client.get(f"/applications/{mine}/case", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_what_a_school_saw_decides_nothing_and_the_family_sees_that_it_looked(api: Api, office: Office) -> None:
    mine = await office.apply("parent-1", form())
    before = await office.last_decision(mine)
    papers, visit = await ask(office, mine), await ask(office, mine, Task.VISIT, ())
    await record(office, papers, {"home": SEEN})
    await record(office, visit, {}, FINDING)
    assert (await office.last_decision(mine)).id == before.id
    assert await office.checks(mine) == {"registration": "claimed", "home": "claimed"}
    told = {who: (await case(api, office, who, mine))["site_checks"] for who in ("parent-1", "casework", "auditor")}
    assert [(one["task"], one["status"], one["done_on"]) for one in told["parent-1"]] == [
        ("originals", "recorded", "2026-06-12"),
        ("visit", "recorded", "2026-06-12"),
    ]
    assert {(one["originals"] is None, one["finding"], one["recorded_by"]) for one in told["parent-1"]} == {
        (True, None, None)
    }
    assert told["casework"][0]["originals"] == {"home": "seen"} and told["casework"][1]["finding"] == FINDING
    assert told["casework"][0]["recorded_by"] == str(office.staff(SCHOOL).person)


async def test_the_case_says_in_words_where_each_claim_stands(api: Api, office: Office) -> None:
    mine = await office.apply("parent-1", form())
    await office.check(mine, home="confirm")
    claims = (await case(api, office, "parent-1", mine))["claims"]
    assert [(one["kind"], one["zh"], one["en"], one["officer"]) for one in claims] == [
        ("home", "已核实", "confirmed", None),
        ("registration", "待核验", "claimed, not yet checked", None),
    ]
    [home, _] = (await case(api, office, "casework", mine))["claims"]
    assert home["officer"] == str(office.staff("casework").person) and home["since"] is not None


async def test_an_original_that_differs_is_a_contradiction_until_an_officer_has_looked(office: Office) -> None:
    mine = await office.apply("parent-1", form())
    await office.check(mine, home="confirm", registration="confirm")
    made = await ask(office, mine)
    await record(office, made, {"home": DIFFERS})
    listed = (office.county.round, None, None, None, None, 9)
    [row] = await office.do("casework", queue.list_queue, *listed, sealed=False)
    assert (row.work, row.subject) == ("contradiction", made)
    await office.check(mine, home="refuse")
    rows = await office.do("casework", queue.list_queue, *listed, sealed=False)
    assert "contradiction" not in {row.work for row in rows}


@pytest.mark.parametrize(
    ("said", "words", "code"),
    [
        ({}, None, "site_check.incomplete"),
        ({"registration": SEEN}, None, "site_check.incomplete"),
        ({"home": SEEN, "permit": SEEN}, None, "site_check.incomplete"),
    ],
)
async def test_each_original_has_its_result(office: Office, said: dict[str, Original], words: str, code: str) -> None:
    made = await ask(office, await office.apply("parent-1", form()))
    with pytest.raises(ServiceError) as refused:
        await record(office, made, said, words)
    assert refused.value.code == code


async def test_what_cannot_be_asked_or_recorded(office: Office) -> None:
    mine = await office.apply("parent-1", form())
    for task, kinds, code in (
        (Task.ORIGINALS, (), "site_check.kinds"),
        (Task.VISIT, ("home",), "site_check.kinds"),
        (Task.ORIGINALS, ("permit",), "application.no_such_evidence"),
    ):
        with pytest.raises(ServiceError) as refused:
            await ask(office, mine, task, kinds)
        assert refused.value.code == code
    made = await ask(office, mine, Task.VISIT, ())
    with pytest.raises(ServiceError, match=r"site_check\.asked_already"):
        await ask(office, mine, Task.VISIT, ())
    with pytest.raises(ServiceError, match=r"site_check\.incomplete"):
        await record(office, made, {}, "   ")
    with pytest.raises(ServiceError, match=r"site_check\.future"):
        await record(office, made, {}, FINDING, day=date.max - timedelta(1))
    await record(office, made, {}, FINDING)
    with pytest.raises(ServiceError, match=r"site_check\.recorded_already"):
        await record(office, made, {}, FINDING)


async def test_a_school_sees_its_own_requests_with_masked_names_and_no_case(office: Office) -> None:
    mine = await office.apply("parent-1", form("虚构儿童甲"))
    made = await ask(office, mine)
    [line] = await office.do(SCHOOL, site_check_list.list_site_checks, "s1", None, None, 9)
    assert (line.id, line.kinds, line.overdue) == (made, ["home"], False) and "儿" not in line.child
    _, child = await office.do(SCHOOL, site_check_list.open_site_check, made)
    assert child == "虚构儿童甲"
    assert await office.rows("SELECT id FROM application", who=SCHOOL) == []
    for who in ("office-s2", "casework"):
        with pytest.raises(ServiceError, match=r"access\."):
            await record(office, made, {"home": SEEN}, who=who)


async def test_neither_the_bureau_nor_the_family_writes_what_a_school_saw_nor_opens_it(office: Office) -> None:
    parent = await office.county.parent("parent-1")
    made = await ask(office, await office.apply(parent, form()))
    changed = "UPDATE site_check SET status = 'asked' WHERE id = :id RETURNING id"
    assert await office.rows(changed, id=made) == []
    async with office.database.transaction(parent) as session:
        assert await office.vault.keys_of(session, parent.bureau, [made]) == {}
