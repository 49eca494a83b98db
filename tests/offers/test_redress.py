"""The bureau mends its own error: a place beside the result, by two persons, in the record and in the figures."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.accounts.two_person import TwoPersonAct
from app.applications.casework import confirm_refusal
from app.errors import ServiceError
from app.offers import issue, redress, service
from app.offers.lifecycle import OfferEvent
from app.offers.redress_case import Wanted
from app.offers.service import Report
from app.offers.vocabulary import Ground
from app.rounds import objections, publish
from app.rounds.vocabulary import Silence
from tests.conftest import Api
from tests.offers.exceptions import Twins
from tests.offers.passes import NAMES, RIGHT, Passes
from tests.rounds.builders import Family
from tests.rounds.life import REASON, Life

WHY = "虚构：经复核，居住证当时有效，原认定有误，现予更正。"


@dataclass
class Erred(Passes):
    """The four families, and one more with a right at s1 whose application was refused."""

    def four_families(self) -> list[Family]:
        refused = Family(self.parent("fourth").person, "c1", ("r-s2",), {"s1": RIGHT}, outcome="refusal_proposed")
        return [*super().four_families(), refused]

    async def reach(self, status: str, after: str = "") -> Life:
        """A person confirms the refusal while it may be confirmed."""
        await super().reach("closed", after=after)
        await self.sealed("casework-2", confirm_refusal, self.families[4].application, REASON)
        return await super().reach(status, after="closed")

    def wanted(self, name: str, ground: Ground, school: str = "s1") -> Wanted:
        return Wanted(self.families[[*NAMES, "refused"].index(name)].application, f"r-{school}", ground)

    async def propose(self, wanted: Wanted, **more: Any) -> TwoPersonAct:
        officer = self.staff("allocation")
        async with self.database.transaction(officer) as session:
            return await redress.propose_redress(session, officer, self.round, wanted, WHY, **more)

    async def give(self, wanted: Wanted, **more: Any) -> Any:
        act = await self.propose(wanted, **more)
        return await self.sealed("approval", redress.give, act.id, act.digest, WHY)

    async def outcome(self, wanted: Wanted) -> Any:
        found = "SELECT outcome FROM application WHERE id = :application"
        return (await self.sql("casework", found, application=wanted.application)).scalar_one()


@pytest.fixture
async def erred(passes: Passes) -> Erred:
    return Erred(**vars(passes))


async def test_an_erred_refusal_is_mended(erred: Erred, api: Api) -> None:
    """Refused, found out after the answers; given a place above the seats; told, answered, arrived."""
    await erred.lead_to("answered")
    files, wanted = await Twins.files(erred), erred.wanted("refused", Ground.REFUSED_IN_ERROR)  # type: ignore[arg-type]
    headers = {who: await api.sign_in(erred.county.world.bureau, who) for who in ("allocation", "approval", "parent-4")}
    before = await figures(erred, api)
    body = {"application": str(wanted.application), "programme": "r-s1", "ground": "refused_in_error", "reason": WHY}
    path = f"/rounds/{erred.round}/redress"
    act = (await api.client.post(path, headers=headers["allocation"], json=body)).json()
    assert (act["payload"]["headroom"], act["payload"]["excess"]) == (44, 0) and "虚构" not in str(act["payload"])
    approval = {"digest": act["digest"], "reason": WHY}
    done = await api.client.post(f"/acts/{act['id']}/redress", headers=headers["approval"], json=approval)
    offer = (await api.client.get(f"/offers/{done.json()['offer']}", headers=headers["parent-4"])).json()
    assert (offer["school"], offer["status"], offer["seat"], offer["rank"]) == ("s1", "open", "redress", 2)
    assert offer["exception_reason"] == WHY and offer["exception"]["en"].startswith("in redress")
    assert await erred.outcome(wanted) == "eligible"
    messages = (await api.client.get("/messages", headers=headers["parent-4"])).json()["messages"]
    assert messages[0]["kind"] == "place_in_redress" and "mended an error" in messages[0]["text_en"]

    after = await figures(erred, api)
    assert after == (before[0] + 1, before[1] + 1)
    said = {"answer": "accept"}
    answered = await api.client.post(f"/offers/{offer['id']}/answer", headers=headers["parent-4"], json=said)
    assert answered.json() == {"status": "accepted"}
    arrived = [Report(done_id, OfferEvent.REPORT_ARRIVED) for done_id in [await offer_of(erred, wanted)]]
    assert await erred.do("office-s1", service.report, "s1", arrived) == 1
    assert await Twins.files(erred) == files and (await Twins.verdict(erred)).accepted  # type: ignore[arg-type]


async def figures(erred: Erred, api: Api) -> tuple[int, int]:
    """(offered, eligible) of everyone."""
    headers = await api.sign_in(erred.county.world.bureau, "registrar")
    told = (await api.client.get(f"/rounds/{erred.round}/provision", headers=headers)).json()["everyone"]
    return told["numerator"], told["denominator"]


async def offer_of(erred: Erred, wanted: Wanted) -> Any:
    found = "SELECT id FROM offer WHERE application = :application ORDER BY id DESC LIMIT 1"
    return (await erred.sql("casework", found, application=wanted.application)).scalar_one()


async def test_where_the_classes_are_full_the_excess_is_meant_named_and_kept(erred: Erred) -> None:
    erred.seats = 45
    await erred.lead_to("final")
    wanted = erred.wanted("refused", Ground.REFUSED_IN_ERROR)
    with pytest.raises(ServiceError, match=r"exception\.no_headroom"):
        await erred.propose(wanted)
    act = await erred.propose(wanted, beyond_limit=True)
    assert (act.payload["class_limit"], act.payload["headroom"], act.payload["excess"]) == (45, 0, 1)
    await erred.sealed("approval", redress.give, act.id, act.digest, WHY)
    kept = await erred.sql("casework", "SELECT ground, excess, pass_number, act FROM offer_exception")
    assert tuple(kept.one()) == ("refused_in_error", 1, 1, act.id)


async def test_an_upheld_objection_is_a_ground_once_it_is_upheld(erred: Erred) -> None:
    await erred.lead_to("final")
    wanted, parent = erred.wanted("fourth", Ground.OBJECTION_UPHELD), erred.parent("fourth")
    with pytest.raises(ServiceError, match=r"redress\.no_ground"):
        await erred.propose(wanted)
    async with erred.database.transaction(parent) as session:
        filed = await objections.file_objection(session, erred.vault, parent, wanted.application, "虚构异议")
    await erred.sealed("casework", objections.decide_objection, filed, True, "虚构：成立")
    await erred.give(wanted)
    offer = await erred.offer("fourth")
    assert (offer.school, offer.seat, offer.status, offer.replaces) == ("s1", "redress", "open", None)


async def test_an_objection_upheld_before_the_freeze_was_mended_there_and_is_no_ground_again(erred: Erred) -> None:
    erred.families = erred.four_families()
    await erred.plan()
    await erred.reach("ranked", after="planned")
    wanted, parent = erred.wanted("fourth", Ground.OBJECTION_UPHELD), erred.parent("fourth")

    async def object_and_uphold() -> None:
        async with erred.database.transaction(parent) as session:
            filed = await objections.file_objection(session, erred.vault, parent, wanted.application, "虚构异议")
        await erred.sealed("casework", objections.decide_objection, filed, True, "虚构：成立")

    await object_and_uphold()
    await Passes.reach(erred, "approved", after="ranked")
    await erred.issue()
    await erred.finalise()
    with pytest.raises(ServiceError, match=r"redress\.no_ground"):
        await erred.propose(wanted)
    await object_and_uphold()
    await erred.propose(wanted)


async def test_a_worse_place_is_left_and_silence_does_not_cost_both(erred: Erred) -> None:
    erred.silence = Silence.DECLINE
    await erred.lead_to("final")
    await erred.give(erred.wanted("second", Ground.CHECKED_IN_ERROR))
    assert (await erred.standing())["second"] == [("s2", "superseded"), ("s1", "open")]
    await erred.end_answers()
    assert (await erred.offer("second")).status == "accepted"
    await erred.next_pass()
    await erred.issue()
    assert await erred.standing() | {"second": []} == {
        "first": [("s1", "declined")],
        "second": [],
        "third": [("s3", "declined")],
        "fourth": [("s1", "proposed")],
    }
    assert (await erred.offer("second")).school == "s1"


async def test_a_later_pass_knows_nothing_of_who_was_refused_in_error(erred: Erred) -> None:
    await erred.lead_to("final")
    await erred.give(erred.wanted("refused", Ground.REFUSED_IN_ERROR))
    await erred.answer("first", OfferEvent.DECLINE)
    await erred.end_answers()
    await erred.next_pass()
    assert await erred.issue() == 1
    assert (await erred.standing())["fourth"] == [("s1", "proposed")]
    with pytest.raises(ServiceError, match=r"redress\.not_now"):
        await erred.propose(erred.wanted("third", Ground.CHECKED_IN_ERROR))


async def test_after_the_end_of_the_round_too(erred: Erred) -> None:
    await erred.lead_to("answered")
    await erred.do("allocation", publish.conclude, erred.round)
    await erred.give(erred.wanted("refused", Ground.REFUSED_IN_ERROR))
    assert await erred.do("allocation", issue.end_answers, erred.round) == 0


@pytest.mark.parametrize(
    ("name", "ground", "school", "code"),
    [
        ("fourth", Ground.REFUSED_IN_ERROR, "s1", "redress.no_ground"),
        ("refused", Ground.CHECKED_IN_ERROR, "s1", "redress.no_ground"),
        ("first", Ground.CHECKED_IN_ERROR, "s1", "exception.better_placed"),
        ("first", Ground.CHECKED_IN_ERROR, "s9", "access.not_found"),
    ],
)
async def test_what_is_no_error_is_not_mended(erred: Erred, name: str, ground: Ground, school: str, code: str) -> None:
    await erred.lead_to("final")
    with pytest.raises(ServiceError) as refused:
        await erred.propose(erred.wanted(name, ground, school))
    assert refused.value.code == code


async def test_a_place_given_up_is_settled_and_nobody_is_given_two(erred: Erred) -> None:
    await erred.lead_to("final")
    await erred.answer("first", OfferEvent.DECLINE)
    with pytest.raises(ServiceError, match=r"exception\.place_settled"):
        await erred.propose(erred.wanted("first", Ground.CHECKED_IN_ERROR, "s2"))
    await erred.give(erred.wanted("second", Ground.CHECKED_IN_ERROR))
    with pytest.raises(ServiceError, match=r"exception\.admitted_already"):
        await erred.propose(erred.wanted("second", Ground.CHECKED_IN_ERROR, "s3"))


async def test_two_persons_who_have_read_the_same(erred: Erred) -> None:
    await erred.lead_to("final")
    act = await erred.propose(erred.wanted("second", Ground.CHECKED_IN_ERROR))
    same = replace(erred.staff("allocation"), duties=("allocation", "approval"))
    with pytest.raises(ServiceError, match=r"act\.same_person"):
        async with erred.database.transaction(same) as session:
            await redress.give(session, erred.vault, same, act.id, act.digest, WHY)
    with pytest.raises(ServiceError, match=r"access\.(forbidden|not_found)"):
        await erred.sealed("casework", redress.give, act.id, act.digest, WHY)
    await erred.answer("second", OfferEvent.ACCEPT)
    with pytest.raises(ServiceError, match=r"act\.input_changed"):
        await erred.sealed("approval", redress.give, act.id, act.digest, WHY)
    assert (await erred.offer("second")).school == "s2"


async def test_the_database_gives_no_such_place_without_the_act(erred: Erred) -> None:
    await erred.lead_to("final")
    statement = (
        "INSERT INTO offer (bureau, id, guardians, schools, round, application, child, run, programme, school, rank,"
        " seat, band, distance_m, status, lapsed) SELECT bureau, gen_random_uuid(), guardians, schools, round,"
        " application, child, run, programme, school, 1, 'redress', band, 1, 'void', false FROM offer LIMIT 1"
    )
    with pytest.raises(DBAPIError, match="two persons"):
        async with erred.database.transaction(erred.staff("approval")) as session:
            await session.execute(text(statement))
