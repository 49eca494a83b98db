"""What was checked stays checked while the family shows the same; what it shows anew is checked anew."""

from typing import Any

from app.applications.lifecycle import Outcome
from tests.applications.office import Office
from tests.county import LOCAL, MIGRANT, form

NEW_LEASE = {**MIGRANT["home"], "proof": {"obtained_on": "2026-01-01", "valid_until": "2028-01-01"}}


async def test_wishes_change_and_every_check_stays(office: Office) -> None:
    parent = await office.county.parent("parent-1")
    mine = await office.apply(parent, form())
    assert await office.confirm(mine) is Outcome.ELIGIBLE
    before = await office.rows("SELECT * FROM evidence ORDER BY id")
    await office.apply(parent, form(preferences=["2026-g1-s3"], twin=True), "key-00000002")
    assert await office.rows("SELECT * FROM evidence ORDER BY id") == before
    assert await office.outcome(mine) == "eligible"


async def test_a_changed_paper_alone_must_be_checked_anew(office: Office) -> None:
    parent = await office.county.parent("parent-1")
    mine = await office.apply(parent, form(facts=MIGRANT))
    assert await office.confirm(mine) is Outcome.ELIGIBLE
    await office.apply(parent, form(facts={**MIGRANT, "home": NEW_LEASE}), "key-00000002")
    checks = await office.checks(mine)
    assert {kind for kind, status in checks.items() if status == "claimed"} == {"home"}
    assert (await office.last_decision(mine)).rights == {}
    assert await office.confirm(mine) is Outcome.ELIGIBLE
    assert set((await office.last_decision(mine)).rights) == {"s1"}


async def test_a_family_that_moves_after_the_check_has_no_right_at_the_new_home_until_that_is_checked(
    office: Office,
) -> None:
    parent = await office.county.parent("parent-1")
    mine = await office.apply(parent, form(facts=MIGRANT))
    await office.confirm(mine)
    assert set((await office.last_decision(mine)).rights) == {"s1"}
    await office.apply(parent, form(facts=MIGRANT, residence_community="c2"), "key-00000002")
    assert (await office.last_decision(mine)).rights == {}
    await office.check(mine, home="confirm")
    assert set((await office.last_decision(mine)).rights) == {"s2"}


async def test_another_birth_date_is_checked_anew_in_the_register(office: Office) -> None:
    parent = await office.county.parent("parent-1")
    passport = {"number_kind": "foreign", "number": "AB12345"}
    mine = await office.apply(parent, form(child=passport))
    assert await office.confirm(mine) is Outcome.ELIGIBLE
    assert await office.apply(parent, form(child={**passport, "born_on": "2020-03-16"}), "key-00000002") == mine
    assert (await office.checks(mine))["registration"] == "claimed" and await office.outcome(mine) == "undetermined"


async def test_a_claim_that_the_form_no_longer_makes_is_gone_and_comes_back_unchecked(office: Office) -> None:
    parent = await office.county.parent("parent-1")
    military: dict[str, Any] = {"kind": "military", "proof": {"obtained_on": "2024-01-01", "valid_until": "2030-01-01"}}
    mine = await office.apply(parent, form(facts={**LOCAL, "policy": military}))
    await office.confirm(mine)
    await office.apply(parent, form(), "key-00000002")
    assert set(await office.checks(mine)) == {"registration", "home"}
    await office.apply(parent, form(facts={**LOCAL, "policy": military}), "key-00000003")
    assert await office.checks(mine) == {"registration": "confirmed", "home": "confirmed", "policy": "claimed"}


async def test_the_content_of_evidence_is_a_keyed_digest_of_its_own_for_each_kind(office: Office) -> None:
    twice = {**MIGRANT, "second_parent": MIGRANT["first_parent"]}
    await office.apply("parent-1", form(facts=twice))
    rows = await office.rows("SELECT kind, content FROM evidence")
    assert len({row.content for row in rows}) == len(rows) and {len(row.content) for row in rows} == {33}


async def test_withdrawal_keeps_what_was_checked_for_the_next_submission(office: Office) -> None:
    parent = await office.county.parent("parent-1")
    mine = await office.apply(parent, form())
    await office.confirm(mine)
    await office.withdraw(parent, mine)
    assert await office.apply(parent, form(), "key-00000002") == mine
    assert await office.outcome(mine) == "eligible"
