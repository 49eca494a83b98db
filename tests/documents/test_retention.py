"""What may be kept no longer is erased, rows and objects; a stray object is swept; an erased key leaves nothing."""

import os
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from app.clock import uuid7
from app.database import Database
from app.documents.retention import SWEPT_AFTER, retain
from app.objects import Objects
from app.settings import Settings
from app.vault import erase
from tests.documents import images
from tests.documents.papers import Papers
from tests.ground.conftest import under_role


@pytest.fixture(scope="module")
async def eraser(settings: Settings) -> AsyncIterator[Database]:
    async for database in under_role(settings, "RETENTION_DATABASE_URL"):
        yield database


@pytest.fixture
def objects(settings: Settings) -> Objects:
    found = Objects.of(settings)
    assert found is not None
    return found


async def passed(papers: Papers, document: str, days: int) -> None:
    """As if its last day had been so many days ago."""
    connection = await asyncpg.connect(str(papers.settings.migration_url))
    await connection.execute("ALTER TABLE document NO FORCE ROW LEVEL SECURITY")
    await connection.execute(
        "UPDATE document SET keep_until = (now() AT TIME ZONE 'Asia/Shanghai')::date - $2::int WHERE id = $1",
        document,
        days,
    )
    await connection.execute("ALTER TABLE document FORCE ROW LEVEL SECURITY")
    await connection.close()


async def test_a_document_is_erased_the_day_after_its_last_and_the_trail_says_so(
    papers: Papers, eraser: Database, objects: Objects
) -> None:
    expired, last_day = await papers.sent(), await papers.sent(images.png())
    await passed(papers, expired, 1)
    await passed(papers, last_day, 0)
    kept = await retain(eraser, objects, papers.bureau)
    assert (kept.erased, kept.swept) == (1, 0)
    assert [listed["id"] for listed in await papers.listed()] == [last_day] and len(papers.stored()) == 1
    assert (await papers.office.journal(f"document:{expired}"))[-1] == ("document:erase", "kept", "absent")
    assert (await papers.open(last_day)).status_code == 200
    assert (await retain(eraser, objects, papers.bureau)).erased == 0


async def test_the_last_day_counts_from_the_close_of_applications(papers: Papers) -> None:
    await papers.sent()
    [row] = await papers.office.rows(
        "SELECT d.keep_until, (r.closes_at AT TIME ZONE 'Asia/Shanghai')::date AS closed FROM document d"
        " JOIN application a ON a.id = d.application JOIN admission_round r ON r.id = a.round"
    )
    assert row.keep_until == row.closed + timedelta(days=papers.settings.document_days)


async def test_with_the_childs_key_its_documents_are_unreadable_at_once_and_erased_next_time(
    papers: Papers, eraser: Database, objects: Objects
) -> None:
    document = await papers.sent()
    [row] = await papers.office.rows("SELECT child FROM document")
    async with eraser.transaction(papers.parent) as session:
        assert await erase(session, papers.bureau, row.child)
    answer = await papers.open(document)
    assert (answer.status_code, answer.json()["code"]) == (410, "document.unreadable")
    [listed] = await papers.listed()
    assert listed["name"] is None
    assert (await retain(eraser, objects, papers.bureau)).erased == 1
    assert papers.stored() == {} and await papers.listed() == []


async def test_an_object_that_no_row_names_is_swept_once_no_upload_can_still_be_under_way(
    papers: Papers, eraser: Database, objects: Objects
) -> None:
    document = await papers.sent()
    stray = f"{papers.bureau}/{uuid7().hex}"
    await objects.put(stray, b"sealed, its row never came")
    assert (await retain(eraser, objects, papers.bureau)).swept == 0
    for path in papers.stored().values():
        past = path.stat().st_mtime - SWEPT_AFTER.total_seconds() - 60
        os.utime(path, (past, past))
    assert (await retain(eraser, objects, papers.bureau)).swept == 1
    assert len(papers.stored()) == 1 and (await papers.open(document)).status_code == 200


async def test_retention_sees_and_writes_no_more_than_it_needs(papers: Papers, eraser: Database) -> None:
    from sqlalchemy import text

    await papers.sent()
    for statement in ("SELECT sealed FROM document", "SELECT digest FROM document", "UPDATE document SET size = 1"):
        with pytest.raises(Exception, match="permission denied"):
            async with eraser.transaction(papers.parent) as session:
                await session.execute(text(statement))
    async with eraser.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM document")) == 0
