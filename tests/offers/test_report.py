"""A school says who has come; it neither refuses a child nor takes its place away (domain, section 3)."""

from typing import Any

import pytest
from httpx import Response

from app.errors import ServiceError
from app.lifecycle import TransitionRefused
from app.offers import service
from app.offers.lifecycle import OfferEvent
from app.offers.service import Report
from app.rounds import publish
from app.rounds.service import Deadline
from tests.conftest import Api
from tests.county import CATCHMENTS
from tests.offers.passes import NAMES, RIGHT, Passes
from tests.rounds.builders import Family

ARRIVED, NOT_ARRIVED = OfferEvent.REPORT_ARRIVED, OfferEvent.REPORT_NOT_ARRIVED
ELSEWHERE, PAPERS_DIFFER = OfferEvent.REPORT_ELSEWHERE, OfferEvent.REPORT_PAPERS_DIFFER


@pytest.fixture
async def classmates(passes: Passes) -> Passes:
    """All four have their place at s1, and third one at s3; the time for answers is over."""
    homes = ("c1", "c1", "c3", "c1")
    passes.seats, passes.families = 4, [
        Family(passes.parent(name).person, home, rights={CATCHMENTS[home][0]: RIGHT})
        for name, home in zip(NAMES, homes, strict=True)
    ]  # fmt: skip
    return await passes.lead_to("answered")


async def statuses(passes: Passes) -> list[str]:
    return [(await passes.offer(name)).status for name in NAMES]


async def pupils(passes: Passes) -> list[tuple[Any, ...]]:
    rows = await passes.sql("casework", "SELECT child, school, offer, guardians, schools FROM pupil ORDER BY child")
    return [tuple(row) for row in rows]


async def test_a_school_reports_by_list_and_whoever_has_arrived_is_its_pupil(classmates: Passes) -> None:
    reports = [("first", ARRIVED), ("second", NOT_ARRIVED), ("fourth", PAPERS_DIFFER)]
    assert await classmates.report("s1", reports) == 3
    assert await statuses(classmates) == ["arrived", "not_arrived", "accepted", "papers_differ"]
    first = await classmates.offer("first")
    assert await pupils(classmates) == [(first.child, "s1", first.id, first.guardians, ["s1"])]
    assert (await classmates.entries(first.id))[-1] == (
        "test:offer:report_arrived", "accepted", "arrived", "school_office",
    )  # fmt: skip
    assert first.reported_at is not None and first.schools == ["s1"]
    later = [("second", ARRIVED), ("fourth", ELSEWHERE)]
    assert await classmates.report("s1", later) == 2
    assert await statuses(classmates) == ["arrived", "arrived", "accepted", "elsewhere"]
    assert len(await pupils(classmates)) == 2


async def test_what_cannot_be_said_of_one_child_leaves_the_whole_list_unsaid(classmates: Passes) -> None:
    await classmates.report("s1", [("first", ARRIVED)])
    before = await statuses(classmates)
    for wrong, expected in (
        ([("second", ARRIVED), ("third", ARRIVED)], r"access\.not_found"),
        ([("second", ARRIVED), ("fourth", NOT_ARRIVED), ("second", ARRIVED)], r"offer\.listed_twice"),
        ([("second", ARRIVED), ("fourth", OfferEvent.DECLINE)], r"offer\.not_a_report"),
    ):
        with pytest.raises(ServiceError, match=expected):
            await classmates.report("s1", wrong)
    for event in (ARRIVED, NOT_ARRIVED):
        with pytest.raises(TransitionRefused, match="state arrived"):
            await classmates.report("s1", [("second", ARRIVED), ("first", event)])
    assert await statuses(classmates) == before and len(await pupils(classmates)) == 1


async def test_nothing_is_reported_before_the_families_have_answered(passes: Passes) -> None:
    await passes.lead_to("proposed")
    with pytest.raises(ServiceError, match=r"access\.not_found"):
        await passes.report("s1", [("first", ARRIVED)])
    for step in (passes.finalise, lambda: passes.forward(Deadline.ANSWERS_UNTIL)):
        await step()
        with pytest.raises(ServiceError, match=r"offer\.answers_open"):
            await passes.report("s1", [("first", ARRIVED)])
    assert (await passes.offer("first")).status == "open"


async def test_while_a_better_place_may_come_a_school_can_only_say_that_the_child_has_arrived(final: Passes) -> None:
    for name in ("first", "second"):
        await final.answer(name, OfferEvent.WAIT)
    await final.end_answers()
    with pytest.raises(ServiceError, match=r"offer\.still_waits"):
        await final.report("s2", [("second", NOT_ARRIVED)])
    assert await final.report("s2", [("second", ARRIVED)]) == 1
    await final.do("allocation", publish.conclude, final.round)
    assert await final.report("s1", [("first", NOT_ARRIVED)]) == 1
    assert [(await final.offer(name)).status for name in NAMES[:3]] == ["not_arrived", "arrived", "accepted"]


async def test_nobody_reports_on_a_child_of_their_own(classmates: Passes) -> None:
    mother = classmates.parent("first")
    clerk = classmates.staff("office-s1")
    classmates.county.world.staff["clerk"] = type(clerk)(
        clerk.bureau, mother.person, mother.account, clerk.organisations, (), clerk.role, "test", "test"
    )
    reports = [Report((await classmates.offer(name)).id, ARRIVED) for name in ("second", "first")]
    with pytest.raises(ServiceError, match=r"access\.forbidden"):
        await classmates.do("clerk", service.report, "s1", reports)
    assert await statuses(classmates) == ["accepted"] * 4
    assert await classmates.do("clerk", service.report, "s1", reports[:1]) == 1


async def test_a_school_reports_its_own_children_alone_and_neither_refuses_nor_withdraws(
    classmates: Passes, api: Api
) -> None:
    await classmates.county.world.hire("school-p01", "s1", "school_office")
    headers = await api.sign_in(classmates.county.world.bureau, "school-p01")
    own, others = (await classmates.offer("first")).id, (await classmates.offer("third")).id

    async def post(path: str, body: dict[str, Any]) -> tuple[int, str | None]:
        answer: Response = await api.client.post(path, headers=headers, json=body)
        return answer.status_code, answer.json().get("code")

    def listed(offer: Any, report: str = "report_arrived") -> dict[str, Any]:
        return {"reports": [{"offer": str(offer), "report": report}]}

    missing = (404, "access.not_found")
    assert await post("/schools/s1/reports", listed(others)) == missing
    assert await post("/schools/s3/reports", listed(others)) == missing
    assert await post(f"/offers/{own}/withdrawal-proposals", {"reason": "虚构：不想接收。"}) == missing
    for refusal in ("decline", "withdraw", "void", "report_refused"):
        assert (await post("/schools/s1/reports", listed(own, refusal)))[0] == 422
    assert await statuses(classmates) == ["accepted"] * 4
    assert await post("/schools/s1/reports", listed(own)) == (200, None)
