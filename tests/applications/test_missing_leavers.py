"""A leaver of whom no application comes is counted, listed by the line that listed it, and an open, dated case."""

from datetime import timedelta
from typing import Any

import pytest

from app.applications import leaver_follow
from app.applications.leaver_follow import LeaverCount, LeaverStanding
from app.applications.models import Whereabouts
from app.bureau import service
from app.bureau.provision import NotKnown, Rate
from app.clock import uuid7
from app.errors import ServiceError
from app.offers import overdue
from app.offers.overdue import OpenCase, WaitsFor
from app.rounds.models import AdmissionRound
from app.schools.queries import CHINA
from tests.applications.junior import YEAR, bring, leavers_csv, leaving, number, open_junior_round
from tests.applications.office import Office

FAR = 10_000  # days
ELSEWHERE = Whereabouts.SCHOOL_ELSEWHERE


@pytest.fixture
async def junior(office: Office) -> Office:
    """Two leave s1 and one s2; the first of s1 has applied."""
    await open_junior_round(office.county)
    await bring(office, leavers_csv(f"{number(1)},s1", f"{number(2)},s1", f"{number(3)},s2"))
    await office.confirm(await office.apply("parent-1", leaving("s1", 1)))
    return office


async def missing(office: Office, who: str = "casework", **query: Any) -> list[LeaverStanding]:
    asked = {"primary": None, "after": None, "limit": 50, **query}
    listed: list[LeaverStanding] = await office.do(
        who, leaver_follow.missing_leavers, YEAR, *asked.values(), sealed=False
    )
    return listed


async def counts(office: Office, who: str) -> dict[str, LeaverCount]:
    found: dict[str, LeaverCount] = await office.do(who, leaver_follow.leaver_counts, YEAR, sealed=False)
    return found


async def account(office: Office, leaver: Any, whereabouts: Whereabouts | None, who: str = "casework") -> None:
    await office.do(who, leaver_follow.record_whereabouts, leaver, whereabouts, sealed=False)


async def close_window(office: Office) -> None:
    async with office.database.transaction(office.staff("rules")) as session:
        round_ = await session.get_one(AdmissionRound, (office.county.world.bureau, office.county.round))
        round_.closes_at -= timedelta(hours=2)
        round_.opens_at -= timedelta(hours=2)


async def cases(office: Office, who: str = "casework") -> list[OpenCase]:
    found: list[OpenCase] = await office.do(who, overdue.open_cases, office.county.round, FAR, sealed=False)
    return found


async def test_who_has_not_applied_is_listed_by_the_line_of_the_import_that_listed_it(junior: Office) -> None:
    listed = await missing(junior)
    assert sorted((row.primary, row.line) for row in listed) == [("s1", 3), ("s2", 4)]
    assert {len(row.listed_by or "") for row in listed} == {64}
    first, second = [await missing(junior, limit=1, after=after) for after in (None, listed[0].leaver)]
    assert first + second == listed
    assert [row.line for row in await missing(junior, primary="s2")] == [4]
    moved = await bring(junior, leavers_csv(f"{number(3)},s3"))
    assert [(row.line, row.listed_by) for row in await missing(junior, primary="s3")] == [(2, moved.digest)]
    read = await junior.rows("SELECT role, object FROM journal_entry WHERE action LIKE '%read_missing'", "auditor")
    assert {tuple(row) for row in read} == {("casework", f"year:{YEAR}")} and len(read) == 5


async def test_all_of_the_bureau_see_counts_and_two_duties_the_list(junior: Office) -> None:
    for who in ("registrar", "rules", "casework", "allocation", "approval", "auditor"):
        assert await counts(junior, who) == {"s1": LeaverCount(2, 1, 0, 1), "s2": LeaverCount(1, 0, 0, 1)}
    for who in ("rules", "allocation", "approval", "auditor"):
        with pytest.raises(ServiceError, match=r"access\.forbidden"):
            await missing(junior, who)


async def test_a_withdrawn_application_leaves_its_child_missing(junior: Office) -> None:
    parent = await junior.county.parent("parent-2")
    mine = await junior.apply(parent, leaving("s1", 2))
    assert len(await missing(junior)) == 1
    await junior.withdraw(parent, mine)
    assert len(await missing(junior)) == 2


async def test_whoever_is_known_to_be_elsewhere_is_missing_no_more_until_that_is_taken_back(junior: Office) -> None:
    one = (await missing(junior, primary="s2"))[0]
    await account(junior, one.leaver, ELSEWHERE)
    assert one not in await missing(junior) and (await counts(junior, "auditor"))["s2"] == LeaverCount(1, 0, 1, 0)
    await account(junior, one.leaver, None, "registrar")
    assert one in await missing(junior)
    steps = await junior.rows(
        "SELECT before, after FROM journal_entry WHERE action LIKE '%account_for' ORDER BY id", "auditor"
    )
    assert [tuple(row) for row in steps] == [("unknown", "school_elsewhere"), ("school_elsewhere", "unknown")]
    with pytest.raises(ServiceError, match=r"leaver\.not_there"):
        await account(junior, uuid7(), ELSEWHERE)


async def test_an_application_that_comes_nevertheless_counts(junior: Office) -> None:
    await account(junior, (await missing(junior, primary="s2"))[0].leaver, ELSEWHERE)
    await junior.apply("parent-2", leaving("s2", 3))
    assert (await counts(junior, "auditor"))["s2"] == LeaverCount(1, 1, 0, 0)


async def test_the_register_makes_the_denominator_of_provision_whole(junior: Office) -> None:
    async def told() -> Any:
        return await junior.do("auditor", service.provision, junior.county.round, sealed=False)

    report = await told()
    assert (report.everyone.rate, report.everyone.funnel.known, report.everyone.not_applied) == (Rate(0, 3), 3, 2)
    assert report.everyone.not_known is None
    assert report.migrants.not_known is NotKnown.NOT_BY_POPULATION and report.migrants.funnel.known is None
    await account(junior, (await missing(junior, primary="s2"))[0].leaver, ELSEWHERE)
    await junior.apply("parent-2", leaving(None, 4))
    report = await told()
    assert (report.everyone.rate, report.everyone.funnel.known, report.everyone.funnel.applied) == (Rate(0, 3), 3, 2)


async def test_from_the_end_of_the_window_it_is_an_open_case_until_school_begins(
    junior: Office,
) -> None:
    assert await cases(junior) == []
    await close_window(junior)
    for who in ("casework", "allocation", "auditor"):
        listed = await cases(junior, who)
        assert [
            (case.waits_for, case.grade, case.place_by.astimezone(CHINA).date().isoformat()) for case in listed
        ] == [
            (WaitsFor.APPLICATION, 7, "2026-09-01"),
        ] * 2
    assert {case.leaver for case in listed} == {row.leaver for row in await missing(junior)}
    await account(junior, listed[0].leaver, ELSEWHERE)
    assert [case.leaver for case in await cases(junior)] == [listed[1].leaver]
