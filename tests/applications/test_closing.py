"""A submission and the closing of its round meet a thousand times: in the snapshot and receipted, or refused."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from app.actor import Actor
from app.applications import submit
from app.clock import uuid7
from app.errors import ServiceError
from tests.applications.office import Office
from tests.county import form

MEETINGS, AT_ONCE = 1000, 8
FORM = form(preferences=[])


@dataclass(frozen=True)
class Met:
    """What one meeting left: the receipt's application (None: refused), and how many stood when the round closed."""

    application: str | None
    standing: int


async def rounds(office: Office) -> list[UUID]:
    """As many open rounds as there are meetings, each a copy of the county's."""
    ids = [uuid7() for _ in range(MEETINGS)]
    actor = office.staff("rules")
    async with office.database.transaction(actor) as session:
        await session.execute(
            text(
                "INSERT INTO admission_round SELECT (jsonb_populate_record(r, jsonb_build_object('id', of_id, 'code',"
                " r.code || '-' || of_id))).* FROM admission_round r, unnest(CAST(:ids AS uuid[])) AS of_id"
                " WHERE r.id = :round"
            ),
            {"ids": ids, "round": office.county.round},
        )
    return ids


async def close(office: Office, round_id: UUID) -> int:
    """As the rounds' own moves do; answers how many applications stand at that moment."""
    actor = office.staff("allocation")
    values = {"bureau": actor.bureau, "round": round_id}
    async with office.database.transaction(actor) as session:
        await session.execute(
            text("SELECT 1 FROM admission_round WHERE bureau = :bureau AND id = :round FOR UPDATE"), values
        )
        await session.execute(
            text("UPDATE admission_round SET status = 'closed' WHERE bureau = :bureau AND id = :round"), values
        )
        counted = await session.execute(
            text("SELECT count(*) FROM application WHERE bureau = :bureau AND round = :round"), values
        )
        return int(counted.scalar_one())


async def meet(office: Office, parent: Actor, round_id: UUID, key: str, chance: random.Random) -> Met:
    """Now the one comes first, now the other, and mostly they are under way together."""
    wait_of_family, wait_of_office = chance.choice([(0.0, chance.uniform(0, 0.05)), (chance.uniform(0, 0.01), 0.0)])

    async def submit() -> str | None:
        await asyncio.sleep(wait_of_family)
        try:
            return str((await office.receipt(parent, FORM, key, round_id))["application"])
        except ServiceError as refused:
            assert refused.code == "application.round_not_open"
            return None

    async def shut() -> int:
        await asyncio.sleep(wait_of_office)
        return await close(office, round_id)

    application, standing = await asyncio.gather(submit(), shut())
    return Met(application, standing)


async def receipts(office: Office, parent: Actor) -> dict[str, str]:
    """key → application of every receipt that the family holds."""
    async with office.database.transaction(parent) as session:
        rows = await session.execute(text("SELECT key, answer ->> 'application' AS application FROM receipt"))
        return {row.key: row.application for row in rows}


async def test_1000_submissions_meet_the_closing_of_their_rounds(office: Office) -> None:
    ids = await rounds(office)
    parents = [await office.county.parent(f"closing-{number}") for number in range(AT_ONCE)]
    met: dict[int, Met] = {}
    await office.open_connections(2 * AT_ONCE)

    async def family(number: int) -> None:
        for index in range(number, MEETINGS, AT_ONCE):
            met[index] = await meet(office, parents[number], ids[index], f"key-{index:08d}", random.Random(index))

    await asyncio.gather(*(family(number) for number in range(AT_ONCE)))
    kept = {row.round: str(row.id) for row in await office.rows("SELECT round, id FROM application")}
    held = {key: found for parent in parents for key, found in (await receipts(office, parent)).items()}
    for index, meeting in met.items():
        assert kept.get(ids[index]) == held.get(f"key-{index:08d}") == meeting.application, index
        assert meeting.standing == (meeting.application is not None), index
    tally = Counter(meeting.application is not None for meeting in met.values())
    assert len(met) == MEETINGS and min(tally[True], tally[False]) >= 50, tally


async def test_the_closing_waits_for_a_submission_under_way_and_no_longer(office: Office) -> None:
    parent = await office.county.parent("closing-0")
    async with office.database.transaction(parent) as session:
        await submit.submit(session, office.vault, parent, office.county.round, FORM, "key-00000001")
        closing = asyncio.create_task(close(office, office.county.round))
        done, _ = await asyncio.wait([closing], timeout=0.3)
        assert not done
    assert await asyncio.wait_for(closing, 5) == 1
