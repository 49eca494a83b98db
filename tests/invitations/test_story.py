"""From the registers to the last unanswered letter: who is of age, what is found in advance, how a family confirms, and
how the list of a community becomes empty or explained."""

from datetime import date, timedelta
from typing import Any

import pytest

from app.actor import Actor
from app.applications.form import read_form
from app.bureau import service
from app.bureau.provision import NotKnown, Rate
from app.errors import ServiceError
from app.invitations import family, letters, listing, outreach
from app.invitations.lifecycle import InvitationEvent
from app.invitations.listing import CommunityCount
from app.invitations.models import Finding, Reached, Way
from app.invitations.outreach import Attempt, Ending
from app.invitations.register_file import Source
from app.lifecycle import TransitionRefused
from app.offers import overdue
from app.offers.overdue import OpenCase, WaitsFor
from app.rounds.models import AdmissionRound
from tests.applications.junior import open_junior_round
from tests.applications.office import Office
from tests.invitations.registers import YEAR, bring, child, guardian, invite, listed, number_of

PERMITS, REGISTRATIONS, BIRTHS = Source.PERMITS, Source.REGISTRATIONS, Source.BIRTHS
KINDERGARTEN = Source.KINDERGARTEN_LEAVERS
FAR = 10_000  # days
VISIT = Attempt(Way.VISIT, Reached.NOT_REACHED, date(2026, 5, 20))


async def mine(office: Office, who: Actor, code: str | None = None) -> list[Any]:
    found: list[Any] = await office.do(who, family.own_invitations, code)
    return found


async def confirm(office: Office, who: Actor, one: Any, key: str = "key-00000001", **changes: Any) -> dict[str, Any]:
    filled = read_form({**one.form, **changes})
    receipt: dict[str, Any] = await office.do(who, family.confirm_invitation, one.id, filled, key)
    return receipt


async def printed(office: Office, who: str | Actor, community: str = "c1", organisation: str = "") -> str:
    named = organisation or office.county.world.bureau
    text: str = await office.do(who, letters.print_letters, named, YEAR, community)
    return text


async def counts(office: Office, who: str = "auditor") -> dict[str, CommunityCount]:
    found: dict[str, CommunityCount] = await office.do(who, listing.count_invitations, YEAR, sealed=False)
    return found


async def code_of(office: Office, community: str = "c1") -> str:
    """The code of the one letter to a community."""
    return (await printed(office, "casework", community)).partition("邀请码 ")[2].split(" ")[0]


async def explain(office: Office, who: str | Actor, organisation: str, one: Any, *ending: Any) -> None:
    await office.do(who, outreach.explain, organisation, one.id, Ending(*ending))


async def test_whoever_is_six_by_31_august_and_was_not_a_year_before_is_invited(office: Office) -> None:
    days = {1: date(2019, 8, 31), 2: date(2019, 9, 1), 3: date(2020, 2, 29), 4: date(2020, 8, 31), 5: date(2020, 9, 1)}
    await bring(office, BIRTHS, *(child(which, born_on=day) for which, day in days.items()))
    assert await invite(office) == (3, 0, 0)
    async with office.database.transaction(office.staff("casework")) as session:
        bureau, vault = office.county.world.bureau, office.vault
        shown = await listing.rows_of(session, vault, bureau, bureau, YEAR, None)
    assert sorted(one.said["births"]["child"]["name"][-1] for one in shown) == ["2", "3", "4"]
    assert await invite(office) == (0, 0, 3)


async def test_each_is_decided_in_advance_by_what_the_registers_say_and_none_is_refused(office: Office) -> None:
    await bring(office, REGISTRATIONS, child(1, community="c1"))
    await bring(office, BIRTHS, child(2, community="c2"))
    lapsed = child(3, community="c3", valid_until="2026-01-05", endorsements="2023-01-10")
    await bring(office, PERMITS, lapsed)
    await invite(office)
    found = {line.community: line.finding for line in await listed(office)}
    assert found == {"c1": Finding.ELIGIBLE, "c2": Finding.UNDETERMINED, "c3": Finding.UNDETERMINED}
    await bring(office, REGISTRATIONS, child(2, community="c2"))
    assert await invite(office) == (0, 1, 2)
    assert [line.finding for line in await listed(office, community="c2")] == [Finding.ELIGIBLE]


async def test_a_migrants_permit_and_kindergarten_make_the_right_known_before_anybody_applies(office: Office) -> None:
    await bring(office, PERMITS, child(1))
    await invite(office)
    [line] = await listed(office)
    assert line.finding is Finding.UNDETERMINED
    await bring(office, KINDERGARTEN, child(1))
    assert await invite(office) == (0, 1, 0)
    [line] = await listed(office)
    assert (line.finding, line.sources) == (Finding.ELIGIBLE, ("kindergarten_leavers", "permits"))


async def test_the_letter_says_right_school_what_is_missing_and_how_to_confirm_in_both_languages(
    office: Office, town: Actor
) -> None:
    await bring(office, REGISTRATIONS, child(1), child(2))
    await bring(office, BIRTHS, child(3, community="c3"))
    await invite(office)
    text = await printed(office, town, organisation="t1")
    first, second = text.split(letters.NEXT_PAGE)
    assert "虚构儿童1" in first and "虚构儿童2" in second
    for words in ("虚构家长甲", "符合入学条件", "虚构小学s1", "请确认", "has a right", "Please confirm", "no decision"):
        assert words in first
    other = await printed(office, "casework", "c3")
    assert "尚不能确定" in other and "尚缺材料：无" not in other and "does not yet settle" in other
    with pytest.raises(ServiceError, match=r"access\.not_found"):
        await printed(office, town, "c3", "t2")
    with pytest.raises(ServiceError, match=r"invitation\.nobody_to_write_to"):
        await printed(office, town, "c3", "t1")


async def test_the_guardian_whom_a_register_names_finds_the_form_filled_in_and_confirms_it(office: Office) -> None:
    await bring(office, REGISTRATIONS, child(1))
    await invite(office)
    parent = await guardian(office)
    [one] = await mine(office, parent)
    assert one.form["child"] == {
        "name": "虚构儿童1", "number_kind": "mainland", "number": number_of(1), "born_on": "2020-03-15", "sex": "1",
    }  # fmt: skip
    assert (one.finding, one.schools, one.form["relation"]) == (Finding.ELIGIBLE, ("s1",), "mother")
    receipt = await confirm(office, parent, one, preferences=["2026-g1-s2"])
    assert await confirm(office, parent, one, preferences=["2026-g1-s2"]) == receipt
    assert await office.rows("SELECT count(*) AS n FROM application") == [(1,)]
    [line] = await listed(office)
    assert line.answered and await listed(office, only_open=True) == []
    assert await counts(office) == {"c1": CommunityCount(1, 1, {}, 0)}
    steps = [action for action, _, _ in await office.journal(f"invitation:{one.id}")]
    assert steps == ["invitation:invite", "invitation:open", "invitation:answer"]


async def test_whoever_applies_by_the_ordinary_way_has_answered_and_who_withdraws_has_not(office: Office) -> None:
    await bring(office, REGISTRATIONS, child(1))
    await invite(office)
    parent = await guardian(office)
    [one] = await mine(office, parent)
    application = await office.apply(parent, read_form(one.form))
    assert (await counts(office))["c1"] == CommunityCount(1, 1, {}, 0)
    await office.withdraw(parent, application)
    assert (await counts(office))["c1"] == CommunityCount(1, 0, {}, 1)


async def test_a_child_without_a_number_is_answered_for_by_the_confirmation(office: Office) -> None:
    await bring(office, BIRTHS, child(1, number=""))
    await invite(office)
    parent = await guardian(office)
    [one] = await mine(office, parent)
    await confirm(office, parent, one)
    assert (await counts(office))["c1"].answered == 1


async def test_a_code_opens_the_form_for_the_guardian_it_was_written_to_and_for_nobody_else(office: Office) -> None:
    await bring(office, BIRTHS, child(1, guardian_number=""))
    await bring(office, BIRTHS, child(2, community="c2"))
    await invite(office)
    by_name, by_number = await code_of(office), await code_of(office, "c2")
    parent, stranger = await guardian(office, number=""), await guardian(office, "虚构路人", number_of(9))
    assert await mine(office, parent) == [] == await mine(office, stranger)
    answers = []
    for who, code in ((stranger, by_name), (stranger, by_number), (stranger, "AAAA-AAAA"), (parent, by_number)):
        with pytest.raises(ServiceError) as refused:
            await mine(office, who, code)
        answers.append((refused.value.code, refused.value.field, dict(refused.value.details)))
    assert answers == [("invitation.not_yours", "code", {})] * 4
    [one] = await mine(office, parent, by_name.lower().replace("-", " "))
    assert [again.id for again in await mine(office, parent)] == [one.id]
    await confirm(office, parent, one)
    with pytest.raises(ServiceError, match=r"access\.not_found"):
        await confirm(office, stranger, one, "key-00000002")
    for row in await office.rows("SELECT * FROM invitation"):
        assert by_name not in str(tuple(row))


async def test_a_town_follows_its_own_until_its_list_is_empty_or_explained(office: Office, town: Actor) -> None:
    await bring(office, REGISTRATIONS, *(child(which) for which in range(1, 6)), child(6, community="c3"))
    await invite(office)
    parent = await guardian(office)
    answered = (await mine(office, parent))[-2]
    await confirm(office, parent, answered)
    waiting = await listed(office, town, "t1", only_open=True)
    assert len(waiting) == 4 and {line.due_on for line in waiting} == {date(2026, 9, 1)}
    await office.do(town, outreach.record_attempt, "t1", waiting[0].id, VISIT, sealed=False)
    opened = await office.do(town, listing.open_invitation, "t1", waiting[0].id)
    assert opened.guardians[0]["phone"] == "13800138000" and opened.child["number"] == number_of(
        int(opened.child["name"][-1])
    )
    endings = [("move_away",), ("go_elsewhere", "虚构外县小学"), ("die",), ("go_abroad",)]
    for line, (event, *school) in zip(waiting, endings, strict=True):
        await explain(office, town, "t1", line, InvitationEvent(event), *school)
    assert await listed(office, town, "t1", only_open=True) == []
    ended = {"abroad": 1, "deceased": 1, "moved_away": 1, "school_elsewhere": 1}
    assert await counts(office) == {"c1": CommunityCount(5, 1, ended, 0), "c3": CommunityCount(1, 0, {}, 1)}
    assert (await office.do(town, listing.open_invitation, "t1", waiting[1].id)).explanation == "虚构外县小学"
    assert {line.id: line.attempts for line in await listed(office, town, "t1")}[waiting[0].id] == 1


async def test_another_town_and_other_duties_learn_and_do_nothing(office: Office, town: Actor) -> None:
    await bring(office, REGISTRATIONS, child(1, community="c3"))
    await invite(office)
    [theirs] = await listed(office)
    assert await listed(office, town, "t1") == []
    for verb, arguments in ((listing.open_invitation, ()), (outreach.explain, (Ending(InvitationEvent.DIE),))):
        with pytest.raises(ServiceError, match=r"access\.not_found"):
            await office.do(town, verb, "t1", theirs.id, *arguments)
    for who in ("registrar", "rules", "allocation", "approval"):
        with pytest.raises(ServiceError, match=r"access\.forbidden"):
            await listed(office, who)


async def test_an_ending_says_where_and_an_attempt_lies_in_the_past(office: Office) -> None:
    await bring(office, REGISTRATIONS, child(1))
    await invite(office)
    [line], bureau = await listed(office), office.county.world.bureau
    with pytest.raises(ServiceError, match=r"invitation\.school_missing"):
        await explain(office, "casework", bureau, line, InvitationEvent.GO_ELSEWHERE, " ")
    with pytest.raises(ServiceError, match=r"invitation\.school_not_asked"):
        await explain(office, "casework", bureau, line, InvitationEvent.DIE, "虚构小学")
    with pytest.raises(TransitionRefused):
        await explain(office, "casework", bureau, line, InvitationEvent.REOPEN)
    [row] = await office.rows("SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date AS today")
    late = Attempt(Way.CALL, Reached.PROMISED, row.today + timedelta(days=1))
    with pytest.raises(ServiceError, match=r"invitation\.attempt_to_come"):
        await office.do("casework", outreach.record_attempt, bureau, line.id, late, sealed=False)
    await explain(office, "casework", bureau, line, InvitationEvent.MOVE_AWAY)
    await explain(office, "casework", bureau, line, InvitationEvent.REOPEN)
    assert [line.status for line in await listed(office, only_open=True)] == ["open"]


async def test_who_was_deferred_or_never_answered_is_invited_again_a_year_later(office: Office) -> None:
    def foreign(which: int, born_on: date) -> dict[str, Any]:
        return child(which, number=f"FICT0000{which}", number_kind="foreign", born_on=born_on)

    await bring(office, BIRTHS, *(foreign(which, date(2020, 3, 15)) for which in (1, 2, 3)))
    await invite(office)
    deferred, gone, _ = await listed(office)
    bureau = office.county.world.bureau
    await explain(office, "casework", bureau, deferred, InvitationEvent.DEFER)
    await explain(office, "casework", bureau, gone, InvitationEvent.MOVE_AWAY)
    # A year has passed for all of them, and another child comes of age.
    await bring(office, BIRTHS, *(foreign(which, date(2019, 3, 15)) for which in (1, 2, 3)), child(4))
    await office.county.set_round(year=2027)
    assert await invite(office) == (3, 0, 0)
    assert {line.status for line in await listed(office, year=2027)} == {"open"}


async def test_only_the_main_round_of_grade_1_invites(office: Office) -> None:
    await open_junior_round(office.county)
    with pytest.raises(ServiceError, match=r"invitation\.not_for_this_round"):
        await invite(office)


async def test_a_guardian_whom_the_service_knows_is_told_at_once_and_once(office: Office) -> None:
    parent = await guardian(office)
    await bring(office, REGISTRATIONS, child(1), child(2, guardian_number=""))
    assert await invite(office) == (2, 0, 0) and await invite(office) == (0, 0, 2)
    told = await office.rows("SELECT kind, person FROM message")
    assert [tuple(row) for row in told] == [("invited_to_school", parent.person)]


async def test_the_invited_make_the_denominator_of_grade_1_whole(office: Office) -> None:
    async def told() -> Any:
        return await office.do("auditor", service.provision, office.county.round, sealed=False)

    assert (await told()).everyone.not_known is NotKnown.REGISTER_EMPTY
    await bring(office, REGISTRATIONS, child(1), child(2), child(3, community="c3"))
    await invite(office)
    parent = await guardian(office)
    await confirm(office, parent, (await mine(office, parent))[-1])
    report = await told()
    assert (report.everyone.rate, report.everyone.funnel.known, report.everyone.not_applied) == (Rate(0, 3), 3, 2)
    assert report.migrants.not_known is NotKnown.NOT_BY_POPULATION
    open_ones = await listed(office, only_open=True)
    await explain(office, "casework", office.county.world.bureau, open_ones[0], InvitationEvent.GO_ABROAD)
    report = await told()
    assert (report.everyone.rate, report.everyone.funnel.known) == (Rate(0, 2), 2)


async def test_from_the_end_of_the_window_an_open_invitation_is_a_dated_case_until_it_is_explained(
    office: Office,
) -> None:
    async def cases() -> list[OpenCase]:
        found: list[OpenCase] = await office.do("casework", overdue.open_cases, office.county.round, FAR, sealed=False)
        return found

    await bring(office, REGISTRATIONS, child(1), child(2, community="c3"))
    await invite(office)
    assert await cases() == []
    async with office.database.transaction(office.staff("rules")) as session:
        round_ = await session.get_one(AdmissionRound, (office.county.world.bureau, office.county.round))
        round_.closes_at -= timedelta(hours=2)
        round_.opens_at -= timedelta(hours=2)
    lines = await listed(office)
    assert [(case.invitation, case.residence_community, case.waits_for, case.grade) for case in await cases()] == [
        (line.id, line.community, WaitsFor.APPLICATION, 1) for line in lines
    ]
    await explain(office, "casework", office.county.world.bureau, lines[0], InvitationEvent.DIE)
    assert [case.invitation for case in await cases()] == [lines[1].id]
