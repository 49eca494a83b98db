"""A result becomes public by two persons and the verifier on the very bytes, and falls by two persons (decision 13)."""

import hashlib
from dataclasses import replace

import pytest
from sqlalchemy.exc import DBAPIError

from app.allocation.result import read_placements
from app.errors import ServiceError
from app.rounds import freeze, objections, publish, run, service, store, verification
from app.rounds.models import Bundle
from app.rounds.run import pass_before
from app.rounds.service import Deadline
from app.settings import Settings
from tests.rounds.builders import alter, county_families
from tests.rounds.life import REASON, Life
from tests.rounds.test_freeze import bundle_files


async def verified(life: Life, families: int = 8) -> Life:
    life.families = county_families(life.staff("allocation").person, families)
    return await life.reach("verified")


async def test_the_approver_is_another_person_and_names_the_digest_of_the_result(life: Life) -> None:
    await verified(life)
    act = await life.do("allocation", publish.propose_approval, life.round)
    files = await life.sql("allocation", "SELECT content FROM run_file WHERE name = 'placements.csv'")
    assert act.payload["digest"] == hashlib.sha256(files.scalar_one()).hexdigest()
    same = replace(life.staff("allocation"), duties=("allocation", "approval"))
    with pytest.raises(ServiceError, match=r"act\.same_person"):
        async with life.database.transaction(same) as session:
            await publish.approve(session, same, act.id, act.digest)
    with pytest.raises(ServiceError, match=r"act\.other_digest"):
        await life.do("approval", publish.approve, act.id, act.payload["digest"])
    with pytest.raises(ServiceError, match=r"access\.forbidden"):
        await life.do("allocation-2", publish.approve, act.id, act.digest)
    assert (await life.do("approval", publish.approve, act.id, act.digest)).status == "approved"


async def test_an_approval_is_void_when_another_run_has_taken_the_place_of_the_one_shown(life: Life) -> None:
    await verified(life)
    act = await life.do("allocation", publish.propose_approval, life.round)
    again = await life.do("allocation", run.run_again, life.round, "虚构：重算")
    await run.allocate(await life.claim(again))
    for code in ("act.input_changed", "act.not_open"):
        with pytest.raises(ServiceError) as refusal:
            await life.do("approval", publish.approve, act.id, act.digest)
        assert refusal.value.code == code
    assert (await life.row()).status == "verified"


async def test_a_stored_result_altered_after_the_proposal_is_not_approved(life: Life, settings: Settings) -> None:
    await verified(life)
    act = await life.do("allocation", publish.propose_approval, life.round)
    swap = "content = convert_to(replace(convert_from(content, 'UTF8'), 'r-s1,1,open', 'r-s2,1,open'), 'UTF8')"
    await alter(settings, "run_file", swap, life.county.world.bureau, "placements.csv")
    with pytest.raises(ServiceError) as refusal:
        await life.do("approval", publish.approve, act.id, act.digest)
    assert refusal.value.code == "round.not_verified"
    assert (await life.row()).status == "verified"


async def test_the_database_publishes_no_run_without_an_approved_act_on_its_digest(life: Life) -> None:
    await verified(life)
    with pytest.raises(DBAPIError, match="two persons"):
        await life.sql("allocation", "UPDATE allocation_run SET status = 'published', published = true")
    act = await life.do("allocation", publish.propose_approval, life.round)
    attempt = "UPDATE allocation_run SET status = 'published', approval_act = :act"
    with pytest.raises(DBAPIError, match="two persons"):
        await life.sql("allocation", attempt, act=act.id)
    await life.do("approval", publish.approve, act.id, act.digest)
    with pytest.raises(DBAPIError, match="two persons"):
        await life.sql("allocation", f"{attempt}, digest = repeat('0', 64)", act=act.id)
    with pytest.raises(DBAPIError, match="permission denied"):
        await life.sql("allocation", "UPDATE run_file SET content = content || 'x'::bytea")


async def test_the_list_names_every_child_with_its_place_or_without(life: Life) -> None:
    life.families = county_families(life.staff("allocation").person, 8)
    await life.reach("approved")
    listed = await life.do("approval", publish.propose, life.round)
    assert {place.application for place in listed.placements} == {family.application for family in life.families}
    assert listed.pass_number == 1 and all(place.programme and place.seat == "open" for place in listed.placements)
    families = {family.application: family for family in life.families}
    for place in listed.placements:
        family = families[place.application]
        assert (place.child, place.guardians, place.residence_community) == (
            family.child, (family.guardian,), family.community,
        )  # fmt: skip
    row = await life.row()
    assert row.objections_until is not None and row.objections_until > await life.now()


async def test_the_list_is_final_only_after_its_objections_and_answers_end_in_their_time(life: Life) -> None:
    parent = await life.county.parent("parent-1")
    life.families = county_families(parent.person, 4)
    await life.reach("proposed")
    with pytest.raises(ServiceError, match=r"round\.too_early"):
        await life.do("allocation", publish.finalise, life.round)
    async with life.database.transaction(parent) as session:
        filed = await objections.file_objection(session, life.vault, parent, life.families[0].application, "虚构异议")
    await life.forward(Deadline.OBJECTIONS_UNTIL)
    with pytest.raises(ServiceError, match=r"round\.objections_open"):
        await life.do("allocation", publish.finalise, life.round)
    before = await bundle_files(life)
    await life.sealed("casework", objections.decide_objection, filed, True, "虚构：名单之外另行安排")
    assert (await life.row()).status == "proposed" and await bundle_files(life) == before
    with pytest.raises(ServiceError, match=r"round\.answers_not_ahead"):
        await life.do("allocation", publish.finalise, life.round, await life.now())
    await life.do("allocation", publish.finalise, life.round)
    with pytest.raises(ServiceError, match=r"round\.too_early"):
        await life.do("allocation", publish.end_answers, life.round)
    await life.forward(Deadline.ANSWERS_UNTIL)
    assert (await life.do("allocation", publish.end_answers, life.round)).status == "answered"


async def test_annulled_by_two_everything_drawn_is_void_and_stays_and_a_new_draw_follows(life: Life) -> None:
    life.families = county_families(life.staff("allocation").person, 6)
    await life.reach("proposed")
    act = await life.do("allocation", publish.propose_annulment, life.round, REASON)
    same = replace(life.staff("allocation"), duties=("allocation", "approval"))
    with pytest.raises(ServiceError, match=r"act\.same_person"):
        async with life.database.transaction(same) as session:
            await publish.annul(session, same, act.id, act.digest)
    assert await life.do("approval", publish.annul, act.id, act.digest) == life.round
    row = await life.row()
    assert (row.status, row.root, row.draw_name, row.draw_at, row.draw_value) == ("ranked", None, None, None, None)
    states = await life.sql(
        "auditor", "SELECT b.status, b.published, r.status, r.published FROM bundle b JOIN allocation_run r ON"
        " r.bureau = b.bureau AND r.bundle = b.id",
    )  # fmt: skip
    assert [tuple(state) for state in states] == [("void", True, "void", True)]
    await life.freeze()
    await life.forward(Deadline.DRAW_AT)
    await life.enter("9-9-9")
    await life.run()
    assert (await life.row()).status == "verified"


async def test_a_later_pass_keeps_who_is_final_leaves_out_who_left_and_verifies_against_its_parent(life: Life) -> None:
    life.families = county_families(life.staff("allocation").person, 12)
    await life.reach("planned")
    await life.write_documents()
    await life.write_programmes(class_size=4)
    await life.do("rules", service.publish_information, life.round)
    await life.reach("final", after="published")
    first = await life.sql("allocation", "SELECT id FROM bundle WHERE number = 1")
    people = {}
    async with life.database.transaction(life.staff("allocation")) as session:
        bureau = life.county.world.bureau
        people = await store.bundled_in(session, bureau, first.scalar_one())
        ran = (await life.sql("allocation", "SELECT id FROM allocation_run")).scalar_one()
        files = await store.files_of_run(session, bureau, ran)
    places = {people[p.applicant].application: p for p in read_placements(files["placements.csv"])}
    ordered = sorted(places)
    left, final = set(ordered[:4]), {a: places[a].programme for a in ordered[4:7]}
    await life.forward(Deadline.ANSWERS_UNTIL)
    await life.do("allocation", publish.end_answers, life.round)
    for wrong, code in (
        (({life.round}, {}), "round.not_in_pass"),
        ((left, {ordered[0]: places[ordered[0]].programme}), "round.not_in_pass"),
        ((left, {ordered[4]: "r-s9"}), "round.not_its_place"),
    ):
        with pytest.raises(ServiceError) as refusal:
            await life.do("allocation", freeze.later_pass, life.round, *wrong)
        assert refusal.value.code == code
    bundle = await life.do("allocation", freeze.later_pass, life.round, left, final)
    row = await life.row()
    assert (row.status, row.pass_number, row.draw_value) == ("drawn", 2, "4-0-7")
    await life.run()
    async with life.database.transaction(life.staff("allocation")) as session:
        made = await session.get(Bundle, (bureau, bundle))
        assert made is not None
        problem, parent = await store.files_of_bundle(session, bureau, bundle), await pass_before(session, made)
        last = (await life.sql("allocation", "SELECT id FROM allocation_run WHERE number = 2")).scalar_one()
        result = await store.files_of_run(session, bureau, last)
    verdict = verification.verified(problem, result, parent)
    assert verdict.accepted and "checked 11 later pass" in verdict.words
    await life.approve()
    listed = await life.do("approval", publish.propose, life.round)
    now = {place.application: place for place in listed.placements}
    assert now.keys() == places.keys() - left and listed.pass_number == 2
    assert all(now[application].programme == programme for application, programme in final.items())
    stay = now.keys() - final.keys()
    assert all((now[a].rank or 99) <= (places[a].rank or 99) for a in stay)


async def test_a_later_pass_annulled_falls_back_to_the_pass_before(life: Life) -> None:
    life.families = county_families(life.staff("allocation").person, 4)
    await life.reach("answered")
    first = await life.row()
    await life.do("allocation", freeze.later_pass, life.round, {life.families[0].application}, {})
    await life.run()
    act = await life.do("allocation", publish.propose_annulment, life.round, REASON)
    await life.do("approval", publish.annul, act.id, act.digest)
    row = await life.row()
    assert (row.status, row.pass_number, row.root, row.draw_value) == ("answered", 1, first.root, "4-0-7")
    await life.do("allocation", freeze.later_pass, life.round, {life.families[1].application}, {})
    await life.run()
    assert (await life.row()).pass_number == 2
