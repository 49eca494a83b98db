"""What every route begins with: one transaction per request, the caller, and what the application holds.

The transaction commits before the first byte of the answer (`scope="function"`): an answer that says "done" is
never sent for work that was then lost.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.queries import serves
from app.accounts.service import actor_of, stranger
from app.actor import Actor
from app.cache import Cache
from app.database import Database, set_context
from app.errors import ServiceError
from app.failures import refusal_of
from app.journal import service as journal
from app.vault import Vault

bearer = HTTPBearer(auto_error=False, description="The opaque token from POST /api/v1/sessions.")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


def database(request: Request) -> Database:
    held: Database = request.app.state.database
    return held


def vault(request: Request) -> Vault:
    held: Vault = request.app.state.vault
    return held


def cache(request: Request) -> Cache:
    held: Cache = request.app.state.cache
    return held


class Asking:
    """Transactions of one request, each under the caller's context; most requests have one. Where work in between
    takes long (a file is received and written anew), no connection waits for it."""

    def __init__(self, request: Request, token: HTTPAuthorizationCredentials | None) -> None:
        self._request, self._token = request, token
        self.actor: Actor | None = None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[tuple[AsyncSession, Actor | None]]:
        async with database(self._request).transaction() as session:
            if self._token is not None:
                request_id = str(self._request.state.request_id)
                self.actor = await actor_of(session, self._token.credentials, request_id)
            yield session, self.actor

    @asynccontextmanager
    async def signed_in(self) -> AsyncIterator[tuple[AsyncSession, Actor]]:
        """As `transaction`; raises `access.signed_out`."""
        async with self.transaction() as (session, actor):
            if actor is None:
                raise ServiceError("access.signed_out")
            yield session, actor


async def asking(request: Request, token: Bearer) -> AsyncIterator[Asking]:
    """A refusal is journalled in a transaction of its own."""
    held = Asking(request, token)
    try:
        yield held
    except Exception as error:
        refusal = refusal_of(error)
        if held.actor is not None and refusal.status < 500:
            operation = request.scope["route"].operation_id
            named = object_named(request)
            await journal.record_apart(database(request), held.actor, operation, "refused", named, refusal.code)
        raise


Asked = Annotated[Asking, Depends(asking, scope="function")]


async def call(asked: Asked) -> AsyncIterator[tuple[AsyncSession, Actor | None]]:
    """One transaction under the caller's context."""
    async with asked.transaction() as held:
        yield held


def object_named(request: Request) -> str:
    """`type:id` from the path's parameters, as a refusal is journalled. Only an id of ours is repeated: whatever
    else stands in a path, somebody may have typed."""
    named = [f"{name.removesuffix('_id')}:{_id_of_ours(text)}" for name, text in request.path_params.items()]
    return " ".join(named) or "-"


def _id_of_ours(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return "-"


Call = Annotated[tuple[AsyncSession, Actor | None], Depends(call, scope="function")]


async def signed_in(held: Call) -> Actor:
    if held[1] is None:
        raise ServiceError("access.signed_out")
    return held[1]


async def session_of(held: Call) -> AsyncSession:
    return held[0]


async def public_caller(request: Request, held: Call, bureau: Annotated[str, Path(pattern=r"^[0-9]{6}$")]) -> Actor:
    """Whoever reads what is public in the bureau named in the path, signed in or not; raises `access.not_found` for a
    bureau that this deployment does not serve."""
    session, actor = held
    if actor is not None and actor.bureau == bureau:
        return actor
    reader = stranger(bureau, str(request.state.request_id))
    await set_context(session, reader)
    if not await serves(session, bureau):
        raise ServiceError("access.not_found", "bureau", action="bureau")
    return reader


Session = Annotated[AsyncSession, Depends(session_of, scope="function")]
SignedIn = Annotated[Actor, Depends(signed_in, scope="function")]
PublicCaller = Annotated[Actor, Depends(public_caller, scope="function")]
HeldVault = Annotated[Vault, Depends(vault)]
HeldCache = Annotated[Cache, Depends(cache)]
HeldDatabase = Annotated[Database, Depends(database)]
