"""A child whose entry has been put off holds no place in it, whichever comes first (ADR 0017)."""

from dataclasses import replace
from uuid import UUID

import pytest

from app.applications import deferral_decide, deferrals
from app.applications.lifecycle import DeferralEvent
from app.errors import ServiceError
from app.offers import overdue
from app.offers.lifecycle import OfferEvent
from app.offers.overdue import OpenCase
from tests.applications.test_deferrals import CERTIFICATE
from tests.offers.arrivals import Arrivals
from tests.offers.passes import NAMES, Passes
from tests.offers.private_schools import Private, Public, both_open


async def ask(one: Public, name: str = "first") -> UUID:
    """The family's request, by its application in this round."""
    parent = one.parent(name)
    async with one.database.transaction(parent) as session:
        application = one.families[NAMES.index(name)].application
        return (await deferrals.request_deferral(session, one.vault, parent, application, CERTIFICATE))[0]


async def approve(one: Public, deferral: UUID) -> None:
    """The bureau: no town is set up."""
    await one.sealed("casework", deferral_decide.decide_deferral, deferral, DeferralEvent.APPROVE, None)


async def take_back(one: Public, deferral: UUID) -> None:
    parent = one.parent("first")
    async with one.database.transaction(parent) as session:
        await deferrals.withdraw_deferral(session, one.vault, parent, deferral)


async def statuses(one: Public, name: str = "first") -> list[str]:
    return [offer.status for offer in await one.offers(name)]


@pytest.fixture
async def both(passes: Passes) -> tuple[Private, Public]:
    """First has applied at the private school and to the public round, second and third to the public one alone; the
    private round is closed."""
    private, public = await both_open(passes, seats=1)
    await private.apply("first", preferences=("m-m1",))
    await public.apply("first", "second", "third")
    await private.close()
    return private, public


async def test_whoever_holds_a_place_declines_it_first_and_takes_it_no_more_once_put_off(
    both: tuple[Private, Public],
) -> None:
    private, public = both
    await private.until_proposed()
    await private.finalise()
    await private.answer("first", OfferEvent.ACCEPT)
    made = await ask(public)
    with pytest.raises(ServiceError, match=r"deferral\.place_held"):
        await approve(public, made)
    await private.answer("first", OfferEvent.DECLINE, "延缓入学")
    await approve(public, made)
    with pytest.raises(ServiceError, match=r"offer\.deferred"):
        await private.answer("first", OfferEvent.ACCEPT)
    assert await statuses(private) == ["declined"]


async def test_a_round_that_was_frozen_before_has_no_offer_for_whoever_is_put_off(both: tuple[Private, Public]) -> None:
    private, public = both
    await private.reach("approved", after="closed")
    await approve(public, await ask(public))
    assert await private.issue() == 0 and await statuses(private) == []
    await public.close()
    assert await public.until_proposed() == 2 and await statuses(public) == []


async def test_taken_back_before_the_list_the_place_is_the_childs_again(both: tuple[Private, Public]) -> None:
    private, public = both
    await private.reach("approved", after="closed")
    made = await ask(public)
    await approve(public, made)
    await take_back(public, made)
    assert await private.issue() == 1 and await statuses(private) == ["proposed"]


async def test_a_request_open_at_the_freeze_is_decided_afterwards_and_the_next_pass_gives_the_seat_to_another(
    passes: Passes,
) -> None:
    """First has given up a private place and comes last: the three seats are the others', of whom second is put off."""
    private, public = await both_open(passes)
    await private.apply("first", preferences=("m-m1",))
    await public.apply(*NAMES)
    await private.close()
    await private.until_proposed()
    await private.finalise()
    await private.answer("first", OfferEvent.DECLINE)
    await private.end_answers()
    made = await ask(public, "second")
    await public.close()
    await public.reach("approved", after="closed")
    await approve(public, made)
    assert await public.issue() == 2
    assert await open_cases(public) == {public.families[0].application}
    await public.finalise()
    await public.end_answers()
    await public.next_pass()
    await public.issue()
    assert [await statuses(public, name) == [] for name in NAMES] == [False, True, False, False]
    assert await open_cases(public) == set()


@pytest.mark.parametrize("before", [True, False])
async def test_within_the_year_it_comes_to_no_first_grade_either(both: tuple[Private, Public], before: bool) -> None:
    """Whether its family has applied there before the deferral is approved, or does so afterwards."""
    _, public = both
    made = await ask(public)
    await public.close()
    county = replace(public.county)
    await county.set_round(status="concluded")  # the county's own, in which nobody applies
    arrivals = Arrivals(county, public.vault, parents={"first": public.parent("first")})
    await arrivals.open_round()
    if before:
        mine = await arrivals.arrive("first", grade=1, child={})
        await approve(public, made)
    else:
        await approve(public, made)
        mine = await arrivals.tell("first", grade=1, child={})
        await arrivals.confirm(mine)
    assert await arrivals.outcome(mine) == "deferred"
    assert await arrivals.overdue(10_000) == []


async def open_cases(public: Public) -> set[UUID]:
    listed: list[OpenCase] = await public.do("casework", overdue.open_cases, public.round, 10_000)
    return {case.application for case in listed if case.application is not None}
