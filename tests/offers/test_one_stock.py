"""The seats of an entry are one stock: what a draw has still to give, what another round holds, and who is counted."""

import asyncio

import pytest

from app.errors import ServiceError
from app.offers import placement
from app.offers.lifecycle import OfferEvent
from app.offers.overdue import WaitsFor
from app.rounds import publish
from app.vault import Vault
from tests.county import County
from tests.offers.arrivals import Arrivals
from tests.offers.passes import Passes
from tests.offers.test_late import left, plan

SIX = {"born_on": "2020-03-05"}


async def within(passes: Passes) -> Arrivals:
    """The round within the year beside a main round that is the only one of the entry."""
    await passes.county.set_round(status="concluded")
    made = Arrivals(passes.county, passes.vault)
    await made.open_round()
    return made


async def concluded(passes: Passes, seats: int = 1) -> Arrivals:
    passes.seats = seats
    await passes.lead_to("answered")
    await passes.do("allocation", publish.conclude, passes.round)
    return await within(passes)


async def pupils(made: Arrivals, school: str = "s1") -> list[tuple[int, int]]:
    """(limit, pupils) of the classes of a school."""
    rows = await made.rows("SELECT size_limit, pupils FROM school_class WHERE school = :school", school=school)
    return [tuple(row) for row in rows]


async def test_while_families_may_apply_in_the_main_round_they_apply_there(county: County, vault: Vault) -> None:
    made = Arrivals(county, vault)
    await made.open_round()
    with pytest.raises(ServiceError, match=r"application\.drawn_first"):
        await made.tell("parent-1", grade=1, child=SIX)
    await made.report("s1", (2, 1, 45, 44))
    await made.arrive("parent-2", grade=2, child={"born_on": "2018-11-05"})
    await made.place()
    assert (await made.standing())["parent-2"] == [("s1", "open")]


@pytest.mark.parametrize("status", ["published", "closed", "ranked", "drawn", "approved", "final", "answered"])
async def test_nobody_is_placed_past_a_draw_and_the_case_says_what_it_waits_for(
    county: County, vault: Vault, status: str
) -> None:
    await county.set_round(status=status)
    made = Arrivals(county, vault)
    main = made.round
    await made.open_round()
    await made.report("s1", (1, 1, 45, 0))
    mine = await made.arrive("parent-1", grade=1, child=SIX)
    assert (await made.place()).waiting == (mine,) and (await made.vacancies(1))["s1"] == 0
    assert [case.waits_for for case in await made.overdue(11)] == [WaitsFor.DRAW]
    within_year, made.county.round = made.round, main
    await county.set_round(status="concluded")
    made.county.round = within_year
    assert [case.waits_for for case in await made.overdue(11)] == [WaitsFor.PLACE]
    await made.place()
    assert await made.standing() == {"parent-1": [("s1", "open")]}


async def test_what_the_main_round_holds_is_no_vacancy_and_its_arrival_is_counted(passes: Passes) -> None:
    """One seat at s1, which a child of the main round holds that has not arrived yet."""
    made = await concluded(passes)
    await made.report("s1", (1, 1, 1, 0))
    mine = await made.arrive("new", grade=1, child=SIX)
    assert (await made.place()).waiting == (mine,)
    assert await passes.report("s1", [("first", OfferEvent.REPORT_ARRIVED)]) == 1
    assert await pupils(made) == [(1, 1)]
    assert (await made.place()).waiting == (mine,)
    entries = await made.journal("class:2026/s1/1/1")
    assert entries == [("class:report", "absent", "0/1"), ("class:arrival", "0/1", "1/1")]


async def test_an_arrival_before_any_class_is_reported_is_in_the_report(passes: Passes) -> None:
    made = await concluded(passes)
    await passes.report("s1", [("first", OfferEvent.REPORT_ARRIVED)])
    assert await pupils(made) == []
    await made.report("s1", (1, 1, 2, 1))
    assert (await made.vacancies(1))["s1"] == 1


async def test_what_is_given_within_the_year_is_not_left_to_a_late_round(passes: Passes) -> None:
    made = await concluded(passes, seats=2)
    stale = await left(passes)
    before = {row.plan.school: row.left for row in stale.rows}
    [school] = [name for name, seats in sorted(before.items()) if seats][:1]
    await made.report(school, (1, 1, 2, 0))
    for number in range(before[school]):
        await made.arrive(f"new-{number}", grade=1, child=SIX)
    await made.place()
    after = {row.plan.school: row.left for row in (await left(passes)).rows}
    assert after == before | {school: 0}
    with pytest.raises(ServiceError, match=r"late\.figures_changed"):
        await plan(passes, stale.digest)
    late = await plan(passes, (await left(passes)).digest)
    await made.report(school, (1, 1, 45, 2))
    mine = await made.arrive("another", grade=1, child=SIX)
    assert (await made.place()).waiting == (mine,)
    passes.round = late.id
    assert {row.plan.school: row.left for row in (await left(passes)).rows} == after


async def test_a_late_round_is_planned_on_what_is_being_placed_at_that_very_moment(passes: Passes) -> None:
    made = await concluded(passes, seats=2)
    figures = await left(passes)
    [school] = [row.plan.school for row in figures.rows if row.left][:1]
    await made.report(school, (1, 1, 2, 0))
    await made.arrive("new", grade=1, child=SIX)
    officer = made.staff("allocation")
    async with made.database.transaction(officer) as session:
        assert (await placement.place(session, made.vault, officer, made.round)).waiting == ()
        planning = asyncio.create_task(plan(passes, figures.digest))
        await asyncio.sleep(0.5)
        assert not planning.done()
    with pytest.raises(ServiceError, match=r"late\.figures_changed"):
        await planning
