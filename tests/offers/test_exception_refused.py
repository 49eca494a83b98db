"""What is no exception: no parted twins, no headroom, out of time, one person, twice; and what the database refuses."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.clock import uuid7
from app.errors import ServiceError
from app.offers import exception, issue
from app.offers.lifecycle import OfferEvent
from app.rounds import publish
from app.rounds.service import Deadline
from tests.offers.exceptions import WHY, Twins
from tests.offers.passes import RIGHT, Passes


@pytest.fixture
async def twins(passes: Passes) -> Twins:
    return Twins(**vars(passes))


@pytest.fixture
async def parted(twins: Twins) -> Twins:
    """Families may answer."""
    await twins.lead_to("final")
    return twins


async def refused(twins: Twins, code: str) -> None:
    """For whoever lists and for whoever proposes."""
    assert [found.refused for found in await twins.candidates()] == [code]
    with pytest.raises(ServiceError, match=code.replace(".", r"\.")):
        await twins.propose()


@pytest.mark.parametrize(("name", "school"), [("first", "s1"), ("third", "s2"), ("fourth", "s1"), ("second", "s3")])
async def test_only_a_child_of_this_round_parted_from_its_twin_there(parted: Twins, name: str, school: str) -> None:
    with pytest.raises(ServiceError, match=r"exception\.not_parted"):
        await parted.propose(name, school)


async def test_twins_of_another_round_are_not_known_to_this_one(parted: Twins) -> None:
    second = parted.families[1].application
    with pytest.raises(ServiceError, match=r"exception\.not_parted"):
        await parted.do("allocation", exception.propose_exception, parted.county.round, second, "r-s1", WHY)


async def test_twins_who_are_together_are_not_parted(twins: Twins) -> None:
    twins.seats = 2
    await twins.lead_to("final")
    assert await twins.candidates() == []


async def test_without_headroom_in_the_classes_nobody_is_admitted(parted: Twins) -> None:
    await parted.settle("s1", 40, 3)
    assert [found.headroom.left for found in await parted.candidates()] == [1]
    act = await parted.propose()
    await parted.settle("s1", 0, 1)
    await refused(parted, "exception.no_headroom")
    with pytest.raises(ServiceError, match=r"exception\.no_headroom"):
        await parted.admit(act)
    assert len(await parted.offers("second")) == 1


async def test_headroom_that_has_changed_since_makes_the_proposal_void(parted: Twins) -> None:
    act = await parted.propose()
    await parted.settle("s1", 1)
    with pytest.raises(ServiceError, match=r"act\.input_changed"):
        await parted.admit(act)
    with pytest.raises(ServiceError, match=r"act\.not_open"):
        await parted.admit(act)


async def test_one_person_admits_nobody_nor_does_another_reason_digest_or_duty(parted: Twins) -> None:
    act = await parted.propose()
    same = replace(parted.staff("allocation"), duties=("allocation", "approval"))
    with pytest.raises(ServiceError, match=r"act\.same_person"):
        async with parted.database.transaction(same) as session:
            await exception.admit(session, parted.vault, same, act.id, act.digest, WHY)
    with pytest.raises(ServiceError, match=r"act\.other_digest"):
        await parted.sealed("approval", exception.admit, act.id, "0" * 64, WHY)
    for who in ("allocation-2", "casework", "rules", "auditor", "office-s1"):
        with pytest.raises(ServiceError, match=r"access\.(forbidden|not_found)"):
            await parted.admit(act, who=who)
    with pytest.raises(ServiceError, match=r"act\.input_changed"):
        await parted.admit(act, "虚构：另一个理由。")
    assert [offer.status for offer in await parted.offers("second")] == ["open"]


async def test_nobody_proposes_or_approves_for_children_of_their_own(parted: Twins) -> None:
    act = await parted.propose()
    guardian = parted.parent("first")
    for duty, verb in (("allocation", "propose"), ("approval", "admit")):
        officer = replace(guardian, organisations=(guardian.bureau,), duties=(duty,))
        with pytest.raises(ServiceError, match=r"access\.forbidden"):
            async with parted.database.transaction(officer) as session:
                if verb == "propose":
                    second = parted.families[1].application
                    await exception.propose_exception(session, officer, parted.round, second, "r-s1", WHY)
                else:
                    await exception.admit(session, parted.vault, officer, act.id, act.digest, WHY)


async def test_nobody_is_admitted_twice(parted: Twins) -> None:
    act = await parted.propose()
    await parted.admit(act)
    await refused(parted, "exception.admitted_already")
    with pytest.raises(ServiceError, match=r"exception\.admitted_already"):
        await parted.admit(act)
    await parted.withdraw("second")
    await refused(parted, "exception.admitted_already")


@pytest.mark.parametrize("status", ["approved", "proposed", "answered"])
async def test_it_is_listed_after_the_run_and_done_only_while_families_may_answer(twins: Twins, status: str) -> None:
    await twins.lead_to(status)
    await refused(twins, "exception.not_now")


async def test_neither_after_the_deadline_nor_after_the_conclusion(parted: Twins) -> None:
    act = await parted.propose()
    await parted.forward(Deadline.ANSWERS_UNTIL)
    await refused(parted, "exception.not_now")
    await parted.do("allocation", issue.end_answers, parted.round)
    await parted.do("allocation", publish.conclude, parted.round)
    await refused(parted, "exception.not_now")
    with pytest.raises(ServiceError, match=r"exception\.not_now"):
        await parted.admit(act)


async def test_a_family_that_gave_its_place_up_or_whose_twin_did_is_not_brought_together(parted: Twins) -> None:
    await parted.answer("second", OfferEvent.DECLINE)
    await refused(parted, "exception.place_settled")
    await parted.answer("second", OfferEvent.ACCEPT)
    await parted.answer("first", OfferEvent.DECLINE)
    await refused(parted, "exception.twin_gone")


async def test_nobody_who_stands_between_is_passed_over(twins: Twins) -> None:
    twins.keys = [RIGHT, {**RIGHT, "level": 3}]
    twins.families = twins.four_families()
    twins.families[3] = replace(twins.families[3], rights={"s1": {**RIGHT, "level": 2}})
    await twins.lead_to("final")
    [found] = await twins.candidates()
    assert (found.twins.by, found.twins.passed_over) == ("level", 1)
    await refused(twins, "exception.passes_over")


async def test_a_family_that_waits_for_a_better_wish_does_not_lose_it_unasked(twins: Twins) -> None:
    twins.wishes = ("r-s3", "r-s1", "r-s2")
    twins.families = twins.four_families()
    twins.families[2] = replace(twins.families[2], community="c3", wishes=(), rights={"s3": RIGHT})
    await twins.lead_to("final")
    act = await twins.propose()
    await twins.answer("second", OfferEvent.WAIT)
    await refused(twins, "exception.waits_for_better")
    with pytest.raises(ServiceError, match=r"exception\.waits_for_better"):
        await twins.admit(act)
    assert (await twins.offer("second")).status == "waiting"
    await twins.answer("second", OfferEvent.ACCEPT)
    await twins.admit(await twins.propose())
    assert (await twins.offer("second")).programme == "r-s1"


async def test_a_place_by_exception_waits_for_nothing(parted: Twins) -> None:
    await parted.admit(await parted.propose())
    with pytest.raises(ServiceError, match=r"exception\.waits_for_nothing"):
        await parted.answer("second", OfferEvent.WAIT)


OFFER = """
    INSERT INTO offer (bureau, id, guardians, schools, round, application, child, run, programme, school, rank, seat,
                       band, distance_m, status, lapsed)
    SELECT bureau, :id, guardians, schools, round, application, child, run, :programme, school, 1, 'exception', band, 1,
           'void', false
    FROM offer WHERE application = :application LIMIT 1
"""
RECORD = """
    INSERT INTO offer_exception (bureau, id, guardians, schools, round, application, act, pass_number, reason)
    SELECT bureau, :id, guardians, '{}', round, application, :act, 1, 'x'
    FROM offer WHERE application = :application LIMIT 1
"""


async def write(twins: Twins, act: UUID | None, application: UUID, programme: str = "r-s1") -> None:
    """Straight into the tables, in one transaction; without a record where no act is given."""
    values = {"id": uuid7(), "act": act, "application": application, "programme": programme}
    async with twins.database.transaction(twins.staff("approval")) as session:
        for statement in (RECORD, OFFER) if act is not None else (OFFER,):
            await session.execute(text(statement), values)


async def test_the_database_asks_for_the_approved_act_of_this_child_at_this_programme(parted: Twins) -> None:
    act = await parted.propose()
    second, third = parted.families[1].application, parted.families[2].application
    for given in (None, act.id):
        with pytest.raises(DBAPIError, match="two persons"):
            await write(parted, given, second)
    await parted.admit(act)
    with pytest.raises(DBAPIError, match="two persons"):
        await write(parted, act.id, third)
    with pytest.raises(DBAPIError, match="one_exception_per_child_and_round"):
        await write(parted, act.id, second)


async def test_the_record_is_the_second_persons_to_write_and_nobodys_to_change(parted: Twins) -> None:
    act = await parted.propose()
    await parted.admit(act)
    for change in ("UPDATE offer_exception SET pass_number = 2", "DELETE FROM offer_exception"):
        with pytest.raises(DBAPIError, match="permission denied"):
            await parted.sql("approval", change)
    third = {"id": (await parted.offer("third")).id, "act": act.id, "application": parted.families[2].application}
    with pytest.raises(DBAPIError, match="row-level security"):
        await parted.sql("allocation", RECORD, **third)
    with pytest.raises(DBAPIError, match="id_belongs_to_offer"):
        await parted.sql("approval", RECORD, **{**third, "id": uuid7()})
    seen = {who: (await parted.sql(who, "SELECT id FROM offer_exception")).all() for who in ("office-s1", "auditor")}
    assert (len(seen["office-s1"]), len(seen["auditor"])) == (0, 1)
