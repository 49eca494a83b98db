"""The real service with routes that fail in every way in which a program of ours or a library can: what they are
sent stands in their exceptions, warnings and records. Started by the tests of the logs alone."""

import asyncio
import logging
import warnings
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from sqlalchemy import text
from structlog import get_logger

from app.accounts.calls import Session, SignedIn
from app.main import create_app

faults = APIRouter(prefix="/faults")


class Narrow(BaseModel):
    number: int


async def spoken(request: Request) -> str:
    return (await request.body()).decode()


@faults.post("/exception")
async def exception(request: Request) -> None:
    try:
        raise ValueError(await spoken(request))
    except ValueError as inner:
        raise KeyError(f"while handling {inner}") from inner


@faults.post("/database")
async def database_error(request: Request, session: Session, actor: SignedIn) -> None:
    await session.execute(text("SELECT CAST(:said AS integer)"), {"said": await spoken(request)})


@faults.post("/raised")
async def raised_in_database(request: Request, session: Session, actor: SignedIn) -> None:
    said = (await spoken(request)).replace("'", "")
    await session.execute(text(f"DO $$ BEGIN RAISE EXCEPTION '%', '{said}' USING DETAIL = '{said}'; END $$"))


@faults.post("/validation")
async def validation(request: Request) -> None:
    Narrow.model_validate({"number": await spoken(request)})


@faults.post("/answer")
async def answer_of_another_shape(request: Request) -> Narrow:
    return await spoken(request)  # type: ignore[return-value]


@faults.post("/warning")
async def warning(request: Request) -> str:
    warnings.warn(await spoken(request), stacklevel=1)
    wrong: dict[str, Any] = {"number": await spoken(request)}
    return Narrow.model_construct(None, **wrong).model_dump_json()


@faults.post("/records")
async def records(request: Request) -> None:
    said = await spoken(request)
    logging.getLogger("some.library").error("failed on %s", said)
    logging.getLogger("uvicorn.error").error(said)
    logging.getLogger("uvicorn.access").info(said)
    get_logger().error("failed", body=said, name=said, number=said)
    try:
        raise RuntimeError(said)
    except RuntimeError:
        logging.getLogger("asyncio").exception(said)


@faults.post("/task")
async def forgotten_task(request: Request) -> None:
    said = await spoken(request)

    async def fails() -> None:
        raise RuntimeError(said)

    task = asyncio.create_task(fails(), name=said)
    await asyncio.wait([task])
    del task


@faults.post("/stream")
async def breaks_off(request: Request) -> StreamingResponse:
    said = await spoken(request)

    async def half() -> AsyncIterator[bytes]:
        yield b"half"
        raise RuntimeError(said)

    return StreamingResponse(half())


@faults.get("/path/{name}/{number}")
async def path(name: str, number: str, session: Session, actor: SignedIn) -> UUID:
    return UUID(name + number)


def create_faulty_app() -> FastAPI:
    service = create_app()
    service.include_router(faults)
    return service
