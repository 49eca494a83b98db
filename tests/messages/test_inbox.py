"""What a person reads, what that proves, and what others see of it."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.errors import ServiceError
from app.messages import service
from app.messages.queries import inbox, proven_since
from tests.conftest import Api
from tests.messages.parlour import CHILD, NUMBER, Parlour, new_object, notice

MESSAGE = {
    "id", "kind", "object", "text_zh", "text_en", "status", "status_zh", "status_en", "posted_at", "read_at",
}  # fmt: skip
STANDING = {
    "id", "kind", "object", "person", "status", "status_zh", "status_en", "posted_at", "sent_at", "delivered_at",
    "read_at", "reached_at", "family_reached_at", "has_phone",
}  # fmt: skip


async def ask(api: Api, parlour: Parlour, who: str, method: str, path: str, json: Any = None) -> Any:
    answer = await api.client.request(method, path, json=json, headers=await api.sign_in(parlour.world.bureau, who))
    assert answer.is_success, answer.text
    return answer.json()


async def test_an_inbox_is_paged_newest_first_in_both_languages(api: Api, parlour: Parlour) -> None:
    parent = await parlour.parent("parent-1", None)
    objects = [new_object() for _ in range(5)]
    for about in objects:
        await parlour.post([notice(parent, about)])
    first = await ask(api, parlour, "parent-1", "GET", "/messages?limit=3")
    rest = await ask(api, parlour, "parent-1", "GET", f"/messages?limit=3&before={first['next']}")
    shown = first["messages"] + rest["messages"]
    assert [message["object"] for message in shown] == objects[::-1] and rest["next"] is None
    assert set(shown[0]) == MESSAGE and shown[0]["read_at"] is None
    assert CHILD in shown[0]["text_zh"] and "17:00 on 10 July 2026 (Beijing)" in shown[0]["text_en"]
    assert (await ask(api, parlour, "casework", "GET", "/messages"))["messages"] == []


async def test_reading_is_told_by_the_person_once_and_is_a_proof(api: Api, parlour: Parlour) -> None:
    parent, about = await parlour.parent("parent-1", None), new_object()
    await parlour.post([notice(parent, about)])
    path = f"/messages/{await parlour.message(about)}/read"
    first = await asyncio.gather(*(ask(api, parlour, "parent-1", "POST", path) for _ in range(8)))
    again = await ask(api, parlour, "parent-1", "POST", path)
    assert {said["read_at"] for said in first} == {again["read_at"]}
    [standing] = await parlour.standings(about)
    assert standing.message.status == "posted" and standing.reached_at == standing.message.read_at is not None
    moves = [move for move in await parlour.journal(standing.message.id) if move[1] == "unread"]
    assert len(moves) == 1


async def test_the_bureau_sees_how_far_a_message_is_and_no_word_of_it(api: Api, parlour: Parlour) -> None:
    parent, about = await parlour.parent("parent-1"), new_object()
    await parlour.post([notice(parent, about)])
    for who in ("casework", "auditor"):
        [shown] = await ask(api, parlour, who, "GET", f"/notices?object={about}")
        assert set(shown) == STANDING and shown["has_phone"] == (who == "casework")
        assert CHILD not in str(shown) and NUMBER[-8:] not in str(shown)
    for officer in parlour.world.staff.values():
        async with parlour.world.database.transaction(officer) as session:
            assert await inbox(session, parlour.world.bureau, parent.person, None, 10) != []
            assert (await session.execute(text("SELECT count(*) FROM message_words"))).scalar_one() == 0


async def test_a_second_guardian_sees_that_the_first_was_told_and_cannot_read_for_it(parlour: Parlour) -> None:
    first, second, other = [await parlour.parent(name, None) for name in ("甲", "乙", "丙")]
    about, bureau = new_object(), parlour.world.bureau
    await parlour.post([notice(first, about, family=(second.person,))])
    message = await parlour.message(about)
    for actor in (second, other, parlour.world.staff["casework"]):
        with pytest.raises(ServiceError):
            async with parlour.world.database.transaction(actor) as session:
                await service.mark_read(session, actor, message)
    async with parlour.world.database.transaction(first) as session:
        at = await service.mark_read(session, first, message)
    for actor, seen in ((first, at), (second, at), (other, None)):
        async with parlour.world.database.transaction(actor) as session:
            assert await proven_since(session, bureau, ["list_final"], [about]) == {about: seen}


async def test_the_database_lets_nobody_else_read_for_a_person_nor_date_it_otherwise(parlour: Parlour) -> None:
    parent, about = await parlour.parent("甲", None), new_object()
    await parlour.post([notice(parent, about)])
    officer = replace(parlour.world.staff["casework"])
    update = "UPDATE message SET read_at = {at} WHERE bureau = :bureau RETURNING id"
    values = {"bureau": parlour.world.bureau}
    async with parlour.world.database.transaction(officer) as session:
        assert (await session.execute(text(update.format(at="transaction_timestamp()")), values)).all() == []
    with pytest.raises(DBAPIError, match="row-level security"):
        async with parlour.world.database.transaction(parent) as session:
            await session.execute(text(update.format(at="now() - interval '1 day'")), values)
    for column in ("status = 'delivered'", "posted_at = now()", "delivered_at = now()"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with parlour.world.database.transaction(parent) as session:
                await session.execute(text(f"UPDATE message SET {column} WHERE bureau = :bureau"), values)


async def test_a_family_tells_nobody_but_itself(parlour: Parlour) -> None:
    first, second = await parlour.parent("甲", None), await parlour.parent("乙", None)
    title = {"round": {"zh": "虚构", "en": "x"}}
    own = replace(notice(first, new_object()), kind="application_refused", parameters=title)
    assert await parlour.post([own], first) == 1
    with pytest.raises(DBAPIError, match="row-level security"):
        await parlour.post([replace(own, person=second.person, personal={"child": "x"})], first)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "no_such_kind"},
        {"object": "虚构儿童"},
        {"personal": {}},
        {"parameters": {"round": {"zh": "虚构", "en": "x"}}},
        {"parameters": {"round": "x", "until": "2026-07-10T17:00:00+08:00"}},
        {"parameters": {"round": {"zh": "虚构", "en": "x"}, "until": "2026-07-10T17:00:00"}},
        {"personal": {"child": "x" * 201}},
        {"personal": {"child": "x\ny"}},
    ],
)
async def test_a_message_that_the_vocabulary_does_not_know_is_not_written(
    parlour: Parlour, change: dict[str, Any]
) -> None:
    parent, about = await parlour.parent("甲", None), new_object()
    with pytest.raises(ValueError, match=r"message|list_final") as refused:
        await parlour.post([replace(notice(parent, about), **change)])
    assert "虚构" not in str(refused.value) and await parlour.standings(about) == []
