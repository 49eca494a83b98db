"""Acts that need two persons: what the service says, and what the database holds without it (decision 13)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.accounts import two_person
from app.accounts.two_person import TwoPersonAct
from app.actor import Actor
from app.clock import uuid7
from app.database import Database, database_now
from app.errors import ServiceError
from tests.conftest import Api
from tests.world import World

PAYLOAD = {"seats": 40, "school": "虚构小学"}
KIND, AUDIENCE = "seat_plan", ("rules", "approval")


class Case:
    """A proposal on an object, by one officer; helpers under each officer's own context."""

    def __init__(self, database: Database, world: World) -> None:
        self.database, self.world, self.object = database, world, f"programme:{uuid7()}"
        self.proposer, self.second = world.staff["rules"], world.staff["approval"]

    async def propose(self, actor: Actor | None = None, payload: dict[str, Any] = PAYLOAD) -> TwoPersonAct:
        actor = actor or self.proposer
        async with self.database.transaction(actor) as session:
            return await two_person.propose(session, actor, KIND, self.object, payload, AUDIENCE)

    async def approve(self, act: TwoPersonAct, actor: Actor | None = None, **changed: Any) -> str:
        """The act's status, or the code of the refusal."""
        actor, given = actor or self.second, {"shown": act.digest, "payload": PAYLOAD, "kind": KIND, **changed}
        try:
            async with self.database.transaction(actor) as session:
                done = await two_person.approve(session, actor, act.id, given["kind"], given["shown"], given["payload"])
        except ServiceError as refusal:
            return refusal.code
        return done.status

    async def status(self, act: TwoPersonAct) -> Any:
        async with self.database.transaction(self.proposer) as session:
            return await session.scalar(text("SELECT status FROM two_person_act WHERE id = :id"), {"id": act.id})

    async def trail(self, act: TwoPersonAct) -> list[tuple[str, str, str]]:
        async with self.database.transaction(self.world.staff["auditor"]) as session:
            found = await session.execute(
                text("SELECT action, before, after FROM journal_entry WHERE object = :object ORDER BY id"),
                {"object": f"act:{act.id}"},
            )
            return [(row.action.rpartition(":")[2], row.before, row.after) for row in found]


@pytest.fixture
def case(database: Database, world: World) -> Case:
    return Case(database, world)


async def test_a_second_person_approves_what_both_were_shown(case: Case) -> None:
    act = await case.propose()
    assert act.digest == two_person.digest_of(KIND, case.object, PAYLOAD) and len(act.digest) == 64
    assert await case.approve(act) == "approved"
    async with case.database.transaction(case.proposer) as session:
        held = await two_person.find(session, case.world.bureau, act.id, KIND)
    assert (held.proposed_by, held.approved_by) == (case.proposer.person, case.second.person)
    assert held.approved_digest == held.digest
    assert await case.trail(act) == [
        ("propose_seat_plan", "absent", act.digest),
        ("approve_seat_plan", "proposed", "approved"),
    ]


async def test_the_proposer_cannot_approve_by_another_account_either(case: Case) -> None:
    act = await case.propose()
    assert await case.approve(act, case.proposer) == "act.same_person"
    by_another_account = replace(case.proposer, account=uuid7(), duties=("approval",))
    assert await case.approve(act, by_another_account) == "act.same_person"
    assert await case.status(act) == "proposed"


async def test_an_act_is_approved_once(case: Case) -> None:
    act = await case.propose()
    assert [await case.approve(act), await case.approve(act)] == ["approved", "act.not_open"]


@pytest.mark.parametrize("shown", ["", "0" * 64, "digest"])
async def test_whoever_names_another_digest_has_not_seen_the_act(case: Case, shown: str) -> None:
    act = await case.propose()
    assert await case.approve(act, shown=shown) == "act.other_digest"
    assert await case.approve(act) == "approved"


async def test_an_act_whose_input_changed_is_void_for_good(case: Case) -> None:
    act = await case.propose()
    assert await case.approve(act, payload={**PAYLOAD, "seats": 41}) == "act.input_changed"
    assert await case.status(act) == "void"
    assert await case.approve(act) == "act.not_open"
    assert [entry[2] for entry in await case.trail(act)] == [act.digest, "void"]


async def test_a_new_proposal_voids_the_earlier_one_on_the_same_object_alone(case: Case) -> None:
    first = await case.propose()
    elsewhere, case.object = case.object, f"programme:{uuid7()}"
    other = await case.propose()
    case.object = elsewhere
    second = await case.propose(case.world.staff["rules-2"], {**PAYLOAD, "seats": 41})
    assert [await case.status(act) for act in (first, other, second)] == ["void", "proposed", "proposed"]
    assert await case.approve(first) == "act.not_open"
    assert await case.approve(second, payload={**PAYLOAD, "seats": 41}) == "approved"


async def test_an_act_is_found_under_its_kind_alone(case: Case) -> None:
    act = await case.propose()
    assert await case.approve(act, kind="other") == "access.not_found"


async def proposed_at(case: Case, hours: int, **columns: Any) -> TwoPersonAct:
    """An act as it was proposed some hours ago."""
    async with case.database.transaction(case.proposer) as session:
        act = TwoPersonAct(
            bureau=case.world.bureau,
            kind=KIND,
            object=case.object,
            payload=PAYLOAD,
            digest=two_person.digest_of(KIND, case.object, PAYLOAD),
            audience=list(AUDIENCE),
            proposed_by=case.proposer.person,
            proposed_at=await database_now(session) - timedelta(hours=hours),
            **columns,
        )
        session.add(act)
        await session.flush()
    return act


@pytest.mark.parametrize(("hours", "expected"), [(23, "approved"), (25, "act.too_late")])
async def test_an_act_waits_a_day_and_no_longer(case: Case, hours: int, expected: str) -> None:
    assert await case.approve(await proposed_at(case, hours)) == expected


async def test_other_duties_and_families_do_not_see_an_act(api: Api, case: Case) -> None:
    act = await case.propose()
    outside = [actor for name, actor in case.world.staff.items() if name.partition("-")[0] not in AUDIENCE]
    for actor in (*outside, await case.world.person("parent-1")):
        async with case.database.transaction(actor) as session:
            assert await session.scalar(text("SELECT count(*) FROM two_person_act")) == 0
            with pytest.raises(ServiceError, match=r"access\.not_found"):
                await two_person.find(session, case.world.bureau, act.id, KIND)
    for name, seen in (("approval", [str(act.id)]), ("rules-2", [str(act.id)]), ("casework", [])):
        headers = await api.sign_in(case.world.bureau, name)
        answer = await api.client.get("/acts", headers=headers)
        assert [row["id"] for row in answer.json()] == seen
    assert [
        row["digest"]
        for row in (await api.client.get("/acts", headers=await api.sign_in(case.world.bureau, "approval"))).json()
    ] == [act.digest]


BY_HAND = {
    "two_persons": "approved_by = proposed_by",
    "approves_what_was_shown": "approved_digest = 'other'",
    "within_24_hours": "approved_at = proposed_at + interval '24 hours 1 second'",
    "approved_is_whole": "approved_digest = NULL",
}


@pytest.mark.parametrize("constraint", sorted(BY_HAND))
async def test_the_database_holds_the_rules_without_the_service(case: Case, constraint: str) -> None:
    act = await case.propose()
    whole = {
        "status": "'approved'", "approved_by": ":me", "approved_digest": "digest", "approved_at": "proposed_at",
    }  # fmt: skip
    column, _, value = BY_HAND[constraint].partition(" = ")
    whole[column] = value
    actor = case.proposer if constraint == "two_persons" else case.second
    changes = ", ".join(f"{name} = {value}" for name, value in whole.items())
    with pytest.raises(DBAPIError, match=constraint):
        async with case.database.transaction(actor) as session:
            await session.execute(
                text(f"UPDATE two_person_act SET {changes} WHERE id = :id"),
                {"id": act.id, **({"me": actor.person} if ":me" in changes else {})},
            )


async def test_nobody_approves_in_another_persons_name(case: Case) -> None:
    act = await case.propose()
    forged = "UPDATE two_person_act SET status = 'approved', approved_by = :other, approved_digest = digest,"
    with pytest.raises(DBAPIError, match="row-level security"):
        async with case.database.transaction(case.proposer) as session:
            await session.execute(
                text(f"{forged} approved_at = proposed_at WHERE id = :id"),
                {"id": act.id, "other": case.second.person},
            )


async def test_nobody_proposes_in_another_persons_name_nor_what_is_approved_already(case: Case) -> None:
    case.proposer = replace(case.proposer, person=case.second.person)
    real = replace(case.proposer, person=case.world.staff["rules"].person)
    with pytest.raises(DBAPIError, match="row-level security"):
        async with case.database.transaction(real) as session:
            await two_person.propose(session, case.proposer, KIND, case.object, PAYLOAD, AUDIENCE)
    case.proposer = real
    moment = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    with pytest.raises(DBAPIError, match="row-level security"):
        await proposed_at(
            case,
            1,
            status="approved",
            approved_by=case.second.person,
            approved_digest=two_person.digest_of(KIND, case.object, PAYLOAD),
            approved_at=moment,
        )


@pytest.mark.parametrize("column", ["payload", "digest", "object", "kind", "audience", "proposed_by", "proposed_at"])
async def test_what_was_shown_to_both_is_never_altered(case: Case, column: str) -> None:
    act = await case.propose()
    with pytest.raises(DBAPIError, match="permission denied"):
        async with case.database.transaction(case.proposer) as session:
            await session.execute(text(f"UPDATE two_person_act SET {column} = {column} WHERE id = :id"), {"id": act.id})


@pytest.mark.parametrize("decided", ["approved", "void"])
async def test_a_decided_act_stays_as_it_was_decided(case: Case, decided: str) -> None:
    act = await case.propose()
    await case.approve(act, payload=PAYLOAD if decided == "approved" else {})
    assert await case.status(act) == decided
    with pytest.raises(DBAPIError, match="this act has been decided"):
        async with case.database.transaction(case.proposer) as session:
            await session.execute(
                text(
                    "UPDATE two_person_act SET status = 'proposed', approved_by = NULL, approved_digest = NULL,"
                    " approved_at = NULL WHERE id = :id"
                ),
                {"id": act.id},
            )


async def test_two_proposals_at_once_leave_one_open(case: Case) -> None:
    await case.propose()
    with pytest.raises(DBAPIError, match="one_open_act"):
        await proposed_at(case, 0)


def test_the_digest_speaks_of_kind_object_and_payload_in_any_order() -> None:
    digest = two_person.digest_of("k", "o:1", {"a": 1, "b": "虚"})
    assert digest == two_person.digest_of("k", "o:1", {"b": "虚", "a": 1})
    others = [("l", "o:1", {"a": 1, "b": "虚"}), ("k", "o:2", {"a": 1, "b": "虚"}), ("k", "o:1", {"a": 2, "b": "虚"})]
    assert digest not in [two_person.digest_of(kind, object_, payload) for kind, object_, payload in others]
