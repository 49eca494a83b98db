"""Children who come within the school year: a vacancy by grade and class, the same rules, and a bound on the days."""

from datetime import timedelta

import pytest

from app.bureau import service as bureau
from app.database import database_now
from app.errors import ServiceError
from app.offers.lifecycle import OfferEvent, OfferStatus
from app.offers.overdue import WaitsFor
from app.rounds import service as rounds
from app.rounds.service import Deadline
from app.vault import Vault
from tests.applications.junior import open_junior_round
from tests.county import LOCAL, County
from tests.offers.arrivals import Arrivals


@pytest.fixture
async def arrivals(county: County, vault: Vault) -> Arrivals:
    """A round within the year is open: s1, the school of c1, has one vacancy in grade 3, s2 has five and s3 ten."""
    made = Arrivals(county, vault)
    await made.open_round()
    await made.report("s1", (3, 1, 45, 45), (3, 2, 45, 44), (1, 1, 45, 20))
    await made.report("s2", (3, 1, 45, 40))
    await made.report("s3", (3, 1, 45, 35))
    return made


async def test_a_child_that_comes_in_october_to_grade_3_has_a_place_within_the_bound(arrivals: Arrivals) -> None:
    mine = await arrivals.arrive("parent-1")
    assert (await arrivals.place()).waiting == ()
    [offer] = await arrivals.offers("parent-1")
    assert (offer.school, offer.status, offer.seat, offer.band, offer.run) == (
        "s1",
        "open",
        "within_year",
        "catchment",
        None,
    )
    assert await arrivals.considered(offer.id) == [("s1", "right", 1, "offered")]
    told = await arrivals.rows("SELECT kind, person FROM message WHERE object = :offer", offer=f"offer:{offer.id}")
    assert [tuple(one) for one in told] == [("placed_within_year", (await arrivals.parent("parent-1")).person)]
    [row] = await arrivals.rows("SELECT grade, place_by, submitted_at FROM application WHERE id = :id", id=mine)
    assert row.grade == 3 and offer.issued_at < row.place_by <= row.submitted_at + timedelta(11)
    assert await arrivals.vacancies() == {"s1": 0, "s2": 5, "s3": 10}
    assert await arrivals.answer("parent-1", OfferEvent.ACCEPT) is OfferStatus.ACCEPTED
    assert await arrivals.report_arrival("s1", ["parent-1"]) == 1
    pupils = await arrivals.rows("SELECT school FROM pupil WHERE offer = :offer", offer=offer.id)
    classes = await arrivals.rows(
        "SELECT number, pupils FROM school_class WHERE school = 's1' AND grade = 3 ORDER BY 1"
    )
    assert [one.school for one in pupils] == ["s1"]
    assert [(one.number, one.pupils) for one in classes] == [(1, 45), (2, 45)]
    assert await arrivals.vacancies() == {"s1": 0, "s2": 5, "s3": 10} and await arrivals.overdue(30) == []
    report = await arrivals.verb("casework", bureau.provision, arrivals.round)
    assert (report.everyone.rate.numerator, report.everyone.rate.denominator, report.everyone.complete) == (1, 1, True)
    assert report.everyone.bands["catchment"] == report.everyone.funnel.arrived == 1
    assert report.by_school["虚构小学s1"] == {"seats": 26, "taken": 1, "free": 25}


async def test_declining_leads_to_the_next_vacancy_and_never_back(arrivals: Arrivals) -> None:
    await arrivals.arrive("parent-1")
    await arrivals.place()
    assert await arrivals.answer("parent-1", OfferEvent.DECLINE) is OfferStatus.DECLINED
    assert [case.waits_for for case in await arrivals.overdue(11)] == [WaitsFor.PLACE]
    with pytest.raises(ServiceError, match=r"placement.given_up"):
        await arrivals.answer("parent-1", OfferEvent.ACCEPT)
    await arrivals.place()
    assert await arrivals.standing() == {"parent-1": [("s1", "declined"), ("s2", "open")]}
    newest = (await arrivals.offers("parent-1"))[-1]
    assert (newest.band, await arrivals.considered(newest.id)) == ("consortium", [("s2", "consortium", 5, "offered")])
    with pytest.raises(ServiceError, match=r"placement.waits_for_nothing"):
        await arrivals.answer("parent-1", OfferEvent.WAIT)


async def test_a_stated_choice_comes_before_coordination_and_after_the_right(arrivals: Arrivals) -> None:
    await arrivals.arrive("parent-1", preferences=["wy2026-primary-g3-s3"])
    await arrivals.place()
    await arrivals.answer("parent-1", OfferEvent.DECLINE)
    await arrivals.place()
    assert await arrivals.standing() == {"parent-1": [("s1", "declined"), ("s3", "open")]}


async def test_whoever_has_the_right_gets_the_last_vacancy_whoever_came_first(arrivals: Arrivals) -> None:
    """c2 belongs to s2. Its child was here first, and its own school has filled up."""
    await arrivals.report("s2", (3, 1, 45, 45))
    await arrivals.arrive("parent-1", "c2")
    await arrivals.arrive("parent-2", "c1")
    await arrivals.place()
    assert await arrivals.standing() == {"parent-1": [("s3", "open")], "parent-2": [("s1", "open")]}
    [moved_on] = await arrivals.offers("parent-1")
    assert await arrivals.considered(moved_on.id) == [
        ("s2", "right", 0, "no_vacancy"),
        ("s1", "consortium", 1, "others_before"),
        ("s3", "coordinated", 10, "offered"),
    ]


async def test_a_place_beyond_the_limit_is_given_and_counts_as_a_debt(county: County, vault: Vault) -> None:
    arrivals = Arrivals(county, vault)
    await arrivals.open_round(distance_limit_m=5_000)
    await arrivals.report("s3", (3, 1, 45, 44))
    await arrivals.arrive("parent-1")
    await arrivals.arrive("parent-2")
    placed = await arrivals.place()
    assert len(placed.offered) == len(placed.waiting) == 1
    report = await arrivals.verb("casework", bureau.provision, arrivals.round)
    assert (report.everyone.rate.numerator, report.everyone.rate.denominator) == (0, 2)
    assert report.everyone.beyond_limit == 1
    assert sorted(row.reason for row in report.missing) == ["beyond_limit", "no_place"]
    [case] = await arrivals.overdue(11)
    assert case.application == placed.waiting[0] and case.waits_for is WaitsFor.PLACE


async def test_whose_bound_passes_stands_in_the_list_with_whom_it_waits_for(arrivals: Arrivals) -> None:
    mine = await arrivals.arrive("parent-1", grade=5)
    [waiting] = (await arrivals.place()).waiting
    assert waiting == mine and await arrivals.overdue(9) == []
    [soon] = await arrivals.overdue(11)
    assert not soon.overdue and soon.grade == 5
    await arrivals.verb("allocation", rounds.bring_forward, arrivals.round, Deadline.PLACE_BY)
    for who in ("casework", "allocation", "auditor"):
        [case] = await arrivals.overdue(0, who)
        assert (case.application, case.overdue, case.waits_for) == (mine, True, WaitsFor.PLACE)
    with pytest.raises(ServiceError, match=r"round.no_deadline"):
        await arrivals.verb("allocation", rounds.bring_forward, arrivals.round, Deadline.PLACE_BY)


async def test_a_case_that_lacks_papers_runs_out_like_any_other_and_is_no_reason_to_place(arrivals: Arrivals) -> None:
    mine = await arrivals.tell("parent-1")
    assert await arrivals.outcome(mine) == "undetermined"
    assert (await arrivals.place()).offered == {}
    [case] = await arrivals.overdue(11)
    assert (case.application, case.waits_for) == (mine, WaitsFor.PAPERS)
    report = await arrivals.verb("casework", bureau.provision, arrivals.round)
    assert (report.everyone.rate.percent, report.everyone.undetermined) == ("0.00", 1)


async def test_the_bound_is_kept_by_a_changed_form_and_renewed_by_a_declined_place(arrivals: Arrivals) -> None:
    mine = await arrivals.arrive("parent-1")
    await arrivals.verb("allocation", rounds.bring_forward, arrivals.round, Deadline.PLACE_BY)
    assert await arrivals.tell("parent-1", preferences=["wy2026-primary-g3-s2"]) == mine
    [case] = await arrivals.overdue()
    assert case.overdue
    await arrivals.place()
    await arrivals.answer("parent-1", OfferEvent.DECLINE)
    async with arrivals.database.transaction() as session:
        now = await database_now(session)
    assert await arrivals.overdue() == []
    [again] = await arrivals.overdue(11)
    assert again.place_by > now + timedelta(9)


async def test_grade_8_asks_for_no_primary_school_and_no_feeder_counts(county: County, vault: Vault) -> None:
    arrivals = Arrivals(county, vault)
    await open_junior_round(county)
    await arrivals.open_round(stage="junior", ruleset="junior-within-2026")
    await arrivals.report("j1", (8, 1, 50, 49), who="registrar")
    with pytest.raises(ServiceError, match=r"application.leaver_not_asked"):
        await arrivals.tell("parent-1", grade=8, facts={**LOCAL, "leaver": {"kind": "county", "school": "s2"}})
    await arrivals.arrive("parent-1", grade=8, child={"born_on": "2012-05-05"})
    await arrivals.place()
    assert await arrivals.standing() == {"parent-1": [("j1", "open")]}
