"""Sending the calls as each kind of caller, and undoing what they did."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.actor import Actor
from app.database import Database, set_context
from tests.access.calls import Sent, calls
from tests.access.stage import Stage
from tests.access.table import ANONYMOUS, MACHINE, OFFICER_ELSEWHERE, PARENT_ELSEWHERE, Row

FALSE_TOKEN = "A" * 43


class Undone(Database):
    """The same transactions, of which none is kept: each is carried out, with every check that COMMIT would make, and
    then rolled back, so that one stage serves every call."""

    @asynccontextmanager
    async def transaction(self, actor: Actor | None = None) -> AsyncIterator[AsyncSession]:
        async with self._sessions() as session, session.begin() as whole:
            if actor is not None:
                await set_context(session, actor)
            yield session
            await session.flush()
            await session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
            await whole.rollback()


@dataclass(frozen=True)
class Operation:
    """Where an operation is found, and with what status it succeeds."""

    method: str
    path: str
    success: int
    parameters: tuple[dict[str, Any], ...]


def operations(document: dict[str, Any]) -> dict[str, Operation]:
    """Every operation of an OpenAPI document, by its id."""
    found = {}
    for path, verbs in document["paths"].items():
        for method, said in verbs.items():
            success = next(int(status) for status in said["responses"] if status.startswith("2"))
            found[said["operationId"]] = Operation(method.upper(), path, success, tuple(said.get("parameters", [])))
    return found


@dataclass(repr=False)
class Asking:
    """`here` is where the objects stand unless a call says otherwise; `elsewhere` is the other bureau."""

    client: AsyncClient
    operations: dict[str, Operation]
    here: Stage
    elsewhere: Stage

    @classmethod
    @asynccontextmanager
    async def of(cls, service: FastAPI, here: Stage, elsewhere: Stage) -> AsyncIterator["Asking"]:
        transport = ASGITransport(app=service, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://tongjiao.test") as client:
            yield cls(client, operations(service.openapi()), here, elsewhere)

    def token(self, row: Row, kind: str) -> str | None:
        """The kind's token; another bureau's officer has the duty that the row asks for."""
        if kind == ANONYMOUS:
            return None
        if kind == MACHINE:
            return FALSE_TOKEN
        if kind == OFFICER_ELSEWHERE:
            return self.elsewhere.tokens[row.duty]
        return self.elsewhere.tokens["guardian"] if kind == PARENT_ELSEWHERE else self.here.tokens[kind]

    def sent(self, row: Row, stage: Stage) -> Sent:
        return calls(stage)[row.title]

    async def ask(self, row: Row, kind: str, sent: Sent) -> Response:
        operation, token = self.operations[row.operation], self.token(row, kind)
        headers = dict(sent.headers) | ({} if token is None else {"Authorization": f"Bearer {token}"})
        return await self.client.request(
            operation.method,
            operation.path.format(**sent.path),
            params=sent.query,
            headers=headers,
            json=sent.json,
            data=sent.form or None,
            files=None if sent.file is None else {"file": ("fictitious.csv", sent.file)},
        )
