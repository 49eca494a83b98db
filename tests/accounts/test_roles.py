"""Roles: given by the registrar, one duty to a person, read anew at each request, ended at once."""

from datetime import date
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Organisation, RoleGrant
from app.clock import uuid7
from app.database import Database
from tests.conftest import Api
from tests.world import DUTIES, World


async def give(api: Api, world: World, person: object, role: str, organisation: str | None = None) -> Response:
    body = {
        "person": str(person),
        "organisation": organisation or world.bureau,
        "role": role,
        "valid_from": "2026-01-01",
    }
    return await api.client.post("/grants", json=body, headers=await api.sign_in(world.bureau, "registrar"))


async def duties(api: Api, headers: dict[str, str]) -> Any:
    return (await api.client.get("/me", headers=headers)).json()["duties"]


async def test_a_role_holds_from_the_next_request_and_until_the_next_request(api: Api, world: World) -> None:
    headers = await api.sign_in(world.bureau, "parent-1")
    person = (await api.client.get("/me", headers=headers)).json()["person"]
    assert await duties(api, headers) == [] and (await api.client.get("/acts", headers=headers)).status_code == 403
    given = await give(api, world, person, "casework")
    assert given.status_code == 201
    assert await duties(api, headers) == ["casework"]
    assert (await api.client.get("/acts", headers=headers)).status_code == 200
    registrar = await api.sign_in(world.bureau, "registrar")
    grant = f"/grants/{given.json()['id']}"
    assert (await api.client.delete(grant, headers=registrar)).status_code == 204
    assert await duties(api, headers) == [] and (await api.client.get("/acts", headers=headers)).status_code == 403
    assert (await api.client.delete(grant, headers=registrar)).status_code == 404


@pytest.mark.parametrize("second", DUTIES)
async def test_nobody_holds_two_duties_whatever_they_are(api: Api, world: World, second: str) -> None:
    answer = await give(api, world, world.staff["casework"].person, second)
    assert answer.status_code == 409 and answer.json()["code"] == "account.duties_are_disjoint"


async def test_a_duty_that_is_dated_still_keeps_others_out_until_it_is_ended(
    api: Api, database: Database, world: World
) -> None:
    person = await world.person("parent-1")
    dated = {"valid_from": date(2026, 1, 1), "valid_to": date(2099, 1, 1)}
    row = {"bureau": world.bureau, "id": uuid7(), "person": person.person, "organisation": world.bureau}
    async with database.transaction(world.staff["registrar"]) as session:
        await session.execute(insert(RoleGrant), [{**row, "role": "allocation", **dated}])
    assert (await give(api, world, person.person, "approval")).json()["code"] == "account.duties_are_disjoint"
    registrar = await api.sign_in(world.bureau, "registrar")
    held = (await api.client.get(f"/grants?person={person.person}", headers=registrar)).json()
    assert [(grant["role"], grant["valid_to"]) for grant in held] == [("allocation", "2099-01-01")]
    assert (await api.client.delete(f"/grants/{held[0]['id']}", headers=registrar)).status_code == 204
    assert (await give(api, world, person.person, "approval")).status_code == 201


async def test_a_duty_belongs_to_the_bureau_and_an_office_to_a_school(
    api: Api, database: Database, world: World
) -> None:
    async with database.transaction(world.founder()) as session:
        row = {"bureau": world.bureau, "id": "fict-p1", "kind": "school", "name": "虚构小学"}
        await session.execute(insert(Organisation), [row])
    person = (await world.person("parent-1")).person
    for role, organisation in (("school_office", world.bureau), ("casework", "fict-p1")):
        answer = await give(api, world, person, role, organisation)
        assert answer.status_code == 422 and answer.json()["code"] == "account.role_elsewhere"
    assert (await give(api, world, person, "school_office", "fict-p1")).status_code == 201
    me = (await api.client.get("/me", headers=await api.sign_in(world.bureau, "parent-1"))).json()
    assert me["organisations"] == ["fict-p1"] and me["duties"] == []


async def test_each_role_belongs_to_its_own_kind_of_organisation(api: Api, world: World) -> None:
    registrar = await api.sign_in(world.bureau, "registrar")
    made = (
        {"id": "fict-office", "kind": "office", "office": "talent", "name": "虚构部门"},
        {"id": "fict-office", "kind": "office", "name": "虚构部门"},
        {"id": "fict-office", "kind": "town", "office": "armed_forces", "name": "虚构部门"},
        {"id": "fict-office", "kind": "school", "name": "虚构部门"},
        {"id": "fict-office", "kind": "office", "office": "armed_forces", "name": "虚构部门"},
        {"id": "fict-office", "kind": "town", "name": "虚构镇政府"},
        {"id": "fict-town", "kind": "town", "name": "虚构镇政府"},
    )
    answers = [await api.client.post("/organisations", json=body, headers=registrar) for body in made]
    assert [answer.status_code for answer in answers] == [422, 422, 422, 422, 201, 409, 201]
    person = (await world.person("parent-1")).person
    for role, organisation in (
        ("verifier", world.bureau),
        ("verifier", "fict-town"),
        ("town", "fict-office"),
        ("school_office", "fict-office"),
        ("casework", "fict-town"),
    ):
        answer = await give(api, world, person, role, organisation)
        assert (answer.status_code, answer.json()["code"]) == (422, "account.role_elsewhere")
    assert (await give(api, world, person, "verifier", "fict-office")).status_code == 201
    assert (await give(api, world, person, "town", "fict-town")).status_code == 201
    shown = (await api.client.get(f"/bureaus/{world.bureau}/organisations")).json()
    assert {row["id"]: (row["kind"], row["office"]) for row in shown} == {
        world.bureau: ("bureau", None),
        "fict-office": ("office", "armed_forces"),
        "fict-town": ("town", None),
    }


async def test_whoever_does_not_exist_gets_no_role(api: Api, world: World) -> None:
    nobody = await give(api, world, uuid7(), "rules")
    nowhere = await give(api, world, (await world.person("parent-1")).person, "school_office", "nowhere")
    for answer, field in ((nobody, "person"), (nowhere, "organisation")):
        assert (answer.status_code, answer.json()["field"]) == (404, field)


@pytest.mark.parametrize("assertion", [*(duty for duty in DUTIES if duty != "registrar"), "parent-1"])
async def test_only_the_registrar_gives_lists_and_ends_roles(api: Api, world: World, assertion: str) -> None:
    headers = await api.sign_in(world.bureau, assertion)
    person = world.staff["casework"].person
    body = {"person": str(person), "organisation": world.bureau, "role": "rules", "valid_from": "2026-01-01"}
    answers = [
        await api.client.post("/grants", json=body, headers=headers),
        await api.client.get(f"/grants?person={person}", headers=headers),
        await api.client.delete(f"/grants/{uuid7()}", headers=headers),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]


@pytest.mark.parametrize("zone", ["Etc/GMT+12", "UTC", "Etc/GMT-14"])
async def test_a_role_begins_and_ends_with_beijings_day_wherever_the_server_stands(
    database: Database, world: World, zone: str
) -> None:
    person = await world.person("parent-1")
    grant = (
        "INSERT INTO role_grant (bureau, id, person, organisation, role, valid_from, valid_to) SELECT :bureau, :id,"
        " :person, :bureau, :role, today + CAST(:first AS integer), today + CAST(:last AS integer)"
        " FROM (SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date AS today) AS beijing"
    )
    values = {"bureau": world.bureau, "person": person.person, "role": "rules"}
    held = []
    for first, last in ((0, 0), (1, 9), (-9, -1)):
        async with database.transaction(world.staff["registrar"]) as session:
            await session.execute(
                text("UPDATE role_grant SET revoked_at = now() WHERE person = :p"), {"p": person.person}
            )
            await session.execute(text(grant), {**values, "id": uuid7(), "first": first, "last": last})
        async with database.transaction(person) as session:
            token = {"bureau": world.bureau, "id": uuid7(), "a": person.account, "p": person.person, "d": uuid7().bytes}
            await session.execute(
                text(
                    "INSERT INTO token (bureau, id, account, person, digest, expires_at)"
                    " VALUES (:bureau, :id, :a, :p, :d, now() + interval '1 hour')"
                ),
                token,
            )
            await session.execute(text(f"SET LOCAL timezone = '{zone}'"))
            held.append(await session.scalar(text("SELECT duties FROM session_of(:d)"), {"d": token["d"]}))
    assert held == [["rules"], [], []]


async def test_the_bureau_is_the_organisation_of_its_own_code(database: Database, world: World) -> None:
    for row in ({"id": "other", "kind": "bureau"}, {"id": world.bureau + "0", "kind": "bureau"}):
        with pytest.raises(IntegrityError, match="bureau_is_its_code"):
            async with database.transaction(world.founder()) as session:
                await session.execute(insert(Organisation), [{"bureau": world.bureau, "name": "虚构", **row}])
