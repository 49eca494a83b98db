"""The family of a refused child objects in its own time, which begins with the proven notice of the refusal."""

from uuid import UUID

import pytest

from app.errors import ServiceError
from app.offers.vocabulary import Ground
from app.rounds import objections, publish
from tests.offers.passes import Passes
from tests.offers.test_redress import Erred

WORDS = "虚构异议：拒绝有误"


@pytest.fixture
async def erred(passes: Passes) -> Erred:
    return Erred(**vars(passes))


async def file(erred: Erred) -> UUID:
    parent = erred.parent("fourth")
    async with erred.database.transaction(parent) as session:
        return await objections.file_objection(session, erred.vault, parent, erred.families[4].application, WORDS)


async def phase(erred: Erred, filed: UUID) -> str:
    return str((await erred.sql("casework", "SELECT phase FROM objection WHERE id = :id", id=filed)).scalar_one())


async def closed(erred: Erred) -> None:
    with pytest.raises(ServiceError, match=r"round\.objections_closed"):
        await file(erred)


async def test_whom_no_message_has_reached_objects_after_the_list_and_is_given_a_place(erred: Erred) -> None:
    await erred.lead_to("final")
    filed = await file(erred)
    assert await phase(erred, filed) == "proposal"
    await erred.end_answers()
    with pytest.raises(ServiceError, match=r"round\.objections_open"):
        await erred.do("allocation", publish.conclude, erred.round)
    await erred.sealed("casework", objections.decide_objection, filed, True, "虚构：成立")
    wanted = erred.wanted("refused", Ground.OBJECTION_UPHELD)
    await erred.give(wanted)
    assert await erred.outcome(wanted) == "eligible"


async def test_who_knew_of_the_refusal_objects_while_the_round_takes_objections(erred: Erred) -> None:
    await erred.lead_to("proposed")
    await erred.tell()
    await erred.sealed("casework", objections.decide_objection, await file(erred), False, "虚构：不成立")
    await erred.finalise()
    await closed(erred)


async def test_before_the_freeze_it_is_answered_first_and_the_case_may_be_reopened(erred: Erred) -> None:
    erred.families = erred.four_families()
    await erred.plan()
    await erred.reach("closed", after="planned")
    filed = await file(erred)
    assert await phase(erred, filed) == "ranking"
    await Passes.reach(erred, "ranked", after="closed")
    with pytest.raises(ServiceError, match=r"round\.objections_open"):
        await Passes.reach(erred, "frozen", after="ranked")
    await erred.sealed("casework", objections.decide_objection, filed, True, "虚构：成立")
    await erred.freeze()
