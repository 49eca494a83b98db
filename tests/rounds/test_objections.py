"""Objections: a guardian's, in time, sealed, answered with a reason by a caseworker, and never moving anything."""

from dataclasses import replace
from uuid import UUID

import pytest

from app.actor import Actor
from app.errors import ServiceError
from app.lifecycle import TransitionRefused
from app.rounds import objections, service
from app.rounds.service import Deadline
from tests.conftest import Api
from tests.rounds.builders import county_families
from tests.rounds.life import Life

WORDS = "虚构异议：居住年限少算一年"


@pytest.fixture
async def parent(life: Life) -> Actor:
    parent = await life.county.parent("parent-1")
    life.families = county_families(parent.person, 3)
    return parent


async def file(life: Life, actor: Actor, words: str = WORDS) -> UUID:
    async with life.database.transaction(actor) as session:
        return await objections.file_objection(session, life.vault, actor, life.families[0].application, words)


async def test_a_guardian_objects_and_reads_the_answer_and_staff_readings_are_journalled(
    life: Life, parent: Actor, api: Api
) -> None:
    await life.reach("ranked")
    bureau = life.county.world.bureau
    own, case = await api.sign_in(bureau, "parent-1"), await api.sign_in(bureau, "casework")
    path = f"/applications/{life.families[0].application}/objections"
    filed = (await api.client.post(path, headers=own, json={"words": WORDS})).json()["id"]
    page = (await api.client.get(f"/rounds/{life.round}/objections", headers=case)).json()
    assert [(row["id"], row["status"], row["phase"]) for row in page["objections"]] == [(filed, "filed", "ranking")]
    assert (await api.client.get(f"/objections/{filed}", headers=case)).json()["words"] == WORDS
    decision = {"upheld": False, "answer": "虚构答复"}
    assert (await api.client.post(f"/objections/{filed}/decision", headers=case, json=decision)).status_code == 204
    opened = (await api.client.get(f"/objections/{filed}", headers=own)).json()
    assert (opened["status"], opened["answer"]) == ("dismissed", "虚构答复")
    assert [row["id"] for row in (await api.client.get("/objections", headers=own)).json()] == [filed]
    readings = await life.sql(
        "auditor", "SELECT role FROM journal_entry WHERE bureau = :bureau AND action = 'api:objection:read'"
    )
    assert [row.role for row in readings] == ["casework"]
    for stranger in ("parent-2", "school-p01"):
        headers = await api.sign_in(bureau, stranger)
        assert (await api.client.get(f"/objections/{filed}", headers=headers)).status_code == 404


async def test_the_words_are_sealed_and_not_to_be_read_in_the_table(life: Life, parent: Actor) -> None:
    await life.reach("ranked")
    filed = await file(life, parent)
    await life.sealed("casework", objections.decide_objection, filed, False, "虚构答复")
    row = (await life.sql("casework", "SELECT sealed, answer FROM objection WHERE id = :id", id=filed)).one()
    assert all("虚构".encode() not in value and value[0] == 1 for value in row)


async def test_only_the_childs_guardian_objects_and_only_with_words(life: Life, parent: Actor) -> None:
    await life.reach("ranked")
    with pytest.raises(ServiceError, match=r"access\.not_found"):
        await file(life, await life.county.parent("parent-2"))
    with pytest.raises(ServiceError, match=r"access\.forbidden"):
        await file(life, life.staff("casework"))
    with pytest.raises(ServiceError, match=r"round\.reason_missing"):
        await file(life, parent, " \n")


async def test_objections_are_taken_only_while_a_list_stands_for_objection(life: Life, parent: Actor) -> None:
    for state, after in (("closed", ""), ("frozen", "closed")):
        await life.reach(state, after)
        with pytest.raises(ServiceError, match=r"round\.objections_closed"):
            await file(life, parent)
    await life.reach("proposed", "frozen")
    filed = await file(life, parent)
    phases = await life.sql("casework", "SELECT phase FROM objection WHERE id = :id", id=filed)
    assert phases.scalar_one() == "proposal"
    await life.forward(Deadline.OBJECTIONS_UNTIL)
    with pytest.raises(ServiceError, match=r"round\.objections_closed"):
        await file(life, parent)


async def test_an_objection_is_decided_once_with_an_answer_by_a_caseworker_not_concerned(
    life: Life, parent: Actor
) -> None:
    await life.reach("ranked")
    filed = await file(life, parent)
    concerned = replace(life.staff("casework"), person=parent.person)
    with pytest.raises(ServiceError, match=r"access\.forbidden"):
        async with life.database.transaction(concerned) as session:
            await objections.decide_objection(session, life.vault, concerned, filed, True, "虚构")
    with pytest.raises(ServiceError, match=r"round\.reason_missing"):
        await life.sealed("casework", objections.decide_objection, filed, True, "")
    await life.sealed("casework", objections.decide_objection, filed, True, "虚构：成立")
    with pytest.raises(TransitionRefused):
        await life.sealed("casework-2", objections.decide_objection, filed, False, "虚构")
    # Upheld, it moves nothing by itself: the list is taken back by a verb of its own.
    assert (await life.row()).status == "ranked"
    assert (await life.do("casework", service.rectify, life.round)).status == "closed"
