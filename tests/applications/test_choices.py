"""Who may list what: a right, a group to rank inside, one's town, a wish without priority, or closed, and why."""

from typing import Any

import pytest
from sqlalchemy import text

from app.applications.choices import Household, Standing, choices, words
from app.errors import ServiceError
from app.schools.queries import CommunityPlace, Geography, ProgrammeSeats, SchoolPlace
from app.schools.vocabulary import OpenTo
from tests.applications.office import Office
from tests.conftest import Api
from tests.county import LOCAL as LOCAL_FACTS
from tests.county import MIGRANT, form

PLACES = {"own": "t1", "other": "t1", "far": "t2"}
GEOGRAPHY = Geography(
    {name: CommunityPlace(town, 0, 0, name) for name, town in (("c1", "t1"), ("c2", "t1"), ("c3", "t2"))},
    {name: SchoolPlace(name, town, "", 0, 0, "public") for name, town in PLACES.items()},
)
CATCHMENTS = {"c1": ("own",), "c2": ("other", "own"), "c3": ("far",)}
LOCAL, MOVED, NEW = Household("c1", "c1"), Household("c1", "c3"), Household("c1")
R, G, K, T, W, C = Standing


def stands(household: Household, open_to: str, **feeders: tuple[str, ...]) -> list[Standing]:
    """How own, other and far stand to a household where all three are open to the same."""
    listed = [ProgrammeSeats(f"P-{name}", name, 1, 1, 1, 0, 0, 1, open_to=open_to) for name in PLACES]
    return [choice.standing for choice in choices(household, listed, GEOGRAPHY, CATCHMENTS, feeders)]


@pytest.mark.parametrize(
    ("household", "open_to", "expected"),
    [
        (LOCAL, "anyone", [R, W, W]),
        (LOCAL, "catchment", [R, C, C]),
        (LOCAL, "town_new_residents", [R, C, C]),
        (LOCAL, "service_area", [R, C, C]),
        (NEW, "anyone", [R, T, W]),
        (NEW, "catchment", [R, C, C]),
        (NEW, "town_new_residents", [R, T, C]),
        (NEW, "service_area", [R, C, C]),
        (MOVED, "catchment", [R, C, R]),
        (Household("c2", "c2"), "catchment", [G, G, C]),
        (Household("c2", "c1"), "catchment", [R, G, C]),
        (Household("c2"), "town_new_residents", [G, G, C]),
        (Household("c3"), "town_new_residents", [C, C, R]),
        (Household("c1", "c1", sibling_school="far"), "catchment", [R, C, K]),
        (Household("c1", "c1", sibling_school="own"), "catchment", [R, C, C]),
        (Household("c1", sibling_school="other"), "anyone", [R, K, W]),
        (Household("c3", "c3", right_place="c2"), "service_area", [K, K, R]),
    ],
)
def test_what_a_programme_is_to_a_family(household: Household, open_to: str, expected: list[Standing]) -> None:
    assert stands(household, open_to) == expected


def test_the_school_that_ones_primary_feeds_is_a_right_and_several_are_a_group() -> None:
    leaver = Household("c1", "c1", "p1")
    assert stands(leaver, "catchment", p1=("far",)) == [R, C, R]
    assert stands(leaver, "catchment", p1=("far", "other")) == [R, G, G]
    assert stands(leaver, "catchment", p2=("far",)) == [R, C, C]


def test_a_right_is_never_closed_and_a_closed_wish_says_why_in_both_languages() -> None:
    for open_to in OpenTo:
        assert stands(LOCAL, open_to)[0] is R
    listed = [ProgrammeSeats("P", "far", 1, 1, 1, 0, 0, 1, open_to="town_new_residents")]
    [closed] = choices(LOCAL, listed, GEOGRAPHY, CATCHMENTS, {})
    zh, en = words(closed)
    assert zh == "不可填报：只接受本学区家庭和本镇新居民填报"
    assert en == "cannot be listed: open to its catchment and its town's new residents"


async def restrict(office: Office, school: str, open_to: str) -> None:
    async with office.database.transaction(office.staff("rules")) as session:
        await session.execute(
            text("UPDATE programme SET open_to = :open_to WHERE bureau = :bureau AND id = :id"),
            {"open_to": open_to, "bureau": office.county.world.bureau, "id": f"2026-g1-{school}"},
        )


@pytest.mark.parametrize(
    ("open_to", "code", "zh"),
    [
        ("catchment", "application.open_to_catchment", "只接受本学区家庭填报"),
        ("town_new_residents", "application.open_to_town", "本镇新居民"),
        ("service_area", "application.open_to_service_area", "服务区"),
    ],
)
async def test_a_wish_closed_to_the_family_is_refused_by_its_place_with_reason_and_remedy(
    office: Office, open_to: str, code: str, zh: str
) -> None:
    parent = await office.county.parent("parent-1")
    await restrict(office, "s3", open_to)
    listed = form(preferences=["2026-g1-s2", "2026-g1-s3"])
    with pytest.raises(ServiceError) as refused:
        await office.receipt(parent, listed, "key-00000001")
    assert (refused.value.code, refused.value.field, refused.value.status) == (code, "preferences.1", 422)
    assert zh in refused.value.title("zh") and "alone" in refused.value.title("en")
    assert "去掉" in refused.value.remedy("zh") and "list" in refused.value.remedy("en")
    await office.receipt(parent, form(preferences=["2026-g1-s2"]), "key-00000002")


async def test_its_own_school_is_open_to_a_family_and_the_town_to_its_new_residents(office: Office) -> None:
    for school, open_to in (("s1", "catchment"), ("s2", "town_new_residents"), ("s3", "town_new_residents")):
        await restrict(office, school, open_to)
    parent = await office.county.parent("parent-1")
    newcomer = form(facts=MIGRANT, preferences=["2026-g1-s2", "2026-g1-s1"])
    await office.receipt(parent, newcomer, "key-00000001")
    with pytest.raises(ServiceError, match=r"open_to_town"):
        await office.receipt(parent, form(facts=MIGRANT, preferences=["2026-g1-s3"]), "key-00000002")
    registered = form("虚构儿童乙", registration_community="c3", preferences=["2026-g1-s3", "2026-g1-s1"])
    await office.receipt(parent, registered, "key-00000003")


async def test_a_right_that_the_family_claims_opens_the_wish_before_it_is_proved(office: Office) -> None:
    for school in ("s2", "s3"):
        await restrict(office, school, "catchment")
    parent = await office.county.parent("parent-1")
    elder = {"number_kind": "mainland", "number": "990424201703150017"}
    follows = form(preferences=["2026-g1-s3"], sibling_school="s3", elder=elder)
    await office.receipt(parent, follows, "key-00000001")
    station = {**LOCAL_FACTS, "right_place": {"kind": "station"}}
    await office.receipt(
        parent, form(facts=station, right_place_community="c2", preferences=["2026-g1-s2"]), "key-00000002"
    )
    with pytest.raises(ServiceError, match=r"open_to_catchment"):
        await office.receipt(parent, form(preferences=["2026-g1-s2"]), "key-00000003")


async def test_anyone_reads_what_the_programmes_of_a_round_are_to_a_family(office: Office, api: Api) -> None:
    await restrict(office, "s3", "town_new_residents")
    path = f"/bureaus/{office.county.world.bureau}/rounds/{office.county.round}/choices"

    async def read(**query: str) -> dict[str, Any]:
        answer = await api.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return {row["school"]: row for row in answer.json()}

    local = await read(community="c1", registered="c1")
    assert [row["standing"] for row in local.values()] == ["right", "wish", "closed"]
    assert "只接受" in local["s3"]["zh"] and "alone" not in local["s1"]["en"]
    assert (local["s1"]["payer"], local["s1"]["fee_fen"]) == ("family", 0)
    assert [row["standing"] for row in (await read(community="c1")).values()] == ["right", "town", "closed"]
    assert (await read(community="c3"))["s3"]["standing"] == "right"
    claimed = await read(community="c1", registered="c1", sibling_school="s3", right_place="c2")
    assert [row["standing"] for row in claimed.values()] == ["right", "claimed", "claimed"]
    for field, unheard in (("community", {"community": "c9"}), ("right_place", {"right_place": "c9"}),
                           ("sibling_school", {"sibling_school": "s9"})):  # fmt: skip
        unknown = await api.client.get(path, params={"community": "c1", **unheard})
        assert (unknown.status_code, unknown.json()["field"]) == (422, field)
