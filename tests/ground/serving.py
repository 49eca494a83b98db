"""The HTTP service under settings of the test's own, and a server that never answers."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from app.main import create_app, holding
from app.settings import Settings
from tests.conftest import Api


@asynccontextmanager
async def serving(settings: Settings, **changed: Any) -> AsyncIterator[tuple[Api, FastAPI]]:
    service = create_app(settings.model_copy(update=changed))
    async with holding(service):
        transport = ASGITransport(app=service, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://tongjiao.test/api/v1") as client:
            yield Api(client), service


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


@asynccontextmanager
async def silent_server() -> AsyncIterator[int]:
    """The port of a server that accepts and says nothing."""

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
