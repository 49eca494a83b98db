"""A seat that comes back once its round is concluded is somebody's to give: a late round's, or within the year."""

from dataclasses import replace

from app.offers.lifecycle import OfferEvent
from app.rounds import publish
from app.schools import service as seats
from tests.offers.arrivals import Arrivals
from tests.offers.passes import NAMES, Passes
from tests.offers.private_schools import both_open
from tests.offers.test_late import concluded as concluded
from tests.offers.test_late import left, plan
from tests.offers.test_one_stock import SIX, within
from tests.rounds.life import Life


async def seats_left(life: Life) -> dict[str, int]:
    return {row.plan.school: row.left for row in (await left(life)).rows}


async def test_a_place_taken_back_after_the_round_is_left_to_a_late_one(concluded: Passes) -> None:
    before = await seats_left(concluded)
    school = (await concluded.offer("first")).school
    await concluded.withdraw("first")
    assert await seats_left(concluded) == before | {school: before[school] + 1}


async def test_a_seat_that_comes_back_once_a_late_round_is_planned_is_left_to_the_next_one(concluded: Passes) -> None:
    row = await plan(concluded, (await left(concluded)).digest)
    late = replace(concluded, round=row.id)
    before, school = await seats_left(late), (await concluded.offer("first")).school
    assert before[school] == 0 and before["s3"] == 2
    await concluded.do("casework", seats.settle_seats, "late-r-s3", 1, 0, "FICT-2026-011")
    await concluded.withdraw("first")
    after = before | {school: 1, "s3": 1}
    assert await seats_left(late) == after
    await concluded.sql("rules", "UPDATE admission_round SET status = 'concluded' WHERE id = :id", id=late.round)
    following = await plan(late, (await left(late)).digest, code="fict-late-2")
    last = replace(concluded, round=following.id)
    assert await seats_left(last) == after


async def test_a_seat_that_comes_back_to_a_school_above_its_seats_is_none_to_give(concluded: Passes) -> None:
    """One net seat where a child sits, and then a decision that takes that very seat."""
    school = (await concluded.offer("first")).school
    await concluded.sql(
        "casework",
        "INSERT INTO seat_settlement (bureau, id, programme, seats, class_reduction, decision)"
        " VALUES (:bureau, gen_random_uuid(), :programme, 2, 0, 'FICT-2026-012')",
        programme=f"r-{school}",
    )
    late = replace(concluded, round=(await plan(concluded, (await left(concluded)).digest)).id)
    assert (await seats_left(late))[school] == 0
    await concluded.withdraw("first")
    assert (await seats_left(late))[school] == 0


async def test_a_place_taken_back_after_the_round_is_a_vacancy_within_the_year(passes: Passes) -> None:
    await passes.lead_to("answered")
    await passes.do("allocation", publish.conclude, passes.round)
    made = await within(passes)
    await made.report("s1", (1, 1, 1, 0))
    mine = await made.arrive("new", grade=1, child=SIX)
    assert (await made.place()).waiting == (mine,)
    await passes.withdraw("first")
    assert (await made.vacancies(1))["s1"] == 1
    await made.place()
    assert (await made.standing())["new"] == [("s1", "open")]


async def test_a_private_place_given_up_after_its_round_is_a_vacancy_of_its_school(passes: Passes) -> None:
    """Declined once nobody can be drawn any more: the family is an open case, and the seat somebody's who wishes it."""
    private, public = await both_open(passes, seats=1)
    await private.apply("first", preferences=("m-m1",))
    await public.apply(*NAMES[:2])
    for one in (private, public):
        await one.close()
    await private.until_proposed()
    await private.finalise()
    await private.answer("first", OfferEvent.ACCEPT)
    await private.end_answers()
    await private.do("allocation", publish.conclude, private.round)
    await public.until_proposed()
    await public.finalise()
    await public.end_answers()
    await public.do("allocation", publish.conclude, public.round)
    made = Arrivals(passes.county, passes.vault)
    await made.open_round()
    await made.report("m1", (1, 1, 1, 0), who="registrar")
    assert (await made.vacancies(1))["m1"] == 0
    await private.withdraw("first")
    assert (await made.vacancies(1))["m1"] == 1
