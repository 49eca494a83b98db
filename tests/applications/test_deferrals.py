"""A year put off for a child's health: asked for with a certificate, decided by the town within a bound, an open case
until the next year's round, which then knows of it."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text

from app.accounts.models import OrganisationKind
from app.actor import Actor
from app.applications import casework, deferral_decide, deferral_list, deferrals
from app.applications.deferrals import Certificate
from app.applications.lifecycle import DeferralEvent, DeferralStatus
from app.applications.queries import applicants_for_allocation, unsettled
from app.bureau import service as bureau_reports
from app.clock import uuid7
from app.errors import ServiceError
from app.settings import Settings
from app.vault import Place, unseal
from tests.applications.office import Office
from tests.conftest import Api
from tests.county import LOCAL, form

CERTIFICATE = Certificate("虚构县医院", date(2026, 5, 10), "虚构诊断：需康复一年")
APPROVE, REFUSE = DeferralEvent.APPROVE, DeferralEvent.REFUSE
REASON = "虚构理由：诊断证明未说明需要延缓"


@pytest.fixture
async def town(office: Office) -> Actor:
    """A clerk of the town in which c1 and c2 lie."""
    await office.county.world.found("t1", OrganisationKind.TOWN.value)
    return await office.county.world.hire("clerk-t1", "t1", "town")


@pytest.fixture
async def parent(office: Office) -> Actor:
    return await office.county.parent("parent-1")


async def ask(office: Office, parent: Actor, application: UUID) -> UUID:
    made: UUID = (await office.do(parent, deferrals.request_deferral, application, CERTIFICATE))[0]
    return made


async def decide(office: Office, who: Any, deferral: UUID, event: DeferralEvent, reason: str | None = None) -> None:
    await office.do(who, deferral_decide.decide_deferral, deferral, event, reason)


async def listed(office: Office, who: Any, organisation: str = "t1", **asked: Any) -> list[Any]:
    filters = {"year": None, "status": None, **asked}
    found: list[Any] = await office.do(who, deferral_list.list_deferrals, organisation, *filters.values(), None, 50)
    return found


async def told(office: Office) -> list[str]:
    """The kinds of messages in the parents' inboxes."""
    return [row.kind for row in await office.rows("SELECT kind FROM message ORDER BY id")]


async def test_an_approved_deferral_takes_the_child_out_of_the_round_into_an_open_dated_case(
    office: Office, town: Actor, parent: Actor
) -> None:
    mine = await office.apply(parent, form())
    assert await office.confirm(mine) == "eligible"
    made = await ask(office, parent, mine)
    [line] = await listed(office, town, status=DeferralStatus.REQUESTED)
    assert (line.id, line.child, line.year, line.overdue) == (made, "虚****", 2026, False)
    asked = await office.rows("SELECT (requested_at AT TIME ZONE 'Asia/Shanghai')::date AS on_day FROM deferral")
    assert line.due_on == asked[0].on_day + timedelta(days=20)
    await decide(office, town, made, APPROVE)
    assert await office.outcome(mine) == "deferred"
    async with office.database.transaction(office.staff("allocation")) as session:
        bureau, held = office.county.world.bureau, office.county.round
        assert await applicants_for_allocation(session, bureau, held) == []
        assert await unsettled(session, bureau, held) == []
    report = await office.do("casework", bureau_reports.provision, office.county.round, sealed=False)
    funnel = report.everyone.funnel
    assert (funnel.applied, funnel.eligible, funnel.deferred) == (1, 0, 1)
    assert report.everyone.rate.denominator == 0 and report.missing == []
    [open_case] = await listed(office, "casework", office.county.world.bureau, year=2026)
    assert (open_case.status, open_case.returns_in, open_case.returned) == ("approved", 2027, False)
    assert await told(office) == ["deferral_approved"]
    assert await office.journal(f"deferral:{made}") == [
        ("deferral:request", "absent", "requested"),
        ("deferral:approve", "requested", "approved"),
    ]
    assert (await office.journal(f"application:{mine}"))[-1] == ("application:defer", "eligible", "deferred")


async def test_next_year_the_services_own_record_proves_the_age_rule_and_the_case_is_closed(
    office: Office, town: Actor, parent: Actor
) -> None:
    # The ruleset's year is 2026: the child was six in 2025, which was put off, and comes again in 2026's round.
    await office.county.set_round(year=2025)
    child = {"born_on": "2019-03-15"}
    first = await office.apply(parent, form(child=child))
    await decide(office, town, await ask(office, parent, first), APPROVE)
    await another_round(office)
    await office.county.set_round(year=2026)
    again = await office.apply(parent, form(child=child, preferences=[]), "key-00000002")
    assert again != first and await office.confirm(again) == "eligible"
    assert await rule(office, again, "age.deferred") == "met"
    assert "deferral" not in await office.checks(again)
    [case] = await listed(office, "casework", office.county.world.bureau)
    assert (case.year, case.returned) == (2025, True)
    assert [line.returned for line in await listed(office, town)] == [None]


async def test_a_claim_alone_proves_nothing_and_a_year_more_than_the_record_must_be_checked(
    office: Office, town: Actor, parent: Actor
) -> None:
    claimed = form(facts={**LOCAL, "deferral": {"years": [2025]}}, child={"born_on": "2019-03-15"})
    mine = await office.apply(parent, claimed)
    await office.check(mine, registration="confirm", home="confirm")
    assert await rule(office, mine, "age.deferred") == "unknown"
    older = form(facts={**LOCAL, "deferral": {"years": [2024]}}, child={"born_on": "2018-03-15", "name": "虚构儿童乙"})
    await office.county.set_round(year=2025)
    other = await office.apply(parent, older, "key-00000002")
    await decide(office, town, await ask(office, parent, other), APPROVE)
    await office.county.set_round(year=2026)
    assert await rule(office, await office.apply(parent, older, "key-00000003"), "age.deferred") == "unknown"
    await office.check(other, deferral="confirm")
    assert await rule(office, other, "age.deferred") == "met"


async def test_a_refusal_leaves_the_child_in_the_round_and_tells_the_family_why_and_what_it_can_do(
    api: Api, office: Office, town: Actor, parent: Actor
) -> None:
    mine = await office.apply(parent, form())
    await office.confirm(mine)
    made = await ask(office, parent, mine)
    for blank in (None, "  ", "短"):
        with pytest.raises(ServiceError, match=r"deferral\.reason_missing"):
            await decide(office, town, made, REFUSE, blank)
    await decide(office, town, made, REFUSE, REASON)
    assert await office.outcome(mine) == "eligible" and await told(office) == ["deferral_refused"]
    headers = await api.sign_in(office.county.world.bureau, "parent-1")
    [shown] = (await api.client.get(f"/applications/{mine}", headers=headers)).json()["deferrals"]
    assert (shown["status"], shown["reason"], shown["town"]) == ("refused", REASON, "虚构机构t1")
    assert "行政复议" in shown["remedies"]["zh"] and "court" in shown["remedies"]["en"]
    again = await ask(office, parent, mine)
    await decide(office, town, again, APPROVE)
    assert await office.outcome(mine) == "deferred"


async def test_one_year_at_a_time_and_decided_once(office: Office, town: Actor, parent: Actor) -> None:
    mine = await office.apply(parent, form())
    made = await ask(office, parent, mine)
    with pytest.raises(ServiceError, match=r"deferral\.open_already"):
        await ask(office, parent, mine)
    await decide(office, town, made, APPROVE)
    for event in (APPROVE, REFUSE):
        with pytest.raises(ServiceError, match=r"deferral\.decided_already"):
            await decide(office, town, made, event, REASON)
    with pytest.raises(ServiceError, match=r"deferral\.open_already"):
        await ask(office, parent, mine)


async def test_whatever_is_found_meanwhile_the_child_stays_deferred_until_its_family_takes_it_back(
    office: Office, town: Actor, parent: Actor
) -> None:
    mine = await office.apply(parent, form())
    made = await ask(office, parent, mine)
    await decide(office, town, made, APPROVE)
    assert await office.confirm(mine) == "deferred"
    await office.apply(parent, form(preferences=[]), "key-00000002")
    assert await office.outcome(mine) == "deferred"
    with pytest.raises(Exception, match="not possible in state deferred"):
        await office.do("casework-2", casework.confirm_refusal, mine, REASON)
    await office.do(parent, deferrals.withdraw_deferral, made)
    assert await office.outcome(mine) == "eligible"
    with pytest.raises(ServiceError, match=r"deferral\.decided_already"):
        await office.do(parent, deferrals.withdraw_deferral, made)
    assert [line.status for line in await listed(office, town)] == ["withdrawn"]


async def test_every_round_of_the_entry_is_put_off_whether_the_family_applied_before_or_after(
    office: Office, town: Actor, parent: Actor
) -> None:
    main = office.county.round
    mine = await office.apply(parent, form(preferences=[]))
    made = await ask(office, parent, mine)
    beside = await another_round(office)
    also = await office.apply(parent, form(preferences=[]), "key-00000002")
    assert also != mine
    await decide(office, town, made, APPROVE)
    assert [await office.outcome(one) for one in (mine, also)] == ["deferred", "deferred"]
    third = await another_round(office, "fict-third")
    later = await office.apply(parent, form(preferences=[]), "key-00000003")
    assert len({main, beside, third}) == 3 and await office.outcome(later) == "deferred"
    await office.do(parent, deferrals.withdraw_deferral, made)
    assert {await office.outcome(one) for one in (mine, also, later)} == {"undetermined"}


async def test_what_two_persons_granted_stands_when_a_deferral_is_taken_back(
    office: Office, town: Actor, parent: Actor
) -> None:
    mine = await office.apply(parent, form())
    act = await office.do("casework", casework.propose_override, mine, REASON, sealed=False)
    await office.do("approval", casework.override, act.id, act.digest, REASON)
    made = await ask(office, parent, mine)
    await decide(office, town, made, APPROVE)
    await office.do(parent, deferrals.withdraw_deferral, made)
    assert await office.outcome(mine) == "eligible" and await office.reason(mine) == REASON


async def test_the_bureau_decides_where_no_town_is_set_up_and_once_the_towns_time_has_passed(
    office: Office, parent: Actor
) -> None:
    mine = await office.apply(parent, form())
    made = await ask(office, parent, mine)
    [line] = await listed(office, "casework", office.county.world.bureau)
    assert line.organisation is None
    await decide(office, "casework", made, REFUSE, REASON)
    await office.county.world.found("t1", OrganisationKind.TOWN.value)
    again = await ask(office, parent, mine)
    with pytest.raises(ServiceError, match=r"deferral\.town_decides") as refused:
        await decide(office, "casework", again, APPROVE)
    assert refused.value.details["town"] == "虚构机构t1"
    await passed(office, again, days=0)
    with pytest.raises(ServiceError, match=r"deferral\.town_decides"):
        await decide(office, "casework", again, APPROVE)
    await passed(office, again, days=1)
    [late] = await listed(office, "casework", office.county.world.bureau, status=DeferralStatus.REQUESTED)
    assert late.overdue
    await decide(office, "casework", again, APPROVE)
    assert await office.outcome(mine) == "deferred"


async def test_a_town_sees_its_own_deferrals_and_nothing_else_and_another_town_none(
    office: Office, town: Actor, parent: Actor
) -> None:
    await office.county.world.found("t2", OrganisationKind.TOWN.value)
    other = await office.county.world.hire("clerk-t2", "t2", "town")
    mine = await office.apply(parent, form())
    made = await ask(office, parent, mine)
    opened = await office.do(town, deferral_list.open_deferral, made)
    assert opened["name"] == "虚构儿童甲" and opened["certificate"] == CERTIFICATE.to_json()
    assert (await office.journal(f"deferral:{made}"))[-1] == ("deferral:unmask", "-", "read")
    assert await listed(office, other, "t2") == []
    for organisation in ("t1", office.county.world.bureau, "s1"):
        with pytest.raises(ServiceError, match=r"access\.(not_found|forbidden)"):
            await listed(office, other, organisation)
    with pytest.raises(ServiceError, match=r"access\.not_found"):
        await decide(office, other, made, APPROVE)
    async with office.database.transaction(town) as session:
        for table in ("application", "child", "decision", "evidence", "preference", "journal_entry"):
            assert (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() == 0, table


async def test_a_family_approves_nothing_itself(office: Office, town: Actor, parent: Actor) -> None:
    made = await ask(office, parent, await office.apply(parent, form()))
    with pytest.raises(ServiceError, match=r"access\.forbidden"):
        await decide(office, parent, made, APPROVE)
    with pytest.raises(Exception, match="row-level security"):
        async with office.database.transaction(parent) as session:
            await session.execute(
                text("UPDATE deferral SET status = 'approved', decided_by = :me"), {"me": parent.person}
            )
    own = await office.apply(town, form("虚构儿童丁"))
    with pytest.raises(ServiceError, match=r"access\.forbidden"):
        await decide(office, town, await ask(office, town, own), APPROVE)


async def test_after_the_freeze_nobody_asks_but_whoever_has_asked_is_answered(
    office: Office, town: Actor, parent: Actor
) -> None:
    mine = await office.apply(parent, form())
    await office.confirm(mine)
    made = await ask(office, parent, mine)
    await office.county.set_round(status="frozen")
    await decide(office, town, made, APPROVE)
    assert await office.outcome(mine) == "deferred"
    with pytest.raises(ServiceError, match=r"application\.not_checkable"):
        await ask(office, parent, mine)
    with pytest.raises(ServiceError, match=r"application\.not_checkable"):
        await office.do(parent, deferrals.withdraw_deferral, made)
    assert await office.outcome(mine) == "deferred"
    await office.county.set_round(status="open", stage="junior")
    with pytest.raises(ServiceError, match=r"deferral\.not_for_this_entry"):
        await ask(office, parent, mine)


async def test_after_the_freeze_a_request_is_refused_or_taken_back_and_the_child_stays(
    office: Office, town: Actor, parent: Actor
) -> None:
    mine = await office.apply(parent, form())
    await office.confirm(mine)
    first = await ask(office, parent, mine)
    await decide(office, town, first, REFUSE, REASON)
    second = await ask(office, parent, mine)
    await office.county.set_round(status="frozen")
    await office.do(parent, deferrals.withdraw_deferral, second)
    await office.county.set_round(status="ranked")
    third = await ask(office, parent, mine)
    await office.county.set_round(status="proposed")
    await decide(office, town, third, REFUSE, REASON)
    assert await office.outcome(mine) == "eligible"
    assert [line.status for line in await listed(office, town)] == ["refused", "withdrawn", "refused"]


async def test_the_certificate_is_sealed(office: Office, town: Actor, parent: Actor) -> None:
    made = await ask(office, parent, await office.apply(parent, form()))
    [row] = await office.rows("SELECT d::text AS whole, sealed FROM deferral d")
    assert CERTIFICATE.finding not in row.whole and CERTIFICATE.finding.encode() not in row.sealed
    async with office.database.transaction(town) as session:
        key = await office.vault.key_of(session, office.county.world.bureau, made)
    assert unseal(key, row.sealed, Place("deferral", "sealed", made))["certificate"]["hospital"] == CERTIFICATE.hospital


async def rule(office: Office, application: UUID, name: str) -> str:
    """What the decision that counts found for a rule."""
    row = await office.last_decision(application)
    [held] = await office.rows("SELECT child FROM application WHERE id = :id", id=application)
    async with office.database.transaction(office.staff("casework")) as session:
        key = await office.vault.key_of(session, office.county.world.bureau, held.child)
    trace = unseal(key, row.trace, Place("decision", "trace", row.id))[0]["decision"]["trace"]
    return str(next(line["value"] for line in trace if line["name"] == name))


async def another_round(office: Office, code: str = "fict-later") -> UUID:
    """The round once more under an id of its own, which is the county's from now on."""
    other = uuid7()
    await office.rows(
        "INSERT INTO admission_round SELECT (jsonb_populate_record(r,"
        " jsonb_build_object('id', CAST(:other AS uuid), 'code', CAST(:code AS text)))).* FROM admission_round r"
        " WHERE r.id = :id RETURNING id",
        who="rules",
        other=other,
        code=code,
        id=office.county.round,
    )
    office.county.round = other
    return other


async def passed(office: Office, deferral: UUID, days: int) -> None:
    """As if the town's time had ended so many days ago."""
    database = office.database.engine.url.database
    owner = str(Settings().migration_url)
    connection = await asyncpg.connect(owner.rpartition("/")[0] + f"/{database}")
    await connection.execute("ALTER TABLE deferral NO FORCE ROW LEVEL SECURITY")
    await connection.execute(
        "UPDATE deferral SET due_on = (now() AT TIME ZONE 'Asia/Shanghai')::date - $2::int WHERE id = $1",
        deferral,
        days,
    )
    await connection.execute("ALTER TABLE deferral FORCE ROW LEVEL SECURITY")
    await connection.close()
