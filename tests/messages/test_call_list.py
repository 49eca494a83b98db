"""Whom nobody reached, and that somebody was reached in person (a family that never saw its message loses nothing)."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.actor import Actor
from app.errors import ServiceError
from app.messages import service
from app.messages.models import Way
from app.messages.queries import Standing, proven_since
from tests.messages.parlour import Parlour, new_object, notice
from tests.messages.provider import Provider


async def listed(parlour: Parlour, officer: Actor | None = None, **asked: Any) -> list[Standing]:
    who = officer or parlour.world.staff["casework"]
    wanted = {"kind": None, "about_type": None, "hours": 0, "after": None, "limit": 100} | asked
    async with parlour.world.database.transaction(who) as session:
        return await service.not_reached(session, who, **wanted)


async def call(parlour: Parlour, message: UUID, officer: Actor | None = None, way: Way = Way.PHONE) -> Any:
    who = officer or parlour.world.staff["casework"]
    async with parlour.world.database.transaction(who) as session:
        return await service.record_call(session, who, message, way)


async def proofs(parlour: Parlour, *objects: str) -> dict[str, Any]:
    officer = parlour.world.staff["allocation"]
    async with parlour.world.database.transaction(officer) as session:
        return await proven_since(session, officer.bureau, ["list_final"], objects)


async def test_who_was_reached_by_none_of_three_ways_is_listed(parlour: Parlour, sms: Provider) -> None:
    names = ("delivered", "failed", "read", "called", "nothing")
    objects = {name: new_object() for name in names}
    people = {name: await parlour.parent(name, None if name in ("read", "called") else "13800138000") for name in names}
    await parlour.post([notice(people["delivered"], objects["delivered"])])
    async with parlour.working(sms):
        await parlour.reaches(objects["delivered"], "delivered")
        sms.status = "failed"
        await parlour.post([notice(people["failed"], objects["failed"])])
        await parlour.reaches(objects["failed"], "failed")
    await parlour.post([notice(people[name], objects[name]) for name in ("read", "called", "nothing")])
    async with parlour.world.database.transaction(people["read"]) as session:
        await service.mark_read(session, people["read"], await parlour.message(objects["read"]))
    await call(parlour, await parlour.message(objects["called"]))
    found = {standing.message.object: standing for standing in await listed(parlour)}
    assert set(found) == {objects["failed"], objects["nothing"]}
    assert all(standing.reached_at is None for standing in found.values()) and found[objects["failed"]].has_phone
    since = await proofs(parlour, *objects.values(), "offer:unknown")
    proven = {object_ for object_, at in since.items() if at is not None}
    assert proven == {objects[name] for name in ("delivered", "read", "called")} and len(since) == 6


async def test_the_list_is_of_a_kind_of_an_age_and_paged(parlour: Parlour) -> None:
    parent = await parlour.parent("甲", None)
    offers = [new_object() for _ in range(3)]
    await parlour.post([notice(parent, about) for about in offers])
    await parlour.post([notice(parent, "application:a1", "answer_due")])
    assert await listed(parlour, hours=1) == []
    assert [s.message.object for s in await listed(parlour, kind="answer_due")] == ["application:a1"]
    first = await listed(parlour, about_type="offer", limit=2)
    rest = await listed(parlour, about_type="offer", limit=2, after=first[-1].message.id)
    assert sorted(s.message.object for s in first + rest) == sorted(offers) and len(first) == 2


async def test_that_the_other_guardian_was_reached_stands_beside_it(parlour: Parlour) -> None:
    first, second = await parlour.parent("甲", None), await parlour.parent("乙", None)
    about, both = new_object(), (first.person, second.person)
    await parlour.post([notice(each, about, family=both) for each in (first, second)])
    mine = next(s.message.id for s in await parlour.standings(about) if s.message.person == first.person)
    at = await call(parlour, mine, way=Way.VISIT)
    [left] = await listed(parlour)
    assert left.message.person == second.person and left.reached_at is None and left.family_reached_at == at
    assert await proofs(parlour, about) == {about: at}


async def test_a_call_is_recorded_once_by_a_caseworker_who_is_not_of_the_family(parlour: Parlour) -> None:
    parent, about = await parlour.parent("甲", None), new_object()
    casework, second = parlour.world.staff["casework"], parlour.world.staff["casework-2"]
    await parlour.post([notice(parent, about, family=(second.person,))])
    message = await parlour.message(about)
    for officer, code in ((second, "access.forbidden"), (parlour.world.staff["rules"], "access.forbidden")):
        with pytest.raises(ServiceError) as refused:
            await call(parlour, message, officer)
        assert refused.value.code == code
    assert await listed(parlour, second) == []
    first = await call(parlour, message, casework)
    assert await call(parlour, message, casework, Way.VISIT) == first
    calls = [entry for entry in await parlour.journal(message) if entry[1] == "not_reached"]
    assert calls == [("test:message:call", "not_reached", "phone")]


async def test_a_call_is_recorded_in_ones_own_name_and_at_the_databases_time(parlour: Parlour) -> None:
    parent, about = await parlour.parent("甲", None), new_object()
    await parlour.post([notice(parent, about)])
    insert = (
        "INSERT INTO message_call (bureau, id, guardians, schools, message, way, recorded_by{column})"
        " VALUES (:bureau, uuidv7(), ARRAY[CAST(:person AS uuid)], '{{}}', :message, 'phone', :by{value})"
    )
    casework, other = parlour.world.staff["casework"], parlour.world.staff["casework-2"]
    values = {"bureau": parlour.world.bureau, "person": parent.person, "message": await parlour.message(about)}
    for by, column, value, why in (
        (other, "", "", "row-level security"),
        (casework, ", recorded_at", ", now() - interval '1 day'", "permission denied"),
    ):
        with pytest.raises(Exception, match=why):
            async with parlour.world.database.transaction(casework) as session:
                await session.execute(text(insert.format(column=column, value=value)), {**values, "by": by.person})
