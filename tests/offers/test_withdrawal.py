"""Only the bureau takes a place back: two persons, with a reason in words for the family."""

from dataclasses import replace

import pytest

from app.errors import ServiceError
from app.lifecycle import TransitionRefused
from app.offers import issue, service
from app.offers.lifecycle import OfferEvent
from tests.conftest import Api
from tests.offers.passes import WITHDRAWN, Passes


async def approve(passes: Passes, act: object, reason: str = WITHDRAWN, who: str = "approval") -> None:
    await passes.sealed(who, service.withdraw, act.id, act.digest, reason)  # type: ignore[attr-defined]


async def test_two_persons_withdraw_a_place_and_its_family_reads_why(final: Passes, api: Api) -> None:
    act = await final.propose_withdrawal("first")
    assert act.audience == ["casework", "approval", "auditor"] and "虚构" not in str(act.payload)
    await approve(final, act)
    offer = await final.offer("first")
    assert (offer.status, offer.withdrawal_act, offer.schools) == ("withdrawn", act.id, [])
    assert (await final.entries(offer.id))[2:] == [("test:offer:withdraw", "open", "withdrawn", "approval")]
    headers = await api.sign_in(final.county.world.bureau, "parent-1")
    shown = (await api.client.get(f"/offers/{offer.id}", headers=headers)).json()
    assert (shown["status"], shown["withdrawal_reason"]) == ("withdrawn", WITHDRAWN)


async def test_one_person_does_not_withdraw_a_place_nor_does_another_reason_or_digest(final: Passes) -> None:
    act = await final.propose_withdrawal("first")
    same = replace(final.staff("casework"), duties=("casework", "approval"))
    with pytest.raises(ServiceError, match=r"act\.same_person"):
        async with final.database.transaction(same) as session:
            await service.withdraw(session, final.vault, same, act.id, act.digest, WITHDRAWN)
    with pytest.raises(ServiceError, match=r"act\.other_digest"):
        await final.sealed("approval", service.withdraw, act.id, "0" * 64, WITHDRAWN)
    for who in ("casework-2", "allocation"):
        with pytest.raises(ServiceError, match=r"access\.(forbidden|not_found)"):
            await approve(final, act, who=who)
    with pytest.raises(ServiceError, match=r"act\.input_changed"):
        await approve(final, act, "虚构：另一个理由。")
    assert (await final.offer("first")).status == "open"


async def test_an_offer_that_has_moved_since_makes_the_proposal_void(final: Passes) -> None:
    act = await final.propose_withdrawal("first")
    await final.answer("first", OfferEvent.ACCEPT)
    with pytest.raises(ServiceError, match=r"act\.input_changed"):
        await approve(final, act)
    with pytest.raises(ServiceError, match=r"act\.not_open"):
        await approve(final, act)
    assert (await final.offer("first")).status == "accepted"


async def test_a_child_that_has_arrived_is_a_pupil_whose_place_is_not_withdrawn(passes: Passes) -> None:
    await passes.lead_to("answered")
    act = await passes.propose_withdrawal("first")
    await passes.report("s1", [("first", OfferEvent.REPORT_ARRIVED)])
    with pytest.raises(ServiceError, match=r"act\.input_changed"):
        await approve(passes, act)
    with pytest.raises(TransitionRefused):
        await passes.propose_withdrawal("first")


async def test_no_place_is_withdrawn_while_a_pass_is_built_on_it(passes: Passes) -> None:
    await passes.lead_to("answered")
    act = await passes.propose_withdrawal("first")
    await passes.do("allocation", issue.later_pass, passes.round)
    for proposing in (True, False):
        with pytest.raises(ServiceError, match=r"offer\.pass_under_way"):
            await (passes.propose_withdrawal("first") if proposing else approve(passes, act))
    assert (await passes.offer("first")).status == "accepted"
