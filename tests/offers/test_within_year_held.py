"""What no officer, family or school can do within the year, and what two of them at once cannot."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.errors import ServiceError
from app.offers.lifecycle import OfferEvent, OfferStatus
from app.offers.placement import Placed
from app.rounds import service as rounds
from app.rounds.service import RoundPlan
from app.rounds.vocabulary import RoundKind
from app.vault import Vault
from tests.county import County
from tests.offers.arrivals import FIRST_DAY, RULESET, Arrivals

WRITE = """
    INSERT INTO offer (bureau, id, guardians, schools, round, application, child, run, programme, school, rank, seat,
                       band, distance_m, status, lapsed)
    SELECT bureau, gen_random_uuid(), guardians, ARRAY[]::text[], round, id, child, NULL, :programme, 's1', 1,
           'within_year', 'catchment', 1, 'open', false
    FROM application WHERE bureau = :bureau AND id = :application
"""
G3 = "wy2026-primary-g3-s1"


@pytest.fixture
async def arrivals(county: County, vault: Vault) -> Arrivals:
    """One vacancy in grade 3 at s1, none at s2, two at s3."""
    made = Arrivals(county, vault)
    await made.open_round()
    await made.report("s1", (3, 1, 45, 44))
    await made.report("s2", (3, 1, 45, 50))
    await made.report("s3", (3, 1, 45, 43))
    return made


async def write(arrivals: Arrivals, parent: str, programme: str = G3) -> None:
    """An offer straight into the table."""
    async with arrivals.database.transaction(arrivals.staff("allocation")) as session:
        bureau = arrivals.county.world.bureau
        values = {"bureau": bureau, "application": arrivals.children[parent], "programme": programme}
        await session.execute(text(WRITE), values)


async def test_two_officers_at_once_give_the_last_vacancy_once(arrivals: Arrivals) -> None:
    for parent in ("parent-1", "parent-2", "parent-3", "parent-4"):
        await arrivals.arrive(parent)
    await arrivals.open_connections(4)
    both: list[Placed] = await asyncio.gather(*(arrivals.place(who) for who in ("allocation", "allocation-2") * 2))
    assert sorted(len(one.offered) for one in both) == [0, 0, 0, 3]
    assert [len(one.waiting) for one in both] == [1, 1, 1, 1]
    given = [school for offers in (await arrivals.standing()).values() for school, _ in offers]
    assert sorted(given) == ["s1", "s3", "s3"] and await arrivals.vacancies() == {"s1": 0, "s2": 0, "s3": 0}


async def test_the_database_gives_no_place_that_no_class_has_whoever_writes_it(arrivals: Arrivals) -> None:
    await arrivals.arrive("parent-1")
    await arrivals.arrive("parent-2")
    both = await asyncio.gather(write(arrivals, "parent-1"), write(arrivals, "parent-2"), return_exceptions=True)
    [refused] = [one for one in both if one is not None]
    assert isinstance(refused, DBAPIError) and "no class has a vacancy" in str(refused.orig)
    with pytest.raises(DBAPIError, match="no class has a vacancy"):
        await write(arrivals, "parent-2", "wy2026-primary-g3-s3")  # another school's name on it
    assert await arrivals.vacancies() == {"s1": 0, "s2": 0, "s3": 2}


async def test_a_family_takes_nothing_back_that_another_child_may_have(arrivals: Arrivals) -> None:
    await arrivals.arrive("parent-1")
    await arrivals.place()
    await arrivals.answer("parent-1", OfferEvent.DECLINE)
    await arrivals.arrive("parent-2")
    await write(arrivals, "parent-2")
    [given_up] = await arrivals.offers("parent-1")
    parent = await arrivals.parent("parent-1")
    with pytest.raises(DBAPIError, match="is not taken back"):
        async with arrivals.database.transaction(parent) as session:
            await session.execute(text("UPDATE offer SET status = 'accepted' WHERE id = :id"), {"id": given_up.id})


async def test_while_a_child_has_a_place_its_application_rests(arrivals: Arrivals) -> None:
    mine = await arrivals.arrive("parent-1")
    await arrivals.place()
    parent = await arrivals.parent("parent-1")
    for act, code in (
        (arrivals.withdraw(parent, mine), r"application.placed:"),
        (arrivals.tell("parent-1", "c2"), r"application.placed_already:"),
        (arrivals.check(mine, home="refuse"), r"application.placed:"),
    ):
        with pytest.raises(ServiceError, match=code):
            await act
    await arrivals.answer("parent-1", OfferEvent.DECLINE)
    await arrivals.withdraw(parent, mine)
    assert (await arrivals.place()).waiting == () and await arrivals.overdue(30) == []


async def test_a_school_reports_its_own_classes_and_no_others_and_each_change_is_journalled(
    arrivals: Arrivals,
) -> None:
    with pytest.raises(ServiceError, match=r"access.not_found"):
        await arrivals.report("s1", (3, 1, 45, 0), who="office-s2")
    for classes, code in (
        ([(3, 1, 45, 1), (3, 1, 45, 2)], "schools.class_twice"),
        ([(7, 1, 45, 1)], "schools.class_grade"),
    ):
        with pytest.raises(ServiceError, match=code):
            await arrivals.report("s1", *classes)
    assert await arrivals.report("s1", (3, 1, 45, 44), (3, 2, 40, 38)) == 1
    assert await arrivals.report("s1", (3, 1, 45, 40), who="registrar") == 1
    assert await arrivals.vacancies() == {"s1": 7, "s2": 0, "s3": 2}
    entries = await arrivals.journal("class:2026/s1/3/1")
    assert entries == [("class:report", "absent", "44/45"), ("class:report", "44/45", "40/45")]
    with pytest.raises(DBAPIError):
        async with arrivals.database.transaction(arrivals.staff("office-s2")) as session:
            await session.execute(text("UPDATE school_class SET pupils = 0 WHERE school = 's1'"))


async def test_an_arrival_that_finds_the_class_full_is_counted_all_the_same(arrivals: Arrivals) -> None:
    await arrivals.arrive("parent-1")
    await arrivals.place()
    await arrivals.answer("parent-1", OfferEvent.ACCEPT)
    await arrivals.report("s1", (3, 1, 45, 45))
    assert (await arrivals.vacancies())["s1"] == 0
    await arrivals.report_arrival("s1", ["parent-1"])
    [row] = await arrivals.rows("SELECT pupils FROM school_class WHERE school = 's1'")
    assert row.pupils == 46 and (await arrivals.offers("parent-1"))[0].status == OfferStatus.ARRIVED


async def test_a_form_within_the_year_names_a_grade_of_the_stage_and_no_other_form_does(arrivals: Arrivals) -> None:
    for grade, code in ((None, "application.grade_missing"), (7, "application.grade_of_stage")):
        with pytest.raises(ServiceError, match=code):
            await arrivals.tell("parent-1", grade=grade)  # type: ignore[arg-type]
    with pytest.raises(ServiceError, match=r"application.unknown_programme"):
        await arrivals.tell("parent-1", grade=3, preferences=["wy2026-primary-g4-s1"])


async def test_a_round_within_the_year_is_not_ranked_and_there_is_one_for_a_stage(arrivals: Arrivals) -> None:
    with pytest.raises(DBAPIError, match="within_year_undrawn"):
        await arrivals.county.set_round(status="ranked")
    await arrivals.county.set_round(status="closed")
    with pytest.raises(ServiceError, match=r"round.within_year_undrawn"):
        await arrivals.do("allocation", rounds.rank, arrivals.round)
    with pytest.raises(DBAPIError, match="a published bound is kept"):
        await arrivals.county.set_round(place_within_days=90)
    plan = RoundPlan(
        "another",
        "primary",
        2026,
        "虚构",
        "Fictitious",
        RULESET,
        FIRST_DAY,
        datetime(2098, 1, 1, tzinfo=UTC),
        datetime(2099, 1, 1, tzinfo=UTC),
        RoundKind.WITHIN_YEAR,
    )
    with pytest.raises(ServiceError, match=r"round.one_within_year"):
        await arrivals.do("rules", rounds.plan_round, plan)


async def test_a_real_round_brings_no_bound_forward(county: County, vault: Vault) -> None:
    arrivals = Arrivals(county, vault)
    await arrivals.open_round(demonstration=False, opens_at=datetime(2026, 9, 1, tzinfo=UTC))
    await arrivals.verb("rules", rounds.open_round, arrivals.round)
    mine = await arrivals.tell("parent-1")
    with pytest.raises(DBAPIError, match="is not brought forward"):
        await arrivals.rows("UPDATE application SET place_by = now() WHERE id = :id RETURNING id", id=mine)
