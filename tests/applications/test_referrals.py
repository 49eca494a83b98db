"""A family's standing is confirmed by the office concerned: it sees its own claims and nothing else, and the case is
decided anew as it answers."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.actor import Actor
from app.applications import casework, referral_answer, referral_list
from app.applications.lifecycle import EvidenceEvent, ReferralStatus
from app.applications.referral_answer import Answer
from app.errors import ServiceError
from tests.applications.office import Office
from tests.conftest import Api
from tests.county import LOCAL, MIGRANT, form

ARMED, POLICE = "fict-armed", "fict-police"
STANDING = {"kind": "military", "proof": {"obtained_on": "2024-01-10", "valid_until": "2028-01-09"}}
HOLDER = {"name": "虚构军人", "number_kind": "mainland", "number": "330424200912310024"}
OTHER_HOLDER = {**HOLDER, "name": "虚构另一军人"}
# Registered and living outside every place in which the county's catchments would give it a right.
SOLDIERS: dict[str, Any] = {**MIGRANT, "policy": STANDING}
CONFIRM, REFUSE = EvidenceEvent.CONFIRM, EvidenceEvent.REFUSE
REASON = "虚构理由：名册中查无此人"


@pytest.fixture
async def armed(office: Office) -> Actor:
    """A verifier of the armed forces department."""
    await office.county.world.found(ARMED, "office", "armed_forces")
    return await office.county.world.hire("verifier-1", ARMED, "verifier")


async def police(office: Office) -> Actor:
    await office.county.world.found(POLICE, "office", "public_security")
    return await office.county.world.hire("verifier-2", POLICE, "verifier")


async def listed(office: Office, who: Actor | str, organisation: str = ARMED, status: Any = None) -> list[Any]:
    found: list[Any] = await office.do(who, referral_list.list_referrals, organisation, status, None, 100)
    return found


async def answer(office: Office, who: Actor, *answers: Answer, organisation: str = ARMED) -> None:
    await office.do(who, referral_answer.answer_referrals, organisation, list(answers))


def soldiers(**changes: Any) -> Any:
    return form(**{"facts": SOLDIERS, "policy_holder": HOLDER, **changes})


async def right(office: Office, application: UUID) -> Any:
    return (await office.last_decision(application)).rights.get("s1", {}).get("level")


async def test_the_office_confirms_by_list_and_the_child_stands_where_its_standing_puts_it(
    office: Office, armed: Actor
) -> None:
    mine = await office.apply("parent-1", soldiers())
    assert await office.confirm(mine, but=("policy",)) == "eligible"
    assert await right(office, mine) == 8
    [line] = await listed(office, armed)
    assert (line.kind, line.value, line.status) == ("policy", "military", ReferralStatus.WAITING)
    assert (line.child, line.holder) == ("虚****", "虚***")
    await answer(office, armed, Answer(line.id, CONFIRM))
    decision = await office.last_decision(mine)
    assert await right(office, mine) == 4 and decision.groups == ["migrant", "policy"]
    assert decision.decided_by == armed.person and (await office.checks(mine))["policy"] == "confirmed"
    assert await office.journal(f"referral:{line.id}") == [
        ("referral:make", "absent", ARMED),
        ("referral:confirm", "waiting", "confirmed"),
    ]
    [entry] = await office.rows(
        "SELECT role, person FROM journal_entry WHERE object = :o AND action LIKE '%confirm'", o=f"referral:{line.id}"
    )
    assert (entry.role, entry.person) == ("verifier", armed.person)


async def test_a_refusal_has_a_reason_for_the_family_and_a_no_still_needs_a_person_of_the_bureau(
    api: Api, office: Office, armed: Actor
) -> None:
    bare = {"registration": MIGRANT["registration"], "home": MIGRANT["home"], "policy": STANDING}
    parent = await office.county.parent("parent-1")
    mine = await office.apply(parent, form(facts=bare, policy_holder=HOLDER))
    await office.confirm(mine, but=("policy",))
    [line] = await listed(office, armed)
    for blank in (None, "", "    ", "短理由"):
        with pytest.raises(ServiceError, match=r"referral\.reason_missing") as refused:
            await answer(office, armed, Answer(line.id, REFUSE, blank))
        assert refused.value.field == "answers.0.reason"
    await answer(office, armed, Answer(line.id, REFUSE, REASON))
    assert (await office.checks(mine))["policy"] == "refused"
    assert await office.outcome(mine) == "undetermined"  # a permit may still be shown
    assert [row.kind for row in await office.rows("SELECT kind FROM message")] == ["papers_requested"]
    for who in ("parent-1", "casework"):
        headers = await api.sign_in(office.county.world.bureau, who)
        [told] = (await api.client.get(f"/applications/{mine}", headers=headers)).json()["referrals"]
        assert (told["status"], told["reason"]) == ("refused", REASON)
        assert told["organisation_name"] == f"虚构机构{ARMED}"
    await office.do("casework", casework.propose_refusal, mine, REASON)
    await office.do("casework-2", casework.confirm_refusal, mine, REASON)
    assert await office.outcome(mine) == "not_eligible"


async def test_an_answer_may_be_corrected_and_not_given_twice(office: Office, armed: Actor) -> None:
    mine = await office.apply("parent-1", soldiers())
    [line] = await listed(office, armed)
    await answer(office, armed, Answer(line.id, REFUSE, REASON))
    with pytest.raises(ServiceError, match=r"referral\.answered_already"):
        await answer(office, armed, Answer(line.id, REFUSE, REASON))
    await answer(office, armed, Answer(line.id, CONFIRM))
    opened = await office.do(armed, referral_list.open_referral, ARMED, line.id)
    assert (opened.status, opened.reason) == ("confirmed", None)
    assert (await office.checks(mine))["policy"] == "confirmed"


async def test_the_caseworker_cannot_confirm_it_himself_and_is_told_whose_it_is(office: Office, armed: Actor) -> None:
    mine = await office.apply("parent-1", soldiers())
    for event in ("confirm", "refuse"):
        with pytest.raises(ServiceError, match=r"application\.office_verifies") as refused:
            await office.check(mine, home="confirm", policy=event)
        assert refused.value.field == "checks.1" and refused.value.details == {"office": f"虚构机构{ARMED}"}
    assert set((await office.checks(mine)).values()) == {"claimed"}


async def test_where_the_bureau_has_no_such_office_the_caseworker_looks_at_the_papers(office: Office) -> None:
    mine = await office.apply("parent-1", soldiers(policy_holder=None))
    await office.confirm(mine)
    assert await right(office, mine) == 4


async def test_what_was_checked_before_the_office_was_set_up_stays_checked(office: Office) -> None:
    parent = await office.county.parent("parent-1")
    mine = await office.apply(parent, soldiers())
    await office.confirm(mine)
    await office.county.world.found(ARMED, "office", "armed_forces")
    await office.apply(parent, soldiers(preferences=[]), "key-00000002")
    assert await right(office, mine) == 4
    assert await office.rows("SELECT id FROM referral") == []


async def test_where_there_is_an_office_it_must_be_told_whose_standing_it_is(office: Office, armed: Actor) -> None:
    with pytest.raises(ServiceError, match=r"application\.holder_missing") as refused:
        await office.apply("parent-1", soldiers(policy_holder=None))
    assert refused.value.field == "policy_holder" and "人民武装部" in refused.value.title("zh")


async def test_each_office_sees_its_own_kind_and_the_document_of_a_child_of_hong_kong_is_its_own(
    office: Office, armed: Actor
) -> None:
    officer = await police(office)
    await office.apply("parent-1", soldiers())
    child = {"name": "虚构儿童乙", "number_kind": "hong_kong", "number": "810000201003150015", "born_on": "2010-03-15"}
    travel = {"kind": "travel_permit", "proof": {"obtained_on": "2024-01-01", "valid_until": "2030-01-01"}}
    await office.apply("parent-2", form(facts={**LOCAL, "document": travel}, child=child))
    [theirs] = await listed(office, officer, POLICE)
    assert (theirs.kind, theirs.value) == ("document", "travel_permit")
    opened = await office.do(officer, referral_list.open_referral, POLICE, theirs.id)
    assert opened.told["holder"]["number"] == child["number"] and opened.told["obtained_on"] == "2024-01-01"
    assert [line.kind for line in await listed(office, armed)] == ["policy"]
    for organisation in (ARMED, "s1", "nowhere", office.county.world.bureau):
        with pytest.raises(ServiceError, match=r"access\.not_found"):
            await listed(office, officer, organisation)
    for organisation in (ARMED, POLICE):
        with pytest.raises(ServiceError, match=r"access\.not_found"):
            await office.do(armed, referral_list.open_referral, organisation, theirs.id)
        with pytest.raises(ServiceError, match=r"access\.not_found"):
            await answer(office, armed, Answer(theirs.id, CONFIRM), organisation=organisation)


async def test_unmasking_is_journalled_and_shows_what_is_needed_and_nothing_of_home_points_or_wishes(
    office: Office, armed: Actor
) -> None:
    await office.apply("parent-1", soldiers())
    [line] = await listed(office, armed)
    assert [step for step, *_ in await office.journal(f"referral:{line.id}")] == ["referral:make"]
    opened = await office.do(armed, referral_list.open_referral, ARMED, line.id)
    assert opened.told == {
        "child": "虚****",
        "value": "military",
        "holder": HOLDER,
        "relation": "mother",
        "community": None,
        "obtained_on": "2024-01-10",
        "valid_until": "2028-01-09",
    }
    assert (await office.journal(f"referral:{line.id}"))[-1] == ("referral:unmask", "-", "read")


@pytest.mark.parametrize(
    ("table", "seen"),
    [("referral", 1), ("subject_key", 1), ("application", 0), ("child", 0), ("evidence", 0), ("decision", 0),
     ("preference", 0), ("guardianship", 0), ("person", 1), ("journal_entry", 0), ("receipt", 0)],
)  # fmt: skip
async def test_row_level_security_shows_the_office_the_referral_and_its_key_alone(
    office: Office, armed: Actor, table: str, seen: int
) -> None:
    """And whatever is its own as a person."""
    await office.apply("parent-1", soldiers())
    own = {"person": armed, "subject_key": replace(armed, person=uuid4())}
    async with office.database.transaction(own.get(table, armed)) as session:
        assert (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() == seen


async def test_a_family_answers_nothing_for_the_office(office: Office, armed: Actor) -> None:
    parent = await office.county.parent("parent-1")
    await office.apply(parent, soldiers())
    [line] = await listed(office, armed)
    with pytest.raises(ServiceError, match=r"access\.not_found"):
        await answer(office, parent, Answer(line.id, CONFIRM))
    with pytest.raises(Exception, match="row-level security"):
        async with office.database.transaction(parent) as session:
            await session.execute(text("UPDATE referral SET status = 'confirmed'"))


async def test_a_family_that_names_somebody_else_is_asked_about_anew_and_the_old_claim_is_taken_back(
    office: Office, armed: Actor
) -> None:
    parent = await office.county.parent("parent-1")
    mine = await office.apply(parent, soldiers())
    [first] = await listed(office, armed)
    await answer(office, armed, Answer(first.id, CONFIRM))
    await office.apply(parent, soldiers(preferences=[]), "key-00000002")
    assert len(await listed(office, armed)) == 1 and (await office.checks(mine))["policy"] == "confirmed"
    await office.apply(parent, soldiers(policy_holder=OTHER_HOLDER), "key-00000003")
    assert (await office.checks(mine))["policy"] == "claimed"
    old, new = await listed(office, armed)
    assert (old.id, old.status, new.status) == (first.id, "withdrawn", "waiting")
    with pytest.raises(ServiceError, match=r"referral\.not_open"):
        await answer(office, armed, Answer(old.id, REFUSE, REASON))
    await office.apply(parent, form(facts=MIGRANT), "key-00000004")
    assert await listed(office, armed, status=ReferralStatus.WAITING) == []


async def test_one_wrong_answer_undoes_the_whole_list(office: Office, armed: Actor) -> None:
    first = await office.apply("parent-1", soldiers())
    await office.apply("parent-2", soldiers())
    one, two = await listed(office, armed)
    await answer(office, armed, Answer(two.id, CONFIRM))
    for wrong in (Answer(two.id, CONFIRM), Answer(uuid4(), CONFIRM)):
        with pytest.raises(ServiceError):
            await answer(office, armed, Answer(one.id, CONFIRM), wrong)
    assert (await office.checks(first))["policy"] == "claimed"


async def test_after_the_freeze_nothing_is_answered(office: Office, armed: Actor) -> None:
    await office.apply("parent-1", soldiers())
    [line] = await listed(office, armed)
    await office.county.set_round(status="frozen")
    with pytest.raises(ServiceError, match=r"application\.not_checkable"):
        await answer(office, armed, Answer(line.id, CONFIRM))
    assert [line.status for line in await listed(office, armed)] == ["waiting"]


async def test_nobody_answers_by_office_for_a_child_of_their_own(office: Office, armed: Actor) -> None:
    await office.apply(armed, soldiers())
    [line] = await listed(office, armed)
    with pytest.raises(ServiceError, match=r"access\.forbidden"):
        await answer(office, armed, Answer(line.id, CONFIRM))
    with pytest.raises(ServiceError, match=r"access\.forbidden"):
        await office.do(armed, referral_list.open_referral, ARMED, line.id)


async def test_a_soldiers_child_goes_to_the_station_once_the_armed_forces_department_says_so(
    office: Office, armed: Actor
) -> None:
    facts = {**SOLDIERS, "right_place": {"kind": "station"}}
    mine = await office.apply("parent-1", soldiers(facts=facts, right_place_community="c3"))
    await office.confirm(mine, but=("policy", "right_place"))
    lines = await listed(office, armed)
    assert sorted((line.kind, line.value) for line in lines) == [("policy", "military"), ("right_place", "station")]
    place = next(line for line in lines if line.kind == "right_place")
    opened = await office.do(armed, referral_list.open_referral, ARMED, place.id)
    assert opened.told["community"] == "c3"
    await answer(office, armed, *(Answer(line.id, CONFIRM) for line in lines))
    rights = (await office.last_decision(mine)).rights
    assert {school: keys["level"] for school, keys in rights.items()} == {"s1": 4, "s3": 4}


async def test_the_grandparents_registration_is_the_caseworkers_to_check(office: Office, armed: Actor) -> None:
    facts = {**SOLDIERS, "right_place": {"kind": "grandparents"}}
    mine = await office.apply("parent-1", soldiers(facts=facts, right_place_community="c2"))
    [line] = await listed(office, armed)
    await answer(office, armed, Answer(line.id, CONFIRM))
    await office.check(mine, right_place="refuse")
    assert set((await office.last_decision(mine)).rights) == set()
    await office.check(mine, right_place="confirm")
    assert (await office.last_decision(mine)).rights["s2"]["level"] == 4
