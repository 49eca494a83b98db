"""A pupil of the county moves within the year: it keeps its place until it has arrived at another, and then the one
ends as the other begins."""

import asyncio
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.applications.lifecycle import Outcome
from app.bureau import service as bureau
from app.errors import ServiceError
from app.offers.lifecycle import OfferEvent, OfferStatus
from app.vault import Vault
from tests.county import County
from tests.offers.arrivals import Arrivals
from tests.offers.moved import CHILD, classes, one_place_each, records, with_a_pupil
from tests.offers.passes import Passes


async def arrived(county: County, vault: Vault, *parents: str) -> Arrivals:
    """These children have come to c1 within the year, and are pupils of s1 in grade 3; s2 has five vacancies."""
    made = Arrivals(county, vault)
    await made.open_round()
    await made.report("s1", (3, 1, 45, 40))
    await made.report("s2", (3, 1, 45, 40))
    for parent in parents:
        await made.arrive(parent)
    await made.place()
    for parent in parents:
        await made.answer(parent, OfferEvent.ACCEPT)
    if parents:
        await made.report_arrival("s1", parents)
    return made


async def move(made: Arrivals, parent: str, community: str = "c2") -> None:
    """The family has moved there, applies, and accepts what it is offered."""
    mine = await made.tell(parent, community)
    if await made.outcome(mine) != Outcome.ELIGIBLE:
        await made.confirm(mine)
    await made.place()
    await made.answer(parent, OfferEvent.ACCEPT)


async def test_a_pupil_drawn_in_summer_moves_in_november_and_is_never_without_a_place_nor_with_two(
    passes: Passes,
) -> None:
    made, child = await with_a_pupil(passes)
    await made.report("s1", (1, 1, 45, 44), (1, 2, 45, 40))
    await made.report("s2", (1, 1, 45, 43))  # and one by the draw that has not come yet
    await made.arrive("parent-1", "c2", grade=1, child=CHILD)
    assert (await made.place()).waiting == ()
    [offer] = await made.offers("parent-1")
    assert (offer.school, offer.status, offer.band, offer.leaves is None) == ("s2", "open", "catchment", False)
    assert (await made.vacancies(1))["s2"] == 0
    assert await records(made, child) == [("s1", None)] and await classes(made) == {"s1": 84, "s2": 43}
    await one_place_each(made)
    report = await made.verb("casework", bureau.provision, made.round)
    assert report.everyone.rate.denominator == 0 and report.missing == []

    await made.answer("parent-1", OfferEvent.ACCEPT)
    assert await records(made, child) == [("s1", None)]
    await made.report_arrival("s2", ["parent-1"])
    assert await records(made, child) == [("s1", "moved"), ("s2", None)]
    assert await classes(made) == {"s1": 83, "s2": 44}
    await one_place_each(made)
    assert await made.journal("class:2026/s1/1/1") == [
        ("class:report", "absent", "44/45"),
        ("class:departure", "44/45", "43/45"),
    ]
    assert (await made.journal(f"offer:{offer.leaves}"))[-1] == ("offer:leave", "arrived", "left")
    [record] = await made.rows("SELECT id FROM pupil WHERE left_at IS NOT NULL")
    assert await made.journal(f"pupil:{record.id}") == [("pupil:leave", "pupil", "moved")]
    report = await made.verb("casework", bureau.provision, made.round)
    assert (report.everyone.rate.numerator, report.everyone.rate.denominator) == (1, 1)
    before = await made.verb("casework", bureau.provision, passes.round)
    assert before.everyone.funnel.applied == 3  # it is counted where it is, once


async def test_last_years_pupil_moves_in_the_grade_that_it_has_reached(passes: Passes) -> None:
    made, child = await with_a_pupil(passes, year=2027)
    await made.report("s1", (2, 1, 45, 44))
    await made.report("s2", (2, 1, 45, 40))
    with pytest.raises(ServiceError, match=r"application\.grade_reason_missing"):
        await made.tell("parent-1", "c2", grade=1, child=CHILD)
    with pytest.raises(ServiceError, match=r"application\.grade_beyond_record"):
        await made.tell("parent-1", "c2", grade=4, child=CHILD)
    await made.arrive("parent-1", "c2", grade=2, child=CHILD)
    await made.place()
    await made.answer("parent-1", OfferEvent.ACCEPT)
    await made.report_arrival("s2", ["parent-1"])
    assert await records(made, child) == [("s1", "moved"), ("s2", None)]
    assert await classes(made, 2) == {"s1": 43, "s2": 41}
    summer = await made.verb("casework", bureau.provision, passes.round)
    assert (summer.everyone.rate.numerator, summer.everyone.funnel.arrived) == (3, 1)
    await one_place_each(made)


async def test_a_declined_place_leaves_the_pupil_where_it_is_and_it_waits_for_another(
    county: County, vault: Vault
) -> None:
    made = await arrived(county, vault, "parent-1")
    await made.arrive("parent-1", "c2")
    await made.place()
    await made.answer("parent-1", OfferEvent.DECLINE)
    assert await made.standing() == {"parent-1": [("s1", "arrived"), ("s2", "declined")]}
    assert len((await made.place()).waiting) == 1 and await classes(made, 3) == {"s1": 41, "s2": 40}
    [case] = await made.overdue(11)
    assert case.has_place and not case.overdue
    await one_place_each(made)


async def test_a_family_that_stays_after_all_takes_its_wish_back_and_may_move_later(
    county: County, vault: Vault
) -> None:
    made = await arrived(county, vault, "parent-1")
    mine = await made.arrive("parent-1", "c2")
    await made.withdraw(await made.parent("parent-1"), mine)
    assert (await made.place()).offered == {} and await made.overdue(30) == []
    [row] = await made.rows("SELECT status, moves_from FROM application WHERE id = :id", id=mine)
    assert (row.status, row.moves_from) == ("submitted", None)
    await move(made, "parent-1")
    await made.report_arrival("s2", ["parent-1"])
    assert await made.standing() == {"parent-1": [("s1", "left"), ("s2", "arrived")]}
    await one_place_each(made)


async def test_it_moves_as_often_as_the_family_does_and_an_offered_place_rests(county: County, vault: Vault) -> None:
    made = await arrived(county, vault, "parent-1")
    await move(made, "parent-1")
    with pytest.raises(ServiceError, match=r"application\.placed:"):
        await made.tell("parent-1", "c3")
    await made.report_arrival("s2", ["parent-1"])
    await move(made, "parent-1", "c1")
    await made.report_arrival("s1", ["parent-1"])
    assert await made.standing() == {"parent-1": [("s1", "left"), ("s2", "left"), ("s1", "arrived")]}
    [row] = await made.rows("SELECT child FROM application WHERE id = :id", id=made.children["parent-1"])
    assert await records(made, row.child) == [("s1", "moved"), ("s2", "moved"), ("s1", None)]
    assert await classes(made, 3) == {"s1": 41, "s2": 40}
    await one_place_each(made)


async def test_two_that_change_places_are_reported_by_both_schools_at_once(county: County, vault: Vault) -> None:
    made = await arrived(county, vault, "parent-1", "parent-2", "parent-3", "parent-4")
    for parent in ("parent-3", "parent-4"):
        await move(made, parent)
    await made.report_arrival("s2", ["parent-3", "parent-4"])
    for parent, community in (("parent-1", "c2"), ("parent-2", "c2"), ("parent-3", "c1"), ("parent-4", "c1")):
        await move(made, parent, community)
    await made.open_connections(2)
    await asyncio.gather(
        made.report_arrival("s2", ["parent-1", "parent-2"]), made.report_arrival("s1", ["parent-3", "parent-4"])
    )
    assert await classes(made, 3) == {"s1": 42, "s2": 42}
    await one_place_each(made)


async def test_who_has_no_place_stands_before_who_moves_and_who_moves_is_sent_nowhere_farther(
    county: County, vault: Vault
) -> None:
    made = await arrived(county, vault, "parent-1")
    await made.report("s2", (3, 1, 45, 44))
    await made.report("s3", (3, 1, 45, 30))
    await made.arrive("parent-1", "c2")
    await made.arrive("parent-2", "c2")
    await made.place()
    assert await made.standing() == {"parent-1": [("s1", "arrived")], "parent-2": [("s2", "open")]}


async def test_who_stays_in_the_catchment_or_has_not_arrived_does_not_move(county: County, vault: Vault) -> None:
    made = await arrived(county, vault, "parent-1")
    with pytest.raises(ServiceError, match=r"application\.at_its_school") as refused:
        await made.tell("parent-1", "c1")
    assert refused.value.field == "residence_community"
    await made.arrive("parent-2")
    await made.place()
    await made.answer("parent-2", OfferEvent.ACCEPT)
    with pytest.raises(ServiceError, match=r"application\.placed_already"):
        await made.tell("parent-2", "c2")


async def test_no_hand_ends_a_record_or_takes_a_pupil_off_a_class_of_another_school(
    county: County, vault: Vault
) -> None:
    made = await arrived(county, vault, "parent-1")
    by_hand = {
        "UPDATE pupil SET left_at = now(), left_because = 'moved', left_for = offer": None,
        "UPDATE offer SET status = 'left', schools = '{}'": "left for another one alone",
        "UPDATE school_class SET pupils = pupils - 1 WHERE school = 's1'": "row-level security",
    }
    for who in ("office-s2", "casework", "allocation"):
        for statement, refusal in by_hand.items():
            try:
                async with made.database.transaction(made.staff(who)) as session:
                    changed = await session.execute(text(statement))
                assert changed.rowcount == 0  # type: ignore[attr-defined]
            except DBAPIError as error:
                assert refusal is not None and refusal in str(error.orig)
    assert await made.standing() == {"parent-1": [("s1", OfferStatus.ARRIVED)]}
    assert await classes(made, 3) == {"s1": 41, "s2": 40}


async def test_the_old_school_keeps_the_history_and_no_longer_expects_the_child(county: County, vault: Vault) -> None:
    made = await arrived(county, vault, "parent-1")
    await move(made, "parent-1")
    await made.report_arrival("s2", ["parent-1"])
    old = await made.rows("SELECT left_at::date AS day FROM pupil WHERE school = 's1'", "office-s1")
    assert len(old) == 1 and old[0].day >= date(2026, 1, 1)
    assert await made.rows("SELECT id FROM offer", "office-s1") == []
