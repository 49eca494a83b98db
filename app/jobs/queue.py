"""The queue's own tables (pgqueuer, schema `queue`): putting an entry in, and clearing what is old."""

import json
from datetime import timedelta
from uuid import UUID

from pgqueuer.adapters.persistence.qb import QueryQueueBuilder
from pgqueuer.domain.settings import DBSettings
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database


class Names(DBSettings):
    """pgqueuer's names for its objects, given here: by itself it would read them from the environment."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


NAMES = Names(db_schema="queue")
PUT = QueryQueueBuilder(NAMES).build_enqueue_query()

OLD = (
    "DELETE FROM queue.pgqueuer_log WHERE aggregated AND created < now() - interval '7 days'",
    "DELETE FROM queue.pgqueuer_statistics WHERE created < now() - interval '90 days'",
    "DELETE FROM queue.pgqueuer WHERE status = 'failed' AND updated < now() - interval '30 days'",
)


async def put(session: AsyncSession, kind: str, bureau: str, job: UUID, after: timedelta = timedelta(0)) -> None:
    """An entry that says: this job of this bureau is to be done, so much later; it exists if the session's transaction
    commits.

    The statement goes through the session's connection: sent over the raw asyncpg connection, it can run before
    SQLAlchemy has begun the transaction, and then it survives a rollback. There is no key against duplicates on
    purpose: a second entry is harmless (`service.claim`), an entry swallowed as a duplicate of a dying one is not.
    """
    payload = json.dumps({"bureau": bureau, "job": str(job)}).encode()
    connection = await session.connection()
    await connection.exec_driver_sql(PUT, ([0], [kind], [payload], [after], [None], ["null"]))


def job_of(payload: bytes | None) -> tuple[str, UUID]:
    """(bureau, job) that an entry speaks of; raises ValueError or KeyError for an entry that is not ours."""
    said = json.loads(payload or b"")
    return str(said["bureau"]), UUID(said["job"])


async def clear_old(database: Database) -> None:
    """As the worker's role: drop the queue's log after a week, its counts after 90 days, held entries after 30."""
    for statement in OLD:
        async with database.transaction() as session:
            await session.execute(text(statement))
