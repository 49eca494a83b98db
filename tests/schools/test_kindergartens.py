"""Kindergartens in a plan: a programme for each class of age, who may join, how large a class is, and the yearly redraw
of their areas."""

from datetime import date
from typing import Any

import pytest

from app.errors import ServiceError
from app.schools import queries, service
from app.schools.layouts import Kind
from app.schools.service import ProgrammePlan
from tests.conftest import Api
from tests.schools.kindergartens import HEADER, KINDERGARTENS, file_for, programme, publish, with_kindergartens
from tests.schools.register import PROGRAMMES, Grid, Register, csv_of, move_round

REASONS = {
    "age_class_of_stage",
    "not_inclusive",
    "prospectus_missing",
    "flag_class_over_limit",
    "recheck_without_level",
}
AREAS = ["stage", "community", "school", "valid_from", "valid_to", "fictitious"]


@pytest.fixture
async def kindergartens(register: Register) -> Register:
    return await with_kindergartens(register)


async def problems(register: Register, *rows: list[str]) -> list[tuple[str, int | None, str | None]]:
    report = await register.dry_run(Kind.PROGRAMMES, csv_of([HEADER, *rows]))
    return [(found.reason, found.line, found.column) for found in report.problems]


async def test_a_kindergarten_has_a_programme_for_each_class_of_age(kindergartens: Register) -> None:
    grid: Grid = [HEADER, programme("k1", "three", 2), programme("k1", "four", 1, 30), programme("k1", "混合班", 1, 30)]
    grid[3][1] = "k1-mixed"
    report = await kindergartens.bring(Kind.PROGRAMMES, grid)
    assert report.seats == (0, 110) and not report.flags
    async with kindergartens.world.database.transaction(kindergartens.world.staff["rules"]) as session:
        found = await queries.programmes_of_round(session, kindergartens.bureau, kindergartens.round)
    assert [(row.id, row.age_class, row.seats) for row in found] == [
        ("k1-four", "four", 30),
        ("k1-mixed", "mixed", 30),
        ("k1-three", "three", 50),
    ]
    again = programme("k1", "three")
    again[1] = "k1-again"
    assert await problems(kindergartens, again) == [("programme_twice", 2, "school")]
    other = programme("k1", "five")
    other[1] = "k1-three"
    assert await problems(kindergartens, other) == [("id_of_another", 2, "programme")]


async def test_a_programme_without_a_class_of_age_is_refused_and_with_one_in_another_stage(
    register: Register, kindergartens: Register
) -> None:
    assert await problems(kindergartens, programme("k1", "")) == [("age_class_of_stage", 2, "age_class")]
    other = [PROGRAMMES[1][0], "n1-2026", "n1", *PROGRAMMES[1][3:], "four"]
    rows: Grid = [[*PROGRAMMES[0], "age_class"], other]
    report = await register.dry_run(Kind.PROGRAMMES, csv_of(rows))
    assert [found.reason for found in report.problems] == ["age_class_of_stage"]
    assert "混合班" in report.problems[0].words()["remedy_zh"]


async def test_a_private_kindergarten_joins_inclusive_and_with_its_prospectus_published(
    kindergartens: Register,
) -> None:
    world, rows = kindergartens.world, (programme("i1", "three"), programme("x1", "three"))
    refused = [("prospectus_missing", 2, "school"), ("not_inclusive", 3, "school")]
    assert await problems(kindergartens, *rows) == refused
    filed = await file_for(world, world.staff["office-i1"], "i1")
    assert await problems(kindergartens, *rows) == refused
    await publish(world, filed.id)
    assert await problems(kindergartens, *rows) == refused[1:]
    assert await problems(kindergartens, rows[0], programme("x1", "three", 0)) == []
    await kindergartens.bring(Kind.PROGRAMMES, [HEADER, rows[0]])


async def test_a_prospectus_of_another_year_does_not_do(kindergartens: Register) -> None:
    world = kindergartens.world
    await publish(world, (await file_for(world, world.staff["office-i1"], "i1", year=2025)).id)
    assert await problems(kindergartens, programme("i1", "three")) == [("prospectus_missing", 2, "school")]


@pytest.mark.parametrize(("age_class", "limit"), [("three", 25), ("four", 30), ("five", 35), ("mixed", 30)])
async def test_a_class_above_the_limit_of_its_age_is_flagged(
    kindergartens: Register, age_class: str, limit: int
) -> None:
    for size, flags in ((limit, []), (limit + 1, ["flag_class_over_limit"])):
        report = await kindergartens.dry_run(Kind.PROGRAMMES, csv_of([HEADER, programme("k1", age_class, 1, size)]))
        assert [flag.reason for flag in report.flags] == flags and not report.problems


async def test_a_programme_planned_singly_is_held_to_the_same(kindergartens: Register) -> None:
    actor = kindergartens.world.staff["rules"]
    plan: dict[str, Any] = {"id": "k1-5", "round": kindergartens.round, "school": "k1", "grade": 0, "classes": 1}
    async with kindergartens.world.database.transaction(actor) as session:
        flags = await service.plan_programme(session, actor, ProgrammePlan(**plan, class_size=36, age_class="five"))
    assert [flag.reason for flag in flags] == ["flag_class_over_limit"]
    for age_class, field in (("", "age_class"), ("six", "age_class"), ("four", "programme")):
        with pytest.raises(ServiceError) as refused:
            async with kindergartens.world.database.transaction(actor) as session:
                again = ProgrammePlan(**plan, class_size=30, age_class=age_class)
                await service.plan_programme(session, actor, again)
        assert (refused.value.code, refused.value.field) == ("schools.plan_refused", field)


async def test_a_level_is_shown_with_its_re_check_and_lapses_after_that_day(api: Api, kindergartens: Register) -> None:
    shown = {}
    for on in ("2026-08-31", "2026-09-01"):
        answer = await api.client.get(f"/bureaus/{kindergartens.bureau}/schools", params={"on": on})
        rows = {row["id"]: row for row in answer.json()["schools"]}
        shown[on] = [(name, rows[name]["level_recheck_on"], rows[name]["level_lapsed"]) for name in ("i1", "k1", "k2")]
    assert shown["2026-08-31"] == [("i1", "2027-06-30", False), ("k1", None, False), ("k2", "2026-08-31", False)]
    assert shown["2026-09-01"] == [("i1", "2027-06-30", False), ("k1", None, False), ("k2", "2026-08-31", True)]


async def test_a_day_of_re_check_without_a_level_is_refused(kindergartens: Register) -> None:
    grid = [KINDERGARTENS[0], [*KINDERGARTENS[3][:-1], "2027-06-30"]]
    report = await kindergartens.dry_run(Kind.SCHOOLS, csv_of(grid))
    assert [(found.reason, found.column) for found in report.problems] == [
        ("recheck_without_level", "level_recheck_on")
    ]


async def areas(register: Register, on: date) -> dict[str, tuple[str, ...]]:
    async with register.world.database.transaction(register.world.staff["rules"]) as session:
        return await queries.catchment_schools(session, register.bureau, "preschool", on)


async def test_areas_are_redrawn_every_year_and_a_past_round_keeps_its_own(kindergartens: Register) -> None:
    old = [["preschool", "c1", "k1", "2025-03-01", "", "yes"], ["preschool", "c2", "k1", "2025-03-01", "", "yes"]]
    await kindergartens.bring(Kind.CATCHMENTS, [AREAS, *old])
    ended = [[*row[:4], "2026-02-28", "yes"] for row in old]
    new = [["preschool", "c1", "i1", "2026-03-01", "", "yes"], ["preschool", "c2", "k2", "2026-03-01", "", "yes"]]
    await move_round(kindergartens.world, kindergartens.round, "concluded")
    report = await kindergartens.bring(Kind.CATCHMENTS, [AREAS, *ended, *new])
    difference = report.difference
    assert (len(difference.added), len(difference.changed), difference.absent, report.flags) == (2, 2, (), ())
    assert await areas(kindergartens, date(2025, 4, 20)) == {"c1": ("k1",), "c2": ("k1",)}
    assert await areas(kindergartens, date(2026, 2, 28)) == {"c1": ("k1",), "c2": ("k1",)}
    assert await areas(kindergartens, date(2026, 4, 20)) == {"c1": ("i1",), "c2": ("k2",)}


async def test_a_redraw_that_forgets_to_end_the_old_area_is_flagged(kindergartens: Register) -> None:
    await kindergartens.bring(Kind.CATCHMENTS, [AREAS, ["preschool", "c1", "k1", "2025-03-01", "", "yes"]])
    new = ["preschool", "c1", "k2", "2026-03-01", "", "yes"]
    report = await kindergartens.dry_run(Kind.CATCHMENTS, csv_of([AREAS, new]))
    assert [flag.reason for flag in report.flags] == ["flag_new_group"]
    assert report.difference.absent == ("preschool/c1/k1/2025-03-01",)


ENROLMENT = ["school", "year", "age_class", "children", "fictitious"]


async def test_children_are_counted_by_kindergarten_year_and_class(kindergartens: Register) -> None:
    grid: Grid = [ENROLMENT, ["k1", "2026", "three", "48", "yes"], ["x1", "2026", "大班", "31", "yes"]]
    await kindergartens.bring(Kind.ENROLMENTS, grid)
    report = await kindergartens.bring(Kind.ENROLMENTS, [ENROLMENT, ["k1", "2026", "three", "50", "yes"]])
    assert [change.fields for change in report.difference.changed] == [{"children": (48, 50)}]
    assert report.difference.absent == ("x1/2026/five",)
    rows = await kindergartens.rows("kindergarten_enrolment")
    assert sorted((row["school"], row["age_class"], row["children"]) for row in rows) == [
        ("k1", "three", 50),
        ("x1", "five", 31),
    ]


@pytest.mark.parametrize(
    ("row", "reason", "column"),
    [
        (["k9", "2026", "three", "48"], "unknown_school", "school"),
        (["p1", "2026", "three", "48"], "stage_not_offered", "school"),
        (["k1", "2026", "six", "48"], "choice", "age_class"),
        (["k1", "2026", "", "48"], "required", "age_class"),
        (["k1", "2026", "three", "-1"], "integer", "children"),
        (["k1", "26", "three", "1"], "integer", "year"),
    ],
)
async def test_a_count_that_cannot_be_is_refused_by_its_field(
    standing_register: Register, row: list[str], reason: str, column: str
) -> None:
    report = await standing_register.dry_run(Kind.ENROLMENTS, csv_of([ENROLMENT[:-1], row]))
    assert [(found.reason, found.line, found.column) for found in report.problems] == [(reason, 2, column)]


async def test_only_the_registrar_brings_counts(standing_register: Register) -> None:
    data = csv_of([ENROLMENT[:-1], ["k1", "2026", "three", "48"]])
    for duty in ("rules", "casework", "allocation"):
        with pytest.raises(ServiceError, match=r"access\.forbidden"):
            await standing_register.dry_run(Kind.ENROLMENTS, data, standing_register.world.staff[duty])
