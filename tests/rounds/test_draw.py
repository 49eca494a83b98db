"""The draw is entered by two persons, once, after it was due, into the bundle whose root was published."""

from dataclasses import replace

import pytest

from app.allocation.bundle import parse_bundle
from app.errors import ServiceError
from app.lifecycle import TransitionRefused
from app.rounds import draw
from app.rounds.service import Deadline
from app.settings import Settings
from tests.rounds.builders import alter, county_families
from tests.rounds.life import Life
from tests.rounds.test_freeze import bundle_files


@pytest.fixture
async def frozen(life: Life) -> Life:
    life.families = county_families(life.staff("allocation").person, 4)
    return await life.reach("frozen")


async def test_before_the_draw_is_due_nothing_is_entered(frozen: Life) -> None:
    with pytest.raises(ServiceError) as refusal:
        await frozen.do("allocation", draw.propose_draw, frozen.round, "4-0-7")
    assert (refusal.value.code, refusal.value.field) == ("round.too_early", "draw_at")


@pytest.mark.parametrize("value", ["", "4-0-", "04", "4 0 7", "-1", "4.5", "一", "1" * 201, "4-0-7\n"])
async def test_a_value_that_is_no_list_of_numbers_is_refused(frozen: Life, value: str) -> None:
    await frozen.forward(Deadline.DRAW_AT)
    with pytest.raises(ServiceError) as refusal:
        await frozen.do("allocation", draw.propose_draw, frozen.round, value)
    assert refusal.value.code == "round.draw_malformed"


async def test_two_persons_enter_the_same_draw_once_and_the_manifest_holds_root_and_value(frozen: Life) -> None:
    await frozen.forward(Deadline.DRAW_AT)
    undrawn = await bundle_files(frozen)
    first = await frozen.do("allocation", draw.propose_draw, frozen.round, "4-0-8")
    act = await frozen.do("allocation-2", draw.propose_draw, frozen.round, "4-0-7")
    same = replace(frozen.staff("allocation-2"), duties=("allocation", "approval"))
    with pytest.raises(ServiceError, match=r"act\.same_person"):
        async with frozen.database.transaction(same) as session:
            await draw.enter_draw(session, same, act.id, act.digest)
    for wrong, code in ((first.id, "act.not_open"), (act.id, "act.other_digest")):
        with pytest.raises(ServiceError) as refusal:
            await frozen.do("approval", draw.enter_draw, wrong, first.digest)
        assert refusal.value.code == code
    row = await frozen.do("approval", draw.enter_draw, act.id, act.digest)
    drawn = await bundle_files(frozen)
    bundle = parse_bundle(drawn)
    assert (row.status, row.draw_value) == ("drawn", "4-0-7")
    assert bundle.draw is not None and (bundle.draw.root, bundle.draw.value) == (row.root, "4-0-7")
    assert {name for name in drawn if drawn[name] != undrawn[name]} == {"manifest.json"}
    with pytest.raises(TransitionRefused):
        await frozen.do("approval", draw.enter_draw, act.id, act.digest)
    with pytest.raises(TransitionRefused):
        await frozen.do("allocation", draw.propose_draw, frozen.round, "9-9-9")


async def test_a_proposal_is_void_when_the_freeze_behind_it_has_changed(frozen: Life) -> None:
    await frozen.forward(Deadline.DRAW_AT)
    act = await frozen.do("allocation", draw.propose_draw, frozen.round, "4-0-7")
    await frozen.sql(
        "allocation", "UPDATE admission_round SET root = :root WHERE id = :id", root="0" * 64, id=frozen.round
    )
    for code in ("act.input_changed", "act.not_open"):
        with pytest.raises(ServiceError) as refusal:
            await frozen.do("approval", draw.enter_draw, act.id, act.digest)
        assert refusal.value.code == code


async def test_a_draw_does_not_go_into_a_bundle_of_another_root_than_the_public_one(frozen: Life) -> None:
    await frozen.forward(Deadline.DRAW_AT)
    change = "UPDATE admission_round SET root = :root WHERE id = :id"
    await frozen.sql("allocation", change, root="0" * 64, id=frozen.round)
    act = await frozen.do("allocation", draw.propose_draw, frozen.round, "4-0-7")
    with pytest.raises(ServiceError) as refusal:
        await frozen.do("approval", draw.enter_draw, act.id, act.digest)
    assert refusal.value.code == "round.bundle_altered"


@pytest.mark.parametrize("name", ["applicants.csv", "choices.csv", "programmes.csv"])
async def test_frozen_bytes_that_the_owner_of_the_tables_altered_are_found_out_at_the_draw(
    frozen: Life, settings: Settings, name: str
) -> None:
    await frozen.forward(Deadline.DRAW_AT)
    act = await frozen.do("allocation", draw.propose_draw, frozen.round, "4-0-7")
    change = "content = overlay(content placing '9'::bytea from length(content) - 1)"
    await alter(settings, "bundle_file", change, frozen.county.world.bureau, name)
    with pytest.raises(ServiceError) as refusal:
        await frozen.do("approval", draw.enter_draw, act.id, act.digest)
    assert refusal.value.code == "round.bundle_altered"
    assert (await frozen.row()).status == "frozen"
