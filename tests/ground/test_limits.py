"""What the edge refuses and how: full pools, large bodies, unknown routes, wrong fields, broken connections."""

import asyncio
import json
from collections.abc import AsyncIterator
from time import perf_counter
from typing import Any

import asyncpg
import pytest
from httpx import ASGITransport, AsyncClient
from prometheus_client import generate_latest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError

from app.database import Database, make_engine
from app.edge import REGISTRY, Edge
from app.failures import refusal_of
from app.settings import Settings
from tests.conftest import Api
from tests.ground.serving import free_port, serving
from tests.world import World

PLANTED = "13812345678"


async def test_a_full_pool_makes_a_caller_wait_a_moment_and_then_says_503(settings: Settings, world: World) -> None:
    async with serving(settings, pool_size=1, pool_wait_seconds=0.3) as (api, service):
        headers = await api.sign_in(world.bureau, "parent-1")
        database: Database = service.state.database
        async with database.transaction(world.founder()) as session:
            await session.execute(text("SELECT 1"))
            begun = perf_counter()
            answer = await api.client.get("/me", headers=headers)
            waited = perf_counter() - begun
        assert answer.status_code == 503 and answer.json()["code"] == "service.busy"
        assert answer.headers["retry-after"] == "5" and 0.25 < waited < 1.3
        assert (await api.client.get("/me", headers=headers)).status_code == 200


async def test_who_waits_less_than_the_limit_is_served(settings: Settings, world: World) -> None:
    async with serving(settings, pool_size=1, pool_wait_seconds=5.0) as (api, _):
        headers = await api.sign_in(world.bureau, "parent-1")
        answers = await asyncio.gather(*(api.client.get("/me", headers=headers) for _ in range(12)))
        assert {answer.status_code for answer in answers} == {200}


async def test_callers_who_go_in_the_middle_leave_no_connection_behind(settings: Settings, world: World) -> None:
    async with serving(settings, pool_size=2, pool_wait_seconds=1.0) as (api, service):
        headers = await api.sign_in(world.bureau, "parent-1")
        for milliseconds in (0, 1, 2, 3, 5, 8) * 3:
            calls = [asyncio.create_task(api.client.get("/me", headers=headers)) for _ in range(4)]
            await asyncio.sleep(milliseconds / 1000)
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
        answers = await asyncio.gather(*(api.client.get("/me", headers=headers) for _ in range(8)))
        assert {answer.status_code for answer in answers} == {200}
        assert service.state.database.engine.pool.checkedout() == 0
    async with world.database.transaction() as session:
        stuck = (
            "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()"
        )
        assert await session.scalar(text(f"{stuck} AND datname = current_database()")) == 0


async def in_chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(0, size, 10_000):
        yield b" " * 10_000


async def test_a_body_is_refused_by_its_declared_length_before_it_is_read(api: Api, settings: Settings) -> None:
    body = b" " * (settings.body_limit_bytes + 1)
    answer = await api.client.post("/sessions", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413 and answer.json()["code"] == "request.too_large"


async def test_a_body_of_undeclared_length_is_refused_once_it_passes_the_limit(api: Api, settings: Settings) -> None:
    too_much = in_chunks(settings.body_limit_bytes + 10_000)
    answer = await api.client.post("/sessions", content=too_much, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    within = in_chunks(settings.body_limit_bytes // 2)
    answer = await api.client.post("/sessions", content=within, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


@pytest.mark.parametrize("length", ["-1", "1e3", "x", "99999999999999999999"])
async def test_a_length_that_is_no_number_or_too_great_is_refused(api: Api, length: str) -> None:
    answer = await api.client.post("/sessions", content=b"{}", headers={"Content-Length": length})
    assert answer.status_code == 413


async def test_nothing_acts_upon_a_body_whose_sender_has_gone() -> None:
    reached: list[str] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        reached.append("the application")

    sent: list[Any] = []
    messages = [{"type": "http.request", "body": b'{"a": 1}', "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    await Edge(inner, 1000)({"type": "http", "method": "POST", "headers": []}, receive, send)
    assert reached == [] and sent == []


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing/here", 404, "access.not_found"),
        ("GET", "/../../etc/passwd", 404, "access.not_found"),
        ("PUT", "/me", 405, "request.method"),
        ("GET", "/me", 401, "access.signed_out"),
        ("DELETE", "/sessions/current", 401, "access.signed_out"),
        ("POST", "/sessions", 422, "request.invalid"),
    ],
)
async def test_every_refusal_is_a_problem_with_a_code_and_a_remedy(
    api: Api, method: str, path: str, status: int, code: str
) -> None:
    answer = await api.client.request(method, path)
    body = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["title"] and body["remedy"] and body["request"] == answer.headers["x-request-id"]
    assert answer.headers["cache-control"] == "no-store" and answer.headers["x-content-type-options"] == "nosniff"
    assert (status == 405) == ("allow" in answer.headers)


@pytest.mark.parametrize(
    ("wanted", "language"), [("zh-CN", "zh"), ("en-GB,en;q=0.9", "en"), ("fr", "zh"), (None, "zh"), ("", "zh")]
)
async def test_a_problem_speaks_the_callers_language(api: Api, wanted: str | None, language: str) -> None:
    answer = await api.client.get("/me", headers={} if wanted is None else {"Accept-Language": wanted})
    assert answer.headers["content-language"] == language
    assert answer.json()["title"] == ("请先登录。" if language == "zh" else "Please sign in.")


@pytest.mark.parametrize(
    "body",
    [
        {"bureau": PLANTED, "assertion": PLANTED},
        {"bureau": "330424", "assertion": "x", PLANTED: 1},
        {"bureau": "330424", "assertion": "x", "虚构张三": "虚构李四"},
        {"bureau": [PLANTED], "assertion": {"虚构张三": PLANTED}},
        {"bureau": "\ud800虚构张三", "assertion": "\ud800"},
        [PLANTED, "虚构张三"],
        "虚构张三" + PLANTED,
    ],
    ids=["values", "number as name", "name as name", "nested", "surrogate", "list", "text"],
)
async def test_a_wrong_field_is_named_and_no_value_nor_foreign_name_is_repeated(api: Api, body: Any) -> None:
    answer = await api.client.post("/sessions", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert answer.status_code == 422 and answer.json()["errors"]
    assert PLANTED not in answer.text and "虚构" not in answer.text


async def test_a_method_that_somebody_made_up_is_counted_under_no_name_of_its_own(api: Api) -> None:
    assert (await api.client.request("X" + PLANTED, "/me")).status_code == 405
    counted = generate_latest(REGISTRY).decode()
    assert PLANTED not in counted and 'method="other",route="who_am_i",status="405"' in counted


async def test_text_that_no_database_holds_is_the_callers_fault(api: Api, world: World) -> None:
    headers = await api.sign_in(world.bureau, "registrar")
    body = '{"person": "%s", "organisation": "%s", "role": "rules", "valid_from": "2026-01-01"}'
    for text_ in ("a\\u0000b", "a\\ud800b"):
        answer = await api.client.post(
            "/grants",
            content=body % (world.staff["casework"].person, text_),
            headers={**headers, "Content-Type": "application/json"},
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")


class Lost(Exception):
    """As the driver's error, with the state that PostgreSQL gave."""

    def __init__(self, state: str) -> None:
        super().__init__("planted")
        self.sqlstate = state


def wrapped(state: str, lost: bool = False) -> DBAPIError:
    error = DBAPIError("SELECT 1", None, Lost(state), connection_invalidated=lost)
    error.__cause__ = error.orig
    return error


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (wrapped("53100"), "service.busy", 503),
        (wrapped("40P01"), "service.busy", 503),
        (wrapped("55P03"), "service.busy", 503),
        (wrapped("57P01", lost=True), "service.interrupted", 503),
        (wrapped("08006"), "service.interrupted", 503),
        (wrapped("25006"), "access.forbidden", 403),
        (wrapped("22021"), "request.invalid", 422),
        (wrapped("23505"), "service.failed", 500),
        (asyncpg.CannotConnectNowError("starting up"), "service.busy", 503),
        (asyncpg.TooManyConnectionsError("full"), "service.busy", 503),
        (ConnectionRefusedError(), "service.busy", 503),
        (TimeoutError(), "service.busy", 503),
        (InterfaceError("SELECT 1", None, Lost("")), "service.failed", 500),
        (KeyError("planted"), "service.failed", 500),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_a_failure_below_is_told_for_what_it_is(error: Exception, code: str, status: int) -> None:
    refusal = refusal_of(error)
    assert (refusal.code, refusal.status) == (code, status)
    assert "planted" not in refusal.title("en") + refusal.remedy("en")


async def test_where_the_connection_broke_nobody_is_told_that_nothing_was_changed(
    settings: Settings, world: World
) -> None:
    async with serving(settings, pool_size=1) as (api, service):
        headers = await api.sign_in(world.bureau, "parent-1")
        async with service.state.database.transaction() as session:
            pid = await session.scalar(text("SELECT pg_backend_pid()"))
        async with world.database.transaction() as session:
            await session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        answers = [await api.client.get("/me", headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [503, 200]
    assert answers[0].json()["code"] == "service.interrupted" and answers[0].headers["retry-after"] == "5"


async def test_readiness_says_503_while_the_database_is_away_and_liveness_stays(settings: Settings) -> None:
    async with serving(settings) as (_, service):
        held = service.state.database
        service.state.database = Database(make_engine(f"postgresql://tongjiao_app:x@127.0.0.1:{free_port()}/x"))
        transport = ASGITransport(app=service, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://tongjiao.test") as client:
            ready, alive = await client.get("/readyz"), await client.get("/healthz")
        assert (ready.status_code, ready.json()["code"]) == (503, "service.busy") and alive.status_code == 200
        service.state.database = held
