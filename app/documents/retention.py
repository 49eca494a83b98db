"""What may be kept no longer goes, and what nothing names any more: run as the retention's role, once a day."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.actor import Actor
from app.database import Database, database_now
from app.journal import service as journal
from app.objects import Objects

NOBODY = UUID(int=0)
AT_ONCE = 500
# An upload is recorded within minutes; clocks of store and database may differ by hours.
SWEPT_AFTER = timedelta(days=1)
# Past its last day, or sealed under a key that was erased.
ERASE = text(
    "DELETE FROM document WHERE bureau = :bureau AND id IN ("
    " SELECT d.id FROM document d WHERE d.bureau = :bureau AND ("
    "  d.keep_until < (transaction_timestamp() AT TIME ZONE 'Asia/Shanghai')::date"
    "  OR NOT EXISTS (SELECT FROM subject_key k WHERE k.bureau = d.bureau AND k.id = d.child))"
    " ORDER BY d.id LIMIT :limit) RETURNING id, object"
)
NAMED = text("SELECT object FROM document WHERE bureau = :bureau AND object = ANY (:names)")


@dataclass(frozen=True)
class Kept:
    """How many documents were erased, and how many objects without a document swept."""

    erased: int
    swept: int


async def retain(database: Database, objects: Objects, bureau: str) -> Kept:
    """Erase and sweep one bureau's documents; whatever breaks it off, the next time does the rest. Raises
    ConnectionError where the store is not reached."""
    actor = Actor(bureau, NOBODY, NOBODY, role="retention", source="retention", request="retention")
    erased = 0
    while names := await _erase(database, actor):
        erased += len(names)
        for name in names:
            await objects.delete(name)
    return Kept(erased, await _sweep(database, objects, actor))


async def _erase(database: Database, actor: Actor) -> list[str]:
    """Rows first, with the journal's entries: an object that outlives its row is swept."""
    async with database.transaction(actor) as session:
        gone = (await session.execute(ERASE, {"bureau": actor.bureau, "limit": AT_ONCE})).all()
        entries = [
            journal.entry(actor, "document", "erase", f"document:{row.id}", "kept", journal.ABSENT) for row in gone
        ]
        await journal.record_all(session, entries)
    return [row.object for row in gone]


async def _sweep(database: Database, objects: Objects, actor: Actor) -> int:
    swept = 0
    async for page in objects.listed(actor.bureau):
        async with database.transaction(actor) as session:
            before = await database_now(session) - SWEPT_AFTER
            stray = await _unnamed(session, actor, [name for name, made in page if made < before])
        for name in stray:
            await objects.delete(name)
        swept += len(stray)
    return swept


async def _unnamed(session: AsyncSession, actor: Actor, names: list[str]) -> list[str]:
    known = set(await session.scalars(NAMED, {"bureau": actor.bureau, "names": names}))
    return [name for name in names if name not in known]
