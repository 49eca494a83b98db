"""A round of preschool from its plan to pupils: classes of age, both kinds of owner, areas, and a fallback or none."""

from typing import Any

import pytest

from app.applications import submit
from app.errors import ServiceError
from app.offers.redress import propose_redress
from app.offers.redress_case import Wanted
from app.offers.vocabulary import Ground
from app.rounds import explanation_job, store, verification
from app.rounds import service as rounds
from app.rounds.vocabulary import FallbackOver
from tests.conftest import Api
from tests.offers.preschool import CHILDREN, WHO_SIGNS_IN, Preschool, filled
from tests.rounds.life import Life
from tests.rounds.test_explanation import work_of
from tests.rounds.test_freeze import bundle_files
from tests.schools.kindergartens import file_for

BY_RIGHT = {"anna": "k1-three", "bao": "k1-three", "dong": "k1-four", "en": "i1-mixed", "fang": "i1-mixed"}


@pytest.fixture
async def preschool(life: Life) -> Preschool:
    return Preschool(**vars(life))


async def accepted(preschool: Preschool) -> bool:
    row = await preschool.row()
    run = (await preschool.sql("auditor", "SELECT id FROM allocation_run WHERE status = 'published'")).scalar_one()
    async with preschool.database.transaction(preschool.staff("auditor")) as session:
        result = await store.files_of_run(session, row.bureau, run)
    return verification.verified(await bundle_files(preschool), result).accepted


async def test_every_child_is_placed_in_the_class_of_its_age_and_becomes_a_pupil(preschool: Preschool) -> None:
    """Whoever has a right lists little or nothing and keeps it; a mixed class takes the five-year-old and the
    three-year-old; nobody is sent where it did not ask, and a place is owed to nobody."""
    await preschool.lead_to_offers()
    assert await preschool.placed() == {**dict.fromkeys(CHILDREN), **BY_RIGHT}
    assert (await preschool.row()).fallback is FallbackOver.NONE and await accepted(preschool)
    await preschool.arrive()
    pupils = await preschool.sql("casework", "SELECT school, count(*) AS pupils FROM pupil GROUP BY school")
    assert {row.school: row.pupils for row in pupils} == {"k1": 3, "i1": 2}


async def test_an_error_is_mended_by_a_place_of_the_child_s_own_class_alone(preschool: Preschool) -> None:
    """chen, three, has no place; dong is four, and k2's class is not for it."""
    await preschool.lead_to_offers()
    officer = preschool.staff("allocation")

    async def propose(name: str) -> str:
        wanted = Wanted(preschool.applications[name], "k2-three", Ground.CHECKED_IN_ERROR)
        async with preschool.database.transaction(officer) as session:
            act = await propose_redress(session, officer, preschool.round, wanted, "虚构理由")
        return str(act.payload["programme"])

    with pytest.raises(ServiceError, match=r"redress\.other_age_class") as refused:
        await propose("dong")
    assert refused.value.field == "programme" and "小班" in refused.value.title("zh")
    assert await propose("chen") == "k2-three"


async def test_with_a_fallback_a_child_finds_a_seat_of_its_class_in_another_kindergarten(
    preschool: Preschool,
) -> None:
    """chen goes to k2, the only seat left for the three-year-olds; for gao, who is four, none is left anywhere, and
    k2's class is not for it."""
    await preschool.lead_to_offers(FallbackOver.INCLUSIVE)
    assert await preschool.placed() == {**BY_RIGHT, "chen": "k2-three", "gao": None}
    assert await accepted(preschool)
    bundle = store.parsed(await bundle_files(preschool), str((await preschool.row()).root))
    lists: dict[str, list[str]] = {}
    for row in sorted(bundle.tables.fallbacks, key=lambda row: row.rank):
        lists.setdefault(row.fallback, []).append(row.programme)
    assert sorted(lists.values()) == [
        ["i1-mixed"],  # of the five-year-old
        ["i1-mixed", "k1-four"],
        ["i1-mixed", "k2-three", "k1-three"],
        ["k1-four", "i1-mixed"],
        ["k1-three", "k2-three", "i1-mixed"],
        ["k1-three", "k2-three", "i1-mixed"],
    ]


async def test_the_family_is_told_why_by_kindergarten_and_class(api: Api, preschool: Preschool) -> None:
    await preschool.lead_to_offers()
    run = (await preschool.sql("auditor", "SELECT id FROM allocation_run WHERE status = 'published'")).scalar_one()
    await explanation_job.explain(await work_of(preschool, run))
    told = {}
    for name, who in WHO_SIGNS_IN.items():
        headers = await api.sign_in(preschool.county.world.bureau, who)
        path = f"/rounds/{preschool.round}/explanations/{preschool.applications[name]}"
        told[name] = (await api.client.get(path, headers=headers)).json()
    assert told["bao"]["place"]["school"] == "虚构幼儿园k1（小班）" and told["chen"]["place"] is None
    (refused,) = told["chen"]["preferred"]
    assert refused["school"] == "虚构幼儿园k1（小班）" and refused["is_own"]


async def test_a_wish_for_another_class_is_refused_with_its_field_reason_and_remedy(preschool: Preschool) -> None:
    await preschool.open()
    for listed in (["k1-four", "k1-three"], ["k1-three"]):
        with pytest.raises(ServiceError) as refused:
            await preschool.apply("dong", preferences=listed)
        error = refused.value
        assert (error.code, error.field) == ("application.other_age_class", f"preferences.{listed.index('k1-three')}")
        assert "中班" in error.title("zh") and "middle class" in error.title("en")
        assert "混合班" in error.remedy("zh") and "mixed class" in error.remedy("en")
    parent = preschool.parents["dong"]
    with pytest.raises(ServiceError, match=r"application\.other_age_class"):
        async with preschool.database.transaction(parent) as session:
            await submit.save_draft(
                session, preschool.vault, parent, preschool.round, filled("dong", preferences=["k1-three"])
            )
    await preschool.apply("dong", preferences=["i1-mixed", "k1-four"])


async def test_a_child_not_yet_three_is_refused_by_the_rules_and_not_by_its_wish(preschool: Preschool) -> None:
    await preschool.open()
    application = await preschool.apply("bao", child={"born_on": "2023-09-01"})
    await preschool.office.confirm(application)
    assert await preschool.office.outcome(application) == "refusal_proposed"


async def test_the_family_reads_which_class_its_child_enters(preschool: Preschool) -> None:
    await preschool.open()
    for name, age_class in (("anna", "three"), ("dong", "four"), ("en", "five")):
        application = await preschool.apply(name)
        assert (await preschool.office.last_decision(application)).age_class == age_class


@pytest.mark.parametrize(
    ("stage", "asked", "kept"),
    [
        ("preschool", None, "none"),
        ("preschool", FallbackOver.INCLUSIVE, "inclusive"),
        ("preschool", FallbackOver.PUBLIC, None),
        ("primary", None, "public"),
        ("primary", FallbackOver.PUBLIC, "public"),
        ("primary", FallbackOver.NONE, None),
        ("junior", FallbackOver.INCLUSIVE, None),
        ("special", FallbackOver.INCLUSIVE, None),
    ],
)
async def test_a_fallback_is_the_stages_or_refused(
    preschool: Preschool, stage: str, asked: FallbackOver | None, kept: str | None
) -> None:
    if kept is None:
        with pytest.raises(ServiceError) as refused:
            await preschool.plan(stage=stage, fallback=asked)
        assert (refused.value.code, refused.value.field) == ("round.fallback_of_stage", "fallback")
    else:
        await preschool.plan(stage=stage, fallback=asked)
        assert (await preschool.row()).fallback == kept


async def test_a_published_fallback_no_longer_changes(preschool: Preschool) -> None:
    await preschool.open()
    with pytest.raises(Exception, match="a published round keeps its fallback"):
        await preschool.sql(
            "rules", "UPDATE admission_round SET fallback = 'inclusive' WHERE id = :id", id=preschool.round
        )


async def test_a_kindergarten_that_lost_its_standing_holds_the_publication_up(preschool: Preschool) -> None:
    await preschool.settle()
    await preschool.plan_it()
    await preschool.join()
    await preschool.plan_programmes()
    await preschool.write_documents()
    await preschool.sql("registrar", "UPDATE school SET inclusive = false WHERE bureau = :bureau AND id = 'i1'")
    with pytest.raises(ServiceError) as refused:
        await preschool.do("rules", rounds.publish_information, preschool.round)
    assert refused.value.code == "round.kindergartens_not_joined" and "i1" in refused.value.title("zh")
    await preschool.plan_programmes(**{"i1-mixed": (0, 2)})
    await preschool.do("rules", rounds.publish_information, preschool.round)


async def test_the_filing_stays_as_families_read_it(preschool: Preschool) -> None:
    await preschool.open()
    world: Any = preschool.county.world
    with pytest.raises(ServiceError, match=r"prospectus\.round_published"):
        await file_for(world, world.staff["office-i1"], "i1", care_fee_fen=90_000)
