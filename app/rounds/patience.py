"""Long reckoning inside a transaction: in a thread, while the transaction shows signs of life."""

import asyncio
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
SIGN_OF_LIFE_SECONDS = 10


async def meanwhile(session: AsyncSession, function: Callable[[*Ts], T], *arguments: *Ts) -> T:
    """The function's answer. The database ends a transaction that is idle for half a minute: this one is not."""
    reckoning = asyncio.create_task(asyncio.to_thread(function, *arguments))
    while not (await asyncio.wait({reckoning}, timeout=SIGN_OF_LIFE_SECONDS))[0]:
        await session.execute(text("SELECT 1"))
    return reckoning.result()
