"""Last year's round by this year's rules: whose result would change, and why. Families are fictitious."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from app.applications import replay, rulesets
from app.applications.replay import Replayed
from app.clock import uuid7
from app.eligibility.difference import Change
from app.eligibility.ruleset import RULESETS
from app.errors import ServiceError
from tests.applications.office import Office
from tests.conftest import Api
from tests.county import LOCAL, MIGRANT, form

TEXT = (RULESETS / "primary-2026.toml").read_text(encoding="utf-8")
NEXT_ID = "primary-2027"


def next_year(*replaced: tuple[str, str]) -> str:
    text = TEXT.replace('"primary-2026"', f'"{NEXT_ID}"').replace("year = 2026", "year = 2027", 1)
    text = text.replace("cut_off = 2026-05-31", "cut_off = 2027-05-31")
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new, 1)
    return text


STRICTER = next_year(("{ months = 6 }", "{ months = 70 }"), ('"1/1" }', '"9/10" }'))


async def publish(office: Office, text: str, ruleset: str = NEXT_ID) -> None:
    await office.do("rules", rulesets.upload, text, sealed=False)
    act = await office.do("rules", rulesets.propose_activation, ruleset, sealed=False)
    await office.do("approval", rulesets.activate, act.id, act.digest, sealed=False)


async def ask(
    office: Office, who: Any = "rules", ruleset: str = NEXT_ID, after: UUID | None = None, limit: int = 100
) -> Replayed:
    found = await office.do(who, replay.replay_round, office.county.round, ruleset, after, limit)
    assert isinstance(found, Replayed)
    return found


async def families(office: Office) -> list[UUID]:
    """A local family with the whole of its flat, one with nine tenths of it, and a migrant one; all confirmed."""
    shared = {**LOCAL, "home": {**LOCAL["home"], "share": "9/10"}}
    forms = [form("虚构儿童甲"), form("虚构儿童乙", facts=shared), form("虚构儿童丙", facts=MIGRANT)]
    made = [await office.apply(f"parent-{number}", filled) for number, filled in enumerate(forms, 1)]
    for application in made:
        await office.confirm(application)
    return made


async def everything(office: Office) -> list[list[Any]]:
    tables = ("admission_round", "application", "decision", "evidence", "ruleset")
    return [await office.rows(f"SELECT * FROM {table} ORDER BY id") for table in tables]


async def test_only_those_whom_the_new_rules_touch_are_listed_with_the_rules_that_do_it(office: Office) -> None:
    _, shared, migrant = await families(office)
    await publish(office, STRICTER)
    found = await ask(office)
    assert (found.ruleset, found.seen, found.next) == (NEXT_ID, 3, None)
    assert [one.application for one in found.changed] == [shared, migrant]
    by_flat, by_permit = found.changed
    [side] = by_flat.sides
    assert side.schools == ("s1",) and by_flat.ruleset == "primary-2026"
    assert side.difference.changes == (Change("level", "2", "1"), Change("right level", "2", "1"))
    assert ("flat.whole", "not_met", "met") in [(why.name, why.before, why.after) for why in side.difference.why]
    [side] = by_permit.sides
    assert side.difference.changes[0] == Change("outcome", "eligible", "not_eligible")
    [why] = [why for why in side.difference.why if why.subject == "rule"]
    assert (why.name, why.cite.clause) == ("permit.registered", "第十六条")


async def test_the_same_rules_a_year_later_change_nobody(office: Office) -> None:
    await families(office)
    await publish(office, next_year())
    found = await ask(office)
    assert (found.seen, found.changed) == (3, ())


async def test_the_round_stays_as_it_is_and_each_child_listed_is_journalled(office: Office) -> None:
    whole, shared, migrant = await families(office)
    await publish(office, STRICTER)
    before = await everything(office)
    await ask(office, "casework")
    assert await everything(office) == before
    for application, times in ((whole, 0), (shared, 1), (migrant, 1)):
        steps = [action for action, _, _ in await office.journal(f"application:{application}")]
        assert steps.count("application:replay") == times


async def test_by_pages_every_application_is_seen_once(office: Office) -> None:
    made = await families(office)
    await publish(office, STRICTER)
    first = await ask(office, limit=2)
    assert (first.seen, first.next) == (2, made[1])
    last = await ask(office, after=first.next, limit=2)
    assert (last.seen, last.next) == (1, None)
    assert [one.application for one in (*first.changed, *last.changed)] == made[1:]


async def test_a_closed_rounds_decisions_can_be_replayed_for_it_is_not_held(office: Office) -> None:
    await families(office)
    await publish(office, STRICTER)
    await office.county.set_round(status="closed")
    assert len((await ask(office)).changed) == 2


async def test_a_ruleset_that_is_not_active_of_another_stage_or_of_nobody_is_refused(office: Office) -> None:
    await families(office)
    await office.do("rules", rulesets.upload, STRICTER, sealed=False)
    with pytest.raises(ServiceError, match=r"round\.ruleset_inactive"):
        await ask(office)
    await publish(office, (RULESETS / "junior-2026.toml").read_text(encoding="utf-8"), "junior-2026")
    with pytest.raises(ServiceError, match=r"round\.ruleset_unfit"):
        await ask(office, ruleset="junior-2026")
    with pytest.raises(ServiceError, match=r"access\.not_found"):
        await ask(office, ruleset="nobody")
    with pytest.raises(ServiceError, match=r"access\.not_found"):
        await office.do("rules", replay.replay_round, uuid7(), "primary-2026", None, 10)


async def test_other_duties_and_families_are_refused_and_nobody_sees_a_child_of_their_own(office: Office) -> None:
    made = await families(office)
    await publish(office, STRICTER)
    parent = await office.county.parent("parent-9")
    for who in ("allocation", "approval", "registrar", "auditor", parent):
        with pytest.raises(ServiceError, match=r"access\.forbidden"):
            await ask(office, who)
    [row] = await office.rows("SELECT guardians FROM application WHERE id = :id", id=made[1])
    own = replace(office.staff("rules"), person=row.guardians[0])
    assert [one.application for one in (await ask(office, own)).changed] == [made[2]]


async def test_over_http_an_officer_reads_changes_by_application_without_a_name(api: Api, office: Office) -> None:
    _, shared, _ = await families(office)
    await publish(office, STRICTER)
    signed = await api.sign_in(office.county.world.bureau, "rules")
    answer = await api.client.get(f"/rounds/{office.county.round}/replay?ruleset={NEXT_ID}", headers=signed)
    assert answer.status_code == 200 and "虚构儿童" not in answer.text
    page = answer.json()
    assert (page["seen"], page["next"], page["changed"][0]["application"]) == (3, None, str(shared))
    [why] = [why for why in page["changed"][0]["sides"][0]["difference"]["why"] if why["name"] == "flat.whole"]
    assert why["cite"]["source"] == "秀洲区2022年义务教育学校招生" and why["before"] == "not_met"
