"""A second child follows the elder to its school: the family names the elder by number, the service finds it among its
own pupils, and the school's right is written among the child's choices."""

from typing import Any
from uuid import UUID

import pytest

from app.applications import siblings, submit
from app.applications.children import number_of
from app.applications.form import Form
from app.applications.queries import applicants_for_allocation
from app.applications.siblings import stays
from app.errors import ServiceError
from app.offers.lifecycle import OfferEvent
from app.vault import Place, seal
from tests.applications.office import Office
from tests.county import SCHOOLS, form
from tests.offers.passes import Passes
from tests.offers.private_schools import Public
from tests.rounds.builders import Family

ELDERS = {"number_kind": "mainland", "number": "990424201703150017"}
TWINS = {"number_kind": "mainland", "number": "990424202003140015"}
HOME = "c3"  # in the catchment of s3


@pytest.fixture
async def arrived(passes: Passes) -> Passes:
    """The first family's child has become a pupil of s1, and a year has passed; its number is known."""
    await passes.lead_to("answered")
    await passes.report("s1", [("first", OfferEvent.REPORT_ARRIVED)])
    await known_as(passes, passes.families[0].child, ELDERS)
    await passes.county.set_round(year=2027)
    return passes


async def known_as(passes: Passes, child: UUID, number: dict[str, str]) -> None:
    """As if its family's form had told it."""
    bureau = passes.county.world.bureau
    async with passes.database.transaction(passes.staff("casework")) as session:
        key = await passes.vault.key_of(session, bureau, child)
    told = {"name": "虚构长女", "number": number["number"], "born_on": "2017-03-15"}
    await passes.sql(
        "casework",
        "UPDATE child SET number_kind = 'citizen', lookup = :lookup, sealed = :sealed WHERE id = :id",
        lookup=number_of(passes.vault, number)[1],
        sealed=seal(key, told, Place("child", "sealed", child)),
        id=child,
    )


def second(**changes: Any) -> Form:
    wished = {"sibling_school": "s1", "elder": ELDERS, "preferences": []}
    home = {"residence_community": HOME, "registration_community": HOME}
    return form("虚构次子", **{**home, **wished, **changes})


def office(passes: Passes) -> Office:
    return Office(passes.county, passes.vault)


async def look_up(passes: Passes) -> tuple[int, int]:
    """(confirmed, left for a person)."""
    found = await passes.sealed("casework", siblings.confirm_siblings, passes.county.round, None, 100)
    return len(found.outcomes), found.left


async def test_the_second_child_has_a_right_at_the_elders_school_beside_its_own(arrived: Passes) -> None:
    families = office(arrived)
    mine = await families.apply(arrived.parent("first"), second())
    await families.confirm(mine, but=("sibling",))
    assert set((await families.last_decision(mine)).rights) == {"s3"}
    assert await look_up(arrived) == (1, 0)
    rights = (await families.last_decision(mine)).rights
    assert {school: keys["level"] for school, keys in rights.items()} == {"s1": 10, "s3": 1}
    assert (await families.checks(mine))["sibling"] == "confirmed" and await look_up(arrived) == (0, 0)
    async with arrived.database.transaction(arrived.staff("allocation")) as session:
        [applicant] = await applicants_for_allocation(session, arrived.county.world.bureau, arrived.county.round)
    assert set(applicant.rights) == {"s1", "s3"} and applicant.sibling_school == "s1"


async def test_having_listed_nothing_it_is_admitted_at_the_elders_school_and_not_at_its_own(arrived: Passes) -> None:
    """Home is nearer to s3, where its right is the stronger; the family has asked for s1."""
    plans = [{"id": f"n-{name}", "school": name, "grade": 1, "classes": 1, "class_size": 1} for name in SCHOOLS]
    public = Public(**{**vars(arrived), "families": [], "schools": (), "more": plans})
    await public.plan(code=f"{arrived.county.world.bureau}-2027", year=2027)
    await public.reach("open", after="planned")
    arrived.county.round = public.round
    families, parent = office(arrived), arrived.parent("first")
    mine = await families.apply(parent, second())
    await families.confirm(mine, but=("sibling",))
    assert await look_up(arrived) == (1, 0)
    public.families.append(Family(parent.person, application=mine))
    await public.close()
    await public.until_proposed()
    assert [(offer.school, offer.rank) for offer in await public.offers("first")] == [("s1", 1)]


@pytest.mark.parametrize(
    ("who", "change"),
    [
        ("first", {"sibling_school": "s2"}),  # the elder attends another school
        ("second", {}),  # a pupil, but not a child of this family
        ("first", {"elder": {**ELDERS, "number": "990424202003140015"}, "child": {"born_on": "2020-08-01"}}),  # unknown
    ],
)
async def test_what_the_service_does_not_know_is_left_for_a_person(
    arrived: Passes, who: str, change: dict[str, Any]
) -> None:
    families = office(arrived)
    mine = await families.apply(arrived.parent(who), second(**change))
    assert await look_up(arrived) == (0, 1)
    assert (await families.checks(mine))["sibling"] == "claimed"
    await families.check(mine, registration="confirm", home="confirm", sibling="confirm")
    school = change.get("sibling_school", "s1")
    assert (await families.last_decision(mine)).rights[school]["level"] == 10


async def test_an_elder_who_leaves_the_school_this_summer_does_not_count(arrived: Passes) -> None:
    families = office(arrived)
    for year, found in ((2026, (0, 1)), (2032, (0, 1)), (2031, (1, 0))):  # the same summer; after grade 6; in grade 6
        await arrived.county.set_round(year=year)
        mine = await families.apply(arrived.parent("first"), second())
        assert await look_up(arrived) == found, year
    assert (await families.checks(mine))["sibling"] == "confirmed"


async def test_an_elder_in_the_years_list_of_leavers_does_not_count(arrived: Passes) -> None:
    await office(arrived).apply(arrived.parent("first"), second())
    await arrived.sql(
        "registrar",
        'INSERT INTO primary_leaver (bureau, id, year, "primary", lookup, number_kind)'
        " VALUES (:bureau, gen_random_uuid(), 2027, 's1', :lookup, 'citizen')",
        lookup=number_of(arrived.vault, ELDERS)[1],
    )
    assert await look_up(arrived) == (0, 1)


async def test_another_elder_or_school_is_looked_at_anew_and_another_wish_is_not(arrived: Passes) -> None:
    families, parent = office(arrived), arrived.parent("first")
    mine = await families.apply(parent, second())
    await look_up(arrived)
    await families.apply(parent, second(preferences=["2026-g1-s2"]), "key-00000002")
    assert (await families.checks(mine))["sibling"] == "confirmed"
    await families.apply(parent, second(sibling_school="s2"), "key-00000003")
    assert (await families.checks(mine))["sibling"] == "claimed"
    await families.apply(parent, second(sibling_school=None, elder=None), "key-00000004")
    assert "sibling" not in await families.checks(mine)


async def test_nobody_confirms_a_child_of_their_own_and_nothing_after_the_freeze(arrived: Passes) -> None:
    families = office(arrived)
    await families.apply(arrived.staff("casework"), second())
    assert await look_up(arrived) == (0, 1)
    await arrived.county.set_round(status="frozen")
    with pytest.raises(ServiceError, match=r"application\.not_checkable"):
        await look_up(arrived)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"elder": None}, "application.elder_missing", "elder"),
        ({"elder": TWINS}, "application.elder_not_elder", "elder.number"),  # a day older: a twin
        ({"child": {"number_kind": "mainland", "number": ELDERS["number"], "born_on": "2017-03-15"}},
         "application.elder_not_elder", "elder.number"),
        ({"sibling_school": "s9"}, "application.unknown_school", "sibling_school"),
    ],
)  # fmt: skip
async def test_a_twin_the_child_itself_or_nobody_is_no_elder(
    arrived: Passes, change: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(ServiceError) as refused:
        await office(arrived).apply(arrived.parent("first"), second(**change))
    assert (refused.value.code, refused.value.field) == (code, field)


async def test_a_draft_may_still_lack_the_elders_number(arrived: Passes) -> None:
    parent, unfinished = arrived.parent("first"), second(elder=None)
    async with arrived.database.transaction(parent) as session:
        _, version = await submit.save_draft(session, arrived.vault, parent, arrived.county.round, unfinished)
    assert version == 1


@pytest.mark.parametrize(
    ("stage", "year", "entered", "grade", "stay"),
    [
        ("primary", 2027, 2026, 1, True),
        ("primary", 2026, 2026, 1, False),  # of this very entry
        ("primary", 2031, 2026, 1, True),  # then in grade 6
        ("primary", 2032, 2026, 1, False),
        ("primary", 2027, 2026, 5, True),
        ("primary", 2027, 2026, 6, False),
        ("junior", 2028, 2026, 7, True),
        ("junior", 2029, 2026, 7, False),
        ("preschool", 2027, 2026, 1, False),
    ],
)
def test_who_stays_at_the_school(stage: str, year: int, entered: int, grade: int, stay: bool) -> None:
    assert stays(stage, year, entered, grade) is stay
