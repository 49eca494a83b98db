"""Counter and paper: a form is in time when it was handed in, one person enters it, another checks it, and nobody who
comes on foot is worse off than who applies at home."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.accounts.identity import VerifiedPerson
from app.accounts.service import sign_in
from app.actor import Actor
from app.applications import incoming, incoming_entry, incoming_list, reading
from app.applications.form import Holder
from app.applications.incoming import Arrival
from app.applications.incoming_entry import Typed
from app.applications.listing import own_list
from app.applications.origin import Brought, SettledFor
from app.errors import ServiceError
from app.lifecycle import TransitionRefused
from app.rounds import ranking
from tests.applications.office import Office
from tests.county import form

NUMBER = "99042419900101001X"
GUARDIAN = Holder.model_validate({"name": "虚构家长甲", "number_kind": "mainland", "number": NUMBER})
PAPER = Arrival("t1", Brought.PAPER, "2026-0001", 4)
COUNTER = Arrival("t1", Brought.COUNTER, "2026-0002", 4)


@pytest.fixture
async def town(office: Office) -> list[Actor]:
    """Two clerks of a town's office."""
    world = office.county.world
    await world.found("t1", "town")
    return [await world.hire(name, "t1", "town") for name in ("town-clerk-1", "town-clerk-2")]


async def act(office: Office, who: Actor, verb: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
    async with office.database.transaction(who) as session:
        if verb in (incoming_entry.serve, incoming_entry.enter, incoming_entry.check):
            return await verb(session, office.vault, who, *arguments)
        return await verb(session, who, *arguments)


async def receive(office: Office, who: Actor, arrival: Arrival) -> UUID:
    item: UUID = await act(office, who, incoming.register, office.county.round, arrival)
    return item


async def waiting(office: Office, who: Actor, place: str = "t1") -> list[Any]:
    rows: list[Any] = await act(office, who, incoming_list.list_items, place, True, None, 100)
    return rows


async def sql(office: Office, query: str, who: str = "casework", **values: Any) -> list[Any]:
    async with office.database.transaction(office.staff(who)) as session:
        return list((await session.execute(text(query), values)).all())


def typed(**changes: Any) -> Typed:
    return Typed(GUARDIAN, form(**changes))


async def close(office: Office) -> None:
    """The deadline has passed, and the round is closed."""
    await office.county.set_round(status="closed", closes_at=datetime.now(UTC))


async def test_a_grandmother_at_the_counter_goes_home_with_a_receipt_and_her_daughter_finds_it_online(
    office: Office, town: list[Actor]
) -> None:
    item = await receive(office, town[0], COUNTER)
    await act(office, town[0], incoming_entry.serve, item, typed(preferences=["2026-g1-s2"]))
    receipt = await act(office, town[0], incoming_list.printed_receipt, item)
    assert receipt.status == "checked" and receipt.version == 1
    assert receipt.form_digest == form(preferences=["2026-g1-s2"]).digest
    assert any("2026-0002" in line for line in receipt.zh) and any("2026-0002" in line for line in receipt.en)
    assert "虚构儿童" not in str(receipt) and NUMBER not in str(receipt)
    verified = VerifiedPerson("provincial", "subject-1", "虚构家长甲", NUMBER)
    async with office.database.transaction() as session:
        mother, _ = await sign_in(session, office.vault, office.county.world.bureau, verified, 1, "test")
    async with office.database.transaction(mother) as session:
        (brief,) = await own_list(session, mother)
        opened = await reading.read_application(session, office.database, office.vault, mother, brief.id)
    assert brief.id == receipt.application and opened.preferences == ["2026-g1-s2"]
    assert opened.submitted_at == receipt.received_at and opened.decision is not None
    # It is hers: she changes it at home until the deadline, as any family does.
    changed = await office.receipt(mother, form(preferences=[]), "key-00000001")
    assert UUID(changed["application"]) == brief.id and changed["version"] == 2


async def test_a_form_on_paper_counts_from_its_receipt_though_it_is_entered_after_closing(
    office: Office, town: list[Actor]
) -> None:
    item = await receive(office, town[0], PAPER)
    await close(office)
    await act(office, town[0], incoming_entry.enter, item, typed())
    assert await sql(office, "SELECT id FROM application") == []  # nobody decides on what one person has typed
    with pytest.raises(ServiceError, match=r"intake\.same_person"):
        await act(office, town[0], incoming_entry.check, item, typed())
    assert await act(office, town[1], incoming_entry.check, item, typed()) == []
    (row,) = await sql(
        office,
        "SELECT a.status, a.origin, a.origin_number, a.submitted_at, i.received_at, i.sealed,"
        " i.entered_by, i.checked_by"
        " FROM incoming_item i JOIN application a ON a.bureau = i.bureau AND a.id = i.application",
    )
    assert (row.status, row.origin, row.origin_number) == ("submitted", "paper", "2026-0001")
    assert row.submitted_at == row.received_at and row.sealed is None
    assert (row.entered_by, row.checked_by) == (town[0].person, town[1].person)
    assert await waiting(office, town[0]) == []


async def test_a_slip_of_the_first_hand_is_found_by_the_second_and_entered_anew(
    office: Office, town: list[Actor]
) -> None:
    item = await receive(office, town[0], PAPER)
    await act(office, town[0], incoming_entry.enter, item, typed(child={"born_on": "2020-03-16"}))
    right = typed(preferences=["2026-g1-s3"])
    found = await act(office, town[1], incoming_entry.check, item, right)
    assert found == ["form.child.born_on", "form.preferences.0"]
    (line,) = await waiting(office, town[0])
    assert (line.status, line.differences) == ("returned", found)
    with pytest.raises(TransitionRefused):
        await act(office, town[1], incoming_entry.check, item, right)
    await act(office, town[1], incoming_entry.enter, item, right)
    assert await act(office, town[0], incoming_entry.check, item, right) == []
    assert len(await sql(office, "SELECT id FROM application")) == 1


async def test_what_no_round_knows_is_refused_when_it_is_entered(office: Office, town: list[Actor]) -> None:
    item = await receive(office, town[0], PAPER)
    with pytest.raises(ServiceError, match=r"application\.unknown_programme"):
        await act(office, town[0], incoming_entry.enter, item, typed(preferences=["2026-g1-s9"]))
    (line,) = await waiting(office, town[0])
    assert line.status == "registered"


async def test_after_the_deadline_nothing_is_received_and_no_clerk_sets_the_time_back(
    office: Office, town: list[Actor]
) -> None:
    item = await receive(office, town[0], PAPER)
    with pytest.raises(DBAPIError, match="stays as it was received"):
        async with office.database.transaction(town[0]) as session:
            await session.execute(text("UPDATE incoming_item SET received_at = received_at - interval '1 day'"))
    await close(office)
    for arrival in (COUNTER, Arrival("t1", Brought.PAPER, "2026-0003", 2)):
        with pytest.raises(ServiceError, match=r"application\.round_not_open"):
            await receive(office, town[0], arrival)
    # The same number again is the same item, and no other form's.
    assert await receive(office, town[0], PAPER) == item
    with pytest.raises(ServiceError, match=r"intake\.number_used"):
        await receive(office, town[0], Arrival("t1", Brought.PAPER, "2026-0001", 5))


async def test_who_is_not_at_the_counter_is_not_entered_as_if(office: Office, town: list[Actor]) -> None:
    item = await receive(office, town[0], PAPER)
    with pytest.raises(ServiceError, match=r"intake\.not_present"):
        await act(office, town[0], incoming_entry.serve, item, typed())


async def test_a_guardian_in_the_queue_at_closing_time_is_served_afterwards(office: Office, town: list[Actor]) -> None:
    item = await receive(office, town[0], COUNTER)
    await close(office)
    await act(office, town[0], incoming_entry.serve, item, typed())
    assert [row.status for row in await sql(office, "SELECT status FROM application")] == ["submitted"]


async def test_no_round_is_ranked_over_a_form_that_waits_and_no_clerk_alone_makes_one_vanish(
    office: Office, town: list[Actor]
) -> None:
    item = await receive(office, town[0], PAPER)
    await close(office)
    allocation = office.staff("allocation")
    with pytest.raises(ServiceError, match=r"round\.items_waiting"):
        async with office.database.transaction(allocation) as session:
            await ranking.rank(session, office.vault, allocation, office.county.round)
    with pytest.raises(ServiceError, match=r"intake\.same_person"):
        await act(office, town[0], incoming.settle, item, SettledFor.DUPLICATE)
    await act(office, town[1], incoming.settle, item, SettledFor.DUPLICATE)
    receipt = await act(office, town[0], incoming_list.printed_receipt, item)
    assert (receipt.zh[-1], receipt.en[-1]) == ("经他人确认，无需录入", "settled by another person, nothing to enter")
    assert await waiting(office, town[0]) == []
    with pytest.raises(TransitionRefused):
        await act(office, town[0], incoming_entry.enter, item, typed())


async def test_an_older_paper_does_not_undo_what_the_family_has_since_submitted(
    office: Office, town: list[Actor]
) -> None:
    verified = VerifiedPerson("provincial", "subject-1", "虚构家长甲", NUMBER)
    item = await receive(office, town[0], PAPER)
    async with office.database.transaction() as session:
        mother, _ = await sign_in(session, office.vault, office.county.world.bureau, verified, 1, "test")
    await office.receipt(mother, form(preferences=["2026-g1-s3"]), "key-00000001")
    await act(office, town[0], incoming_entry.enter, item, typed(preferences=["2026-g1-s1"]))
    with pytest.raises(ServiceError, match=r"intake\.newer_form"):
        await act(office, town[1], incoming_entry.check, item, typed(preferences=["2026-g1-s1"]))
    (row,) = await sql(office, "SELECT origin, version FROM application")
    assert (row.origin, row.version) == ("portal", 1)


async def test_a_slip_in_the_number_does_not_give_a_child_to_a_stranger(office: Office, town: list[Actor]) -> None:
    first = await receive(office, town[0], COUNTER)
    await act(office, town[0], incoming_entry.serve, first, typed())
    item = await receive(office, town[0], Arrival("t1", Brought.COUNTER, "2026-0003", 4))
    other = Holder.model_validate({"name": "虚构家长乙", "number_kind": "mainland", "number": NUMBER})
    with pytest.raises(ServiceError, match=r"intake\.other_name"):
        await act(office, town[0], incoming_entry.serve, item, Typed(other, form("虚构儿童乙")))
    assert len(await sql(office, "SELECT id FROM child")) == 1


async def test_a_stranger_who_signs_in_under_a_mistyped_number_sees_nothing(office: Office, town: list[Actor]) -> None:
    item = await receive(office, town[0], COUNTER)
    await act(office, town[0], incoming_entry.serve, item, typed())
    stranger = VerifiedPerson("provincial", "subject-9", "虚构路人", NUMBER)
    with pytest.raises(ServiceError, match=r"account\.other_name"):
        async with office.database.transaction() as session:
            await sign_in(session, office.vault, office.county.world.bureau, stranger, 1, "test")


async def test_nobody_enters_a_form_of_their_own(office: Office, town: list[Actor]) -> None:
    verified = VerifiedPerson("provincial", "clerk", "虚构家长甲", NUMBER)
    world = office.county.world
    async with office.database.transaction() as session:
        clerk, _ = await sign_in(session, office.vault, world.bureau, verified, 1, "test")
    clerk = Actor(world.bureau, clerk.person, clerk.account, ("t1",), role="town", source="test")
    item = await receive(office, clerk, COUNTER)
    with pytest.raises(ServiceError, match=r"access\.forbidden"):
        await act(office, clerk, incoming_entry.serve, item, typed())


async def test_a_town_sees_its_own_items_the_bureau_all_and_a_school_none(office: Office, town: list[Actor]) -> None:
    item = await receive(office, town[0], PAPER)
    bureau = office.county.world.bureau
    await receive(office, office.staff("casework"), Arrival(bureau, Brought.PAPER, "2026-0001", 1))
    assert [line.id for line in await waiting(office, town[1])] == [item]
    assert len(await waiting(office, office.staff("casework"), bureau)) == 2
    school = office.staff("office-s1")
    with pytest.raises(ServiceError, match=r"access\."):
        await receive(office, school, Arrival("s1", Brought.PAPER, "2026-0001", 1))
    async with office.database.transaction(school) as session:
        assert (await session.execute(text("SELECT id FROM incoming_item"))).all() == []


async def test_the_way_changes_nothing_in_decision_keys_and_ticket(office: Office, town: list[Actor]) -> None:
    """Everything that a rule, the allocation or the lottery sees is the same; only who reads it sees the way."""
    portal = await office.apply("parent-1", form("虚构儿童乙"))
    counter = await receive(office, town[0], COUNTER)
    await act(office, town[0], incoming_entry.serve, counter, Typed(GUARDIAN, form("虚构儿童丙")))
    paper = await receive(office, town[0], PAPER)
    for clerk, verb in zip(town, (incoming_entry.enter, incoming_entry.check), strict=True):
        await act(office, clerk, verb, paper, Typed(GUARDIAN, form("虚构儿童丁")))
    rows = await sql(
        office,
        "SELECT a.origin, d.outcome, d.kind, d.missing, d.rights, d.keys_elsewhere, d.groups, d.feeders, d.claimed,"
        " d.as_of, d.ruleset_digest, d.digest, length(c.reference) AS unit, c.twin_reference FROM application a"
        " JOIN decision d ON d.bureau = a.bureau AND d.application = a.id"
        " JOIN child c ON c.bureau = a.bureau AND c.id = a.child ORDER BY a.origin",
    )
    assert [row.origin for row in rows] == ["counter", "paper", "portal"]
    assert len({str(tuple(row)[1:]) for row in rows}) == 1
    opened = []
    casework = office.staff("casework")
    for row in await sql(office, "SELECT id FROM application ORDER BY origin"):
        async with office.database.transaction(casework) as session:
            opened.append(await reading.read_application(session, office.database, office.vault, casework, row.id))
    assert [(one.origin, one.origin_number) for one in opened] == [
        ("counter", "2026-0002"),
        ("paper", "2026-0001"),
        ("portal", None),
    ]
    assert portal == opened[2].id


async def test_a_child_keeps_its_lottery_unit_whichever_way_its_form_comes(office: Office, town: list[Actor]) -> None:
    verified = VerifiedPerson("provincial", "subject-1", "虚构家长甲", NUMBER)
    async with office.database.transaction() as session:
        mother, _ = await sign_in(session, office.vault, office.county.world.bureau, verified, 1, "test")
    await office.receipt(mother, form(), "key-00000001")
    seen = "SELECT c.id, c.reference, a.id AS application, d.digest, a.origin FROM child c, application a, decision d"
    (before,) = await sql(office, seen)
    item = await receive(office, town[0], COUNTER)
    await act(office, town[0], incoming_entry.serve, item, typed())
    (first, second) = await sql(office, f"{seen} ORDER BY d.number")
    assert tuple(first)[:4] == tuple(second)[:4] == tuple(before)[:4]
    assert (before.origin, second.origin) == ("portal", "counter")


async def test_the_journal_says_who_entered_for_whom(office: Office, town: list[Actor]) -> None:
    item = await receive(office, town[0], COUNTER)
    await act(office, town[0], incoming_entry.serve, item, typed())
    rows = await sql(
        office,
        "SELECT person, account, action FROM journal_entry WHERE account = :account ORDER BY id",
        who="auditor",
        account=town[0].account,
    )
    acts = {row.action: row.person for row in rows}
    assert acts["test:incoming:register"] == acts["test:incoming:serve"] == town[0].person
    (bond,) = await sql(office, "SELECT person FROM guardianship")
    assert acts["counter:application:submit"] == acts["counter:person:register"] == bond.person


def test_two_readings_are_compared_in_every_field() -> None:
    assert incoming_entry.differences({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3, "c": 4}], "d": 5}) == [
        "a.1.b",
        "a.1.c",
        "d",
    ]
