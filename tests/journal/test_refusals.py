"""Refused acts stand in the trail though nothing else of them does (decision 7)."""

import json
from typing import Any
from uuid import UUID

import pytest
from fastapi import APIRouter
from sqlalchemy import text

from app.accounts.calls import Session, SignedIn
from app.accounts.lifecycle import ACT, ActEvent, ActStatus
from app.clock import uuid7
from app.database import Database
from app.journal import service as journal
from app.settings import Settings
from tests.conftest import Api
from tests.ground.serving import serving
from tests.world import World


async def trail(database: Database, world: World, action: str) -> list[Any]:
    async with database.transaction(world.staff["auditor"]) as session:
        found = await session.execute(
            text("SELECT * FROM journal_entry WHERE bureau = :bureau AND action LIKE :action ORDER BY id"),
            {"bureau": world.bureau, "action": f"%{action}"},
        )
        return list(found.all())


def grant(world: World, **changed: str) -> dict[str, str]:
    person = str(world.staff["casework"].person)
    return {"person": person, "organisation": world.bureau, "role": "rules", "valid_from": "2026-01-01", **changed}


async def test_a_parent_who_would_grant_a_role_is_refused_and_the_refusal_is_kept(
    api: Api, database: Database, world: World
) -> None:
    headers = await api.sign_in(world.bureau, "parent-1")
    answer = await api.client.post("/grants", json=grant(world), headers=headers)
    assert answer.status_code == 403 and answer.json()["code"] == "access.forbidden"
    [entry] = await trail(database, world, "grant_role:refused")
    me = (await api.client.get("/me", headers=headers)).json()
    assert str(entry.person) == me["person"] and entry.after == "access.forbidden"
    assert entry.request == answer.headers["x-request-id"] == answer.json()["request"]
    assert await trail(database, world, "grant:give") == []


async def test_a_refusal_names_the_object_by_its_id_and_repeats_nothing_else_of_the_path(
    api: Api, database: Database, world: World
) -> None:
    headers, unknown = await api.sign_in(world.bureau, "registrar"), uuid7()
    answer = await api.client.delete(f"/grants/{unknown}", headers=headers)
    assert answer.status_code == 404
    [entry] = await trail(database, world, "end_grant:refused")
    assert entry.object == f"grant:{unknown}" and entry.after == "access.not_found"
    assert (await api.client.delete("/grants/13812345678", headers=headers)).status_code == 422
    assert len(await trail(database, world, "end_grant:refused")) == 1


async def test_an_auditor_is_refused_by_the_journal_too_though_their_transaction_is_read_only(
    api: Api, database: Database, world: World
) -> None:
    headers = await api.sign_in(world.bureau, "auditor")
    assert (await api.client.post("/grants", json=grant(world), headers=headers)).status_code == 403
    [entry] = await trail(database, world, "grant_role:refused")
    assert entry.person == world.staff["auditor"].person


async def test_an_act_that_is_done_leaves_one_entry_for_each_transition(
    api: Api, database: Database, world: World
) -> None:
    headers = await api.sign_in(world.bureau, "registrar")
    family = await world.person("parent-4")
    given = await api.client.post("/grants", json=grant(world, person=str(family.person)), headers=headers)
    assert given.status_code == 201, given.text
    ended = await api.client.delete(f"/grants/{given.json()['id']}", headers=headers)
    assert ended.status_code == 204
    entries = [*await trail(database, world, "grant:give"), *await trail(database, world, "grant:end")]
    assert [(e.before, e.after) for e in entries] == [("absent", "rules"), ("rules", "ended")]
    assert {e.object for e in entries} == {f"grant:{given.json()['id']}"} and {e.role for e in entries} == {"registrar"}


faults = APIRouter(prefix="/api/v1/things")


@faults.post("/{thing_id}/moves", operation_id="move_thing")
async def move_thing(thing_id: UUID, session: Session, actor: SignedIn) -> None:
    """Write, and then ask the machine for a move that it does not know."""
    await journal.record(session, actor, "thing", "move", f"thing:{thing_id}")
    ACT.next(ActStatus.VOID, ActEvent.APPROVE)


@faults.put("/{thing_id}", operation_id="write_thing")
async def write_thing(thing_id: UUID, session: Session, actor: SignedIn) -> None:
    """Write without asking who may."""
    await journal.record(session, actor, "thing", "write", f"thing:{thing_id}")


async def test_a_move_that_the_machine_refuses_is_kept_as_refused_and_what_was_written_is_not(
    settings: Settings, database: Database, world: World
) -> None:
    async with serving(settings) as (api, service):
        service.include_router(faults)
        thing, headers = uuid7(), await api.sign_in(world.bureau, "casework")
        answer = await api.client.post(f"/things/{thing}/moves", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "transition.refused")
    assert "void" in answer.json()["title"] and "approve" in answer.json()["title"]
    [entry] = await trail(database, world, "move_thing:refused")
    assert (entry.object, entry.after) == (f"thing:{thing}", "transition.refused")
    assert await trail(database, world, "thing:move") == []


async def test_an_auditor_whom_the_database_stops_is_refused_and_kept_as_refused(
    settings: Settings, database: Database, world: World
) -> None:
    async with serving(settings) as (api, service):
        service.include_router(faults)
        answer = await api.client.put(f"/things/{uuid7()}", headers=await api.sign_in(world.bureau, "auditor"))
    assert (answer.status_code, answer.json()["code"]) == (403, "access.forbidden")
    assert len(await trail(database, world, "write_thing:refused")) == 1


async def test_signing_in_and_out_are_in_the_trail(api: Api, database: Database, world: World) -> None:
    headers = await api.sign_in(world.bureau, "parent-2")
    await api.client.delete("/sessions/current", headers=headers)
    for action, after in (("register", "registered"), ("sign_in", "signed_in"), ("sign_out", "signed_out")):
        entries = await trail(database, world, f"api:account:{action}")
        assert [entry.after for entry in entries] == [after]


@pytest.mark.parametrize("assertion", ["nobody", "parent-1"])
async def test_what_somebody_unknown_sends_is_not_in_the_trail(
    api: Api, database: Database, world: World, assertion: str
) -> None:
    before = len(await trail(database, world, "refused"))
    await api.client.post("/sessions", json={"bureau": "999998", "assertion": assertion})
    await api.client.post("/grants", json=grant(world), headers={"Authorization": "Bearer unknown"})
    entries = await trail(database, world, "refused")
    assert len(entries) == before and "nobody" not in json.dumps([str(e) for e in entries])
