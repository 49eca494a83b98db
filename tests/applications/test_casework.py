"""Officers check by list and answer for every "no"; what is missing is told, what fails leaves nothing behind."""

import asyncio
from uuid import UUID

import pytest

from app.applications import casework, submit
from app.applications.assessment import evidence_claimed
from app.applications.casework import Check
from app.applications.lifecycle import EvidenceEvent, Outcome
from app.clock import perf_counter, uuid7
from app.errors import ServiceError
from app.lifecycle import TransitionRefused
from tests.applications.office import WHOLE, Office
from tests.county import MIGRANT, form

CONFIRM, REFUSE = EvidenceEvent.CONFIRM, EvidenceEvent.REFUSE
REASON = "虚构理由：居住证已中断，且无其他证明"


async def three(office: Office) -> list[UUID]:
    """A local, a migrant and another local family."""
    forms = [form("虚构儿童甲"), form("虚构儿童乙", facts=MIGRANT), form("虚构儿童丙")]
    return [await office.apply(f"parent-{number}", filled) for number, filled in enumerate(forms, 1)]


async def test_a_list_of_checks_answers_each_outcome(office: Office) -> None:
    local, migrant, other = await three(office)
    answered = await office.check_all(
        [
            Check(local, "registration", CONFIRM),
            Check(local, "home", CONFIRM),
            Check(migrant, "permit", REFUSE),
            Check(migrant, "home", CONFIRM),
            Check(other, "home", CONFIRM),
        ]
    )
    assert answered == {
        local: Outcome.ELIGIBLE,
        migrant: Outcome.REFUSAL_PROPOSED,
        other: Outcome.UNDETERMINED,
    }
    assert {mine: await office.outcome(mine) for mine in answered} == answered
    assert "registration.verified" in (await office.last_decision(other)).missing
    checked = await office.rows("SELECT checked_by, checked_at FROM evidence WHERE status <> 'claimed'")
    assert len(checked) == 5 and {row.checked_by for row in checked} == {office.staff("casework").person}


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        (("permit", CONFIRM), "application.no_such_evidence", "checks.1"),
        (("nothing", CONFIRM), "application.no_such_evidence", "checks.1"),
        (("home", CONFIRM), "application.checked_already", "checks.1"),
    ],
)
async def test_one_wrong_check_undoes_the_whole_list(
    office: Office, wrong: tuple[str, EvidenceEvent], code: str, field: str
) -> None:
    local, migrant, other = await three(office)
    await office.check(other, home="confirm")
    before = await office.rows("SELECT * FROM evidence ORDER BY id")
    entries = await office.rows("SELECT id FROM journal_entry")
    with pytest.raises(ServiceError) as refused:
        await office.check_all([Check(migrant, "permit", CONFIRM), Check(other, *wrong), Check(local, "home", CONFIRM)])
    assert (refused.value.code, refused.value.field) == (code, field)
    assert await office.rows("SELECT * FROM evidence ORDER BY id") == before
    assert await office.rows("SELECT id FROM journal_entry") == entries


async def test_an_application_of_another_round_or_of_nobody_undoes_the_whole_list(office: Office) -> None:
    local, _, _ = await three(office)
    for stranger in (uuid7(), await in_another_round(office)):
        with pytest.raises(ServiceError, match=r"access\.not_found"):
            await office.check_all([Check(local, "home", CONFIRM), Check(stranger, "home", CONFIRM)])
    assert (await office.checks(local))["home"] == "claimed"


async def in_another_round(office: Office) -> UUID:
    other = uuid7()
    await office.rows(
        "INSERT INTO admission_round SELECT (jsonb_populate_record(r,"
        " jsonb_build_object('id', CAST(:other AS uuid), 'code', 'fict-other'))).* FROM admission_round r"
        " RETURNING id",
        who="rules",
        other=other,
    )
    parent = await office.county.parent("parent-4")
    return UUID((await office.receipt(parent, form(preferences=[]), "key-00000001", other))["application"])


async def test_a_check_within_a_list_counts_for_the_next(office: Office) -> None:
    local, _, _ = await three(office)
    await office.check_all([Check(local, "home", CONFIRM), Check(local, "home", REFUSE)])
    assert (await office.checks(local))["home"] == "refused"
    with pytest.raises(ServiceError, match=r"application\.checked_already"):
        await office.check_all([Check(local, "home", CONFIRM), Check(local, "home", CONFIRM)])


async def test_an_empty_list_changes_nothing(office: Office) -> None:
    assert await office.check_all([]) == {}


async def test_a_check_may_be_corrected_and_the_case_is_decided_anew(office: Office) -> None:
    local, _, _ = await three(office)
    assert await office.confirm(local) is Outcome.ELIGIBLE
    assert await office.check(local, registration="refuse") is Outcome.UNDETERMINED
    assert await office.check(local, registration="confirm") is Outcome.ELIGIBLE
    numbers = await office.rows(
        "SELECT number, outcome FROM decision WHERE application = :id ORDER BY number", id=local
    )
    assert [(row.number, row.outcome) for row in numbers] == [
        (1, "undetermined"),
        (2, "eligible"),
        (3, "undetermined"),
        (4, "eligible"),
    ]


async def test_each_transition_has_one_entry(office: Office) -> None:
    local, _, _ = await three(office)
    await office.confirm(local)
    [home] = await office.rows("SELECT id FROM evidence WHERE application = :id AND kind = 'home'", id=local)
    assert await office.journal(f"evidence:{home.id}") == [("evidence:confirm", "claimed", "confirmed")]
    steps = [
        (action, before, after.split()[0]) for action, before, after in await office.journal(f"application:{local}")
    ]
    assert steps == [
        ("application:submit", "absent", "submitted/1"),
        ("application:assess", "pending", "undetermined"),
        ("application:assess", "undetermined", "eligible"),
    ]


async def test_a_no_waits_for_a_person_with_a_reason_that_the_family_reads(office: Office) -> None:
    _, migrant, _ = await three(office)
    await office.check(migrant, permit="refuse")
    assert await office.outcome(migrant) == "refusal_proposed"
    for blank in ("", "   ", "\u3000\n"):
        with pytest.raises(ServiceError, match=r"application\.reason_missing"):
            await office.do("casework-2", casework.confirm_refusal, migrant, blank)
    await office.do("casework-2", casework.confirm_refusal, migrant, REASON)
    decision = await office.last_decision(migrant)
    assert await office.outcome(migrant) == decision.outcome == "not_eligible" and decision.rights == {}
    assert decision.decided_by == office.staff("casework-2").person and await office.reason(migrant) == REASON
    assert (await office.journal(f"application:{migrant}"))[-1] == (
        "application:settle",
        "refusal_proposed",
        "not_eligible",
    )


async def test_two_persons_may_refuse_what_stays_undetermined_and_nothing_else(office: Office) -> None:
    local, migrant, other = await three(office)
    with pytest.raises(TransitionRefused):
        await office.do("casework-2", casework.confirm_refusal, migrant, REASON)
    await office.do("casework", casework.propose_refusal, migrant, REASON)
    with pytest.raises(ServiceError, match=r"application\.second_look"):
        await office.do("casework", casework.confirm_refusal, migrant, REASON)
    await office.do("casework-2", casework.confirm_refusal, migrant, REASON)
    await office.confirm(local)
    for mine in (local, migrant):
        with pytest.raises(TransitionRefused):
            await office.do("casework-2", casework.confirm_refusal, mine, REASON)
    parent = await office.county.parent("parent-4")
    withdrawn = await office.apply(parent, form("虚构儿童丁"))
    await office.withdraw(parent, withdrawn)
    draft, _ = await office.do(parent, submit.save_draft, office.county.round, form("虚构儿童戊"))
    for mine, status in ((withdrawn, "withdrawn"), (draft, "draft")):
        with pytest.raises(ServiceError, match=r"application\.not_checkable") as refused:
            await office.do("casework-2", casework.confirm_refusal, mine, REASON)
        assert refused.value.details == {"status": status}
    assert await office.outcome(other) == "undetermined"


async def test_a_late_paper_reopens_a_refusal_and_a_renewed_one_waits_again(office: Office) -> None:
    _, migrant, _ = await three(office)
    await office.check(migrant, permit="refuse")
    await office.do("casework-2", casework.confirm_refusal, migrant, REASON)
    assert await office.check(migrant, home="confirm") is Outcome.REFUSAL_PROPOSED
    assert await office.reason(migrant) is None
    await office.do("casework-2", casework.confirm_refusal, migrant, REASON)
    assert await office.check(migrant, permit="confirm") is Outcome.ELIGIBLE


async def test_a_family_that_applies_again_after_a_refusal_gets_a_new_finding(office: Office) -> None:
    parent = await office.county.parent("parent-1")
    mine = await office.apply(parent, form(facts=MIGRANT))
    await office.check(mine, permit="refuse")
    await office.do("casework-2", casework.confirm_refusal, mine, REASON)
    await office.apply(parent, form(facts=MIGRANT, preferences=[]), "key-00000002")
    assert await office.outcome(mine) == "refusal_proposed"


@pytest.mark.parametrize("status", ["frozen", "drawn", "verified", "proposed", "final", "concluded", "planned"])
async def test_after_the_freeze_nothing_is_checked_refused_or_overridden(office: Office, status: str) -> None:
    _, migrant, _ = await three(office)
    await office.check(migrant, permit="refuse")
    act = await office.do("casework", casework.propose_override, migrant, REASON, sealed=False)
    await office.county.set_round(status=status)
    for verb, arguments in (
        (casework.check_evidence, (office.county.round, [Check(migrant, "permit", CONFIRM)])),
        (casework.confirm_refusal, (migrant, REASON)),
        (casework.override, (act.id, act.digest, REASON)),
    ):
        who = "approval" if verb is casework.override else "casework"
        with pytest.raises(ServiceError, match=r"application\.not_checkable") as refused:
            await office.do(who, verb, *arguments)
        assert refused.value.details["status"] == ("drawn" if status == "verified" else status)
    with pytest.raises(ServiceError, match=r"application\.not_checkable"):
        await office.do("casework", casework.propose_override, migrant, REASON, sealed=False)
    assert await office.outcome(migrant) == "refusal_proposed"


async def test_nobody_acts_by_office_on_a_child_of_their_own_in_a_list_either(office: Office) -> None:
    other, _, _ = await three(office)
    mine = await office.apply(office.staff("casework"), form("虚构儿童丁"))
    with pytest.raises(ServiceError, match=r"access\.forbidden"):
        await office.check_all([Check(other, "home", CONFIRM), Check(mine, "home", CONFIRM)])
    for verb, sealed in ((casework.confirm_refusal, True), (casework.propose_override, False)):
        with pytest.raises(ServiceError, match=r"access\.forbidden"):
            await office.do("casework", verb, mine, REASON, sealed=sealed)
    assert await office.checks(other) == {"registration": "claimed", "home": "claimed"}
    assert await office.check(mine, "casework-2", home="confirm") is Outcome.UNDETERMINED


@pytest.mark.parametrize("who", ["registrar", "rules", "allocation", "approval", "office-s1"])
async def test_no_other_duty_checks_or_refuses(office: Office, who: str) -> None:
    local, _, _ = await three(office)
    with pytest.raises(ServiceError, match=r"access\.(forbidden|not_found)"):
        await office.check(local, who, home="confirm")
    with pytest.raises(ServiceError, match=r"access\.(forbidden|not_found)"):
        await office.do(who, casework.confirm_refusal, local, REASON)


async def test_two_lists_at_once_in_opposite_order_both_come_through(office: Office) -> None:
    local, _, other = await three(office)
    lists = [
        [Check(local, "home", CONFIRM), Check(other, "home", CONFIRM)],
        [Check(other, "registration", CONFIRM), Check(local, "registration", CONFIRM)],
    ]
    await office.open_connections(2)
    await asyncio.gather(
        *(office.check_all(one, who) for one, who in zip(lists, ("casework", "casework-2"), strict=True))
    )
    assert await office.outcome(local) == await office.outcome(other) == "eligible"


async def test_2000_checks_are_recorded_within_seconds(office: Office) -> None:
    parents = [await office.county.parent(f"list-{number}") for number in range(30)]
    made: list[UUID] = []
    for turn in range(5):
        filled = form(f"虚构儿童{turn}", facts=WHOLE, preferences=[])
        made += await asyncio.gather(*(office.apply(parent, filled, f"key-0000000{turn}") for parent in parents))
    checks = [Check(mine, kind, CONFIRM) for mine in made for kind in evidence_claimed(filled)][:2000]
    started = perf_counter()
    answered = await office.check_all(checks)
    assert len(checks) == 2000 and perf_counter() - started < 10
    assert set(answered.values()) == {Outcome.ELIGIBLE}
    entries = await office.rows("SELECT count(*) AS n FROM journal_entry WHERE action = 'test:evidence:confirm'")
    assert entries[0].n == 2000
