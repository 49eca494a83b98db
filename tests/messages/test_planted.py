"""Planted numbers and names stand in no log, no path, no cache, no job, no journal and no plain column (T-16, T-22)."""

import json

import pytest
import redis
from sqlalchemy import text

from app import logs
from tests.conftest import Api
from tests.ground.rows import TABLES, everything
from tests.messages.parlour import CHILD, NUMBER, Parlour, new_object, notice
from tests.messages.provider import Fault, Provider

PLANTED = (NUMBER, NUMBER.removeprefix("+86"), CHILD)


def found(text_: str) -> list[str]:
    escaped = json.dumps(CHILD)[1:-1]
    return [secret for secret in (*PLANTED, escaped) if secret in text_]


async def test_nothing_personal_is_left_anywhere_by_sending_failing_and_reading(
    api: Api, parlour: Parlour, sms: Provider, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.configure()
    parent, objects = await parlour.parent("parent-1", None), [new_object() for _ in range(6)]
    headers = await api.sign_in(parlour.world.bureau, "parent-1")
    await api.client.put("/me/phone", json={"phone": NUMBER}, headers=headers)
    await api.client.put("/me/phone", json={"phone": f"{NUMBER}9"}, headers=headers)
    async with parlour.working(sms, seconds=0.3):
        for about, fault in zip(objects, (None, *list(Fault)[:5]), strict=True):
            sms.fault, sms.faults_left = fault, 1
            await parlour.post([notice(parent, about)])
            await parlour.reaches(about, "delivered")
        await parlour.idle()
    inbox = await api.client.get("/messages", headers=headers)
    assert CHILD in inbox.text and found(json.dumps([value[0] for value in sms.sent.values()]))
    said = capfd.readouterr()
    assert "worker_started" in said.err and "request" in said.err and found(said.err + said.out) == []
    assert [request.path for request in sms.requests if found(request.path + str(request.headers))] == []
    assert found(await everything_stored(parlour)) == [] and found(everything_cached(parlour)) == []


async def everything_stored(parlour: Parlour) -> str:
    """Every row of the bureau in every table as text, and the queue."""
    reader = everything(parlour.world.bureau, parlour.officer.person)
    parts = []
    async with parlour.world.database.transaction(reader) as session:
        for name in TABLES:
            parts += [str(row[0]) for row in (await session.execute(text(f"SELECT t::text FROM {name} t"))).all()]
    async with parlour.workers.transaction() as session:
        for name in ("pgqueuer", "pgqueuer_log"):
            parts += [str(row[0]) for row in (await session.execute(text(f"SELECT t::text FROM queue.{name} t"))).all()]
    assert any("list_final" in part for part in parts)
    return "\n".join(parts)


def everything_cached(parlour: Parlour) -> str:
    cache = redis.Redis.from_url(parlour.settings.redis_url)
    keys = list(cache.scan_iter())
    values = [cache.get(key) if cache.type(key) == b"string" else b"" for key in keys]
    cache.close()
    return repr(keys) + repr(values)
