"""Entry to grade 7: the county's leavers by their feeder schools, arrivals from outside by the permit's test."""

from typing import Any
from uuid import UUID

import pytest

from app.applications import leavers, queries, submit
from app.applications.form import Form
from app.applications.lookup import LookedUp
from app.errors import ServiceError
from tests.applications.junior import NEWCOMER, bring, leavers_csv, leaving, number, open_junior_round
from tests.applications.office import Office
from tests.county import LOCAL, MIGRANT, form


@pytest.fixture
async def junior(office: Office) -> Office:
    await open_junior_round(office.county)
    return office


async def look_up(office: Office, after: UUID | None = None, limit: int = 200, who: str = "casework") -> LookedUp:
    found: LookedUp = await office.do(who, leavers.confirm_leavers, office.county.round, after, limit)
    return found


async def levels(office: Office, application: UUID) -> dict[str, int]:
    """School → level of the right, in the decision that counts."""
    return {school: keys["level"] for school, keys in (await office.last_decision(application)).rights.items()}


async def test_a_migrant_child_of_the_county_s_schools_goes_to_its_feeder_without_permit_or_points(
    junior: Office,
) -> None:
    await bring(junior, leavers_csv(f"{number(1)},s3"))
    mine = await junior.apply("parent-1", leaving("s3", 1, NEWCOMER, residence_community="c1"))
    assert await junior.outcome(mine) == "undetermined"
    assert "leaver.verified" in (await junior.last_decision(mine)).missing
    assert (await look_up(junior)).outcomes == {mine: "eligible"}
    decision = await junior.last_decision(mine)
    assert await levels(junior, mine) == {"j2": 1} and decision.rights["j2"]["points"] == 0
    assert (await junior.checks(mine))["leaver"] == "confirmed" and "permit" not in await junior.checks(mine)
    await junior.check(mine, registration="confirm")
    decision = await junior.last_decision(mine)
    assert (decision.kind, decision.groups) == ("migrant", ["migrant"]) and await levels(junior, mine) == {"j2": 1}


async def test_a_leaver_with_feeder_and_catchment_at_different_schools_has_both_rights(junior: Office) -> None:
    mine = await junior.apply("parent-1", leaving("s3", 1))
    await junior.confirm(mine)
    assert await levels(junior, mine) == {"j1": 2, "j2": 1}
    other = await junior.apply("parent-2", leaving("s1", 2))
    await junior.confirm(other)
    assert await levels(junior, other) == {"j1": 1}


@pytest.mark.parametrize(
    ("school", "expected"), [("s2", {"j1": 1, "j2": 1}), ("n9", {"j1": 2, "n9": 1}), ("s3", {"j1": 2, "j2": 1})]
)
async def test_several_feeders_are_several_rights_and_a_nine_year_school_keeps_its_own(
    junior: Office, school: str, expected: dict[str, int]
) -> None:
    mine = await junior.apply("parent-1", leaving(school))
    await junior.confirm(mine)
    assert await levels(junior, mine) == expected


async def test_an_arrival_from_outside_passes_the_permit_s_test(junior: Office) -> None:
    mine = await junior.apply("parent-1", leaving(None, 1, MIGRANT, residence_community="c3"))
    assert await junior.confirm(mine) == "eligible"
    assert await levels(junior, mine) == {"j2": 5, "n9": 5}
    without = {**MIGRANT, "first_parent": {**MIGRANT["first_parent"], "permit": {"held": False}}}
    other = await junior.apply("parent-2", leaving(None, 2, without, residence_community="c3"))
    assert await junior.confirm(other) == "refusal_proposed"


async def test_a_claimed_leaver_who_is_not_in_the_register_stays_undetermined(junior: Office) -> None:
    await bring(junior, leavers_csv(f"{number(2)},s3", f"{number(3)},s1"))
    await bring(junior, leavers_csv(f"{number(4)},s3"), year=2025)
    made = {
        "in no list": await junior.apply("parent-1", leaving("s3", 1, NEWCOMER)),
        "in another school's": await junior.apply("parent-3", leaving("s3", 3, NEWCOMER)),
        "in another year's": await junior.apply("parent-4", leaving("s3", 4, NEWCOMER)),
        "without a number": await junior.apply("parent-2", leaving("s3", None, NEWCOMER)),
    }
    found = await look_up(junior)
    assert (found.outcomes, found.left, found.next) == ({}, len(made), None)
    for application in made.values():
        assert await junior.outcome(application) == "undetermined"
        assert (await junior.checks(application))["leaver"] == "claimed"


async def test_the_allocation_is_told_the_schools_fed_once_the_leaver_is_confirmed(junior: Office) -> None:
    bureau, round_id = junior.county.world.bureau, junior.county.round
    mine = await junior.apply("parent-1", leaving("s2", 1, NEWCOMER))
    other = await junior.apply("parent-2", leaving(None, 2, MIGRANT))
    told: list[dict[UUID, tuple[str, ...]]] = []
    for kinds in ({"registration": "confirm"}, {"leaver": "confirm"}):
        await junior.check(mine, **kinds)
        async with junior.database.transaction(junior.staff("allocation")) as session:
            told.append(await queries.feeders_of_round(session, bureau, round_id))
    await junior.confirm(other)
    async with junior.database.transaction(junior.staff("allocation")) as session:
        applicants = await queries.applicants_for_allocation(session, bureau, round_id)
    assert told == [{}, {mine: ("j1", "j2")}]
    assert {one.application: one.feeders for one in applicants} == {mine: ("j1", "j2"), other: ()}


async def test_a_refused_leaver_has_no_right_by_it(junior: Office) -> None:
    mine = await junior.apply("parent-1", leaving("s3", 1))
    await junior.check(mine, registration="confirm", home="confirm", leaver="refuse")
    assert "j2" not in await levels(junior, mine) and await junior.outcome(mine) == "refusal_proposed"


async def test_the_register_is_asked_by_pages_and_each_confirmation_is_journalled_once(junior: Office) -> None:
    made = [await junior.apply(f"parent-{n}", leaving("s1", n, NEWCOMER)) for n in (1, 2, 3)]
    await bring(junior, leavers_csv(*(f"{number(n)},s1" for n in (1, 3))))
    first = await look_up(junior, limit=2)
    second = await look_up(junior, after=first.next, limit=2)
    assert ([*first.outcomes], first.left, [*second.outcomes]) == ([made[0]], 1, [made[2]])
    assert second.next is None and (await look_up(junior)).outcomes == {}
    (row,) = await junior.rows("SELECT id FROM evidence WHERE application = :a AND kind = 'leaver'", a=made[0])
    assert await junior.journal(f"evidence:{row.id}") == [("evidence:confirm", "claimed", "confirmed")]
    assert (await junior.journal(f"application:{made[0]}"))[-1][:2] == ("application:assess", "undetermined")


async def test_nobody_looks_up_a_child_of_their_own_and_only_casework_looks_up(junior: Office) -> None:
    mine = await junior.apply(junior.staff("casework"), leaving("s1", 1, NEWCOMER))
    await bring(junior, leavers_csv(f"{number(1)},s1"))
    assert ((await look_up(junior)).outcomes, (await look_up(junior)).left) == ({}, 1)
    assert (await look_up(junior, who="casework-2")).outcomes == {mine: "eligible"}
    for who in ("registrar", "auditor", "allocation"):
        with pytest.raises(ServiceError, match=r"access\.forbidden"):
            await look_up(junior, who=who)
    await junior.county.set_round(status="frozen")
    with pytest.raises(ServiceError, match=r"application\.not_checkable"):
        await look_up(junior)


def saying(leaver: dict[str, Any]) -> Form:
    return form(facts={**LOCAL, "leaver": leaver}, preferences=[])


@pytest.mark.parametrize(
    ("leaver", "code", "field"),
    [
        ({}, "application.leaver_missing", "facts.leaver.kind"),
        ({"school": "s1"}, "application.leaver_missing", "facts.leaver.kind"),
        ({"kind": "county"}, "application.leaver_school_missing", "facts.leaver.school"),
        ({"kind": "county", "school": "nowhere"}, "application.leaver_school_unknown", "facts.leaver.school"),
        ({"kind": "county", "school": "j1"}, "application.leaver_school_unknown", "facts.leaver.school"),
        ({"kind": "elsewhere", "school": "s1"}, "application.leaver_not_asked", "facts.leaver.school"),
    ],
)
async def test_a_form_for_grade_7_says_where_primary_school_is_finished(
    junior: Office, leaver: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(ServiceError) as refused:
        await junior.apply("parent-1", saying(leaver))
    assert (refused.value.code, refused.value.field, refused.value.status) == (code, field, 422)


async def test_a_draft_may_still_lack_it_and_no_other_stage_asks_it(office: Office) -> None:
    parent = await office.county.parent("parent-1")
    for leaver in ({"kind": "county", "school": "s1"}, {"kind": "elsewhere"}, {"kind": "none"}):
        with pytest.raises(ServiceError, match=r"application\.leaver_not_asked"):
            await office.apply(parent, saying(leaver))
    await open_junior_round(office.county)
    _, version = await office.do(parent, submit.save_draft, office.county.round, saying({}))
    assert version == 1


async def test_a_child_that_has_not_finished_primary_school_is_not_eligible(junior: Office) -> None:
    mine = await junior.apply("parent-1", saying({"kind": "none"}))
    assert await junior.confirm(mine) == "refusal_proposed"
