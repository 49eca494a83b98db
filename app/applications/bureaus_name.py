"""What follows from an act of another office or a town is done in the bureau's name (ADR 0019)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import CASEWORK
from app.actor import Actor
from app.database import set_context


@asynccontextmanager
async def in_the_bureaus_name(session: AsyncSession, actor: Actor) -> AsyncIterator[None]:
    """What the rules make of an act already authorised; the journal still names the person and its own role."""
    await set_context(session, replace(actor, organisations=(actor.bureau,), duties=(CASEWORK,)))
    yield
    await set_context(session, actor)
