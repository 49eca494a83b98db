"""One case, one officer: taken, given back, handed over, lapsed; and what the family's claims are meanwhile."""

import asyncio
from uuid import UUID

import pytest

from app.applications.casework import Check
from app.applications.lifecycle import EvidenceEvent
from app.casework import holding
from app.casework.holding import Hold
from app.casework.lifecycle import Work
from app.clock import uuid7
from app.errors import ServiceError
from tests.applications.office import Office
from tests.county import MIGRANT, form

FIRST, SECOND = "casework", "casework-2"


async def take(office: Office, application: UUID, who: str = FIRST, work: Work = Work.EVIDENCE) -> Hold:
    taken: Hold = await office.do(who, holding.take, application, work, sealed=False)
    return taken


async def lapsed(office: Office, application: UUID) -> UUID:
    """A hold of the first officer whose lease is over."""
    [hold] = await office.rows(
        "INSERT INTO case_hold (bureau, id, application, work, officer, status, taken_at, until)"
        " VALUES (:bureau, :id, :application, 'evidence', :officer, 'held', now() - interval '9 days',"
        " now() - interval '1 second') RETURNING id",
        bureau=office.county.world.bureau,
        id=uuid7(),
        application=application,
        officer=office.staff(FIRST).person,
    )
    await office.rows(
        "UPDATE evidence SET status = 'checking', checked_by = :officer WHERE application = :id RETURNING id",
        officer=office.staff(FIRST).person,
        id=application,
    )
    return UUID(str(hold.id))


async def test_a_taken_case_is_being_checked_and_a_given_back_one_waits_again(office: Office) -> None:
    mine = await office.apply("parent-1", form())
    hold = await take(office, mine)
    assert await office.checks(mine) == {"registration": "checking", "home": "checking"}
    rows = await office.rows("SELECT DISTINCT checked_by, checked_at FROM evidence")
    assert [(row.checked_by, row.checked_at) for row in rows] == [(hold.officer, hold.taken_at)]
    await office.do(FIRST, holding.give_back, hold.id, sealed=False)
    assert await office.checks(mine) == {"registration": "claimed", "home": "claimed"}
    [home] = await office.rows("SELECT id FROM evidence WHERE kind = 'home'")
    assert [step for step, _, _ in await office.journal(f"evidence:{home.id}")] == [
        "evidence:begin",
        "evidence:release",
    ]
    assert await office.journal(f"hold:{hold.id}") == [
        ("case:take_evidence", "absent", f"held {hold.officer}"),
        ("case:give_back", "held", "given_back"),
    ]


async def test_what_is_being_checked_decides_nothing_and_may_be_confirmed(office: Office) -> None:
    mine = await office.apply("parent-1", form())
    before = await office.last_decision(mine)
    await take(office, mine)
    assert (await office.last_decision(mine)).id == before.id
    assert await office.check(mine, registration="confirm", home="confirm") == "eligible"
    with pytest.raises(ServiceError, match=r"casework\.nothing_to_do"):
        await take(office, mine)


async def test_of_two_who_take_a_case_at_once_one_has_it(office: Office) -> None:
    mine = await office.apply("parent-1", form())
    await office.open_connections(2)
    taken = await asyncio.gather(*(take(office, mine, who) for who in (FIRST, SECOND)), return_exceptions=True)
    [hold] = [one for one in taken if isinstance(one, Hold)]
    [refused] = [one for one in taken if isinstance(one, ServiceError)]
    assert refused.code == "casework.held_by_another"
    assert await take(office, mine, FIRST if hold.officer == office.staff(FIRST).person else SECOND) == hold


async def test_nobody_works_on_what_a_colleague_holds_and_anybody_on_what_nobody_does(office: Office) -> None:
    mine, other = [await office.apply(f"parent-{n}", form(f"虚构儿童{n}")) for n in (1, 2)]
    await take(office, mine)
    checks = [Check(one, "home", EvidenceEvent.CONFIRM) for one in (other, mine)]
    with pytest.raises(ServiceError, match=r"casework\.held_by_another"):
        await office.check_all(checks, SECOND)
    assert (await office.checks(other))["home"] == "claimed"
    await office.check_all(checks[:1], SECOND)
    await office.check_all(checks[1:], FIRST)


async def test_a_case_is_handed_over_with_what_is_being_checked(office: Office) -> None:
    mine = await office.apply("parent-1", form())
    hold, to = await take(office, mine), office.staff(SECOND).person
    handed = await office.do(FIRST, holding.hand_over, hold.id, to, sealed=False)
    assert handed.officer == to and handed.until > hold.taken_at
    assert {row.checked_by for row in await office.rows("SELECT checked_by FROM evidence")} == {to}
    with pytest.raises(ServiceError, match=r"casework\.not_held"):
        await office.do(FIRST, holding.give_back, hold.id, sealed=False)
    with pytest.raises(ServiceError, match=r"casework\.not_held"):
        await office.do(FIRST, holding.give_back, handed.id, sealed=False)
    await office.do(SECOND, holding.give_back, handed.id, sealed=False)


@pytest.mark.parametrize("whom", ["rules", "nobody", "the guardian", "herself"])
async def test_a_case_goes_to_no_one_who_does_no_casework_or_is_concerned(office: Office, whom: str) -> None:
    parent = office.staff(SECOND) if whom == "the guardian" else await office.county.parent("parent-1")
    hold = await take(office, await office.apply(parent, form()))
    code = "access.not_found" if whom in ("rules", "nobody") else "casework.no_such_officer"
    people = {"rules": office.staff("rules").person, "the guardian": parent.person, "herself": hold.officer}
    with pytest.raises(ServiceError) as refused:
        await office.do(FIRST, holding.hand_over, hold.id, people.get(whom, uuid7()), sealed=False)
    assert refused.value.code == code


async def test_a_lapsed_case_is_anybodys(office: Office) -> None:
    mine = await office.apply("parent-1", form())
    old = await lapsed(office, mine)
    await office.check(mine, SECOND, home="confirm")
    taken = await take(office, mine, SECOND)
    assert (await office.checks(mine)) == {"registration": "checking", "home": "confirmed"}
    [row] = await office.rows("SELECT checked_by FROM evidence WHERE kind = 'registration'")
    assert row.checked_by == taken.officer == office.staff(SECOND).person
    assert (await office.journal(f"hold:{old}"))[-1] == ("case:lapse", "held", "lapsed")


async def test_nobody_takes_the_case_of_a_child_of_their_own(office: Office) -> None:
    mine = await office.apply(office.staff(FIRST), form())
    with pytest.raises(ServiceError, match=r"access\.forbidden"):
        await take(office, mine)
    await take(office, mine, SECOND)


async def test_a_refusal_is_looked_at_by_another_than_who_refused_the_paper(office: Office) -> None:
    mine = await office.apply("parent-1", form(facts=MIGRANT))
    await office.check(mine, permit="refuse")
    with pytest.raises(ServiceError, match=r"application\.second_look"):
        await take(office, mine, work=Work.REFUSAL)
    hold = await take(office, mine, SECOND, Work.REFUSAL)
    with pytest.raises(ServiceError, match=r"application\.second_look"):
        await office.do(SECOND, holding.hand_over, hold.id, office.staff(FIRST).person, sealed=False)
