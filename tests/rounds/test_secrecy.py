"""T-04: while a result is drafted, verified and approved, nobody but its officers can tell (decision 13)."""

import json
from io import BytesIO
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest
from fastapi import FastAPI

from app.rounds import publish, run
from tests.conftest import Api
from tests.rounds.builders import county_families
from tests.rounds.life import REASON, Life

READERS = ("anonymous", "parent-1", "school-p01", "casework", "rules", "registrar")
ANY = str(UUID(int=7))
Answers = dict[tuple[str, str, str], tuple[int, dict[str, str], bytes]]


class Watch:
    """Everything that these readers are answered about a round, as bytes."""

    def __init__(self, life: Life, api: Api, service: FastAPI) -> None:
        self.life, self.api = life, api
        world = life.county.world
        known = {
            "bureau": world.bureau,
            "round_id": str(life.round),
            "round": str(life.round),
            "application_id": str(life.families[0].application),
            "school": "s1",
            "stage": "primary",
            "source": "bundles",
            "number": "1",
            "name": "manifest.json",
        }
        paths = [path for path, verbs in service.openapi()["paths"].items() if "get" in verbs and "/api/v1/" in path]
        self.asked = [("GET", self.filled(path.removeprefix("/api/v1"), known)) for path in paths]
        self.asked += [("GET", self.filled(FILE, known | {"source": "runs", "name": "placements.csv"}))]
        self.asked += [("POST", f"/rounds/{life.round}/{verb}") for verb in ("rectification", "publication", "opening")]
        self.asked += [("POST", f"/applications/{life.families[0].application}/{what}") for what in FAMILYS]

    @staticmethod
    def filled(path: str, known: dict[str, str]) -> str:
        parts = [known.get(part.strip("{}"), ANY) if part.startswith("{") else part for part in path.split("/")]
        return "/".join(parts)

    async def answers(self) -> Answers:
        found: Answers = {}
        for reader in READERS:
            headers = {}
            if reader != "anonymous":
                headers = await self.api.sign_in(self.life.county.world.bureau, reader)
            for method, path in self.asked:
                body = {"words": "虚构异议"} if method == "POST" else None
                answer = await self.api.client.request(method, path, headers=headers, json=body)
                found[reader, method, path] = (answer.status_code, dict(answer.headers), answer.content)
        return {key: stable(*answer) for key, answer in found.items()}


FILE = "/bureaus/{bureau}/rounds/{round_id}/files/{source}/{number}/{name}"
FAMILYS = ("objections", "withdrawal")


def stable(status: int, headers: dict[str, str], content: bytes) -> tuple[int, dict[str, str], bytes]:
    """Without the number that every request has of its own, and without the moment at which a workbook was made."""
    headers.pop("x-request-id")
    if content.startswith(b"PK"):
        with ZipFile(BytesIO(content)) as workbook:
            parts = [name for name in workbook.namelist() if name != "docProps/core.xml"]
            content = b"".join(workbook.read(name) for name in parts)
        headers.pop("content-length")
    if headers.get("content-type") == "application/problem+json":
        body = json.loads(content)
        body.pop("request")
        content = json.dumps(body, sort_keys=True).encode()
    return status, headers, content


@pytest.fixture
async def watch(life: Life, api: Api, service: FastAPI) -> Watch:
    await life.county.world.hire("school-p01", "s1", "school_office")
    parent = await life.county.parent("parent-1")
    life.families = county_families(parent.person, 6)
    await life.reach("drawn")
    return Watch(life, api, service)


async def test_answers_are_byte_equal_with_and_without_a_drafted_result(watch: Watch) -> None:
    life = watch.life
    without = await watch.answers()
    round_path = f"/bureaus/{life.county.world.bureau}/rounds/{life.round}"
    read = {reader: json.loads(without[reader, "GET", round_path][2]) for reader in READERS}
    assert {answer["status"] for answer in read.values()} == {"drawn"}
    codes = [status for status, _, _ in without.values()]
    assert codes.count(200) > 5 * len(READERS) and not [code for code in codes if code >= 500]

    run_id = await life.do("allocation", run.request_run, life.round, REASON)
    assert await watch.answers() == without
    await run.allocate(await life.claim(run_id))
    assert (await life.row()).status == "verified" and await watch.answers() == without
    await life.approve()
    assert (await life.row()).status == "approved" and await watch.answers() == without

    await life.do("approval", publish.propose, life.round)
    after = await watch.answers()
    changed = {key for key in without if after[key] != without[key]}
    assert {(reader, "GET", round_path) for reader in READERS} <= changed
    result = watch.filled(FILE, {"bureau": life.county.world.bureau, "round_id": str(life.round), "source": "runs",
                                 "number": "1", "name": "placements.csv"})  # fmt: skip
    assert {after[reader, "GET", result][0] for reader in READERS} == {200}


async def test_the_officers_see_the_draft_and_others_neither_the_run_nor_its_job_nor_its_act(
    watch: Watch, api: Api
) -> None:
    life = watch.life
    await life.run()
    bureau = life.county.world.bureau
    act = await life.do("allocation", publish.propose_approval, life.round)
    found = await life.sql("allocation", "SELECT job FROM allocation_run")
    paths = [f"/rounds/{life.round}/runs", f"/jobs/{found.scalar_one()}"]
    for reader, codes in (("allocation", [200, 200]), ("casework", [403, 404]), ("parent-1", [403, 403])):
        headers = await api.sign_in(bureau, reader)
        assert [(await api.client.get(path, headers=headers)).status_code for path in paths] == codes, reader
        if reader != "parent-1":
            acts = (await api.client.get("/acts", headers=headers)).json()
            assert [one["id"] for one in acts] == ([str(act.id)] if reader == "allocation" else [])
    headers = await api.sign_in(bureau, "approval")
    seen = (await api.client.get(f"/bureaus/{bureau}/rounds/{life.round}", headers=headers)).json()
    assert seen["status"] == "verified" and seen["status_zh"] == "已独立核验"


@pytest.mark.parametrize("table", ["bundle", "bundle_file", "bundle_applicant", "allocation_run", "run_file"])
async def test_row_security_alone_hides_the_draft(watch: Watch, table: str) -> None:
    life = watch.life
    await life.run()
    count = f"SELECT count(*) FROM {table} WHERE bureau = :bureau"
    people: dict[str, Any] = {name: life.staff(name) for name in ("casework", "rules", "auditor", "school-p01")}
    people["guardian"] = await life.county.parent("parent-2")
    assert (await life.sql("approval", count)).scalar_one() > 0
    for name, actor in people.items():
        life.county.world.staff[name] = actor
        assert (await life.sql(name, count)).scalar_one() == 0
