"""Freezing: what must hold before, what is fixed by it, what it publishes, and how it is taken back (T-05, T-06)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from app.allocation.bundle import parse_bundle
from app.clock import uuid7
from app.errors import ServiceError
from app.rounds import freeze, objections, publish, service
from app.rounds.freeze import FICTITIOUS
from app.rounds.pseudonyms import pseudonyms_of
from app.rounds.service import Deadline
from tests.rounds.builders import county_families, decide_anew, write_families
from tests.rounds.life import DRAW, KEY, REASON, Life


async def refused(life: Life, code: str, name: str = DRAW, ahead: timedelta = timedelta(minutes=5)) -> None:
    with pytest.raises(ServiceError) as refusal:
        await life.sealed("allocation", freeze.freeze, life.round, name, await life.now() + ahead)
    assert refusal.value.code == code


async def bundle_files(life: Life, number: int = 1) -> dict[str, bytes]:
    found = await life.sql(
        "allocation",
        "SELECT f.name, f.content FROM bundle_file f JOIN bundle b ON b.bureau = f.bureau AND b.id = f.bundle"
        " WHERE b.round = :round AND b.number = :number",
        round=life.round,
        number=number,
    )
    return {row.name: row.content for row in found}


async def test_nothing_is_frozen_while_somebody_may_still_object_or_a_list_is_out_of_date(life: Life) -> None:
    parent = await life.county.parent("parent-1")
    life.families = county_families(parent.person, 6)
    await life.reach("ranked")
    await refused(life, "round.too_early")
    async with life.database.transaction(parent) as session:
        filed = await objections.file_objection(session, life.vault, parent, life.families[0].application, "虚构异议")
    await life.forward(Deadline.OBJECTIONS_UNTIL)
    await refused(life, "round.objections_open")
    await life.sealed("casework", objections.decide_objection, filed, True, "虚构：已更正积分")
    await decide_anew(life.county, life.families[0], points=99)
    await refused(life, "round.list_outdated")
    await life.do("casework", service.rectify, life.round)
    assert (await life.row()).objections_until is None
    await life.sealed("allocation", service.rank, life.round)
    await life.forward(Deadline.OBJECTIONS_UNTIL)
    await refused(life, "round.draw_not_ahead", ahead=timedelta(0))
    for name in ("", " ", "公开摇号", "x" * 201, "two\nlines", "x" * (201 - len(FICTITIOUS))):
        await refused(life, "round.draw_name_malformed", name)
    assert (await life.freeze()).status == "frozen"


async def test_the_freeze_publishes_root_and_draw_and_labels_a_demonstration_as_fictitious(life: Life) -> None:
    life.families = county_families(life.staff("allocation").person, 6)
    await life.reach("frozen")
    row = await life.row()
    bundle = parse_bundle(await bundle_files(life))
    assert bundle.root == row.root and bundle.draw is None
    assert bundle.header.draw_name == row.draw_name == FICTITIOUS + DRAW
    assert row.draw_at is not None and row.draw_at > await life.now()
    assert bundle.header.order[-1] == "ticket" and bundle.header.round == row.code
    assert len(bundle.tables.applicants) == 6 and bundle.header.families
    assert {p.programme: p.capacity for p in bundle.tables.programmes} == {f"r-s{n}": 12 for n in (1, 2, 3)}


async def test_applying_again_gives_the_same_lottery_unit_and_the_demonstrations_key_repeats_it(life: Life) -> None:
    life.families = county_families(life.staff("allocation").person, 4)
    await life.reach("frozen")
    rows = parse_bundle(await bundle_files(life)).tables.applicants
    expected = [pseudonyms_of(KEY, f.reference, f.twin_reference) for f in life.families]
    assert {(row.applicant, row.lottery_unit) for row in rows} == {(e.applicant, e.lottery_unit) for e in expected}


async def test_inputs_changed_after_the_freeze_do_not_reach_the_bundle_or_the_result(life: Life) -> None:
    life.families = county_families(life.staff("allocation").person, 8)
    await life.reach("drawn")
    before = await bundle_files(life)
    await decide_anew(life.county, life.families[0], points=100, level=1)
    await life.sql("rules", "UPDATE programme SET class_size = 1, classes = 1 WHERE round = :round", round=life.round)
    await life.sql(
        "casework", "UPDATE application SET status = 'withdrawn', residence_community = 'c4' WHERE id = :id",
        id=life.families[1].application,
    )  # fmt: skip
    await life.run()
    await life.approve()
    listed = await life.do("approval", publish.propose, life.round)
    assert await bundle_files(life) == before
    assert {place.application for place in listed.placements} == {family.application for family in life.families}
    mine = next(p for p in listed.placements if p.application == life.families[1].application)
    assert mine.residence_community == life.families[1].community and mine.child == life.families[1].child


@pytest.mark.parametrize("name", ["manifest.json", "applicants.csv", "choices.csv", "programmes.csv"])
async def test_a_drawn_bundles_bytes_are_fixed_in_the_database(life: Life, name: str) -> None:
    life.families = county_families(life.staff("allocation").person, 2)
    await life.reach("drawn")
    with pytest.raises(DBAPIError, match="a frozen bundle is fixed"):
        await life.sql(
            "allocation", "UPDATE bundle_file SET content = content || 'x'::bytea WHERE name = :name", name=name
        )


async def test_a_freeze_is_taken_back_before_its_draw_and_never_after_it_was_due(life: Life) -> None:
    life.families = county_families(life.staff("allocation").person, 4)
    await life.reach("frozen")
    first = await life.row()
    with pytest.raises(ServiceError, match=r"round\.reason_missing"):
        await life.do("allocation", freeze.unfreeze, life.round, "  ")
    back = await life.do("allocation", freeze.unfreeze, life.round, REASON)
    assert (back.status, back.root, back.draw_name, back.draw_at) == ("ranked", None, None, None)
    again = await life.freeze(timedelta(minutes=9))
    assert again.root == first.root  # the same rows under the same draw's name
    await life.forward(Deadline.DRAW_AT)
    with pytest.raises(ServiceError, match=r"round\.draw_was_due"):
        await life.do("allocation", freeze.unfreeze, life.round, REASON)
    act = await life.do("allocation", publish.propose_annulment, life.round, "虚构：摇号未举行")
    await life.do("approval", publish.annul, act.id, act.digest)
    row = await life.row()
    assert (row.status, row.root) == ("ranked", None)
    ledger = await life.sql(
        "allocation",
        "SELECT number, status, void_reason FROM bundle WHERE round = :round ORDER BY number",
        round=life.round,
    )
    assert [tuple(bundle) for bundle in ledger] == [(1, "void", REASON), (2, "void", "虚构：摇号未举行")]


async def test_a_round_with_an_application_undecided_or_decided_by_other_rules_is_not_ranked(life: Life) -> None:
    families = county_families(life.staff("allocation").person, 3)
    life.families = [*families[:2], replace(families[2], outcome="undetermined")]
    await life.reach("closed")
    with pytest.raises(ServiceError) as refusal:
        await life.sealed("allocation", service.rank, life.round)
    assert refusal.value.code == "round.unsettled" and refusal.value.details == {"count": 1}
    await life.sql("casework", "UPDATE application SET outcome = 'not_eligible' WHERE outcome = 'undetermined'")
    stray = replace(families[2], application=uuid7(), child=uuid7(), reference=b"fict-stray", ruleset_digest="0" * 64)
    await write_families(life.county, life.vault, life.round, [stray])
    with pytest.raises(ServiceError) as refusal:
        await life.sealed("allocation", service.rank, life.round)
    assert refusal.value.code == "round.decided_otherwise" and refusal.value.details == {"count": 1}
    await life.sql("rules", "UPDATE ruleset SET activated_by = NULL")
    with pytest.raises(ServiceError, match=r"round\.ruleset_inactive"):
        await life.sealed("allocation", service.rank, life.round)


async def test_the_rounds_key_is_for_the_allocation_officers_and_the_approver_alone(life: Life) -> None:
    await life.plan()
    for who, seen in (
        ("allocation", 1),
        ("approval", 1),
        ("rules", 0),
        ("casework", 0),
        ("auditor", 0),
        ("registrar", 0),
    ):
        found = await life.sql(who, "SELECT count(*) FROM round_key WHERE id = :id", id=life.round)
        assert found.scalar_one() == seen
