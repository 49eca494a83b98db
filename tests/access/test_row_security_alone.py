"""The same calls with the application's check switched off: row-level security alone keeps strangers out (T-01).

What is asked here is really done. Every table is digested before and after: nothing of anybody's may have changed or
gone, and what is new belongs to the caller alone.
"""

import sys
from dataclasses import replace

import pytest
from httpx import Response
from sqlalchemy import text

from app.accounts import access
from app.accounts.access import Target
from app.actor import Actor
from tests.access.asking import Asking
from tests.access.invited import INVITED
from tests.access.stage import FINDING, NUMBER, PLACED_CHILD, REASON, SOLDIER, SOLDIERS_NUMBER, WORDS, Stage
from tests.access.table import ANONYMOUS, MACHINE, NOTHING, OFFICER_ELSEWHERE, PARENT_ELSEWHERE, TABLE, Row
from tests.ground.rows import TABLES, everything

OUTSIDERS = ("parent", "claimant", "other_school", "other_verifier", "town", ANONYMOUS, MACHINE)
ELSEWHERE = (OFFICER_ELSEWHERE, PARENT_ELSEWHERE)
# The trail of refusals, sessions, receipts: everybody writes their own.
OWN_TRACES = {"journal_entry", "token", "receipt"}
# On a child that lives in the town.
OF_A_TOWN = (
    "list_invitations",
    "print_invitations",
    "unmask_invitation",
    "record_attempt",
    "explain_invitation",
    "draw_up_invitations",
)
# To whom the object is their own; and what breaks off for want of rows that its caller does not see.
OWN_OBJECT = {
    "uphold_claim": {"claimant"},
    **{name: {"town"} for name in OF_A_TOWN},
    **{name: {"town"} for name in ("withdraw_deferral", "unmask_deferral", "decide_deferral", "list_deferrals")},
    **{name: {"town"} for name in ("serve_at_counter", "enter_incoming", "check_incoming", "settle_incoming")},
}
BREAKS_OFF = {"begin_later_pass"}
# Reads files that the caller sends against what is public anyway, or against a register that is empty to its caller.
SHOWS_WHAT_IS_PUBLIC = {"dry_run_import", "dry_run_leavers", "dry_run_expected_children"}
# Looks for rows to act upon and finds none.
NONE_LEFT = {"outcomes": {}, "left": 0, "next": None}
FINDS_NOTHING = {
    "confirm_leavers": NONE_LEFT,
    "confirm_siblings": NONE_LEFT,
    "draw_up_invitations": {"invited": 0, "changed": 0, "unchanged": 0},
    "open_own_invitations": [],
    "place_within_year": {"offered": {}, "waiting": []},
}
Digest = dict[tuple[str, str], tuple[str, list[str]]]


def unchecked(actor: Actor, action: str, target: Target) -> Actor:
    """Lets everybody do everything."""
    return actor.acting_as("unchecked")


@pytest.fixture
def unguarded(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> Asking:
    """Every module that has imported the check has none."""
    guarded = [
        module
        for name, module in sys.modules.items()
        if name.startswith("app.") and getattr(module, "authorize", None) is access.authorize
    ]
    assert {"app.applications.submit", "app.offers.service", "app.bureau.routes"} <= {m.__name__ for m in guarded}
    for module in guarded:
        monkeypatch.setattr(module, "authorize", unchecked)
    return asking


async def digest(stage: Stage) -> Digest:
    """(table, key) → (digest of the row, its guardians), for every row of the bureau."""
    reader = everything(stage.bureau, stage.people["guardian"].person)
    queries = [
        f"SELECT '{name}' AS name, concat_ws('/', {', '.join(column.name for column in table.primary_key)}) AS key,"
        f" md5(t::text) AS digest, {'guardians' if 'guardians' in table.c else 'ARRAY[]::uuid[]'}::text[] AS guardians"
        f" FROM {name} t"
        for name, table in TABLES.items()
        if name not in OWN_TRACES
    ]
    async with stage.database.transaction(replace(reader, duties=access.OFFICERS)) as session:
        rows = (await session.execute(text(" UNION ALL ".join(queries)))).all()
    return {(row.name, row.key): (row.digest, row.guardians) for row in rows}


def changed(before: Digest, after: Digest, callers: set[str]) -> list[tuple[str, str]]:
    """Rows that are gone or not what they were, and new ones that are not the callers' own."""
    lost = [at for at, row in before.items() if after.get(at) != row]
    new = [at for at, (_, guardians) in after.items() if at not in before and not (set(guardians) & callers)]
    return lost + new


def secrets(stage: Stage) -> set[str]:
    """What no answer to a stranger may hold: the names and ids of the guardian's children and of the bureau's acts."""
    own = {f"{kind} offer of guardian" for kind in ("finalising", "final", "ending", "answered")}
    own |= {
        "application",
        "referral",
        "deferral",
        "invitation",
        "ranked application",
        "bundled application",
        "objection",
        "grant",
        "job",
        "allocation",
    }
    ids = [*(stage.objects[name] for name in own), *(act.id for act in stage.acts.values())]
    ids += [family.child for life in stage.lives.values() for family in life.families[:1]]
    ids += [stage.people["guardian"].person, stage.objects["grantee"]]
    return {
        FINDING,
        INVITED,
        SOLDIER,
        SOLDIERS_NUMBER,
        PLACED_CHILD,
        NUMBER,
        WORDS,
        REASON,
        "虚构儿童甲",
        *(str(id_) for id_ in ids),
    }


def leaked(row: Row, kind: str, answer: Response, hidden: set[str], own: set[str]) -> list[str]:
    if not answer.is_success:
        told = answer.status_code < 500 or row.operation in BREAKS_OFF
        expected = told and (answer.status_code != 401 or kind in (ANONYMOUS, MACHINE))
        return [] if expected else [f"{kind}: {answer.status_code}"]
    found = [f"{kind}: shown {secret}" for secret in hidden - own if secret in answer.text]
    mine = kind in row.may or answer.request.method == "GET" or row.operation in SHOWS_WHAT_IS_PUBLIC
    mine = mine or (row.operation in FINDS_NOTHING and answer.json() == FINDS_NOTHING[row.operation])
    return found if mine else [*found, f"{kind}: {answer.status_code} {answer.text}"]


def own_words(stage: Stage, kind: str) -> set[str]:
    """The claimant wrote that name and number too; the parent's children are called as the guardian's."""
    return {"claimant": {"虚构儿童甲", NUMBER}, "parent": {PLACED_CHILD}}.get(kind, set())


@pytest.mark.parametrize("row", [row for row in TABLE.values() if row.title != "sign_out"], ids=lambda row: row.title)
async def test_a_stranger_sees_nothing_and_changes_nothing(unguarded: Asking, row: Row) -> None:
    here, elsewhere = unguarded.here, unguarded.elsewhere
    kinds = OUTSIDERS if row.of == NOTHING else OUTSIDERS + ELSEWHERE
    before, found = [await digest(here), await digest(elsewhere)], []
    sent, hidden = unguarded.sent(row, here), secrets(here)
    for kind in [kind for kind in kinds if kind not in OWN_OBJECT.get(row.operation, ())]:
        answer = await unguarded.ask(row, kind, sent)
        found += leaked(row, kind, answer, hidden, own_words(here, kind))
    after = [await digest(here), await digest(elsewhere)]
    callers = {str(here.people[kind].person) for kind in OUTSIDERS if kind in here.people}
    found += [f"changed {at}" for old, new in zip(before, after, strict=True) for at in changed(old, new, callers)]
    assert found == []


async def test_a_report_counts_for_a_stranger_no_child_at_all(unguarded: Asking) -> None:
    """Two have applied there, and two are invited to the entry."""
    row = TABLE["read_provision"]
    report, counted = [
        (await unguarded.ask(row, kind, unguarded.sent(row, unguarded.here))).json() for kind in ("claimant", "rules")
    ]
    assert report["everyone"]["denominator"] == 0 and counted["everyone"]["denominator"] == 4


async def test_the_check_is_off_indeed(undone: Asking, unguarded: Asking) -> None:
    """What the table forbids to staff now succeeds, because row-level security parts bureaus, schools and families."""
    row = TABLE["read_application"]
    assert row.at_home("registrar") == "403"
    assert (await unguarded.ask(row, "registrar", unguarded.sent(row, unguarded.here))).status_code == 200
    row = TABLE["plan_round"]
    assert (await undone.ask(row, "rules", undone.sent(row, undone.here))).status_code == 201


async def test_the_digest_sees_a_change(asking: Asking) -> None:
    """A control: without it every test above would pass on a digest of nothing."""
    stage = asking.here
    before = await digest(stage)
    assert {name for name, _ in before} >= {"application", "offer", "objection", "round_key", "run_file", "child"}
    await stage.county.set_round(title_en="Fictitious, changed")
    [at] = changed(before, await digest(stage), set())
    assert at == ("admission_round", f"{stage.bureau}/{stage.county.round}")
