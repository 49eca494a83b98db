"""The family's verbs: one receipt for one submission, whatever happens on the way."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.applications import submit
from app.database import Database
from app.errors import ServiceError
from app.vault import Vault
from tests.county import County, form

VALID = "990424202003150010"


async def count(county: County, table: str) -> int:
    async with county.world.database.transaction(county.world.staff["casework"]) as session:
        return int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def test_a_submission_is_kept_whole_with_its_receipt(county: County, database: Database, vault: Vault) -> None:
    parent = await county.parent("parent-1")
    async with database.transaction(parent) as session:
        receipt = await submit.submit(session, vault, parent, county.round, form(), "key-00000001")
    assert receipt["version"] == 1 and receipt["form_digest"] == form().digest
    assert [await count(county, t) for t in ("child", "application", "preference", "decision")] == [1, 1, 1, 1]
    assert await count(county, "evidence") == 2


async def test_64_identical_submissions_at_once_make_one_row_one_entry_and_equal_answers(
    county: County, database: Database, vault: Vault
) -> None:
    parent = await county.parent("parent-1")

    async def once() -> dict[str, object]:
        async with database.transaction(parent) as session:
            return await submit.submit(session, vault, parent, county.round, form(), "key-00000001")

    receipts = await asyncio.gather(*(once() for _ in range(64)))
    assert all(receipt == receipts[0] for receipt in receipts)
    assert await count(county, "application") == 1
    async with database.transaction(county.world.staff["auditor"]) as session:
        entries = await session.execute(
            text("SELECT count(*) FROM journal_entry WHERE action LIKE '%:application:submit'")
        )
        assert entries.scalar_one() == 1


async def test_the_same_key_with_another_form_is_refused(county: County, database: Database, vault: Vault) -> None:
    parent = await county.parent("parent-1")
    async with database.transaction(parent) as session:
        await submit.submit(session, vault, parent, county.round, form(), "key-00000001")
    with pytest.raises(ServiceError, match=r"idempotency\.other_body"):
        async with database.transaction(parent) as session:
            await submit.submit(session, vault, parent, county.round, form(preferences=[]), "key-00000001")


async def test_a_retry_after_closing_still_gets_its_receipt(county: County, database: Database, vault: Vault) -> None:
    parent = await county.parent("parent-1")
    async with database.transaction(parent) as session:
        first = await submit.submit(session, vault, parent, county.round, form(), "key-00000001")
    await county.set_round(status="closed")
    async with database.transaction(parent) as session:
        assert await submit.submit(session, vault, parent, county.round, form(), "key-00000001") == first
    with pytest.raises(ServiceError, match=r"application\.round_not_open"):
        async with database.transaction(parent) as session:
            await submit.submit(session, vault, parent, county.round, form(), "key-00000002")


async def test_after_the_deadline_by_the_databases_clock_nothing_is_taken(
    county: County, database: Database, vault: Vault
) -> None:
    parent = await county.parent("parent-1")
    await county.set_round(closes_at=datetime.now(UTC) - timedelta(seconds=1))
    with pytest.raises(ServiceError, match=r"application\.deadline_passed"):
        async with database.transaction(parent) as session:
            await submit.submit(session, vault, parent, county.round, form(), "key-00000001")
    assert await count(county, "application") == 0


async def test_changed_withdrawn_and_submitted_again_it_stays_one_application(
    county: County, database: Database, vault: Vault
) -> None:
    parent = await county.parent("parent-1")
    receipts = []
    for index, wishes in enumerate((["2026-g1-s2"], ["2026-g1-s3", "2026-g1-s1"])):
        async with database.transaction(parent) as session:
            receipts.append(
                await submit.submit(
                    session, vault, parent, county.round, form(preferences=wishes), f"key-0000000{index}"
                )
            )
    async with database.transaction(parent) as session:
        await submit.withdraw(session, parent, UUID(str(receipts[0]["application"])))
    async with database.transaction(parent) as session:
        receipts.append(await submit.submit(session, vault, parent, county.round, form(), "key-00000009"))
    assert {receipt["application"] for receipt in receipts} == {receipts[0]["application"]}
    assert [receipt["version"] for receipt in receipts] == [1, 2, 4]
    assert [await count(county, t) for t in ("child", "application", "preference")] == [1, 1, 1]


async def test_a_draft_is_kept_and_then_submitted(county: County, database: Database, vault: Vault) -> None:
    parent = await county.parent("parent-1")
    async with database.transaction(parent) as session:
        draft, _ = await submit.save_draft(session, vault, parent, county.round, form())
    assert await count(county, "decision") == 0
    async with database.transaction(parent) as session:
        receipt = await submit.submit(session, vault, parent, county.round, form(), "key-00000001")
    assert receipt["application"] == str(draft)
    with pytest.raises(ServiceError, match=r"application\.already_submitted"):
        async with database.transaction(parent) as session:
            await submit.save_draft(session, vault, parent, county.round, form())


async def test_a_second_guardian_learns_nothing_and_loses_nothing(
    county: County, database: Database, vault: Vault
) -> None:
    answers = []
    numbered = form(child={"number_kind": "mainland", "number": VALID})
    for name in ("parent-1", "parent-2"):
        parent = await county.parent(name)
        async with database.transaction(parent) as session:
            answers.append(await submit.submit(session, vault, parent, county.round, numbered, "key-00000001"))
    assert answers[0].keys() == answers[1].keys() and answers[0]["version"] == answers[1]["version"]
    assert await count(county, "application") == 2
    async with database.transaction(county.world.staff["casework"]) as session:
        missing = (await session.execute(text("SELECT missing FROM decision ORDER BY id"))).scalars().all()
    assert "guardianship" not in missing[0] and "guardianship" in missing[1]


async def test_twins_of_one_guardian_share_a_reference_for_good(
    county: County, database: Database, vault: Vault
) -> None:
    parent = await county.parent("parent-1")
    for index, name in enumerate(("虚构双胞胎甲", "虚构双胞胎乙")):
        async with database.transaction(parent) as session:
            await submit.submit(session, vault, parent, county.round, form(name, twin=True), f"key-0000000{index}")
    async with database.transaction(county.world.staff["casework"]) as session:
        rows = (await session.execute(text("SELECT reference, twin_reference FROM child ORDER BY id"))).all()
    assert rows[0].twin_reference == rows[1].twin_reference == min(row.reference for row in rows)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"preferences": ["2026-g1-s9"]}, "application.unknown_programme", "preferences.0"),
        ({"residence_community": "c9"}, "application.unknown_community", "residence_community"),
        ({"registration_community": "c9"}, "application.unknown_community", "registration_community"),
        ({"sibling_school": "s9"}, "application.unknown_school", "sibling_school"),
    ],
)
async def test_what_does_not_exist_is_named(
    county: County, database: Database, vault: Vault, change: dict[str, Any], code: str, field: str
) -> None:
    parent = await county.parent("parent-1")
    with pytest.raises(ServiceError) as refused:
        async with database.transaction(parent) as session:
            await submit.submit(session, vault, parent, county.round, form(**change), "key-00000001")
    assert (refused.value.code, refused.value.field) == (code, field)
    assert await count(county, "child") == 0
