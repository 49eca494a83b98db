"""Twins parted by a cut-off: found, the second admitted by two persons beside the result, and never inside it."""

from typing import Any

import pytest

from app.allocation.bundle import parse_bundle
from app.offers.lifecycle import OfferEvent
from app.rounds.pseudonyms import pseudonyms_of
from tests.conftest import Api
from tests.offers.exceptions import REFERENCES, WHY, Twins
from tests.offers.passes import Passes
from tests.rounds.life import KEY


@pytest.fixture
async def twins(passes: Passes) -> Twins:
    return Twins(**vars(passes))


class Callers:
    """Answers over HTTP."""

    def __init__(self, twins: Twins, api: Api) -> None:
        self.twins, self.api = twins, api

    async def get(self, who: str, path: str) -> Any:
        headers = await self.api.sign_in(self.twins.county.world.bureau, who)
        return (await self.api.client.get(path, headers=headers)).json()

    async def post(self, who: str, path: str, body: dict[str, Any]) -> Any:
        headers = await self.api.sign_in(self.twins.county.world.bureau, who)
        return (await self.api.client.post(path, json=body, headers=headers)).json()


async def ranks_at(twins: Twins, programme: str) -> list[int]:
    """Where each twin stands among all who have a right there: nobody outside the family has the twins' level."""
    bundle = parse_bundle({name: content for kind, _, name, content, _ in await twins.files() if kind == "bundle"})
    listed = sorted((row.keys, row.applicant) for row in bundle.tables.choices if row.programme == programme)
    queue = [applicant for _, applicant in listed]
    return [1 + queue.index(pseudonyms_of(KEY, reference).applicant) for reference in REFERENCES]


async def test_twins_parted_at_ranks_30_and_31_are_brought_together(twins: Twins, api: Api) -> None:
    twins.crowd, twins.seats = 29, 30
    await twins.lead_to("final")
    before, callers = await twins.files(), Callers(twins, api)
    assert await ranks_at(twins, "r-s1") == [30, 31]
    [listed] = await callers.get("allocation", f"/rounds/{twins.round}/parted-twins")
    first, second = await twins.offer("first"), await twins.offer("second")
    assert (first.school, second.school) == ("s1", "s2")
    assert (listed["application"], listed["by"], listed["passed_over"]) == (str(second.application), "applicant", 0)
    assert listed["twins"] == [{"application": str(first.application), "offer": str(first.id), "status": "open"}]
    assert (listed["instead"], listed["instead_programme"], listed["refused"]) == (str(second.id), "r-s2", None)
    room = {"classes": 1, "class_size": 30, "class_limit": 45, "settled": 0, "reduction": 0, "drawn": 30}
    assert listed["headroom"] == {"programme": "r-s1", "school": "s1", **room, "admitted": 0, "left": 15}

    body = {"application": listed["application"], "programme": "r-s1", "reason": WHY}
    act = await callers.post("allocation", f"/rounds/{twins.round}/exceptions", body)
    assert act["payload"]["headroom"] == 15 and "虚构" not in str(act["payload"])
    done = await callers.post("approval", f"/acts/{act['id']}/exception", {"digest": act["digest"], "reason": WHY})
    offer = await callers.get("parent-1", f"/offers/{done['offer']}")
    assert (offer["school"], offer["status"], offer["rank"]) == ("s1", "open", 1)
    assert offer["exception"]["en"].startswith("by exception") and offer["exception"]["zh"].startswith("例外录取")
    assert (offer["seat"], offer["exception_reason"]) == ("exception", WHY)
    assert [own["exception"] is None for own in await callers.get("parent-1", "/offers")] == [False, True, True]
    accepted = await callers.post("parent-1", f"/offers/{done['offer']}/answer", {"answer": "accept"})
    assert accepted == {"status": "accepted"}

    assert await twins.files() == before and (await twins.verdict()).accepted
    told = (await callers.get("registrar", f"/rounds/{twins.round}/provision"))["everyone"]
    assert (told["numerator"], told["denominator"]) == (33, 33)
    assert (told["funnel"]["offered"], told["funnel"]["accepted"]) == (33, 1)
    [again] = await callers.get("approval", f"/rounds/{twins.round}/parted-twins")
    assert (again["headroom"]["admitted"], again["headroom"]["left"]) == (1, 14)
    assert again["refused"] == "exception.admitted_already"


async def test_the_record_holds_both_persons_the_time_and_the_sealed_reason_and_the_journal_every_step(
    twins: Twins,
) -> None:
    await twins.lead_to("final")
    act = await twins.propose()
    assert act.audience == ["allocation", "approval", "auditor"]
    await twins.admit(act)
    left, offer = await twins.offers("second")
    [given] = await twins.sql("casework", "SELECT id, application, act, pass_number, reason FROM offer_exception")
    assert tuple(given)[:4] == (offer.id, offer.application, act.id, 1) and WHY.encode() not in given.reason
    assert offer.replaces == left.id
    [persons] = await twins.sql(
        "auditor",
        "SELECT proposed_by, approved_by, approved_at - proposed_at > interval '0' FROM two_person_act WHERE id = :id",
        id=act.id,
    )
    assert tuple(persons) == (twins.staff("allocation").person, twins.staff("approval").person, True)
    assert (left.status, left.schools, offer.status, offer.schools) == ("superseded", [], "open", ["s1"])
    assert (await twins.entries(left.id))[-1] == ("test:offer:leave_by_exception", "open", "superseded", "approval")
    assert await twins.entries(offer.id) == [("test:offer:admit_by_exception", "absent", "open", "approval")]
    assert (offer.band, offer.distance_m, offer.rank) == ("catchment", 100, 1)


async def test_the_twins_school_counts_on_the_child_and_the_other_no_more(twins: Twins) -> None:
    await twins.lead_to("final")
    await twins.admit(await twins.propose())
    second = twins.families[1]
    for table, subject in (("application", second.application), ("child", second.child), ("subject_key", second.child)):
        row = await twins.sql("casework", f"SELECT schools FROM {table} WHERE id = :id", id=subject)
        assert row.scalar_one() == ["s1"]


@pytest.mark.parametrize("said", [OfferEvent.ACCEPT, OfferEvent.WAIT])
async def test_whoever_had_accepted_elsewhere_has_accepted_and_may_still_decline(
    twins: Twins, said: OfferEvent
) -> None:
    await twins.lead_to("final")
    await twins.answer("second", said)
    await twins.admit(await twins.propose())
    left, offer = await twins.offers("second")
    assert (left.status, offer.status, offer.answered_at) == ("superseded", "accepted", left.answered_at)
    assert await twins.answer("second", OfferEvent.DECLINE) == "declined"
    assert await twins.answer("second", OfferEvent.ACCEPT) == "accepted"
    await twins.end_answers()
    assert await twins.report("s1", [("second", OfferEvent.REPORT_ARRIVED)]) == 1


async def test_silence_has_its_published_meaning_for_a_place_by_exception_too(twins: Twins) -> None:
    await twins.lead_to("final")
    await twins.admit(await twins.propose())
    await twins.end_answers()
    offer = await twins.offer("second")
    assert (offer.status, offer.lapsed, offer.settled_in) == ("accepted", True, 1)
