"""Two persons admit a child beside the rules; what they granted stands until the family shows something else."""

from dataclasses import replace
from uuid import UUID

import pytest

from app.accounts.two_person import TwoPersonAct
from app.actor import Actor
from app.applications import casework, queries
from app.applications.lifecycle import Outcome
from app.errors import ServiceError
from app.lifecycle import TransitionRefused
from tests.applications.office import Office
from tests.conftest import Api
from tests.county import LOCAL, MIGRANT, form

REASON = "虚构理由：家庭遭遇火灾，证件正在补办"
NUMBERED = {"number_kind": "mainland", "number": "990424202003150010"}
BEHIND_ALL = {"level": 12, "flat_lock": 0, "disagree": 1, "moved_in": 99991231, "titled": 99991231, "points": 0}


async def refused_case(office: Office, parent: Actor | None = None) -> UUID:
    mine = await office.apply(parent or "parent-1", form(facts=MIGRANT))
    await office.check(mine, permit="refuse", home="confirm")
    return mine


async def propose(office: Office, mine: UUID, who: str = "casework") -> TwoPersonAct:
    act = await office.do(who, casework.propose_override, mine, REASON, sealed=False)
    assert isinstance(act, TwoPersonAct)
    return act


async def approve(office: Office, act: TwoPersonAct, who: str = "approval", reason: str = REASON) -> None:
    await office.do(who, casework.override, act.id, act.digest, reason)


async def granted_case(office: Office) -> UUID:
    mine = await refused_case(office)
    await approve(office, await propose(office, mine))
    return mine


@pytest.mark.parametrize("confirmed_first", [False, True], ids=["while it is proposed", "after a refusal"])
async def test_two_persons_admit_a_child_behind_every_right(office: Office, confirmed_first: bool) -> None:
    mine = await refused_case(office)
    if confirmed_first:
        await office.do("casework-2", casework.confirm_refusal, mine, REASON)
    await approve(office, await propose(office, mine))
    assert await office.outcome(mine) == "eligible" and await office.reason(mine) == REASON
    async with office.database.transaction(office.staff("allocation")) as session:
        [listed] = await queries.applicants_for_allocation(session, office.county.world.bureau, office.county.round)
        assert await queries.unsettled(session, office.county.world.bureau, office.county.round) == []
    assert (listed.application, listed.rights, listed.keys_elsewhere) == (mine, {}, BEHIND_ALL)


async def test_the_proposal_shows_no_word_of_the_reason(office: Office) -> None:
    act = await propose(office, await refused_case(office))
    assert set(act.payload) == {"application", "version", "outcome", "reason"}
    assert "火灾" not in str(act.payload) and act.audience == ["casework", "approval", "auditor"]


async def test_who_proposed_cannot_approve_whatever_their_duty(office: Office) -> None:
    mine = await refused_case(office)
    act = await propose(office, mine)
    with pytest.raises(ServiceError, match=r"access\.forbidden"):
        await approve(office, act, "casework")
    with pytest.raises(ServiceError, match=r"access\.forbidden"):
        await approve(office, act, "casework-2")
    both = replace(office.staff("casework"), duties=("casework", "approval"))
    office.county.world.staff["both"] = both
    with pytest.raises(ServiceError, match=r"act\.same_person"):
        await approve(office, act, "both")
    assert await office.outcome(mine) == "refusal_proposed"


async def test_another_reason_or_digest_than_was_shown_is_refused(office: Office) -> None:
    mine = await refused_case(office)
    act = await propose(office, mine)
    with pytest.raises(ServiceError, match=r"act\.other_digest"):
        await office.do("approval", casework.override, act.id, "0" * 64, REASON)
    with pytest.raises(ServiceError, match=r"act\.input_changed"):
        await approve(office, act, reason=REASON + "。")
    assert await office.outcome(mine) == "refusal_proposed"


@pytest.mark.parametrize("change", ["the family", "an officer"])
async def test_a_case_that_changed_since_makes_the_proposal_void(office: Office, change: str) -> None:
    parent = await office.county.parent("parent-1")
    mine = await refused_case(office, parent)
    act = await propose(office, mine)
    if change == "the family":
        await office.apply(parent, form(facts=MIGRANT, preferences=[]), "key-00000002")
    else:
        await office.do("casework-2", casework.confirm_refusal, mine, REASON)
    with pytest.raises(ServiceError, match=r"act\.input_changed"):
        await approve(office, act)
    with pytest.raises(ServiceError, match=r"act\.not_open"):
        await approve(office, act)
    assert await office.outcome(mine) in ("refusal_proposed", "not_eligible")


async def test_one_persons_check_does_not_take_away_what_two_granted(office: Office) -> None:
    mine = await granted_case(office)
    assert await office.check(mine, work="refuse") is Outcome.ELIGIBLE
    assert await office.reason(mine) == REASON and (await office.checks(mine))["work"] == "refused"
    assert await office.check(mine, permit="confirm") is Outcome.ELIGIBLE
    decision = await office.last_decision(mine)
    assert decision.reason is None and set(decision.rights) == {"s1"}


async def test_new_wishes_keep_the_grant_and_new_papers_end_it(office: Office) -> None:
    parent = await office.county.parent("parent-1")
    mine = await refused_case(office, parent)
    await approve(office, await propose(office, mine))
    await office.apply(parent, form(facts=MIGRANT, preferences=[]), "key-00000002")
    assert await office.outcome(mine) == "eligible" and await office.reason(mine) == REASON
    schooling = {"kind": "kindergarten", "since": "2023-09-01"}
    await office.apply(parent, form(facts={**MIGRANT, "schooling": schooling}), "key-00000003")
    assert await office.outcome(mine) == "refusal_proposed"


async def test_an_eligible_child_needs_no_override_and_loses_no_right_by_one(office: Office) -> None:
    mine = await office.apply("parent-1", form())
    await office.confirm(mine)
    with pytest.raises(TransitionRefused):
        await propose(office, mine)
    other = await office.apply("parent-2", form(facts=LOCAL))
    act = await propose(office, other)
    await office.confirm(other)
    with pytest.raises(ServiceError, match=r"act\.input_changed"):
        await approve(office, act)
    assert set((await office.last_decision(other)).rights) == {"s1"}


async def test_an_override_waits_until_it_is_settled_whose_child_it_is(office: Office) -> None:
    await office.apply("parent-1", form(child=NUMBERED))
    claimed = await office.apply("parent-2", form(child=NUMBERED))
    with pytest.raises(ServiceError, match=r"application\.claim_open"):
        await propose(office, claimed)


async def test_over_http_the_second_person_repeats_digest_and_reason(api: Api, office: Office) -> None:
    mine = await refused_case(office)
    bureau = office.county.world.bureau
    first, second = await api.sign_in(bureau, "casework"), await api.sign_in(bureau, "approval")
    path = f"/applications/{mine}/override-proposals"
    assert (await api.client.post(path, json={"reason": "        "}, headers=first)).status_code == 422
    act = (await api.client.post(path, json={"reason": REASON}, headers=first)).json()
    told = {"digest": act["digest"], "reason": f" {REASON} "}
    assert (await api.client.post(f"/acts/{act['id']}/override", json=told, headers=first)).status_code == 403
    assert (await api.client.post(f"/acts/{act['id']}/override", json=told, headers=second)).status_code == 204
    assert await office.outcome(mine) == "eligible"
