"""No personal value reaches a log or the cache (T-16, T-22): a real server is sent planted names and numbers in every
part of a request, by routes that work and by routes that fail, and all that it has written is searched."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from redis.asyncio import Redis

from app import logs
from app.settings import Settings
from tests.ground.serving import free_port
from tests.world import World

NAME, NUMBER, PHONE = "虚构钱多多", "330424201907011234", "13812345678"
PLANTED = (NAME, NUMBER, PHONE)
BODY = json.dumps({"name": NAME, "number": NUMBER, "phone": PHONE}, ensure_ascii=False)
FAULTS = ("exception", "database", "raised", "validation", "answer", "warning", "records", "task", "stream")


@dataclass(frozen=True)
class Server:
    url: str
    written: Path

    def text(self) -> str:
        """All that was written, once nothing more comes: a line is written after its answer is sent."""
        text, before = self.written.read_text(), None
        while text != before:
            time.sleep(0.2)
            text, before = self.written.read_text(), text
        return text


@pytest.fixture(scope="module")
def server(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    port, written = free_port(), tmp_path_factory.mktemp("logs") / "server"
    command = [sys.executable, "-m", "uvicorn", "tests.ground.faulty:create_faulty_app", "--factory"]
    environment = {**os.environ, "DATABASE_URL": settings.database_url, "PYTHONUNBUFFERED": "1"}
    with written.open("w") as output:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=Path(__file__).parents[2],
        )
        try:
            wait_until_it_answers(f"http://127.0.0.1:{port}/readyz", process)
            yield Server(f"http://127.0.0.1:{port}", written)
        finally:
            process.terminate()
            process.wait(10)
            assert hits(written.read_text()) == []


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        try:
            httpx.get(url)
        except httpx.TransportError:
            assert process.poll() is None
            time.sleep(0.05)
        else:
            return
    raise TimeoutError


def plant(client: httpx.Client, bureau: str) -> str:
    """Send the planted values in bodies, queries, paths, headers, methods and field names; answers the metrics."""
    token = client.post("/api/v1/sessions", json={"bureau": bureau, "assertion": "parent-1"}).json()["token"]
    signed_in = {"Authorization": f"Bearer {token}"}
    for planted in PLANTED:
        client.post("/api/v1/sessions", json={"bureau": bureau, "assertion": planted})
        client.post("/api/v1/sessions", json={planted: planted, "bureau": planted})
        client.get("/api/v1/me", headers={"Authorization": f"Bearer {quote(planted)}"})
        client.get("/api/v1/me", params={planted: planted}, headers={**signed_in, "X-Name": quote(planted)})
        client.get(f"/api/v1/nothing/{planted}")
        client.get(f"/faults/path/{planted}/{planted}", headers=signed_in)
        client.delete(f"/api/v1/grants/{planted}", headers=signed_in)
        client.post("/api/v1/grants", json={"organisation": planted}, headers=signed_in)
    client.request("X" + PHONE, "/api/v1/me")
    client.request("X" + NUMBER, f"/{NAME}")
    client.request("PROPFIND", f"/{NAME}")
    for fault in FAULTS:
        try:
            client.post(f"/faults/{fault}", content=BODY.encode(), headers=signed_in)
        except httpx.RemoteProtocolError:
            assert fault == "stream"
    return client.get("/metrics").text


def hits(text: str) -> list[str]:
    spellings = {
        planted: (planted, quote(planted), json.dumps(planted)[1:-1], repr(planted.encode())[2:-1])
        for planted in PLANTED
    }
    return [spelling for known in spellings.values() for spelling in known if spelling in text]


async def test_planted_values_stand_in_no_log_and_not_in_the_cache(
    server: Server, settings: Settings, world: World
) -> None:
    with httpx.Client(base_url=server.url, timeout=10) as client:
        metrics = plant(client, world.bureau)
    assert hits(server.text()) == []
    assert hits(metrics) == [] and 'route="who_am_i"' in metrics and 'method="other"' in metrics
    assert hits(await everything_in(settings.redis_url)) == []


async def everything_in(redis_url: str) -> str:
    redis = Redis.from_url(redis_url)
    found = []
    async for key in redis.scan_iter("*", count=1000):
        is_text = await redis.type(key) == b"string"
        value = await redis.get(key) if is_text else await redis.dump(key)
        for part in (key, value):
            found += [repr(part), part.decode(errors="replace") if isinstance(part, bytes) else str(part)]
    await redis.aclose()
    assert found, "the cache was used: a miss was counted"
    return "\n".join(found)


def test_the_search_finds_what_it_looks_for() -> None:
    for text in (NAME, f"x{NUMBER}x", PHONE, quote(NAME), json.dumps({"a": NAME}), repr(NAME.encode())):
        assert hits(text)


def test_every_line_is_one_object_that_says_what_happened_and_where(server: Server) -> None:
    with httpx.Client(base_url=server.url) as client:
        answer = client.post("/faults/exception", content=BODY.encode())
    assert answer.status_code == 500 and answer.json()["code"] == "service.failed"
    assert answer.headers["x-request-id"] == answer.json()["request"] and hits(answer.text) == []
    lines = [json.loads(line) for line in server.text().splitlines()]
    assert all(set(line) <= logs.PERMITTED for line in lines)
    [failed] = [line for line in lines if line["event"] == "failed" and line.get("request") == answer.json()["request"]]
    assert failed["error"] == "KeyError < ValueError" and failed["code"] == "service.failed"
    [request] = [line for line in lines if line["event"] == "request" and line["request"] == failed["request"]]
    assert request["status"] == 500 and request["route"] == "/faults/exception" and request["method"] == "POST"
    assert [line for line in lines if line.get("logger") == "uvicorn.access"] == []


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_operations_are_answered_without_signing_in(server: Server, path: str) -> None:
    answer = httpx.get(server.url + path)
    assert answer.status_code == 200 and answer.content


def test_the_logs_keep_an_errors_types_and_states_and_place() -> None:
    try:
        json.loads("{" + NAME)
    except ValueError as cause:
        try:
            raise LookupError(PHONE) from cause
        except LookupError as error:
            assert logs.terse(error) == "LookupError < JSONDecodeError"
            assert logs.where(error) == "-"
    try:
        logs.where(None)  # type: ignore[arg-type]
    except AttributeError as error:
        assert logs.where(error).startswith("logs.py:")
