"""Planted names, numbers and reasons stand nowhere in clear: not in a table, a receipt, the journal or an error."""

import json
from dataclasses import dataclass
from typing import Any

from httpx import Response
from sqlalchemy import text

from app.database import Database
from tests.applications.office import Office
from tests.conftest import Api
from tests.county import MIGRANT, form
from tests.ground.rows import TABLES, everything

NAME, NUMBER, PASSPORT = "植入之姓名", "990424202003150010", "PLANTED9911"
REASON = "植入之理由：姓名与户口簿不符"
BORN_ON = "2020-03-15"
PLANTED = (NAME, NUMBER, PASSPORT, REASON, BORN_ON, "20200315")


def traces(value: str) -> set[str]:
    """How a value could stand in a row's text: plain, escaped as in JSON, or as bytes."""
    escaped = json.dumps(value)[1:-1]
    return {value, escaped, value.encode().hex(), value.encode("utf-16-le").hex(), escaped.encode().hex()}


def found_in(content: str) -> set[str]:
    return {value for value in PLANTED if any(trace in content for trace in traces(value))}


@dataclass(frozen=True)
class Reader:
    """Whoever holds every duty of the bureau, and the family itself for what only its account sees."""

    office: Office
    people: tuple[Any, ...]

    async def everything(self) -> dict[str, str]:
        """Every row of every table as text, bytes in hexadecimal."""
        read: dict[str, list[str]] = {name: [] for name in TABLES}
        for actor in self.people:
            async with self.office.database.transaction(actor) as session:
                for name, rows in read.items():
                    found = await session.execute(text(f"SELECT t::text FROM {name} t"))
                    rows += list(found.scalars())
        return {name: "\n".join(rows) for name, rows in read.items()}


async def lead_a_life(api: Api, office: Office) -> list[Response]:
    """A family and a claimant apply, an officer checks, refuses and proposes; answers all refusals."""
    bureau, here = office.county.world.bureau, f"/rounds/{office.county.round}"
    child = {"number_kind": "mainland", "number": NUMBER}
    family = await api.sign_in(bureau, "parent-1")
    officer = await api.sign_in(bureau, "casework")
    sent = form(NAME, facts=MIGRANT, child=child).to_json()
    receipts = []
    for who, key in (("parent-1", "key-00000001"), ("parent-2", "key-00000001"), ("parent-1", "key-00000002")):
        headers = await api.sign_in(bureau, who) | {"Idempotency-Key": key}
        receipts.append((await api.client.post(f"{here}/applications", json=sent, headers=headers)).json())
    foreign = form(NAME + "二", child={"number_kind": "foreign", "number": PASSPORT}).to_json()
    await api.client.put(f"{here}/draft", json=foreign, headers=family)
    mine = receipts[0]["application"]
    checks = [{"application": mine, "kind": "permit", "event": "refuse"}]
    assert (await api.client.post(f"{here}/checks", json={"checks": checks}, headers=officer)).status_code == 200
    proposal = await api.client.post(
        f"/applications/{mine}/override-proposals", json={"reason": REASON}, headers=officer
    )
    assert proposal.status_code == 201
    second = await api.sign_in(bureau, "casework-2")
    refusal = await api.client.post(f"/applications/{mine}/refusal", json={"reason": REASON}, headers=second)
    assert refusal.status_code == 204
    return await refusals(api, office, family, sent)


async def refusals(api: Api, office: Office, family: dict[str, str], sent: dict[str, Any]) -> list[Response]:
    here = f"/rounds/{office.county.round}"
    wrong = {
        "other body": (f"{here}/applications", sent | {"twin": True}),
        "wrong birth date": (f"{here}/applications", sent | {"child": sent["child"] | {"born_on": "2020-03-14"}}),
        "unknown place": (f"{here}/applications", sent | {"residence_community": "c9"}),
        "a path": (f"/rounds/{NUMBER}/applications", sent),
        "already submitted": (f"{here}/draft", sent),
    }
    answers = []
    for name, (path, body) in wrong.items():
        method = "PUT" if path.endswith("draft") else "POST"
        headers = family | {"Idempotency-Key": "key-00000001" if name == "other body" else "key-00000009"}
        answers.append(await api.client.request(method, path, json=body, headers=headers))
    return answers


async def test_nothing_personal_stands_in_clear_in_any_table_or_error(api: Api, office: Office) -> None:
    owner = await office.county.parent("parent-1")
    answers = await lead_a_life(api, office)
    assert all(400 <= answer.status_code < 500 for answer in answers)
    assert [found_in(answer.text) for answer in answers] == [set()] * len(answers)
    reader = Reader(office, (everything(office.county.world.bureau, owner.person), owner))
    content = await reader.everything()
    for table in ("child", "application", "decision", "evidence", "receipt", "journal_entry", "two_person_act"):
        assert content[table], f"{table}: nothing was read"
    assert {name: found_in(rows) for name, rows in content.items() if found_in(rows)} == {}


async def test_the_control_a_value_planted_in_clear_is_found(office: Office, database: Database) -> None:
    owner = await office.county.parent("parent-1")
    await office.apply(owner, form())
    async with database.transaction(office.staff("casework")) as session:
        await session.execute(text("UPDATE application SET sibling_school = :name"), {"name": NAME})
        await session.execute(text("UPDATE child SET sealed = :sealed"), {"sealed": NUMBER.encode()})
    content = await Reader(office, (everything(office.county.world.bureau, owner.person),)).everything()
    assert found_in(content["application"]) == {NAME} and found_in(content["child"]) == {NUMBER, "20200315"}
