"""What a kindergarten files is public once the bureau has published it, and keeps its word from then on."""

from typing import Any

import pytest
from sqlalchemy import text

from app.errors import ServiceError
from app.schools import prospectus
from app.schools.layouts import Kind
from tests.conftest import Api
from tests.schools.kindergartens import HEADER, file_for, programme, publish, with_kindergartens
from tests.schools.register import Register, move_round


@pytest.fixture
async def kindergartens(register: Register) -> Register:
    return await with_kindergartens(register)


async def seen_by_anyone(api: Api, register: Register, year: int = 2026) -> list[dict[str, Any]]:
    answer = await api.client.get(f"/bureaus/{register.bureau}/prospectuses", params={"year": year})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def test_a_filing_is_seen_by_its_office_and_the_bureau_and_once_published_by_anyone(
    api: Api, kindergartens: Register
) -> None:
    world = kindergartens.world
    office = world.staff["office-i1"]
    filed = await file_for(world, office, "i1")
    assert await seen_by_anyone(api, kindergartens) == []
    for actor in (office, world.staff["rules"], world.staff["auditor"]):
        async with world.database.transaction(actor) as session:
            assert [row.id for row in await prospectus.filings_of(session, actor, "i1")] == [filed.id]
    await publish(world, filed.id)
    (shown,) = await seen_by_anyone(api, kindergartens)
    assert (shown["school"], shown["care_fee_fen"], shown["text_zh"]) == ("i1", 55_000, "虚构简章")
    assert shown["published_at"] and shown["fictitious"] and await seen_by_anyone(api, kindergartens, 2025) == []
    entries = await kindergartens.journal("file") + await kindergartens.journal("publish")
    assert [(entry["object"], entry["role"]) for entry in entries] == [
        (f"prospectus:{filed.id}", "school_office"),
        (f"prospectus:{filed.id}", "registrar"),
    ]


async def test_an_unpublished_filing_is_hidden_from_other_schools_by_the_database_itself(
    kindergartens: Register,
) -> None:
    world = kindergartens.world
    filed = await file_for(world, world.staff["registrar"], "i1")
    for who, seen in (("office-k1", 0), ("office-i1", 1), ("casework", 1)):
        async with world.database.transaction(world.staff[who]) as session:
            found = await session.execute(text("SELECT count(*) FROM prospectus WHERE id = :id"), {"id": filed.id})
            assert found.scalar_one() == seen


async def test_nobody_files_for_a_kindergarten_of_others(kindergartens: Register) -> None:
    world = kindergartens.world
    for who, code in (("office-k1", "access.not_found"), ("rules", "access.forbidden")):
        with pytest.raises(ServiceError) as refused:
            await file_for(world, world.staff[who], "i1")
        assert refused.value.code == code
    with pytest.raises(ServiceError, match=r"access\.forbidden"):
        await publish(world, (await file_for(world, world.staff["office-i1"], "i1")).id, world.staff["rules"])


async def test_only_kindergartens_that_may_join_file(kindergartens: Register) -> None:
    world = kindergartens.world
    for school, code in (("x1", "prospectus.not_inclusive"), ("p1", "prospectus.not_a_kindergarten")):
        with pytest.raises(ServiceError) as refused:
            await file_for(world, world.staff["registrar"], school)
        assert (refused.value.code, refused.value.field) == (code, "school")
        assert refused.value.title("zh") and refused.value.remedy("en")


async def test_a_new_filing_stands_beside_the_old_and_the_newest_published_counts(
    api: Api, kindergartens: Register
) -> None:
    world, registrar = kindergartens.world, kindergartens.world.staff["registrar"]
    first = await file_for(world, registrar, "k1")
    await publish(world, first.id)
    second = await file_for(world, registrar, "k1", care_fee_fen=60_000)
    third = await file_for(world, registrar, "k1", care_fee_fen=58_000)
    assert [row["care_fee_fen"] for row in await seen_by_anyone(api, kindergartens)] == [55_000]
    for row, code in ((second, "prospectus.superseded"), (first, "prospectus.published_already")):
        with pytest.raises(ServiceError) as refused:
            await publish(world, row.id)
        assert refused.value.code == code
    await publish(world, third.id)
    assert [(row["number"], row["care_fee_fen"]) for row in await seen_by_anyone(api, kindergartens)] == [(3, 58_000)]
    assert len(await kindergartens.rows("prospectus")) == 3


async def test_what_families_have_read_no_longer_changes_once_the_round_is_published(kindergartens: Register) -> None:
    world, registrar = kindergartens.world, kindergartens.world.staff["registrar"]
    await publish(world, (await file_for(world, registrar, "i1")).id)
    waiting = await file_for(world, registrar, "i1", care_fee_fen=70_000)
    await kindergartens.bring(Kind.PROGRAMMES, [HEADER, programme("i1", "three")])
    await move_round(world, kindergartens.round, "published")
    with pytest.raises(ServiceError, match=r"prospectus\.round_published"):
        await publish(world, waiting.id)
    with pytest.raises(ServiceError, match=r"prospectus\.round_published"):
        await file_for(world, world.staff["office-i1"], "i1")
    await file_for(world, world.staff["office-i1"], "i1", year=2027)
    await file_for(world, registrar, "k1")  # has no programme in it


async def test_the_database_changes_nothing_of_what_is_published(kindergartens: Register) -> None:
    world, registrar = kindergartens.world, kindergartens.world.staff["registrar"]
    filed = await publish(world, (await file_for(world, registrar, "i1")).id)
    async with world.database.transaction(registrar) as session:
        taken_back = "UPDATE prospectus SET published_at = NULL, published_by = NULL WHERE id = :id RETURNING id"
        assert (await session.execute(text(taken_back), {"id": filed.id})).all() == []
    with pytest.raises(Exception, match="permission denied"):
        async with world.database.transaction(registrar) as session:
            await session.execute(text("UPDATE prospectus SET care_fee_fen = 1 WHERE id = :id"), {"id": filed.id})
