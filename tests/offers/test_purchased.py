"""Places that the bureau has bought at a private school are vacancies within the year, and no more than it bought."""

from app.offers.lifecycle import OfferEvent
from tests.offers.arrivals import Arrivals
from tests.offers.passes import Passes
from tests.offers.private_schools import found_private_school

BOUGHT = {"id": "wy2026-primary-g3-m1", "school": "m1", "grade": 3, "classes": 1, "class_size": 2}


async def with_private(passes: Passes, bought: list[dict[str, object]]) -> Arrivals:
    """m1 is private and has ten free in grade 3; s1, the school of c1, has none."""
    await found_private_school(passes)
    made = Arrivals(passes.county, passes.vault, parents=dict(passes.parents))
    await made.open_round(bought)
    await made.report("s1", (3, 1, 45, 45))
    await made.report("m1", (3, 1, 45, 35), who="registrar")
    return made


async def test_children_whose_own_school_is_full_get_the_places_that_were_bought_and_no_others(passes: Passes) -> None:
    made = await with_private(passes, [BOUGHT])
    for parent in ("parent-1", "parent-2", "parent-3"):
        await made.arrive(parent)
    assert (await made.vacancies())["m1"] == 2
    placed = await made.place()
    assert len(placed.offered) == 2 and len(placed.waiting) == 1
    given = [school for offers in (await made.standing()).values() for school, _ in offers]
    assert given == ["m1", "m1"] and (await made.vacancies())["m1"] == 0
    [one] = [name for name, offers in (await made.standing()).items() if offers][:1]
    [offer] = await made.offers(one)
    assert await made.considered(offer.id) == [("s1", "right", 0, "no_vacancy"), ("m1", "consortium", 2, "offered")]
    await made.answer(one, OfferEvent.DECLINE)
    await made.place()
    assert [len(offers) for offers in (await made.standing()).values()] == [1, 1, 1]


async def test_a_private_school_that_sold_none_is_asked_for_nobody_who_does_not_wish_for_it(passes: Passes) -> None:
    made = await with_private(passes, [])
    await made.arrive("parent-1")
    assert (await made.place()).offered == {}
