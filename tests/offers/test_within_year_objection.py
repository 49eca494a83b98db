"""Within the year a family objects to a refusal, or to the place that its child was given, in its own time."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.applications import queries as applications
from app.applications.casework import confirm_refusal, propose_refusal
from app.database import database_now
from app.errors import ServiceError
from app.messages.service import record_call
from app.messages.vocabulary import Way
from app.offers import withdrawal
from app.rounds import objections
from app.rounds.moves import held_round
from app.rounds.objection_time import phase_now
from app.vault import Vault
from tests.county import County
from tests.offers.arrivals import Arrivals

WORDS = "虚构异议：应安排至s2"


@pytest.fixture
async def arrivals(county: County, vault: Vault) -> Arrivals:
    made = Arrivals(county, vault)
    await made.open_round()
    await made.report("s1", (3, 1, 45, 40))
    await made.report("s2", (3, 1, 45, 40))
    return made


async def file(arrivals: Arrivals, parent: str = "parent-1") -> UUID:
    actor = await arrivals.parent(parent)
    async with arrivals.database.transaction(actor) as session:
        return await objections.file_objection(session, arrivals.vault, actor, arrivals.children[parent], WORDS)


async def decide(arrivals: Arrivals, filed: UUID, upheld: bool = True) -> None:
    await arrivals.do("casework", objections.decide_objection, filed, upheld, "虚构答复")


async def reach_family(arrivals: Arrivals, kind: str) -> None:
    [message] = await arrivals.rows("SELECT id FROM message WHERE kind = :kind", kind=kind)
    await arrivals.verb("casework", record_call, message.id, Way.PHONE)


async def closed_after(arrivals: Arrivals, days: int) -> bool:
    """Whether the first family could no longer object so many days from now."""
    actor = await arrivals.parent("parent-1")
    async with arrivals.database.transaction(actor) as session:
        row = await held_round(session, actor.bureau, arrivals.round, shared=True)
        application = await applications.application_by_id(session, actor.bureau, arrivals.children["parent-1"])
        try:
            await phase_now(session, row, application, await database_now(session) + timedelta(days))
        except ServiceError as refused:
            assert refused.code == "round.objections_closed"
            return True
    return False


async def test_a_place_objected_to_with_reason_is_withdrawn_and_another_given(arrivals: Arrivals) -> None:
    await arrivals.arrive("parent-1")
    with pytest.raises(ServiceError, match=r"round\.objections_closed"):
        await file(arrivals)
    await arrivals.place()
    await decide(arrivals, await file(arrivals))
    [offer] = await arrivals.offers("parent-1")
    why = "虚构：异议成立，另行安排"
    act = await arrivals.verb("casework", withdrawal.propose_withdrawal, offer.id, why)
    await arrivals.do("approval", withdrawal.withdraw, act.id, act.digest, why)
    await arrivals.place()
    assert await arrivals.standing() == {"parent-1": [("s1", "withdrawn"), ("s2", "open")]}
    await decide(arrivals, await file(arrivals), upheld=False)
    told = await arrivals.rows("SELECT count(*) AS told FROM message WHERE kind = 'objection_decided'")
    assert told[0].told == 2


async def test_the_time_ends_five_working_days_after_the_notice_and_not_before_it(arrivals: Arrivals) -> None:
    await arrivals.arrive("parent-1")
    await arrivals.place()
    assert not await closed_after(arrivals, 60)
    await reach_family(arrivals, "placed_within_year")
    assert not await closed_after(arrivals, 4) and await closed_after(arrivals, 30)


async def test_a_refusal_objected_to_with_reason_is_decided_anew_and_the_child_placed(arrivals: Arrivals) -> None:
    mine = await arrivals.tell("parent-1")
    await arrivals.do("casework", propose_refusal, mine, "虚构：材料不足")
    await arrivals.do("casework-2", confirm_refusal, mine, "虚构：材料不足")
    await reach_family(arrivals, "application_refused")
    assert await closed_after(arrivals, 30)
    await decide(arrivals, await file(arrivals))
    await arrivals.confirm(mine)
    await arrivals.place()
    assert await arrivals.standing() == {"parent-1": [("s1", "open")]}
