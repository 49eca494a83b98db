"""What a round's draw may give: plans while it is planned, settlements until it is frozen, never less than nothing."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.actor import Actor
from app.errors import ServiceError
from app.schools import queries, service
from app.schools.models import SeatSettlement
from app.schools.queries import ProgrammeSeats
from app.schools.service import ProgrammePlan
from tests.schools.register import Register, move_round, plan_round

WHOLE = st.integers(0, 10_000)
REASONS = {"private_round"}  # of the findings, those that are proved here


@given(WHOLE, WHOLE, WHOLE, WHOLE)
def test_net_seats_are_classes_times_size_less_what_was_taken_and_never_negative(
    classes: int, size: int, settled: int, reduction: int
) -> None:
    net = queries.net_seats(classes, size, settled, reduction)
    assert net >= 0 and net in (0, classes * size - settled - reduction)
    assert net == 0 or net + settled + reduction == classes * size


async def seats(register: Register) -> dict[str, ProgrammeSeats]:
    async with register.world.database.transaction(register.world.staff["allocation"]) as session:
        rows = await queries.programmes_of_round(session, register.bureau, register.round)
    assert [row.id for row in rows] == sorted(row.id for row in rows)
    return {row.id: row for row in rows}


async def settle(register: Register, programme: str, taken: int, reduction: int, decision: str) -> SeatSettlement:
    actor = register.world.staff["casework"]
    async with register.world.database.transaction(actor) as session:
        return await service.settle_seats(session, actor, programme, taken, reduction, decision)


async def plan(register: Register, actor: Actor | None = None, **changes: Any) -> list[str]:
    actor = actor or register.world.staff["rules"]
    whole: dict[str, Any] = {
        "id": "n1-2026",
        "round": register.round,
        "school": "n1",
        "grade": 1,
        "classes": 2,
        "class_size": 40,
    }
    async with register.world.database.transaction(actor) as session:
        flags = await service.plan_programme(session, actor, ProgrammePlan(**(whole | changes)))
    return [flag.reason for flag in flags]


async def test_decisions_take_seats_and_make_classes_smaller(register: Register) -> None:
    await settle(register, "p1-2026", 1, 2, "HJT-2026-001")
    await settle(register, "p1-2026", 1, 0, "海教特决〔2026〕2号")
    assert (await seats(register))["p1-2026"] == ProgrammeSeats("p1-2026", "p1", 1, 4, 45, 2, 2, 176, fictitious=True)
    assert (await seats(register))["p2-2026"] == ProgrammeSeats("p2-2026", "p2", 1, 2, 40, 0, 0, 80, fictitious=True)
    entries = await register.journal("seat:settle")
    assert [(e["before"], e["after"]) for e in entries] == [
        ("absent", "seats:1 class_reduction:2"),
        ("absent", "seats:1 class_reduction:0"),
    ]
    assert {e["role"] for e in entries} == {"casework"}


async def test_the_same_decision_said_again_replaces_its_numbers(register: Register) -> None:
    first = await settle(register, "p1-2026", 1, 2, "HJT-2026-001")
    again = await settle(register, "p1-2026", 1, 1, "HJT-2026-001 ")
    assert first.id == again.id and (await seats(register))["p1-2026"].seats == 178
    assert (await register.journal("seat:settle"))[-1]["before"] == "seats:1 class_reduction:2"


async def test_a_double_click_takes_one_seat(register: Register) -> None:
    await asyncio.gather(*(settle(register, "p1-2026", 1, 0, "HJT-2026-001") for _ in range(8)))
    assert (await seats(register))["p1-2026"].settled == 1


async def test_seats_never_fall_below_nothing(register: Register) -> None:
    await settle(register, "p2-2026", 60, 0, "HJT-2026-001")
    await settle(register, "p2-2026", 60, 0, "HJT-2026-002")
    assert (await seats(register))["p2-2026"].seats == 0


@pytest.mark.parametrize(
    ("taken", "reduction", "decision", "code"),
    [
        (81, 0, "HJT-2026-001", "schools.settlement_too_large"),
        (79, 2, "HJT-2026-001", "schools.settlement_too_large"),
        (-1, 0, "HJT-2026-001", "schools.settlement_too_large"),
        (1, -1, "HJT-2026-001", "schools.settlement_too_large"),
        (1, 0, " ", "schools.decision_unnamed"),
        (1, 0, "张某某", "schools.decision_unnamed"),
        (1, 0, "330424201009010011", "schools.decision_unnamed"),
        (1, 0, "决定 33042420100901001X", "schools.decision_unnamed"),
        (1, 0, "=1+1", "schools.decision_unnamed"),
    ],
)
async def test_a_settlement_that_cannot_be_meant_is_refused(
    standing_register: Register, taken: int, reduction: int, decision: str, code: str
) -> None:
    with pytest.raises(ServiceError) as refused:
        await settle(standing_register, "p2-2026", taken, reduction, decision)
    assert refused.value.code == code and not await standing_register.rows("seat_settlement")


@pytest.mark.parametrize("status", ["planned", "published", "open", "closed", "ranked"])
async def test_seats_are_settled_until_the_freeze(register: Register, status: str) -> None:
    await move_round(register.world, register.round, status)
    await settle(register, "p1-2026", 1, 0, "HJT-2026-001")
    assert (await seats(register))["p1-2026"].settled == 1


@pytest.mark.parametrize("status", ["frozen", "drawn", "run", "proposed", "final", "concluded"])
async def test_after_the_freeze_no_seat_is_settled(register: Register, status: str) -> None:
    await move_round(register.world, register.round, status)
    with pytest.raises(ServiceError) as refused:
        await settle(register, "p1-2026", 1, 0, "HJT-2026-001")
    assert refused.value.code == "schools.round_frozen" and "冻结" in refused.value.title("zh")
    assert (await seats(register))["p1-2026"].seats == 180


async def test_a_settlement_and_the_freeze_cannot_pass_each_other(register: Register) -> None:
    """Whoever freezes waits for a settlement under way, and then counts it."""
    actor = register.world.staff["casework"]
    async with register.world.database.transaction(actor) as session:
        await service.settle_seats(session, actor, "p1-2026", 1, 0, "HJT-2026-001")
        freezing = asyncio.create_task(move_round(register.world, register.round, "frozen"))
        done, _ = await asyncio.wait({freezing}, timeout=0.3)
        assert not done
    await freezing
    with pytest.raises(ServiceError, match=r"schools\.round_frozen"):
        await settle(register, "p1-2026", 1, 0, "HJT-2026-002")
    assert (await seats(register))["p1-2026"].settled == 1


async def test_a_programme_is_planned_and_changed_while_its_round_is_planned(register: Register) -> None:
    assert await plan(register) == []
    assert (await seats(register))["n1-2026"] == ProgrammeSeats("n1-2026", "n1", 1, 2, 40, 0, 0, 80, fictitious=True)
    assert await plan(register, classes=3, class_size=45) == []
    assert (await seats(register))["n1-2026"].seats == 135
    entries = await register.journal("programme:plan")
    assert [(e["object"], e["before"], e["after"]) for e in entries] == [
        ("programme:n1-2026", "absent", "2x40"),
        ("programme:n1-2026", "2x40", "3x45"),
    ]
    assert await plan(register, classes=30) == ["flag_many_classes", "flag_tenfold"]


@pytest.mark.parametrize(
    ("changes", "column", "remedy"),
    [
        ({"school": "p9"}, "school", "Import the schools first"),
        ({"school": "k1"}, "school", "Check school and stage"),
        ({"grade": 7}, "grade", "Primary 1 to 6"),
        ({"grade": -1}, "grade", "plain digits"),
        ({"classes": 101}, "classes", "plain digits"),
        ({"class_size": 0}, "class_size", "plain digits"),
        ({"id": "n1 2026"}, "programme", "swapped columns"),
        ({"id": "p1-2026"}, "programme", "one identifier for each"),
        ({"school": "p1"}, "school", "present identifier"),
    ],
)
async def test_a_plan_that_does_not_fit_is_refused_by_its_field(
    standing_register: Register, changes: dict[str, Any], column: str, remedy: str
) -> None:
    with pytest.raises(ServiceError) as refused:
        await plan(standing_register, **changes)
    assert (refused.value.code, refused.value.field) == ("schools.plan_refused", column)
    assert remedy in refused.value.remedy("en") and refused.value.title("zh")
    assert len(await standing_register.rows("programme")) == 2


async def test_a_published_plan_no_longer_changes(register: Register) -> None:
    await move_round(register.world, register.round, "published")
    with pytest.raises(ServiceError, match=r"schools\.round_not_planned"):
        await plan(register)


async def test_a_real_round_s_plan_is_not_marked_fictitious(register: Register) -> None:
    await plan(register, round=await plan_round(register.world, "real-2026", demonstration=False), id="n1-real")
    assert {row["id"]: row["fictitious"] for row in await register.rows("programme")}["n1-real"] is False


@pytest.mark.parametrize("duty", ["registrar", "casework", "allocation", "approval"])
async def test_only_the_keeper_of_the_rules_plans(standing_register: Register, duty: str) -> None:
    with pytest.raises(ServiceError, match=r"access\.forbidden"):
        await plan(standing_register, standing_register.world.staff[duty])


async def test_who_may_list_a_programme_and_who_pays_is_planned_with_it_and_journalled(register: Register) -> None:
    await plan(register, open_to="town_new_residents", fee_fen=5)
    planned = (await seats(register))["n1-2026"]
    assert (planned.open_to, planned.payer, planned.fee_fen) == ("town_new_residents", "family", 5)
    await plan(register, open_to="catchment")
    assert ((await seats(register))["n1-2026"].open_to, (await seats(register))["p1-2026"].open_to) == (
        "catchment",
        "anyone",
    )
    entries = await register.journal("programme:plan")
    assert [e["after"] for e in entries] == ["2x40 town_new_residents family 5", "2x40 catchment family 0"]


PUBLIC: dict[str, Any] = {"id": "p1-2026", "school": "p1", "classes": 4, "class_size": 45}


@pytest.mark.parametrize(
    ("said", "field"),
    [({**PUBLIC, "payer": "bureau"}, "payer"), ({"payer": "bureau", "fee_fen": 1}, "fee_fen")],
)
async def test_a_public_schools_place_is_not_purchased_and_a_purchased_one_has_no_fee(
    register: Register, said: dict[str, Any], field: str
) -> None:
    with pytest.raises(ServiceError, match=r"schools\.plan_refused") as refused:
        await plan(register, **said)
    assert refused.value.field == field and {row.payer for row in (await seats(register)).values()} == {"family"}
    await plan(register, payer="bureau")
    assert (await seats(register))["n1-2026"].payer == "bureau"


async def test_a_private_round_is_for_private_schools_alone(register: Register) -> None:
    async with register.world.database.transaction(register.world.staff["rules"]) as session:
        await session.execute(
            text("UPDATE admission_round SET kind = 'private' WHERE bureau = :bureau AND id = :round"),
            {"bureau": register.bureau, "round": register.round},
        )
    with pytest.raises(ServiceError, match=r"schools\.plan_refused") as refused:
        await plan(register, **PUBLIC)
    assert refused.value.field == "school"
    await plan(register)
