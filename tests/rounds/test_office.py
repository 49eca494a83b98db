"""The bureau's verbs over HTTP, each by the officer whose duty it is."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.rounds import run
from app.rounds.vocabulary import DocumentKind
from tests.conftest import Api
from tests.rounds.builders import county_families, write_families
from tests.rounds.life import DRAW, REASON, Life

PLAN = {
    "code": "fict-2026-http",
    "stage": "primary",
    "year": 2026,
    "title_zh": "虚构轮次",
    "title_en": "Fictitious round",
    "ruleset": "primary-2026",
    "as_of": "2026-05-31",
    "demonstration": True,
}


class Office:
    """Calls under /rounds/{round} as an officer; `expect` is the status code wanted."""

    def __init__(self, life: Life, api: Api) -> None:
        self.life, self.api = life, api

    async def ask(self, who: str, path: str, body: Any = None, expect: int = 200, if_match: str = "") -> Any:
        path = path.replace("{round}", str(self.life.round))
        signed = await self.api.sign_in(self.life.county.world.bureau, who)
        method = "PUT" if "/documents/" in path else "POST"
        headers = signed | ({"If-Match": if_match} if if_match else {})
        answer = await self.api.client.request(method, path, json=body, headers=headers)
        assert answer.status_code == expect, answer.text
        return answer.json() if answer.content else None

    async def by_two(self, path: str, body: Any, approval: str, first: str = "allocation") -> Any:
        act = await self.ask(first, path, body, 201)
        return await self.ask("approval", f"/acts/{act['id']}/{approval}", {"digest": act["digest"]})

    async def forward(self, deadline: str) -> None:
        await self.ask("allocation", "/rounds/{round}/demonstration", {"deadline": deadline})

    async def plan(self) -> dict[str, Any]:
        opens = await self.life.now() + timedelta(hours=1)
        window = {"opens_at": opens.isoformat(), "closes_at": (opens + timedelta(hours=1)).isoformat()}
        made: dict[str, Any] = await self.ask("rules", "/rounds", PLAN | window, 201)
        self.life.round = UUID(made["id"])
        return made


@pytest.fixture
def office(life: Life, api: Api) -> Office:
    return Office(life, api)


async def test_the_officers_lead_a_round_from_its_plan_to_an_approved_result(office: Office) -> None:
    life, ask = office.life, office.ask
    made = await office.plan()
    assert made["status"] == "planned" and made["status_zh"] == "筹备中" and made["demonstration"]
    for kind in DocumentKind:
        made = await ask("rules", f"/rounds/{{round}}/documents/{kind}", {"text_zh": "虚构", "text_en": "fictitious"})
    await life.write_programmes()
    await ask("rules", "/rounds/{round}/publication")
    await office.forward("opens_at")
    await ask("rules", "/rounds/{round}/opening")
    life.families = county_families(life.staff("allocation").person, 6)
    await write_families(life.county, life.vault, life.round, life.families)
    await office.forward("closes_at")
    await ask("allocation", "/rounds/{round}/closing")
    later = (await life.now() + timedelta(hours=1)).isoformat()
    extended = await office.by_two(
        "/rounds/{round}/extension-proposals", {"closes_at": later, "reason": REASON}, "extension", "rules"
    )
    assert extended["status"] == "open"
    await office.forward("closes_at")
    await ask("allocation", "/rounds/{round}/closing")
    await ask("allocation", "/rounds/{round}/ranking")
    assert (await ask("casework", "/rounds/{round}/rectification"))["objections_until"] is None
    assert (await ask("allocation", "/rounds/{round}/ranking"))["objections_until"]
    await office.forward("objections_until")
    freeze = {"draw_name": DRAW, "draw_at": (await life.now() + timedelta(hours=1)).isoformat()}
    first = await ask("allocation", "/rounds/{round}/freeze", freeze)
    assert first["root"] and (await ask("allocation", "/rounds/{round}/unfreeze", {"reason": REASON}))["root"] is None
    assert (await ask("allocation", "/rounds/{round}/freeze", freeze))["root"] == first["root"]
    await office.forward("draw_at")
    drawn = await office.by_two("/rounds/{round}/draw-proposals", {"value": "4-0-7"}, "draw")
    assert drawn["draw_value"] == "4-0-7"
    asked = await ask("allocation", "/rounds/{round}/runs", {"reason": REASON}, 201)
    await ask("allocation", "/rounds/{round}/runs", {"reason": REASON}, 409)
    again = await ask("allocation", "/rounds/{round}/runs?again=true", {"reason": "虚构：重来"}, 201)
    await run.allocate(await life.claim(again["id"]))
    headers = await office.api.sign_in(life.county.world.bureau, "approval")
    ledger = (await office.api.client.get(f"/rounds/{life.round}/runs", headers=headers)).json()
    assert [(entry["id"], entry["status"], entry["done"]) for entry in ledger] == [
        (asked["id"], "void", None),
        (again["id"], "verified", 2),
    ]
    approved = await office.by_two("/rounds/{round}/approval-proposals", None, "approval")
    assert approved["status"] == "approved"
    act = await ask("allocation", "/rounds/{round}/annulment-proposals", {"reason": REASON}, 201)
    assert act["kind"] == "annul_result" and act["payload"]["reason"] == REASON


async def test_an_answered_round_is_concluded(office: Office) -> None:
    office.life.families = county_families(office.life.staff("allocation").person, 2)
    await office.life.reach("answered")
    assert (await office.ask("allocation", "/rounds/{round}/conclusion"))["status"] == "concluded"
    await office.ask("allocation", "/rounds/{round}/conclusion", expect=409)


async def test_a_document_is_not_written_over_somebody_elses(office: Office) -> None:
    made = await office.plan()
    tag = f'"{made["version"]}-planned"'
    body = {"text_zh": "虚构甲", "text_en": "fictitious A"}
    path = f"/rounds/{{round}}/documents/{DocumentKind.RULES}"
    await office.ask("rules", path, body, if_match=tag)
    await office.ask("rules-2", path, body, 412, if_match=tag)
    await office.ask("rules-2", path, body)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("opens_at", "2026-06-15T09:00:00"),
        ("code", "with space"),
        ("stage", "university"),
        ("distance_limit_m", 0),
        ("silence", "perhaps"),
        ("status", "open"),
    ],
)
async def test_a_plan_with_a_wrong_or_unknown_field_is_refused_by_name(office: Office, field: str, value: Any) -> None:
    window = {"opens_at": "2026-06-15T09:00:00+08:00", "closes_at": "2026-06-22T17:00:00+08:00"}
    answer = await office.ask("rules", "/rounds", PLAN | window | {field: value}, 422)
    assert [error["field"] for error in answer["errors"]] == [f"body.{field}"]


async def test_a_planned_round_is_for_the_staff_alone(office: Office) -> None:
    await office.plan()
    bureau = office.life.county.world.bureau
    path = f"/bureaus/{bureau}/rounds"
    for reader, listed, code in (("registrar", 2, 200), ("parent-1", 1, 404)):
        headers = await office.api.sign_in(bureau, reader)
        assert len((await office.api.client.get(path, headers=headers)).json()["rounds"]) == listed
        for leaf in ("", "/documents"):
            url = f"{path}/{office.life.round}{leaf}"
            assert (await office.api.client.get(url, headers=headers)).status_code == code
