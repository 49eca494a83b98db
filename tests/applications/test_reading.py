"""Who reads what of an application: the family all of its own, staff journalled, an auditor masked."""

from typing import Any
from uuid import UUID

import pytest

from app.applications import casework
from tests.applications.office import Office
from tests.conftest import Api
from tests.county import MIGRANT, form

NUMBER, NAME = "990424202003150010", "虚构儿童甲"
NUMBERED = {"number_kind": "mainland", "number": NUMBER}
REASON = "虚构理由：居住证已中断"
READ = "api:application:read"


async def read(api: Api, office: Office, who: str, mine: UUID) -> Any:
    headers = await api.sign_in(office.county.world.bureau, who)
    return await api.client.get(f"/applications/{mine}", headers=headers)


async def readings(office: Office, mine: UUID) -> list[tuple[str, UUID]]:
    found = await office.rows(
        "SELECT role, person FROM journal_entry WHERE action = :action AND object = :object ORDER BY id",
        action=READ,
        object=f"application:{mine}",
    )
    return [(row.role, row.person) for row in found]


async def test_a_family_reads_its_form_its_checks_and_each_rule_with_its_clause(api: Api, office: Office) -> None:
    mine = await office.apply("parent-1", form(child=NUMBERED))
    await office.check(mine, registration="confirm")
    answer = await read(api, office, "parent-1", mine)
    told = answer.json()
    assert answer.status_code == 200 and answer.headers["ETag"] == '"1"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert told["form"] == form(child=NUMBERED).to_json() and told["preferences"] == ["2026-g1-s2"]
    assert [(shown["kind"], shown["status"], shown["provenance"]["source"]) for shown in told["evidence"]] == [
        ("home", "claimed", "declared"),
        ("registration", "confirmed", "document"),
    ]
    decision = told["decision"]
    assert (decision["outcome"], decision["kind"], decision["reason"]) == ("eligible", "local", None)
    assert [entry["schools"] for entry in decision["trace"]] == [["s1"]]
    rules = [line for line in decision["trace"][0]["decision"]["trace"] if line["subject"] == "rule"]
    assert rules and all(line["cite"] and line["zh"] and line["en"] for line in rules)
    assert told["applied_first"] is None and await readings(office, mine) == []


async def test_the_etag_follows_the_version(api: Api, office: Office) -> None:
    parent = await office.county.parent("parent-1")
    mine = await office.apply(parent, form())
    await office.apply(parent, form(preferences=[]), "key-00000002")
    await office.withdraw(parent, mine)
    assert (await read(api, office, "parent-1", mine)).headers["ETag"] == '"3"'


async def test_a_refused_family_reads_the_persons_reason(api: Api, office: Office) -> None:
    mine = await office.apply("parent-1", form(facts=MIGRANT))
    await office.check(mine, permit="refuse")
    await office.do("casework-2", casework.confirm_refusal, mine, REASON)
    told = (await read(api, office, "parent-1", mine)).json()
    assert (told["outcome"], told["decision"]["reason"]) == ("not_eligible", REASON)
    reasons = told["decision"]["trace"][0]["decision"]["reasons"]
    assert reasons and all(one["zh"] and one["en"] for one in reasons)


async def test_a_caseworker_reads_all_of_it_and_the_reading_is_journalled(api: Api, office: Office) -> None:
    mine = await office.apply("parent-1", form(child=NUMBERED))
    told = (await read(api, office, "casework", mine)).json()
    assert (told["form"]["child"]["name"], told["form"]["child"]["number"]) == (NAME, NUMBER)
    assert await readings(office, mine) == [("casework", office.staff("casework").person)]


async def test_an_auditor_reads_it_masked_and_is_journalled_though_their_transaction_writes_nothing(
    api: Api, office: Office
) -> None:
    mine = await office.apply("parent-1", form(child=NUMBERED))
    answer = await read(api, office, "auditor", mine)
    child = answer.json()["form"]["child"]
    assert (child["name"], child["number"]) == ("虚****", None)
    assert NAME not in answer.text and NUMBER not in answer.text
    assert await readings(office, mine) == [("auditor", office.staff("auditor").person)]


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("parent-2", 404),
        ("school-p01", 404),
        ("registrar", 403),
        ("rules", 403),
        ("allocation", 403),
        ("approval", 403),
    ],
)
async def test_nobody_else_reads_it_and_the_attempt_is_journalled(
    api: Api, office: Office, who: str, status: int
) -> None:
    mine = await office.apply("parent-1", form(child=NUMBERED))
    answer = await read(api, office, who, mine)
    assert answer.status_code == status and NAME not in answer.text and await readings(office, mine) == []
    refusals = await office.rows(
        "SELECT after FROM journal_entry WHERE action = 'api:read_application:refused' AND object = :object",
        object=f"application:{mine}",
    )
    assert len(refusals) == 1


async def test_a_caseworker_reads_the_child_of_their_own_as_its_family(api: Api, office: Office) -> None:
    mine = await office.apply(office.staff("casework"), form(child=NUMBERED))
    assert (await read(api, office, "casework", mine)).status_code == 200
    assert await readings(office, mine) == []


async def test_own_applications_are_listed_newest_first_without_names(api: Api, office: Office) -> None:
    parent = await office.county.parent("parent-1")
    made = [await office.apply(parent, form(f"虚构儿童{n}"), f"key-0000000{n}") for n in range(3)]
    await office.apply("parent-2", form())
    answer = await api.client.get("/applications", headers=await api.sign_in(office.county.world.bureau, "parent-1"))
    assert [one["id"] for one in answer.json()] == [str(mine) for mine in reversed(made)]
    assert "虚构儿童" not in answer.text


async def test_the_queue_of_a_round_comes_in_pages_oldest_first_and_by_outcome(api: Api, office: Office) -> None:
    parent = await office.county.parent("parent-1")
    made = [await office.apply(parent, form(f"虚构儿童{n}"), f"key-0000000{n}") for n in range(5)]
    await office.withdraw(parent, made[1])
    await office.confirm(made[3])
    headers = await api.sign_in(office.county.world.bureau, "casework")
    path, seen = f"/rounds/{office.county.round}/applications", []
    after: dict[str, str] = {}
    while True:
        page = (await api.client.get(path, params={"limit": 2, **after}, headers=headers)).json()
        seen += [one["id"] for one in page["applications"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert seen == [str(mine) for mine in made if mine != made[1]]
    eligible = (await api.client.get(path, params={"outcome": "eligible"}, headers=headers)).json()
    assert [one["id"] for one in eligible["applications"]] == [str(made[3])] and eligible["next"] is None
    assert "name" not in str(eligible)


@pytest.mark.parametrize(
    ("who", "query", "status"),
    [
        ("auditor", {}, 200),
        ("approval", {}, 403),
        ("parent-1", {}, 403),
        ("casework", {"limit": 201}, 422),
        ("casework", {"limit": 0}, 422),
        ("casework", {"after": "x"}, 422),
        ("casework", {"outcome": "lucky"}, 422),
    ],
)
async def test_the_queue_is_for_casework_and_audit(
    api: Api, office: Office, who: str, query: dict[str, Any], status: int
) -> None:
    headers = await api.sign_in(office.county.world.bureau, who)
    answer = await api.client.get(f"/rounds/{office.county.round}/applications", params=query, headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("checks", "field"),
    [
        ([], "body.checks"),
        ([{"application": "x", "kind": "home", "event": "confirm"}], "body.checks.0.application"),
        ([{"application": str(UUID(int=1)), "kind": "Home!", "event": "confirm"}], "body.checks.0.kind"),
        ([{"application": str(UUID(int=1)), "kind": "home", "event": "doubt"}], "body.checks.0.event"),
        ([{"application": str(UUID(int=1)), "kind": "home", "event": "confirm", "more": 1}], "body.checks.0.more"),
        ([{"application": str(UUID(int=1)), "kind": "home", "event": "confirm"}] * 2001, "body.checks"),
    ],
)
async def test_a_list_of_checks_of_another_shape_is_refused_by_field(
    api: Api, office: Office, checks: list[dict[str, Any]], field: str
) -> None:
    headers = await api.sign_in(office.county.world.bureau, "casework")
    answer = await api.client.post(f"/rounds/{office.county.round}/checks", json={"checks": checks}, headers=headers)
    assert answer.status_code == 422 and [error["field"] for error in answer.json()["errors"]] == [field]


async def test_over_http_a_list_of_checks_answers_outcomes(api: Api, office: Office) -> None:
    mine = await office.apply("parent-1", form())
    headers = await api.sign_in(office.county.world.bureau, "casework")
    checks = [{"application": str(mine), "kind": kind, "event": "confirm"} for kind in ("home", "registration")]
    path = f"/rounds/{office.county.round}/checks"
    answer = await api.client.post(path, json={"checks": checks}, headers=headers)
    assert answer.status_code == 200 and answer.json() == {"outcomes": {str(mine): "eligible"}}
    again = await api.client.post(path, json={"checks": checks}, headers=headers)
    assert again.status_code == 409 and again.json()["field"] == "checks.0"
