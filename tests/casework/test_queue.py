"""What there is to do: oldest first, paged by key, by kind of work and town; counted for whoever leads the office."""

from typing import Any
from uuid import UUID

import pytest

from app.casework import holding, queue
from app.casework.lifecycle import Work
from app.casework.queue import Count, Waiting
from app.errors import ServiceError
from app.rounds import objections
from tests.applications.office import Office
from tests.county import MIGRANT, form

FIRST, SECOND = "casework", "casework-2"
CHILD = {"number_kind": "mainland", "number": "990424202003150010"}


async def listed(office: Office, who: str = FIRST, **chosen: Any) -> list[Waiting]:
    asked = {"work": None, "town": None, "whose": None, "after": None, "limit": 50, **chosen}
    rows: list[Waiting] = await office.do(who, queue.list_queue, office.county.round, *asked.values(), sealed=False)
    return rows


async def county_of_cases(office: Office) -> dict[str, UUID]:
    """One of each kind: a paper to check in each town, a number claimed twice, a refusal proposed, an objection."""
    cases = {
        "far": await office.apply("parent-1", form("虚构儿童一", residence_community="c3")),
        "first": await office.apply("parent-2", form("虚构儿童二", child=CHILD)),
        "claimed": await office.apply("parent-3", form("虚构儿童二", child=CHILD)),
        "refused": await office.apply("parent-4", form("虚构儿童四", facts=MIGRANT)),
    }
    for name in ("first", "claimed"):
        await office.confirm(cases[name])
    await office.confirm(cases["refused"], but=("permit",))
    await office.check(cases["refused"], permit="refuse")
    return cases


async def test_the_queue_holds_each_kind_of_work_oldest_first(office: Office) -> None:
    cases = await county_of_cases(office)
    rows = await listed(office)
    assert [(row.work, row.application) for row in rows] == [
        (Work.EVIDENCE, cases["far"]),
        (Work.CONTRADICTION, cases["claimed"]),
        (Work.REFUSAL, cases["refused"]),
    ]
    assert [row.since for row in rows] == sorted(row.since for row in rows)
    assert all(row.due > row.since and not row.overdue for row in rows)
    assert [row.work for row in await listed(office, work=Work.REFUSAL)] == [Work.REFUSAL]
    assert [row.application for row in await listed(office, town="t2")] == [cases["far"]]


async def test_an_objection_waits_until_it_is_answered_by_whoever_holds_it(office: Office) -> None:
    parent = await office.county.parent("parent-1")
    mine = await office.apply(parent, form())
    await office.confirm(mine)
    assert await listed(office) == []
    await office.county.set_round(status="ranked", objections_until=(await later(office)))
    filed = await office.do(parent, objections.file_objection, mine, "虚构异议：请复核")
    [row] = await listed(office)
    assert (row.work, row.subject, row.application) == (Work.OBJECTION, filed, mine)
    await office.do(FIRST, holding.take, mine, Work.OBJECTION, sealed=False)
    with pytest.raises(ServiceError, match=r"casework\.held_by_another"):
        await office.do(SECOND, objections.decide_objection, filed, False, "虚构答复：核对无误")
    await office.do(FIRST, objections.decide_objection, filed, False, "虚构答复：核对无误")
    assert await listed(office) == []


async def later(office: Office) -> Any:
    [row] = await office.rows("SELECT now() + interval '9 days' AS later")
    return row.later


async def test_a_page_follows_on_the_last_key_whatever_was_done_meanwhile(office: Office) -> None:
    made = [await office.apply(f"parent-{n}", form(f"虚构儿童{n}")) for n in range(5)]
    first = await listed(office, limit=2)
    await office.confirm(made[1])
    await office.confirm(made[3])
    second = await listed(office, limit=2, after=first[-1].key)
    assert [row.application for row in first + second] == [made[0], made[1], made[2], made[4]]
    assert await listed(office, after=second[-1].key) == []
    for wrong in ("", "x", "9" * 18 + "." + str(made[0]) + ".evidence", "1." + "-" * 36 + ".evidence"):
        with pytest.raises(ServiceError, match=r"casework\.bad_key"):
            await listed(office, after=wrong)


async def test_whose_a_case_is(office: Office) -> None:
    mine, free = [await office.apply(f"parent-{n}", form(f"虚构儿童{n}")) for n in (1, 2)]
    hold = await office.do(FIRST, holding.take, mine, Work.EVIDENCE, sealed=False)
    assert [row.application for row in await listed(office, whose="free")] == [free]
    [held] = await listed(office, whose="mine")
    assert (held.application, held.hold, held.officer, held.until) == (mine, hold.id, hold.officer, hold.until)
    assert await listed(office, SECOND, whose="mine") == []


async def test_an_officers_own_child_is_in_nobodys_list_but_the_colleagues(office: Office) -> None:
    mine = await office.apply(office.staff(FIRST), form())
    assert await listed(office) == [] and [row.application for row in await listed(office, SECOND)] == [mine]


async def test_another_offices_claim_and_a_frozen_rounds_papers_are_no_work(office: Office) -> None:
    await office.apply("parent-1", form())
    await office.county.set_round(status="frozen")
    assert await listed(office) == []


async def counted(office: Office, who: str = "approval") -> list[Count]:
    rows: list[Count] = await office.do(who, queue.counts, office.county.round, sealed=False)
    return rows


async def test_counts_and_ages_for_whoever_leads_the_office(office: Office) -> None:
    cases = await county_of_cases(office)
    late = await office.apply("parent-5", form("虚构儿童五"))
    await office.do(FIRST, holding.take, late, Work.EVIDENCE, sealed=False)
    await office.rows(
        "UPDATE application SET submitted_at = now() - interval '30 days' WHERE id = :id RETURNING id", id=late
    )
    found = {(row.work, row.town): row for row in await counted(office)}
    near, far = found[Work.EVIDENCE, "t1"], found[Work.EVIDENCE, "t2"]
    assert (near.waiting, near.held, near.overdue) == (1, 1, 1) and (far.waiting, far.held, far.overdue) == (1, 0, 0)
    assert {work for work, _ in found} == {Work.EVIDENCE, Work.CONTRADICTION, Work.REFUSAL}
    [first, *_] = await listed(office)
    assert first.application == late and first.overdue and first.since == near.oldest
    assert cases["far"] in {row.application for row in await listed(office)}


@pytest.mark.parametrize("who", ["registrar", "rules", "allocation", "office-s1"])
async def test_nobody_else_sees_the_queue(office: Office, who: str) -> None:
    for verb, rest in ((queue.list_queue, (None, None, None, None, 9)), (queue.counts, ())):
        with pytest.raises(ServiceError, match=r"access\."):
            await office.do(who, verb, office.county.round, *rest, sealed=False)
