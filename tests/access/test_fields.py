"""Which fields each role gets in each state, to the letter (T-02). A field that is added shows here first."""

from typing import Any

import pytest

from app.rounds.lifecycle import BEFORE_PROPOSED
from tests.access.asking import Asking
from tests.access.calls import Sent, filled
from tests.access.stage import NUMBER, REASON
from tests.access.table import ANONYMOUS, SIGNED_IN, TABLE
from tests.conftest import Api
from tests.county import County

APPLICATION = {
    "id", "round", "status", "outcome", "version", "submitted_at", "form", "preferences", "evidence", "referrals",
    "registers", "deferrals", "decision", "applied_first", "origin", "origin_number",
}  # fmt: skip
FORM = {
    "child", "relation", "residence_community", "registration_community", "sibling_school", "twin", "preferences",
    "facts",
}  # fmt: skip
CHILD = {"name", "number_kind", "number", "born_on", "sex"}
DECISION = {
    "outcome", "ruleset", "ruleset_digest", "as_of", "kind", "missing", "groups", "age_class", "digest", "trace",
    "reason",
}  # fmt: skip
LISTED_OFFER = {
    "id", "round", "application", "programme", "school", "rank", "seat", "band", "distance_m", "status", "issued_at",
    "answered_at", "exception", "leaves",
}  # fmt: skip
OFFER = LISTED_OFFER | {"destination", "withdrawal_reason", "exception_reason"}
SCHOOL_OFFER = {"id", "child_name", "status", "answered_at", "reported_at"}
NEVER_FOR_A_SCHOOL = ("rank", "band", "distance", "seat", "wish", "preference", "application", "form", "destination")
ROUND = {
    "id", "code", "stage", "kind", "year", "title_zh", "title_en", "ruleset", "as_of", "status", "status_zh",
    "status_en", "version", "opens_at", "closes_at", "objections_until", "deadline_assumed", "answers_until",
    "silence", "fallback", "distance_limit_m", "draw_name", "draw_at", "root", "draw_value", "pass_number",
    "demonstration",
    "follows", "place_within_days",
}  # fmt: skip
# Which of a round's fields are still empty for everybody; the last two belong to other kinds of rounds.
OF_OTHER_KINDS = {"follows", "place_within_days"}
BEFORE_THE_FREEZE = {"draw_name", "draw_at", "root", "draw_value"}
EMPTY = {
    "published": BEFORE_THE_FREEZE | {"objections_until", "answers_until"},
    "closed": BEFORE_THE_FREEZE | {"objections_until", "answers_until"},
    "ranked": BEFORE_THE_FREEZE | {"answers_until"},
    "frozen": {"draw_value", "answers_until"},
    "drawn": {"answers_until"},
    "verified": {"answers_until"},
    "approved": {"answers_until"},
    "finalising": {"answers_until"},
    "final": set(),
}
INSIDERS = ("allocation", "approval")


async def read(asking: Asking, operation: str, kind: str, sent: Sent) -> Any:
    answer = await asking.ask(TABLE[operation], kind, sent)
    assert answer.is_success, answer.text
    return answer.json()


# ---- Applications


async def send(api: Api, county: County, who: str, method: str, path: str, body: Any = None) -> Any:
    headers = await api.sign_in(county.world.bureau, who) | {"Idempotency-Key": "key-00000001"}
    answer = await api.client.request(method, path, json=body, headers=headers)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


async def led(api: Api, county: County, state: str) -> str:
    """The path of an application in this state, of a child with a number."""
    form = filled("虚构儿童甲")
    form["child"] |= {"number_kind": "mainland", "number": NUMBER}
    method, how = ("PUT", "draft") if state == "draft" else ("POST", "applications")
    begun = await send(api, county, "parent-1", method, f"/rounds/{county.round}/{how}", form)
    path = f"/applications/{begun['application']}"
    if state == "withdrawn":
        await send(api, county, "parent-1", "POST", f"{path}/withdrawal")
    if state == "refused":
        await send(api, county, "casework", "POST", f"{path}/refusal-proposal", {"reason": REASON})
        await send(api, county, "casework-2", "POST", f"{path}/refusal", {"reason": REASON})
    return path


@pytest.mark.parametrize("state", ["draft", "submitted", "withdrawn", "refused"])
async def test_family_caseworker_and_auditor_see_one_shape_and_the_auditor_a_masked_child(
    api: Api, county: County, state: str
) -> None:
    path = await led(api, county, state)
    for who in ("parent-1", "casework", "auditor"):
        shown = await send(api, county, who, "GET", path)
        assert (set(shown), set(shown["form"]), set(shown["form"]["child"])) == (APPLICATION, FORM, CHILD)
        child, decision = shown["form"]["child"], shown["decision"]
        assert (child["number"] == NUMBER) == (child["name"] == "虚构儿童甲") == (who != "auditor")
        assert decision is None if state == "draft" else set(decision) == DECISION
        assert state == "draft" or decision["reason"] == (REASON if state == "refused" else None)
        assert all(set(evidence) == {"kind", "status", "provenance"} for evidence in shown["evidence"])
        assert shown["applied_first"] is None


async def test_that_another_family_applied_with_the_same_number_is_told_to_the_bureau_alone(undone: Asking) -> None:
    stage = undone.here
    first, second = (str(stage.objects[f"application of {kind}"]) for kind in ("guardian", "claimant"))
    for officer in ("casework", "auditor"):
        shown = await read(undone, "read_application", officer, Sent({"application_id": second}))
        assert "guardianship" in shown["decision"]["missing"] and shown["applied_first"] == first
    for kind, own in (("claimant", second), ("guardian", first)):
        shown = await read(undone, "read_application", kind, Sent({"application_id": own}))
        assert set(shown) == APPLICATION and shown["applied_first"] is None
        assert "guardianship" not in shown["decision"]["missing"]
        assert {first: second, second: first}[own] not in str(shown)


# ---- Offers


@pytest.mark.parametrize("state", ["finalising", "final", "answered"])
async def test_a_family_and_the_bureau_see_the_whole_offer(undone: Asking, state: str) -> None:
    offer = Sent({"offer_id": undone.here.objects[f"{state} offer of guardian"]})
    for kind in sorted(TABLE["read_offer"].may):
        assert set(await read(undone, "read_offer", kind, offer)) == OFFER
    listed = await read(undone, "list_own_offers", "guardian", Sent())
    assert listed and all(set(own) == LISTED_OFFER for own in listed)


@pytest.mark.parametrize("state", ["finalising", "final", "answered"])
async def test_a_school_sees_names_once_the_list_is_final_and_never_a_rank_a_band_a_distance_or_a_wish(
    undone: Asking, state: str
) -> None:
    sent = Sent({"school": "s1", "round_id": undone.here.round(state)})
    page = await read(undone, "list_school_offers", "school", sent)
    assert set(page) == {"offers", "next"} and len(page["offers"]) == (0 if state == "finalising" else 1)
    for offer in page["offers"]:
        assert set(offer) == SCHOOL_OFFER
        assert [word for word in NEVER_FOR_A_SCHOOL for name in offer if word in name] == []


# ---- Rounds


@pytest.mark.parametrize("name", sorted(EMPTY))
@pytest.mark.parametrize("kind", [ANONYMOUS, *SIGNED_IN])
async def test_a_round_shows_everybody_the_same_fields_and_what_is_not_yet_known_to_nobody(
    undone: Asking, name: str, kind: str
) -> None:
    sent = Sent({"bureau": undone.here.bureau, "round_id": undone.here.round(name)})
    shown = await read(undone, "read_round", kind, sent)
    assert set(shown) == ROUND
    assert {field for field, value in shown.items() if value is None} == EMPTY[name] | OF_OTHER_KINDS


@pytest.mark.parametrize("name", ["drawn", "verified", "approved"])
@pytest.mark.parametrize("kind", [ANONYMOUS, *SIGNED_IN])
async def test_before_the_list_is_proposed_only_insiders_see_how_far_the_result_is(
    undone: Asking, name: str, kind: str
) -> None:
    stage = undone.here
    sent = Sent({"bureau": stage.bureau, "round_id": stage.round(name)})
    answer = await undone.ask(TABLE["read_round"], kind, sent)
    page = await read(undone, "list_rounds", kind, Sent({"bureau": stage.bureau}))
    [listed] = [row for row in page["rounds"] if row["id"] == str(stage.round(name))]
    shown = name if kind in INSIDERS else "drawn"
    assert answer.json() == listed and listed["status"] == shown
    assert answer.headers["etag"] == f'"{listed["version"]}-{shown}"'
    drawn = [row for row in page["rounds"] if row["id"] == str(stage.round("drawn"))]
    assert {row["version"] for row in drawn} == {listed["version"]}
    assert {row["status"] for row in page["rounds"]}.isdisjoint(BEFORE_PROPOSED[1:]) or kind in INSIDERS
