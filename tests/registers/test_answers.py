"""What registers say of what families claim: what agrees is confirmed, what differs is shown and waits for a person."""

from typing import Any
from uuid import UUID

import pytest

from app.applications import register_rulings
from app.applications.lifecycle import RegisterEvent
from app.errors import ServiceError
from tests.conftest import Api
from tests.county import LOCAL, MIGRANT, form
from tests.registers.hall import Hall, numbered

REASON = "虚构理由：家庭出示了原件"


def moved(**registration: Any) -> dict[str, Any]:
    return {**LOCAL, "registration": {**LOCAL["registration"], **registration}}


async def opened(api: Api, hall: Hall, who: str, application: UUID) -> dict[str, Any]:
    headers = await api.sign_in(hall.office.county.world.bureau, who)
    answer = await api.client.get(f"/applications/{application}", headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_what_agrees_in_everything_is_confirmed_by_no_person_and_says_whence(api: Api, hall: Hall) -> None:
    mine = await hall.family(1)
    await hall.ask()
    assert await hall.of(1) == {"registration": "confirmed", "home": "confirmed", "vaccination": "confirmed"}
    assert await hall.office.checks(mine) == {"registration": "confirmed", "home": "confirmed"}
    assert await hall.office.outcome(mine) == "eligible"
    told = await opened(api, hall, "parent-1", mine)
    for evidence in told["evidence"]:
        provenance = evidence["provenance"]
        assert provenance["source"] == "register" and provenance["obtained_at"] and provenance["valid_on"]
    assert {entry["kind"]: len(entry["digest"]) for entry in told["registers"]} == dict.fromkeys(
        ("registration", "home", "vaccination"), 64
    )
    [row] = await hall.office.rows("SELECT checked_by FROM evidence WHERE application = :a AND kind = 'home'", a=mine)
    assert row.checked_by is None


async def test_a_contradiction_is_shown_to_both_and_decided_by_a_person_with_a_reason(api: Api, hall: Hall) -> None:
    known = form(facts=moved(registered_on="2026-06-12"), child=numbered(1))
    mine = await hall.family(1, known)
    await hall.ask()
    assert (await hall.of(1))["registration"] == "contradicted"
    assert (await hall.office.checks(mine))["registration"] == "claimed"
    assert await hall.office.outcome(mine) == "undetermined"
    family, officer = [await opened(api, hall, who, mine) for who in ("parent-1", "casework")]
    for seen, both in ((family, False), (officer, True)):
        [entry] = [entry for entry in seen["registers"] if entry["kind"] == "registration"]
        [difference] = entry["differences"]
        assert difference["field"] == "registered_on" and "户籍迁入日期" in difference["words"]["zh"]
        assert "household register" in difference["words"]["en"]
        values = (difference["declared"], difference["register_says"])
        assert values == (("2020-04-01", "2026-06-12") if both else (None, None))
        assert [remark["zh"] for remark in entry["remarks"]] == ["户籍在截止日之后迁入"]
    assert [row.kind for row in await hall.office.rows("SELECT kind FROM message")] == ["register_contradicts"]
    with pytest.raises(ServiceError, match=r"register\.contradicts"):
        await hall.office.check(mine, registration="confirm")
    check = await hall.check(1, "registration")
    assert await hall.office.do("casework", register_rulings.rule, check, RegisterEvent.UPHOLD, REASON) == "eligible"
    assert (await hall.of(1))["registration"] == "upheld"
    told = await opened(api, hall, "parent-1", mine)
    [entry] = [entry for entry in told["registers"] if entry["kind"] == "registration"]
    assert (entry["status"], entry["reason"]) == ("upheld", REASON)
    with pytest.raises(ServiceError, match=r"register\.not_contradicted"):
        await hall.office.do("casework", register_rulings.rule, check, RegisterEvent.CORRECT, REASON)
    journal = await hall.office.journal(f"register_check:{check}")
    assert [(action, after.split()[0]) for action, _, after in journal] == [
        ("register_check:make", "waiting"),
        ("register_check:contradict", "contradicted"),
        ("register_check:uphold", "upheld"),
    ]


async def test_a_ruling_for_the_register_refuses_the_paper_and_the_child_still_needs_a_person(hall: Hall) -> None:
    mine = await hall.family(1, form(facts=moved(place="city"), registration_community=None, child=numbered(1)))
    await hall.ask()
    check = await hall.check(1, "registration")
    outcome = await hall.office.do("casework", register_rulings.rule, check, RegisterEvent.CORRECT, REASON)
    assert outcome in ("undetermined", "refusal_proposed")
    assert (await hall.office.checks(mine))["registration"] == "refused"
    [row] = await hall.office.rows(
        "SELECT source FROM evidence WHERE application = :a AND kind = 'registration'", a=mine
    )
    assert row.source == "register"


async def test_who_says_something_else_is_asked_about_anew(hall: Hall) -> None:
    known = form(facts=moved(registered_on="2021-01-01"), child=numbered(1))
    mine = await hall.family(1, known)
    await hall.ask()
    await hall.family(1, known, facts=moved(registered_on="2021-01-01"))
    await hall.ask()
    assert (await hall.of(1))["registration"] == "confirmed" and await hall.office.outcome(mine) == "eligible"
    rows = await hall.office.rows("SELECT status FROM register_check WHERE kind = 'registration' ORDER BY id")
    assert [row.status for row in rows] == ["withdrawn", "confirmed"]


async def test_not_found_is_neither_yes_nor_no_and_a_paper_settles_it(hall: Hall) -> None:
    mine = await hall.family(1)
    hall.platform.holdings.forms.clear()
    await hall.ask()
    assert await hall.of(1) == dict.fromkeys(("registration", "home", "vaccination"), "not_found")
    assert set((await hall.office.checks(mine)).values()) == {"claimed"}
    assert await hall.office.confirm(mine) == "eligible"
    [row] = await hall.office.rows("SELECT source FROM evidence WHERE application = :a AND kind = 'home'", a=mine)
    assert row.source == "document"


async def test_a_vaccination_that_is_due_is_told_and_bars_nobody(api: Api, hall: Hall) -> None:
    mine = await hall.family(1)
    hall.platform.holdings.differs = lambda number, catalogue: catalogue.office == "health"
    await hall.ask()
    assert (await hall.of(1))["vaccination"] == "noted" and await hall.office.outcome(mine) == "eligible"
    [entry] = [e for e in (await opened(api, hall, "parent-1", mine))["registers"] if e["kind"] == "vaccination"]
    assert "不影响入学" in entry["remarks"][0]["zh"] and entry["differences"] == []


async def test_every_register_of_a_migrant_family_is_asked_and_what_has_none_waits_for_papers(hall: Hall) -> None:
    mine = await hall.family(1, facts=MIGRANT, relation="grandparent")
    await hall.ask()
    assert await hall.of(1) == {
        "registration": "confirmed",
        "permit": "confirmed",
        "work": "confirmed",
        "insurance": "confirmed",
        "guardianship": "confirmed",
        "vaccination": "confirmed",
        "home": "not_asked",  # rented
    }
    assert (await hall.office.checks(mine))["home"] == "claimed"
    offices = {catalogue.partition(".")[0] for catalogue, _ in hall.platform.asked}
    assert offices == {"public_security", "social_insurance", "civil_affairs", "health"}


async def test_what_an_officer_has_refused_no_register_confirms(hall: Hall) -> None:
    mine = await hall.family(1)
    sweep = hall.sweep()
    await sweep._open()
    await hall.office.check(mine, home="refuse")
    await hall.ask()
    assert (await hall.of(1))["home"] == "confirmed" and (await hall.office.checks(mine))["home"] == "refused"


async def test_a_child_without_a_number_or_claimed_by_two_is_not_asked_about(hall: Hall) -> None:
    await hall.office.apply("parent-7", form())
    await hall.family(1)
    second = await hall.office.apply("parent-8", form(child=numbered(1)))
    await hall.ask()
    assert {application for application, _ in await hall.statuses()} == {hall.applications[1]}
    assert second not in {application for application, _ in await hall.statuses()}


async def test_the_answer_is_sealed_and_the_database_holds_no_value_of_it(hall: Hall) -> None:
    await hall.family(1)
    await hall.ask()
    rows = await hall.office.rows("SELECT sealed, digest, c::text AS whole FROM register_check c")
    for row in rows:
        assert row.sealed and "2020" not in bytes(row.sealed).decode("latin-1") and "虚构" not in row.whole
        assert numbered(1)["number"] not in row.whole


async def test_after_the_freeze_nothing_is_asked(hall: Hall) -> None:
    await hall.family(1)
    await hall.office.county.set_round(status="frozen")
    assert await hall.sweep().go() is None
    assert hall.platform.asked == {}
