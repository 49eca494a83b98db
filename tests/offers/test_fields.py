"""Who is shown which fields of an offer, in each state (T-02): a school never sees at which rank it was listed."""

from typing import Any

import pytest

from app.offers.lifecycle import OfferEvent
from tests.conftest import Api
from tests.offers.passes import Passes

FAMILY = {
    "id", "round", "application", "programme", "school", "rank", "seat", "band", "distance_m", "status", "issued_at",
    "answered_at", "exception", "leaves",
}  # fmt: skip
ONE = FAMILY | {"destination", "withdrawal_reason", "exception_reason"}
SCHOOL = {"id", "child_name", "status", "answered_at", "reported_at"}
SCHOOL_PAGE = {"offers", "next"}


class Readers:
    """What is answered over HTTP about first's offer, as JSON."""

    def __init__(self, passes: Passes, api: Api) -> None:
        self.passes, self.api = passes, api

    async def get(self, who: str, path: str) -> Any:
        headers = await self.api.sign_in(self.passes.county.world.bureau, who)
        answer = await self.api.client.get(path, headers=headers)
        return answer.json() if answer.status_code == 200 else answer.status_code

    async def listed(self) -> list[dict[str, Any]]:
        page = await self.get("school-p01", f"/schools/s1/rounds/{self.passes.round}/offers")
        assert set(page) == SCHOOL_PAGE
        offers: list[dict[str, Any]] = page["offers"]
        return offers

    async def check(self, status: str, expected: bool) -> None:
        """The fields in this state, and whether the school expects the child."""
        offer = await self.passes.offer("first")
        [own] = await self.get("parent-1", "/offers")
        assert set(own) == FAMILY and own["status"] == status
        for reader in ("parent-1", "casework", "allocation", "approval", "auditor"):
            assert set(await self.get(reader, f"/offers/{offer.id}")) == ONE
        assert await self.get("parent-2", f"/offers/{offer.id}") == 404
        assert await self.get("school-p01", f"/offers/{offer.id}") == (403 if expected else 404)
        assert [(set(row), row["status"]) for row in await self.listed()] == ([(SCHOOL, status)] if expected else [])


@pytest.fixture
async def readers(passes: Passes, api: Api) -> Readers:
    await passes.county.world.hire("school-p01", "s1", "school_office")
    await passes.lead_to("proposed")
    return Readers(passes, api)


async def test_each_reader_sees_exactly_its_fields_from_the_proposal_to_the_arrival(readers: Readers) -> None:
    passes = readers.passes
    await readers.check("proposed", expected=False)
    await passes.finalise()
    await readers.check("open", expected=True)
    for event, status in ((OfferEvent.WAIT, "waiting"), (OfferEvent.DECLINE, "declined")):
        await passes.answer("first", event)
        await readers.check(status, expected=status != "declined")
    await passes.answer("first", OfferEvent.ACCEPT)
    await passes.end_answers()
    for event, status in ((OfferEvent.REPORT_PAPERS_DIFFER, "papers_differ"), (OfferEvent.REPORT_ARRIVED, "arrived")):
        await passes.report("s1", [("first", event)])
        await readers.check(status, expected=True)


async def test_a_withdrawn_place_is_its_familys_and_the_bureaus_to_read(readers: Readers) -> None:
    await readers.passes.finalise()
    await readers.passes.withdraw("first")
    await readers.check("withdrawn", expected=False)


async def test_a_schools_reading_names_the_children_and_is_journalled_for_each(readers: Readers) -> None:
    await readers.passes.finalise()
    offer = await readers.passes.offer("first")
    assert [row["child_name"] for row in await readers.listed()] == ["虚构儿童"]
    assert (await readers.passes.entries(offer.id))[-1] == ("api:offer:read", "-", "read", "school_office")
    path = f"/schools/s1/rounds/{readers.passes.round}/offers?limit=1"
    page = await readers.get("school-p01", path)
    assert page["next"] == str(offer.id)
    assert (await readers.get("school-p01", f"{path}&after={offer.id}"))["offers"] == []


async def test_a_child_that_has_become_another_schools_is_listed_without_its_name(readers: Readers) -> None:
    """In a round of a later year, say."""
    await readers.passes.finalise()
    child = (await readers.passes.offer("first")).child
    for table in ("child", "subject_key"):
        await readers.passes.sql("casework", f"UPDATE {table} SET schools = ARRAY['s2'] WHERE id = :id", id=child)
    assert [row["child_name"] for row in await readers.listed()] == [None]
