"""Two families with one child's number: neither learns of the other, and a person settles whose child it is."""

from typing import Any
from uuid import UUID

import pytest

from app.actor import Actor
from app.applications import casework, claims
from app.applications.lifecycle import Outcome
from app.clock import uuid7
from app.errors import ServiceError
from tests.applications.office import Office
from tests.conftest import Api
from tests.county import form

NUMBERED = {"number_kind": "mainland", "number": "990424202003150010"}
TOO_YOUNG = {"number_kind": "mainland", "number": "990424202401010013", "born_on": "2024-01-01"}
REASON = "虚构理由：该儿童已由其他监护人申请"


async def both(office: Office, child: dict[str, Any] | None = None) -> tuple[Actor, UUID, Actor, UUID]:
    first, second = await office.county.parent("parent-1"), await office.county.parent("parent-2")
    filled = form(child=child or NUMBERED)
    return first, await office.apply(first, filled), second, await office.apply(second, filled)


async def kinds(office: Office) -> list[str]:
    return [row.number_kind for row in await office.rows("SELECT number_kind FROM child ORDER BY id")]


async def test_a_claim_waits_though_all_its_papers_are_in_order(office: Office) -> None:
    _, first, _, claimed = await both(office)
    assert await office.confirm(first) is Outcome.ELIGIBLE
    assert await office.confirm(claimed) is Outcome.UNDETERMINED
    assert (await office.last_decision(claimed)).missing == ["guardianship"]


@pytest.mark.parametrize("child", [NUMBERED, TOO_YOUNG], ids=["whatever is open", "what is refused at once"])
async def test_the_families_read_the_same_of_their_applications(
    api: Api, office: Office, child: dict[str, Any]
) -> None:
    _, first, _, claimed = await both(office, child)
    read = []
    for who, mine in (("parent-1", first), ("parent-2", claimed)):
        headers = await api.sign_in(office.county.world.bureau, who)
        answer = (await api.client.get(f"/applications/{mine}", headers=headers)).json()
        answer |= {"id": None, "submitted_at": None}
        [listed] = (await api.client.get("/applications", headers=headers)).json()
        read.append((answer, listed | {"id": None, "submitted_at": None}))
    assert read[0] == read[1]


async def test_an_officer_is_told_which_application_came_first(api: Api, office: Office) -> None:
    _, first, _, claimed = await both(office)
    for who in ("casework", "auditor"):
        headers = await api.sign_in(office.county.world.bureau, who)
        told = (await api.client.get(f"/applications/{claimed}", headers=headers)).json()
        assert told["applied_first"] == str(first) and told["decision"]["missing"][-1] == "guardianship"
        assert (await api.client.get(f"/applications/{first}", headers=headers)).json()["applied_first"] is None


async def test_a_claim_is_refused_in_words(office: Office) -> None:
    _, first, _, claimed = await both(office)
    await office.confirm(first)
    await office.do("casework", casework.propose_refusal, claimed, REASON)
    await office.do("casework-2", casework.confirm_refusal, claimed, REASON)
    assert (await office.outcome(first), await office.outcome(claimed)) == ("eligible", "not_eligible")


async def test_an_upheld_claim_changes_places_with_the_first(office: Office) -> None:
    first_parent, first, _, claimed = await both(office)
    for mine in (first, claimed):
        await office.confirm(mine)
    await office.do("casework", claims.uphold_claim, claimed)
    assert await kinds(office) == ["claimed", "citizen"]
    assert (await office.outcome(first), await office.outcome(claimed)) == ("undetermined", "eligible")
    assert set((await office.last_decision(claimed)).rights) == {"s1"}
    rows = await office.rows("SELECT id FROM child ORDER BY id")
    steps = [await office.journal(f"child:{row.id}") for row in rows]
    assert steps == [[("child:yield_claim", "citizen", "claimed")], [("child:uphold_claim", "claimed", "citizen")]]
    assert await office.apply(first_parent, form(child=NUMBERED, preferences=[]), "key-00000002") == first
    assert await kinds(office) == ["claimed", "citizen"]
    await office.do("casework", claims.uphold_claim, first)
    assert (await office.outcome(first), await office.outcome(claimed)) == ("eligible", "undetermined")


async def test_the_first_family_keeps_no_grant_when_the_claim_is_upheld(office: Office) -> None:
    _, first, _, claimed = await both(office)
    act = await office.do("casework", casework.propose_override, first, REASON, sealed=False)
    await office.do("approval", casework.override, act.id, act.digest, REASON)
    await office.confirm(claimed)
    await office.do("casework", claims.uphold_claim, claimed)
    assert (await office.outcome(first), await office.outcome(claimed)) == ("undetermined", "eligible")


async def test_a_first_family_that_corrected_its_number_leaves_nothing_to_yield(office: Office) -> None:
    first_parent, _, _, claimed = await both(office)
    corrected = {**NUMBERED, "number": "990424202003150029"}
    await office.apply(first_parent, form(child=corrected), "key-00000002")
    await office.do("casework", claims.uphold_claim, claimed)
    assert await kinds(office) == ["citizen", "citizen"]


async def test_a_claimant_who_leaves_the_number_out_stays_a_claimant(api: Api, office: Office) -> None:
    _, _, second, claimed = await both(office)
    await office.apply("parent-3", form("虚构儿童乙"))
    await office.apply(second, form(), "key-00000002")
    assert await kinds(office) == ["citizen", "claimed", "none"]
    assert await office.confirm(claimed) is Outcome.UNDETERMINED
    with pytest.raises(ServiceError, match=r"application\.no_claim"):
        await office.do("casework", claims.uphold_claim, claimed)
    headers = await api.sign_in(office.county.world.bureau, "casework")
    told = (await api.client.get(f"/applications/{claimed}", headers=headers)).json()
    assert told["applied_first"] is None and told["decision"]["missing"] == ["guardianship"]


async def test_what_is_no_claim_is_not_upheld(office: Office) -> None:
    _, first, _, claimed = await both(office)
    unnumbered = await office.apply("parent-3", form("虚构儿童乙"))
    for mine in (first, unnumbered):
        with pytest.raises(ServiceError, match=r"application\.no_claim"):
            await office.do("casework", claims.uphold_claim, mine)
    with pytest.raises(ServiceError, match=r"access\.not_found"):
        await office.do("casework", claims.uphold_claim, uuid7())
    await office.county.set_round(status="frozen")
    with pytest.raises(ServiceError, match=r"application\.not_checkable"):
        await office.do("casework", claims.uphold_claim, claimed)
    assert await kinds(office) == ["citizen", "claimed", "none"]


async def test_an_officer_settles_no_claim_to_a_child_of_their_own_on_either_side(office: Office) -> None:
    officer, parent = office.staff("casework"), await office.county.parent("parent-1")
    await office.apply(officer, form(child=NUMBERED))
    claimed = await office.apply(parent, form(child=NUMBERED))
    own_claim = {"number_kind": "mainland", "number": "990424202003150029"}
    await office.apply(parent, form("虚构儿童乙", child=own_claim), "key-00000002")
    mine = await office.apply(officer, form("虚构儿童乙", child=own_claim), "key-00000002")
    for application in (claimed, mine):
        with pytest.raises(ServiceError, match=r"access\.forbidden"):
            await office.do("casework", claims.uphold_claim, application)
    await office.do("casework-2", claims.uphold_claim, claimed)


@pytest.mark.parametrize(
    ("who", "status"), [("parent-1", 404), ("parent-2", 403), ("approval", 403), ("auditor", 403), ("casework", 204)]
)
async def test_over_http_only_a_caseworker_upholds(api: Api, office: Office, who: str, status: int) -> None:
    _, _, _, claimed = await both(office)
    headers = await api.sign_in(office.county.world.bureau, who)
    answer = await api.client.post(f"/applications/{claimed}/claim", headers=headers)
    assert answer.status_code == status
