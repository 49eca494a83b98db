"""Engines, sessions, and the context under which row-level security judges a transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlmodel import Field, SQLModel

from app.actor import Actor
from app.clock import uuid7
from app.errors import ServiceError

TIMESTAMPTZ = TIMESTAMP(timezone=True)

SET_CONTEXT = text(
    "SELECT set_config('app.bureau', :bureau, true), set_config('app.person', :person, true),"
    " set_config('app.organisations', :organisations, true), set_config('app.duties', :duties, true)"
)


class BureauRow(SQLModel):
    """What every table of a bureau begins with (GB/T 2260 code, then UUIDv7)."""

    bureau: str = Field(primary_key=True, sa_type=Text)
    id: UUID = Field(primary_key=True, default_factory=uuid7)


class NamedRow(SQLModel):
    """As BureauRow, where an identifier is given from outside (a school's, a programme's)."""

    bureau: str = Field(primary_key=True, sa_type=Text)
    id: str = Field(primary_key=True, sa_type=Text)


class PersonalRow(BureauRow):
    """A row about a child or person: it carries what its policy needs, so that no policy joins.

    `guardians` are the persons who may see it, `schools` the schools to whose office it is shown.
    """

    guardians: list[UUID] = Field(sa_type=ARRAY(Uuid))
    schools: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))


def table(model: type[SQLModel]) -> Table:
    """The table itself, for statements by list and on hot paths: past the ORM's bookkeeping (dependencies: 0.4)."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


def belongs(table: str, *columns: str) -> ForeignKeyConstraint:
    """A foreign key inside the bureau: (bureau, columns…) → table."""
    return ForeignKeyConstraint(
        ["bureau", *columns], [f"{table}.bureau", f"{table}.id"], name=f"{columns[0]}_belongs_to_{table}"
    )


def one_of(column: str, statuses: type[StrEnum]) -> CheckConstraint:
    """CHECK that a TEXT column holds a value of the enum."""
    values = ", ".join(f"'{status.value}'" for status in statuses)
    return CheckConstraint(f"{column} IN ({values})", name=f"{column}_known")


def make_engine(url: str, pool_size: int = 10, pool_wait_seconds: float = 1.0) -> AsyncEngine:
    """An engine over asyncpg. A full pool makes a caller wait `pool_wait_seconds`, then fail (F-10)."""
    return create_async_engine(
        url.replace("postgresql://", "postgresql+asyncpg://", 1),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=pool_wait_seconds,
        pool_pre_ping=False,
        hide_parameters=True,
        connect_args={
            "timeout": 5,
            "server_settings": {"application_name": "tongjiao", "idle_in_transaction_session_timeout": "30s"},
        },
    )


class Database:
    """One engine under one role; `transaction` is the only way to a session."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._sessions = async_sessionmaker(engine, expire_on_commit=False, autoflush=False)

    @asynccontextmanager
    async def transaction(self, actor: Actor | None = None) -> AsyncIterator[AsyncSession]:
        """A session in one transaction under the actor's context; without an actor no protected row is seen.

        Commits at the end of the block, rolls back on any exception but a refusal that keeps its work.
        """
        refusal = None
        async with self._sessions() as session, session.begin():
            if actor is not None:
                await set_context(session, actor)
            try:
                yield session
            except ServiceError as error:
                if not error.keeps_work:
                    raise
                refusal = error
        if refusal is not None:
            raise refusal


async def set_context(session: AsyncSession, actor: Actor) -> None:
    """Tell the database for whom this transaction speaks (design, decision 5); local to the transaction.

    Raises ValueError for a name with a comma, which would stand for two.
    """
    if any("," in name for name in (*actor.organisations, *actor.duties)):
        raise ValueError("a name in the context holds a comma")
    await session.execute(
        SET_CONTEXT,
        {
            "bureau": actor.bureau,
            "person": str(actor.person),
            "organisations": ",".join(actor.organisations),
            "duties": ",".join(actor.duties),
        },
    )
    if actor.reads_only:
        await session.execute(text("SET TRANSACTION READ ONLY"))


async def database_now(session: AsyncSession) -> datetime:
    """The database's time at the start of this transaction: what every deadline is compared with."""
    moment = (await session.execute(text("SELECT transaction_timestamp()"))).scalar_one()
    assert isinstance(moment, datetime)
    return moment
