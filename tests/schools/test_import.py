"""A dry run changes nothing; applying makes exactly what it showed, all or nothing, and leaves one entry per row."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.demo import __file__ as demo
from app.errors import ServiceError
from app.schools.layouts import Kind
from tests.schools.register import (
    CATCHMENTS,
    CLASSES,
    COMMUNITIES,
    FILES,
    FORMS,
    PROGRAMMES,
    SCHOOLS,
    TOWNS,
    Grid,
    Register,
    csv_of,
    move_round,
    plan_round,
)
from tests.world import World

REASONS = {"id_of_the_bureau", "invented_in_real_round", "flag_new_group", "flag_many_changed"}
REASONS |= {"purchased_without_fee", "purchased_of_private"}
HAIYAN = Path(demo).parent / "haiyan"


def many(count: int, town: str = "330424001", name: str = "虚构第{}社区") -> Grid:
    return [COMMUNITIES[0]] + [
        [f"m{n:05d}", name.format(n), town, f"120.9{n % 100:02d}", "30.520", "2020-01-01", "", "yes"]
        for n in range(count)
    ]


async def everything(register: Register) -> list[list[dict[str, Any]]]:
    tables = ("town", "community", "school", "catchment", "programme", "organisation", "seat_settlement")
    return [await register.rows(table) for table in tables]


@pytest.mark.parametrize("form", FORMS)
async def test_a_dry_run_shows_the_exact_difference_and_changes_nothing(standing_register: Register, form: str) -> None:
    before = await everything(standing_register)
    grid = [SCHOOLS[0], [*SCHOOLS[1]], [*SCHOOLS[2]], ["p3", "虚构三小", *SCHOOLS[1][2:]]]
    grid[1][7] = ""
    report = await standing_register.dry_run(Kind.SCHOOLS, FORMS[form](grid))
    (changed,), (added,) = report.difference.changed, report.difference.added
    assert (changed.name, changed.row.line, changed.fields) == ("p1", 2, {"consortium": ("虚构联合体", "")})
    assert (added.name, added.row.line, added.fields["name"]) == ("p3", 4, (None, "虚构三小"))
    assert (report.difference.unchanged, report.difference.absent) == (1, ("k1", "n1"))
    assert await everything(standing_register) == before


@pytest.mark.parametrize("kind", FILES)
async def test_applying_makes_the_register_what_the_file_says(standing_register: Register, kind: Kind) -> None:
    """Brought already by the fixture: what is shown again is what was written."""
    tables = {"communities": "community", "classes": "school_class"}
    rows = await standing_register.rows(tables.get(kind, kind.removesuffix("s")))
    assert len(rows) == len(FILES[kind]) - 1 and all(row["fictitious"] for row in rows)


async def test_applying_changes_what_was_shown_and_journals_each_row_once(register: Register) -> None:
    entries = len(await register.journal("school:import"))
    grid = [SCHOOLS[0], [*SCHOOLS[1]], ["p3", "虚构三小", *SCHOOLS[1][2:]], SCHOOLS[2]]
    grid[1][1] = "虚构一小（新名）"
    await register.bring(Kind.SCHOOLS, grid)
    names = {row["id"]: row["name"] for row in await register.rows("school")}
    assert names == {
        "k1": "虚构幼儿园",
        "n1": "虚构民办学校",
        "p1": "虚构一小（新名）",
        "p2": "虚构二小",
        "p3": "虚构三小",
    }
    organisations = {row["id"]: (row["kind"], row["name"]) for row in await register.rows("organisation")}
    assert organisations == {register.bureau: ("bureau", "虚构教育局")} | {k: ("school", v) for k, v in names.items()}
    new = (await register.journal("school:import"))[entries:]
    assert {entry["object"]: entry["before"] == "absent" for entry in new} == {"school:p1": False, "school:p3": True}
    assert all(re.fullmatch("[0-9a-f]{16}", entry["after"]) for entry in new)
    assert {(entry["role"], entry["person"]) for entry in new} == {
        ("registrar", register.world.staff["registrar"].person)
    }


async def test_a_column_that_the_file_lacks_keeps_what_stands(standing_register: Register) -> None:
    wanted = [SCHOOLS[0].index(name) for name in ("school", "name", "stages", "ownership", "town", "lon", "lat")]
    wanted.append(SCHOOLS[0].index("valid_from"))
    grid = [[line[column] for column in reversed(wanted)] for line in SCHOOLS]
    report = await standing_register.dry_run(Kind.SCHOOLS, csv_of(grid))
    assert report.difference.unchanged == 4 and not report.problems


async def test_chinese_headers_and_words_do_as_well(standing_register: Register) -> None:
    grid = [["学段", "村社区编号", "学校编号", "起期", "虚构"], ["小学", "c1", "p1", "2020/1/1", "是"]]
    report = await standing_register.dry_run(Kind.CATCHMENTS, csv_of(grid))
    assert report.difference.unchanged == 1 and not report.problems


@pytest.mark.parametrize("digest", ["0" * 64, ""])
async def test_without_the_digest_of_a_dry_run_nothing_is_applied(standing_register: Register, digest: str) -> None:
    with pytest.raises(ServiceError) as refused:
        await standing_register.apply(Kind.COMMUNITIES, csv_of(many(3)), digest)
    assert refused.value.code == "schools.import_changed" and len(await standing_register.rows("community")) == 3


async def test_the_digest_is_of_this_file_and_of_what_stands(register: Register) -> None:
    data = csv_of(many(3))
    digest = (await register.dry_run(Kind.COMMUNITIES, data)).digest
    with pytest.raises(ServiceError, match=r"schools\.import_changed"):
        await register.apply(Kind.COMMUNITIES, csv_of(many(4)), digest)
    await register.bring(Kind.COMMUNITIES, many(1))
    with pytest.raises(ServiceError, match=r"schools\.import_changed"):
        await register.apply(Kind.COMMUNITIES, data, digest)
    assert (await register.dry_run(Kind.COMMUNITIES, data)).digest != digest


async def test_of_two_who_apply_the_same_file_at_once_one_does(register: Register) -> None:
    data = csv_of(many(50))
    digest = (await register.dry_run(Kind.COMMUNITIES, data)).digest
    answers = await asyncio.gather(
        *(register.apply(Kind.COMMUNITIES, data, digest) for _ in range(4)), return_exceptions=True
    )
    refused = [answer.code for answer in answers if isinstance(answer, ServiceError)]
    assert refused == ["schools.import_changed"] * 3
    assert len(await register.rows("community")) == 53 and len(await register.journal("community:import")) == 53


async def test_one_bad_row_among_500_and_nothing_is_written(register: Register) -> None:
    grid = many(500)
    shown = await register.dry_run(Kind.COMMUNITIES, csv_of(grid))
    assert len(shown.difference.added) == 500
    grid[250][2] = "330424999"
    bad = csv_of(grid)
    before = await everything(register)
    report = await register.dry_run(Kind.COMMUNITIES, bad)
    assert [(p.reason, p.line, p.column) for p in report.problems] == [("unknown_town", 251, "town")]
    with pytest.raises(ServiceError) as refused:
        await register.apply(Kind.COMMUNITIES, bad, shown.digest)
    error = refused.value
    assert (error.code, error.field) == ("schools.import_refused", "town")
    assert "communities.csv" in error.title("zh") and "251" in error.title("zh") and "乡镇" in error.remedy("zh")
    assert "line 251" in error.title("en") and "Import the towns first" in error.remedy("en")
    assert await everything(register) == before


async def test_a_failure_on_the_way_leaves_nothing_behind(register: Register) -> None:
    """The database refuses the last step; rows and organisations written before it go with it."""
    data = csv_of([SCHOOLS[0], ["p3", "虚构三小", *SCHOOLS[1][2:]]])
    digest = (await register.dry_run(Kind.SCHOOLS, data)).digest
    before = await everything(register)
    with pytest.raises(RuntimeError):
        async with register.world.database.transaction(register.officer(Kind.SCHOOLS)) as session:
            from app.schools import imports

            await imports.apply(session, register.officer(Kind.SCHOOLS), register.file(Kind.SCHOOLS, data), str(digest))
            raise RuntimeError
    assert await everything(register) == before


async def test_five_thousand_rows_are_applied_in_a_few_statements(register: Register) -> None:
    await register.bring(Kind.COMMUNITIES, many(5000))
    changed = await register.bring(Kind.COMMUNITIES, many(5000, name="虚构改名第{}社区"))
    assert len(changed.difference.changed) == 5000
    assert [flag.reason for flag in changed.flags] == ["flag_many_changed"]
    assert len(await register.journal("community:import")) == 10_003


async def test_a_school_never_takes_the_bureau_s_own_identifier(standing_register: Register) -> None:
    """Whoever holds a role at that school would be taken for the bureau's staff."""
    grid = [SCHOOLS[0], [standing_register.bureau, *SCHOOLS[1][1:]]]
    report = await standing_register.dry_run(Kind.SCHOOLS, csv_of(grid))
    assert [(p.reason, p.line) for p in report.problems] == [("id_of_the_bureau", 2)]


async def test_a_catchment_added_beside_one_that_was_not_ended_is_flagged(standing_register: Register) -> None:
    grid = [CATCHMENTS[0], ["primary", "c1", "p2", "2026-09-01", "", "yes"]]
    assert [f.reason for f in (await standing_register.dry_run(Kind.CATCHMENTS, csv_of(grid))).flags] == [
        "flag_new_group"
    ]
    grid.append([*CATCHMENTS[1][:4], "2026-08-31", "yes"])
    assert (await standing_register.dry_run(Kind.CATCHMENTS, csv_of(grid))).flags == ()


async def test_what_is_absent_is_told_within_the_file_s_stages_alone(standing_register: Register) -> None:
    report = await standing_register.dry_run(Kind.CATCHMENTS, csv_of([CATCHMENTS[0], CATCHMENTS[6]]))
    assert (report.difference.unchanged, report.difference.absent) == (1, ())
    assert len((await standing_register.dry_run(Kind.CATCHMENTS, csv_of(CATCHMENTS[:2]))).difference.absent) == 4


async def test_the_sum_of_seats_is_told_before_and_after(standing_register: Register) -> None:
    grid = [PROGRAMMES[0], [*PROGRAMMES[1][:4], "5", "45", "yes"]]
    report = await standing_register.dry_run(Kind.PROGRAMMES, csv_of(grid))
    assert report.seats == (260, 305) and report.difference.absent == ("p2-2026",)


async def test_ten_times_the_seats_of_another_round_is_flagged(register: Register) -> None:
    register.round = await plan_round(register.world, "primary-2027")
    plan = ["primary-2027", "p2-2027", "p2", "1", "20", "40", "yes"]
    (flag,) = (await register.dry_run(Kind.PROGRAMMES, csv_of([PROGRAMMES[0], plan]))).flags
    assert (flag.reason, flag.details) == ("flag_tenfold", {"before": 80, "after": 800})


async def test_invented_seats_do_not_enter_a_real_round(register: Register) -> None:
    register.round = await plan_round(register.world, "real-2026", demonstration=False)
    plan = ["real-2026", "p1-real", "p1", "1", "4", "45"]
    report = await register.dry_run(Kind.PROGRAMMES, csv_of([PROGRAMMES[0], [*plan, "yes"]]))
    assert [(p.reason, p.column) for p in report.problems] == [("invented_in_real_round", "fictitious")]
    await register.bring(Kind.PROGRAMMES, [PROGRAMMES[0], [*plan, "no"]])
    marks = {row["id"]: row["fictitious"] for row in await register.rows("programme")}
    assert marks == {"p1-2026": True, "p1-real": False, "p2-2026": True}


async def test_in_a_demonstration_every_plan_is_marked_fictitious(standing_register: Register) -> None:
    grid = [PROGRAMMES[0], [*PROGRAMMES[1][:6], "no"]]
    assert (await standing_register.dry_run(Kind.PROGRAMMES, csv_of(grid))).difference.unchanged == 1


async def test_a_published_plan_is_not_imported(register: Register) -> None:
    digest = (await register.dry_run(Kind.PROGRAMMES, csv_of(PROGRAMMES))).digest
    await move_round(register.world, register.round, "published")
    for answer in (
        register.dry_run(Kind.PROGRAMMES, csv_of(PROGRAMMES)),
        register.apply(Kind.PROGRAMMES, csv_of(PROGRAMMES), digest),
    ):
        with pytest.raises(ServiceError, match=r"schools\.round_not_planned"):
            await answer


@pytest.mark.parametrize(
    ("kind", "duty"),
    [(Kind.SCHOOLS, "rules"), (Kind.CATCHMENTS, "casework"), (Kind.TOWNS, "auditor"), (Kind.PROGRAMMES, "registrar")],
)
async def test_only_whose_duty_it_is_imports_or_tries(standing_register: Register, kind: Kind, duty: str) -> None:
    data = csv_of(FILES[kind])
    for answer in (
        standing_register.dry_run(kind, data, standing_register.world.staff[duty]),
        standing_register.apply(kind, data, "0" * 64, standing_register.world.staff[duty]),
    ):
        with pytest.raises(ServiceError, match=r"access\.forbidden"):
            await answer


async def test_the_demonstration_s_names_are_importable_and_marked_as_invented(world: World) -> None:
    haiyan = Register(world, await plan_round(world))
    for kind in (Kind.TOWNS, Kind.SCHOOLS):
        data = (HAIYAN / f"{kind}.csv").read_bytes()
        shown = await haiyan.dry_run(kind, data)
        assert (shown.problems, shown.flags) == ((), ())
        await haiyan.apply(kind, data, shown.digest)
    towns, schools = await haiyan.rows("town"), await haiyan.rows("school")
    assert (len(towns), len(schools)) == (10, 43)
    assert all(row["fictitious"] for row in (*towns, *schools))
    async with world.database.transaction(world.staff["registrar"]) as session:
        shared = text("SELECT count(DISTINCT (east_m, north_m)) FROM school WHERE bureau = :b")
        assert (await session.execute(shared, {"b": world.bureau})).scalar_one() == 43
    assert TOWNS[2][5] == "330424005" == next(row["succeeded_by"] for row in towns if row["id"] == "330424003")


async def test_a_class_of_no_such_school_or_grade_is_refused_by_its_line(
    standing_register: Register,
) -> None:
    grid = [CLASSES[0], ["2026", "p1", "7", "1", "45", "40", "yes"], ["2026", "none", "3", "1", "45", "40", "yes"]]
    report = await standing_register.dry_run(Kind.CLASSES, csv_of(grid))
    found = [(problem.line, problem.column, problem.reason) for problem in report.problems]
    assert found == [(2, "grade", "stage_not_offered"), (3, "school", "unknown_school")] and report.digest is None


async def test_a_file_of_classes_changes_the_pupils_and_names_each_class(standing_register: Register) -> None:
    grid = [CLASSES[0], ["2026", "p1", "3", "1", "45", "41", "yes"]]
    report = await standing_register.bring(Kind.CLASSES, grid)
    [changed] = report.difference.changed
    assert (changed.name, changed.fields) == ("2026/p1/3/1", {"pupils": (44, 41)})
    assert report.difference.absent == ("2026/p1/3/2", "2026/p2/7/1")
    pupils = {(row["school"], row["number"]): row["pupils"] for row in await standing_register.rows("school_class")}
    assert pupils == {("p1", 1): 41, ("p1", 2): 45, ("p2", 1): 41}


async def test_a_file_of_programmes_says_who_may_list_them_and_who_pays(standing_register: Register) -> None:
    columns = ["志愿范围", "付费方", "每学期收费（分）"]
    grid: Grid = [[*PROGRAMMES[0], *columns], [*PROGRAMMES[1], "本学区", "", ""], [*PROGRAMMES[2], "", "家庭", "5"]]
    report = await standing_register.dry_run(Kind.PROGRAMMES, csv_of(grid))
    assert [change.fields for change in report.difference.changed] == [
        {"open_to": ("anyone", "catchment")},
        {"fee_fen": (0, 5)},
    ]
    grid[1][-3], grid[2][-2:] = "人人", ["bureau", "5"]
    wrong = await standing_register.dry_run(Kind.PROGRAMMES, csv_of(grid))
    assert [(found.line, found.column, found.reason) for found in wrong.problems] == [
        (2, "open_to", "choice"),
        (3, "fee_fen", "purchased_without_fee"),
        (3, "payer", "purchased_of_private"),
    ]
