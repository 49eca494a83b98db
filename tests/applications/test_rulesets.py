"""Rulesets are published texts: checked by the core, activated by two persons, and fixed from then on."""

import hashlib
import tomllib
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.accounts.two_person import TwoPersonAct
from app.applications import queries, rulesets
from app.applications.assessment import ruleset_of
from app.eligibility.ruleset import RULESETS
from app.errors import ServiceError
from tests.applications.office import Office
from tests.conftest import Api
from tests.county import form

SECOND = (RULESETS / "primary-2026-by-residence.toml").read_text(encoding="utf-8")
FIRST = (RULESETS / "primary-2026.toml").read_text(encoding="utf-8")
SECOND_ID = "primary-2026-by-residence"


async def upload(office: Office, source: str = SECOND, who: str = "rules") -> queries.RulesetText:
    kept = await office.do(who, rulesets.upload, source, sealed=False)
    assert isinstance(kept, queries.RulesetText)
    return kept


async def propose(office: Office, ruleset: str = SECOND_ID, who: str = "rules") -> TwoPersonAct:
    act = await office.do(who, rulesets.propose_activation, ruleset, sealed=False)
    assert isinstance(act, TwoPersonAct)
    return act


async def activate(office: Office, act: TwoPersonAct, who: str = "approval") -> str:
    return str(await office.do(who, rulesets.activate, act.id, act.digest, sealed=False))


@pytest.mark.parametrize("second_person", ["approval", "rules-2"])
async def test_two_persons_activate_the_second_ruleset_exactly_as_it_stands(office: Office, second_person: str) -> None:
    kept = await upload(office)
    assert (kept.id, kept.active) == (SECOND_ID, False)
    assert kept.digest == hashlib.sha256(SECOND.encode()).hexdigest()
    assert await activate(office, await propose(office), second_person) == SECOND_ID
    async with office.database.transaction(office.staff("casework")) as session:
        inforce = await queries.ruleset_in_force(session, office.county.world.bureau, SECOND_ID)
    assert inforce.text == SECOND and ruleset_of(inforce.text).order[0] == "level<"
    steps = [action for action, _, _ in await office.journal(f"ruleset:{SECOND_ID}")]
    assert steps == ["ruleset:upload", "ruleset:activate"]


async def test_a_round_is_decided_by_the_second_ruleset_too(office: Office) -> None:
    await upload(office)
    await activate(office, await propose(office))
    await office.county.set_round(ruleset=SECOND_ID)
    mine = await office.apply("parent-1", form())
    await office.confirm(mine)
    decision = await office.last_decision(mine)
    assert (decision.outcome, decision.ruleset) == ("eligible", SECOND_ID)
    assert set(decision.rights["s1"]) == {"level", "flat_lock", "lived_since"}


async def test_a_round_whose_ruleset_is_not_active_takes_no_application(office: Office) -> None:
    await upload(office)
    await office.county.set_round(ruleset=SECOND_ID)
    with pytest.raises(ServiceError, match=r"ruleset\.not_active"):
        await office.apply("parent-1", form())
    assert await office.rows("SELECT id FROM child") == []


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('condition = "age_reached"', 'condition = "age_guessed"', "rule age.six"),
        ("year = 2026\n", 'year = "2026"\n', "year"),
        ('needs = ["age.six"]', 'needs = ["age.seven"]', "needs.needs"),
        ('order = ["level<", "flat_lock<", "lived_since<", "ticket"]', 'order = ["level<", "ticket"]', "order"),
        ('format = "ruleset/1"', "format = ", "text"),
        ("year = 2026\n", "year = 2026.5\n", "text.year"),
        ("# Grade 1", "\ufeff# Grade 1", "text"),
    ],
)
async def test_what_the_core_refuses_is_named_by_its_place(office: Office, old: str, new: str, place: str) -> None:
    assert old in SECOND
    with pytest.raises(ServiceError) as refused:
        await upload(office, SECOND.replace(old, new, 1))
    assert refused.value.code == "ruleset.refused" and str(refused.value.field).startswith(place)
    assert all(refused.value.title(language) and refused.value.remedy(language) for language in ("zh", "en"))
    assert await office.rows("SELECT id FROM ruleset WHERE id = :id", id=SECOND_ID) == []


async def test_a_text_that_is_not_active_may_be_replaced_and_its_proposal_is_void(office: Office) -> None:
    first = await upload(office)
    act = await propose(office)
    second = await upload(office, SECOND.replace("year = 2026\n", "year = 2026 # checked\n", 1))
    assert first.digest != second.digest
    with pytest.raises(ServiceError, match=r"act\.input_changed"):
        await activate(office, act)
    with pytest.raises(ServiceError, match=r"act\.not_open"):
        await activate(office, act)
    assert await activate(office, await propose(office)) == SECOND_ID


async def test_an_active_ruleset_is_fixed_for_the_verbs_and_for_the_database(office: Office) -> None:
    await upload(office)
    act = await propose(office)
    await activate(office, act)
    for verb, argument in ((rulesets.upload, SECOND + "\n# more\n"), (rulesets.propose_activation, SECOND_ID)):
        with pytest.raises(ServiceError, match=r"ruleset\.fixed"):
            await office.do("rules", verb, argument, sealed=False)
    with pytest.raises(ServiceError, match=r"ruleset\.fixed"):
        await activate(office, act)
    with pytest.raises(DBAPIError, match="an active ruleset is fixed"):
        async with office.database.transaction(office.staff("rules")) as session:
            await session.execute(text("UPDATE ruleset SET text = text || '#' WHERE id = :id"), {"id": SECOND_ID})


async def test_who_proposed_does_not_activate_and_other_duties_do_nothing(office: Office) -> None:
    await upload(office)
    act = await propose(office)
    with pytest.raises(ServiceError, match=r"act\.same_person"):
        await activate(office, act, "rules")
    for who in ("casework", "allocation", "registrar", "auditor"):
        with pytest.raises(ServiceError, match=r"access\.forbidden"):
            await activate(office, act, who)
        with pytest.raises(ServiceError, match=r"access\.forbidden"):
            await upload(office, who=who)
    with pytest.raises(ServiceError, match=r"access\.not_found"):
        await propose(office, "no-such-ruleset")


async def test_each_bureau_has_its_own(office: Office) -> None:
    await upload(office)
    stranger = replace(office.staff("rules"), bureau="999999", organisations=("999999",))
    async with office.database.transaction(stranger) as session:
        assert await rulesets.all_rulesets(session, office.county.world.bureau) == []


async def test_over_http_anybody_reads_the_rules_and_two_officers_activate_them(api: Api, office: Office) -> None:
    bureau = office.county.world.bureau
    first, second = await api.sign_in(bureau, "rules"), await api.sign_in(bureau, "approval")
    refused = await api.client.post(
        "/rulesets",
        json={"text": SECOND.replace("age_reached", "age_guessed")},
        headers=first | {"Accept-Language": "en"},
    )
    assert refused.status_code == 422 and refused.json()["field"].startswith("rule age.six")
    assert "Mend it" in refused.json()["remedy"]
    kept = await api.client.post("/rulesets", json={"text": SECOND}, headers=first)
    assert kept.status_code == 201 and kept.json()["active"] is False
    act = (await api.client.post(f"/rulesets/{SECOND_ID}/activation-proposals", headers=first)).json()
    told = {"digest": act["digest"]}
    assert (await api.client.post(f"/acts/{act['id']}/ruleset-activation", json=told, headers=first)).status_code == 403
    done = await api.client.post(f"/acts/{act['id']}/ruleset-activation", json=told, headers=second)
    assert done.status_code == 200 and done.json() == {"ruleset": SECOND_ID}
    listed = (await api.client.get(f"/bureaus/{bureau}/rulesets")).json()
    assert [(one["id"], one["active"]) for one in listed] == [("primary-2026", True), (SECOND_ID, True)]
    assert [one["digest"] for one in listed] == [hashlib.sha256(t.encode()).hexdigest() for t in (FIRST, SECOND)]
    assert tomllib.loads(listed[1]["text"])["id"] == SECOND_ID
