"""A family's verbs as a browser sees them: double clicks, two tabs, a retry, and a COMMIT that fails."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import Response

from app.database import Database
from tests.applications.office import Office
from tests.conftest import Api
from tests.county import County, form
from tests.ground.test_commit_before_answer import commit_fails

TABLES = ("child", "guardianship", "application", "preference", "evidence", "decision", "subject_key")


def body(**changes: Any) -> dict[str, Any]:
    return form(**changes).to_json()


async def send(api: Api, county: County, key: str, sent: dict[str, Any], who: str = "parent-1") -> Response:
    headers = await api.sign_in(county.world.bureau, who) | {"Idempotency-Key": key}
    return await api.client.post(f"/rounds/{county.round}/applications", json=sent, headers=headers)


async def counts(office: Office) -> dict[str, int]:
    return {table: (await office.rows(f"SELECT count(*) AS n FROM {table}"))[0].n for table in TABLES}


async def submissions(office: Office) -> int:
    found = await office.rows("SELECT count(*) AS n FROM journal_entry WHERE action = 'api:application:submit'")
    return int(found[0].n)


async def test_64_identical_requests_at_once_make_one_row_one_entry_and_64_equal_answers(
    api: Api, office: Office
) -> None:
    await api.sign_in(office.county.world.bureau, "parent-1")
    answers = await asyncio.gather(*(send(api, office.county, "key-00000001", body()) for _ in range(64)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    found = await counts(office)
    assert (found["application"], found["child"], found["decision"], found["evidence"]) == (1, 1, 1, 2)
    assert await submissions(office) == 1


async def test_two_tabs_at_once_make_one_application_in_two_versions(api: Api, office: Office) -> None:
    await api.sign_in(office.county.world.bureau, "parent-1")
    tabs = [body(preferences=["2026-g1-s2"]), body(preferences=["2026-g1-s3"])]
    answers = await asyncio.gather(
        *(send(api, office.county, f"tab-0000{index}", sent) for index, sent in enumerate(tabs))
    )
    told = [answer.json() for answer in answers]
    assert {one["application"] for one in told} == {told[0]["application"]}
    assert sorted(one["version"] for one in told) == [1, 2] and await submissions(office) == 2
    last = next(sent for sent, one in zip(tabs, told, strict=True) if one["version"] == 2)
    wishes = await office.rows("SELECT programme FROM preference")
    assert [row.programme for row in wishes] == last["preferences"] and (await counts(office))["application"] == 1


async def test_the_same_key_with_another_body_is_422_and_changes_nothing(api: Api, office: Office) -> None:
    await send(api, office.county, "key-00000001", body())
    before = await counts(office)
    answer = await send(api, office.county, "key-00000001", body(preferences=[]))
    assert answer.status_code == 422 and answer.json()["code"] == "idempotency.other_body"
    assert await counts(office) == before and await submissions(office) == 1


async def test_a_key_belongs_to_its_account(api: Api, office: Office) -> None:
    mine = await send(api, office.county, "key-00000001", body(), "parent-1")
    other = await send(api, office.county, "key-00000001", body(), "parent-2")
    assert mine.json()["application"] != other.json()["application"]


@pytest.mark.parametrize("table", ["application", "receipt", "journal_entry"])
async def test_a_submission_whose_commit_fails_has_no_receipt_and_leaves_nothing(
    api: Api, office: Office, owner_database: Database, table: str
) -> None:
    await api.sign_in(office.county.world.bureau, "parent-1")
    before = await counts(office)
    async with commit_fails(owner_database, table, office.county.world.bureau):
        answer = await send(api, office.county, "key-00000001", body())
    assert answer.status_code == 500 and "application" not in answer.json()
    assert await counts(office) == before and await submissions(office) == 0
    again = await send(api, office.county, "key-00000001", body())
    assert again.status_code == 201 and again.json()["version"] == 1


@pytest.mark.parametrize("key", [None, "", "short", "k" * 65, "key with spaces", "key!00000001"])
async def test_a_submission_without_a_proper_key_is_refused(api: Api, office: Office, key: str | None) -> None:
    headers = await api.sign_in(office.county.world.bureau, "parent-1")
    if key is not None:
        headers = headers | {"Idempotency-Key": key}
    answer = await api.client.post(f"/rounds/{office.county.round}/applications", json=body(), headers=headers)
    assert answer.status_code == 422 and (await counts(office))["application"] == 0


async def test_a_round_that_is_not_there_and_a_caller_who_is_not_signed_in(api: Api, office: Office) -> None:
    headers = await api.sign_in(office.county.world.bureau, "parent-1") | {"Idempotency-Key": "key-00000001"}
    nowhere = "/rounds/01990000-0000-7000-8000-000000000001/applications"
    assert (await api.client.post(nowhere, json=body(), headers=headers)).status_code == 404
    unsigned = {"Idempotency-Key": "key-00000001"}
    here = f"/rounds/{office.county.round}/applications"
    assert (await api.client.post(here, json=body(), headers=unsigned)).status_code == 401


async def test_a_draft_a_submission_and_a_withdrawal_from_end_to_end(api: Api, office: Office) -> None:
    county = office.county
    headers = await api.sign_in(county.world.bureau, "parent-1")
    draft = await api.client.put(f"/rounds/{county.round}/draft", json=body(preferences=[]), headers=headers)
    assert draft.status_code == 200 and draft.json()["version"] == 1
    receipt = (await send(api, county, "key-00000001", body())).json()
    mine = draft.json()["application"]
    assert receipt["application"] == mine and receipt["version"] == 2 and receipt["form_digest"] == form().digest
    late = await api.client.put(f"/rounds/{county.round}/draft", json=body(), headers=headers)
    assert late.status_code == 409 and late.json()["code"] == "application.already_submitted"
    gone = await api.client.post(f"/applications/{mine}/withdrawal", headers=headers)
    assert gone.status_code == 204 and gone.content == b""
    again = await api.client.post(f"/applications/{mine}/withdrawal", headers=headers)
    assert again.status_code == 409 and again.json()["code"] == "transition.refused"
    listed = (await api.client.get("/applications", headers=headers)).json()
    assert [(one["id"], one["status"], one["version"]) for one in listed] == [(mine, "withdrawn", 3)]
    assert [step for step, _, _ in await office.journal(f"application:{mine}")] == [
        "application:draft",
        "application:submit",
        "application:assess",
        "application:withdraw",
        "withdraw_application:refused",
    ]


async def test_nobody_withdraws_the_application_of_another_family(api: Api, office: Office) -> None:
    mine = (await send(api, office.county, "key-00000001", body())).json()["application"]
    for who, status in (("parent-2", 404), ("casework", 403), ("auditor", 403)):
        headers = await api.sign_in(office.county.world.bureau, who)
        answer = await api.client.post(f"/applications/{mine}/withdrawal", headers=headers)
        assert answer.status_code == status, who


@pytest.mark.parametrize("status", ["planned", "closed", "verified"])
async def test_outside_its_window_a_round_takes_nothing_and_lets_nothing_go(
    api: Api, office: Office, status: str
) -> None:
    mine = (await send(api, office.county, "key-00000001", body())).json()["application"]
    await office.county.set_round(status=status)
    headers = await api.sign_in(office.county.world.bureau, "parent-1")
    answers = [
        await send(api, office.county, "key-00000002", body()),
        await api.client.put(f"/rounds/{office.county.round}/draft", json=body(), headers=headers),
        await api.client.post(f"/applications/{mine}/withdrawal", headers=headers),
    ]
    assert {answer.json()["code"] for answer in answers} == {"application.round_not_open"}
    assert not any("verified" in answer.text for answer in answers)
    assert (await send(api, office.county, "key-00000001", body())).json()["application"] == mine


async def test_an_open_round_takes_nothing_before_its_time(api: Api, office: Office) -> None:
    await office.county.set_round(opens_at=datetime.now(UTC) + timedelta(minutes=30))
    answer = await send(api, office.county, "key-00000001", body())
    assert answer.json()["code"] == "application.round_not_open"
