"""Who lies where, and whose catchment it is, on one date and on another."""

from datetime import date

import pytest

from app.schools import queries
from app.schools.succession import TownDates, standing_code
from tests.schools.register import Register

D = date.fromisoformat


async def test_geography_knows_the_places_that_stand_on_the_date(standing_register: Register) -> None:
    register = standing_register
    async with register.world.database.transaction(register.world.staff["casework"]) as session:
        before = await queries.geography(session, register.bureau, D("2024-12-31"))
        after = await queries.geography(session, register.bureau, D("2027-09-01"))
    assert set(before.communities) == {"c1", "c2", "c3"} and set(after.communities) == {"c1", "c2"}
    assert set(before.schools) == {"p1", "p2", "n1", "k1"} and set(after.schools) == {"p1", "p2", "k1"}
    school, home = before.schools["p1"], before.communities["c1"]
    assert (school.east_m, school.north_m, school.consortium) == (23_998, 24_407, "虚构联合体")
    assert (school.name, school.town, school.ownership) == ("虚构一小", "330424001", "public")
    assert (home.town, home.name, home.east_m, home.north_m) == ("330424001", "虚构甲社区", 23_518, 24_962)
    assert before.distance_m("c1", "p1") == 733
    with pytest.raises(KeyError):
        after.distance_m("c3", "p1")


@pytest.mark.parametrize(
    ("stage", "on", "expected"),
    [
        ("primary", "2019-12-31", {}),
        ("primary", "2024-12-31", {"c1": ("p1",), "c2": ("p1",), "c3": ("p1", "p2")}),
        ("primary", "2025-01-01", {"c1": ("p1",), "c2": ("p1",)}),
        ("primary", "2025-12-31", {"c1": ("p1",), "c2": ("p1",)}),
        ("primary", "2026-01-01", {"c1": ("p1",), "c2": ("p2",)}),
        ("junior", "2026-01-01", {"c1": ("p2",)}),
        ("preschool", "2026-01-01", {}),
    ],
)
async def test_a_community_belongs_to_one_school_or_a_group_by_date(
    standing_register: Register, stage: str, on: str, expected: dict[str, tuple[str, ...]]
) -> None:
    register = standing_register
    async with register.world.database.transaction(register.world.staff["casework"]) as session:
        found = await queries.catchment_schools(session, register.bureau, stage, D(on))
        narrowed = await queries.catchment_schools(session, register.bureau, stage, D(on), ["c2", "nowhere"])
    assert found == expected
    assert narrowed == {community: schools for community, schools in expected.items() if community == "c2"}


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2019-12-31", {}),
        ("2025-12-31", {"n1": ("p2",), "p1": ("p2",), "p2": ("p2",)}),
        ("2026-01-01", {"p1": ("p2",), "p2": ("p2",)}),
    ],
)
async def test_a_primary_school_feeds_its_junior_schools_by_date(
    standing_register: Register, on: str, expected: dict[str, tuple[str, ...]]
) -> None:
    register = standing_register
    async with register.world.database.transaction(register.world.staff["casework"]) as session:
        assert await queries.feeder_schools(session, register.bureau, D(on)) == expected


async def test_a_form_s_communities_are_known_or_not_on_the_date(standing_register: Register) -> None:
    register = standing_register
    async with register.world.database.transaction(register.world.staff["casework"]) as session:
        known = await queries.known_communities(session, register.bureau, ["c1", "c3", "c9"], D("2026-05-31"))
    assert known == {"c1"}


@pytest.mark.parametrize(
    ("code", "on", "standing"),
    [
        ("330424003", "2018-09-16", "330424003"),
        ("330424003", "2018-09-17", "330424005"),
        ("330424005", "2018-09-16", None),
        ("330424005", "2026-01-01", "330424005"),
        ("330424009", "2026-01-01", None),
    ],
)
async def test_an_old_code_leads_to_the_one_that_replaced_it(
    standing_register: Register, code: str, on: str, standing: str | None
) -> None:
    register = standing_register
    async with register.world.database.transaction(register.world.staff["casework"]) as session:
        assert await queries.town_standing(session, register.bureau, code, D(on)) == standing


def test_codes_that_replace_one_another_in_a_circle_lead_nowhere() -> None:
    past = (D("2000-01-01"), D("2001-01-01"))
    towns = {"a": TownDates(*past, "b"), "b": TownDates(*past, "a"), "c": TownDates(*past, "a")}
    assert standing_code(towns, "c", D("2026-01-01")) is None
