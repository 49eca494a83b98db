"""Nobody acts by office on a child of their own, in a list either (Civil Servants Law, revised 2018, article 76)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import pytest

from app.accounts.service import end_grant, grant_role
from tests.access.asking import Asking
from tests.access.stage import Stage
from tests.access.table import TABLE

ACTS = {
    "check_evidence": "casework",
    "take_case": "casework",
    "decide_correction": "casework",
    "ask_school": "casework",
    "unmask_site_check": "school_office",
    "record_site_check": "school_office",
    "propose_refusal": "casework",
    "confirm_refusal": "casework",
    "unmask_referral": "verifier",
    "answer_referrals": "verifier",
    "unmask_deferral": "town",
    "decide_deferral": "town",
    "unmask_invitation": "town",
    "record_attempt": "town",
    "explain_invitation": "town",
    "propose_override": "casework",
    "approve_override": "approval",
    "decide_objection": "casework",
    "propose_withdrawal": "casework",
    "withdraw_offer": "approval",
    "report_arrivals": "school_office",
    "record_call": "casework",
    "read_contact": "casework",
}


@asynccontextmanager
async def holding_office(stage: Stage, kind: str, role: str) -> AsyncIterator[None]:
    """A parent who also holds this office for a while."""
    organisation = {"school_office": "s1", "verifier": stage.asked_office(), "town": "t1"}.get(role, stage.bureau)
    person = stage.people[kind].person
    grant = await stage.do("registrar", grant_role, person, organisation, role, date(2026, 1, 1))
    try:
        yield
    finally:
        await stage.do("registrar", end_grant, grant.id)


@pytest.mark.parametrize("operation", ACTS)
async def test_an_officer_is_refused_on_their_own_child_and_another_officer_is_not(
    undone: Asking, operation: str
) -> None:
    row, stage = TABLE[operation], undone.here
    sent = undone.sent(row, stage)
    async with holding_office(stage, "guardian", ACTS[operation]):
        refused = await undone.ask(row, "guardian", sent)
    async with holding_office(stage, "parent", ACTS[operation]):
        done = await undone.ask(row, "parent", sent)
    assert (refused.status_code, refused.json()["code"]) == (403, "access.forbidden")
    assert done.is_success, done.text


async def test_a_claim_is_settled_by_neither_guardian(undone: Asking) -> None:
    row, stage = TABLE["uphold_claim"], undone.here
    for kind in ("claimant", "guardian"):
        async with holding_office(stage, kind, "casework"):
            refused = await undone.ask(row, kind, undone.sent(row, stage))
        assert (refused.status_code, refused.json()["code"]) == (403, "access.forbidden")
