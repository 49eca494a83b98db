"""One child is one child: however its number is written, given later, corrected, withdrawn or claimed by another."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from app.applications import submit
from app.applications.form import Form
from app.clock import uuid7
from app.database import Database
from app.vault import Vault
from tests.applications.office import Office
from tests.county import form

NUMBER, OTHER_NUMBER = "990424202003150010", "990424202003150029"
NUMBERED = {"number_kind": "mainland", "number": NUMBER}
UNNUMBERED: dict[str, Any] = {"number_kind": "none", "number": None}


async def children(office: Office) -> list[Any]:
    return await office.rows("SELECT id, number_kind, lookup, reference, twin_reference FROM child ORDER BY id")


async def applications(office: Office) -> int:
    return len(await office.rows("SELECT id FROM application"))


@pytest.mark.parametrize(
    "forms",
    [
        [
            form(child={**NUMBERED, "number": text})
            for text in (NUMBER, "990424 20200315 0010", "９９０４２４202003150010")
        ],
        [form(child=UNNUMBERED), form(child=NUMBERED), form(child=UNNUMBERED), form(child=NUMBERED)],
        [form(child={**NUMBERED, "number": OTHER_NUMBER}), form(child=NUMBERED)],
        [form(child=NUMBERED), form("虚构儿童甲（更正）", child=NUMBERED)],
        [form("虚构  儿童"), form(" 虚构　儿童 ")],
        [form(child={"number_kind": "foreign", "number": "ab-12345"}), form(child=NUMBERED)],
    ],
    ids=["spellings", "a number given later", "a wrong number", "a wrong name", "blanks", "a passport first"],
)
async def test_a_child_written_otherwise_stays_one_child_with_one_ticket(office: Office, forms: list[Form]) -> None:
    parent = await office.county.parent("parent-1")
    seen = set()
    for index, filled in enumerate(forms):
        await office.apply(parent, filled, f"key-0000000{index}")
        seen |= {(row.id, row.reference) for row in await children(office)}
    assert len(seen) == 1 and await applications(office) == 1


async def test_a_number_given_later_is_found_again_by_it(office: Office) -> None:
    parent = await office.county.parent("parent-1")
    await office.apply(parent, form(child=UNNUMBERED))
    await office.apply(parent, form(child=NUMBERED), "key-00000002")
    [row] = await children(office)
    assert row.number_kind == "citizen" and row.lookup is not None
    await office.apply("parent-2", form(child=NUMBERED))
    assert [row.number_kind for row in await children(office)] == ["citizen", "claimed"]


async def test_two_children_of_one_name_or_of_one_day_stay_two(office: Office) -> None:
    parent = await office.county.parent("parent-1")
    await office.apply(parent, form())
    await office.apply(parent, form(child={"born_on": "2019-12-01"}), "key-00000002")
    await office.apply(parent, form("虚构儿童乙"), "key-00000003")
    assert len(await children(office)) == await applications(office) == 3


async def test_withdrawn_and_applied_again_twenty_times_the_lottery_unit_stays(office: Office) -> None:
    parent = await office.county.parent("parent-1")
    for index, name in enumerate(("虚构双胞胎甲", "虚构双胞胎乙")):
        await office.apply(parent, form(name, twin=True), f"twin-key-{index}")
    before = await children(office)
    for turn in range(20):
        mine = await office.apply(parent, form("虚构双胞胎乙", twin=turn % 2 == 0), f"turn-key-{turn}")
        await office.withdraw(parent, mine)
    await office.apply(parent, form("虚构双胞胎乙"), "last-key-1")
    assert await children(office) == before and await applications(office) == 2


@pytest.mark.parametrize(
    ("born", "together"), [(("2020-03-15", "2020-03-16"), True), (("2020-03-15", "2020-03-17"), False)]
)
async def test_twins_may_be_born_on_both_sides_of_midnight(
    office: Office, born: tuple[str, str], together: bool
) -> None:
    parent = await office.county.parent("parent-1")
    for index, day in enumerate(born):
        await office.apply(parent, form(f"虚构双胞胎{index}", twin=True, child={"born_on": day}), f"key-0000000{index}")
    first, second = await children(office)
    smallest = min(first.reference, second.reference)
    assert ({smallest} == {first.twin_reference, second.twin_reference}) == together
    assert (second.twin_reference is None) != together


@pytest.mark.parametrize("first", [0, 1])
async def test_which_twin_applies_first_has_no_effect_on_their_ticket(
    office: Office, database: Database, vault: Vault, first: int
) -> None:
    parent, references = await office.county.parent("parent-1"), (b"\x01" * 32, b"\x02" * 32)
    for twin in (first, 1 - first):
        async with database.transaction(parent) as session:
            filled, key = form(f"虚构双胞胎{twin}", twin=True), f"key-0000000{twin}"
            await submit.submit(session, vault, parent, office.county.round, filled, key, references[twin])
    assert {row.twin_reference for row in await children(office)} == {references[0]}


async def test_twins_declared_by_the_elders_form_later_share_a_ticket(office: Office) -> None:
    parent = await office.county.parent("parent-1")
    for index, (name, twin) in enumerate((("虚构双胞胎甲", False), ("虚构双胞胎乙", False), ("虚构双胞胎甲", True))):
        await office.apply(parent, form(name, twin=twin), f"key-0000000{index}")
    first, second = await children(office)
    assert first.twin_reference == second.twin_reference == min(first.reference, second.reference)


async def test_a_twin_alone_shares_with_nobody(office: Office) -> None:
    await office.apply("parent-1", form(twin=True))
    await office.apply("parent-2", form("虚构儿童乙", twin=True))
    assert [row.twin_reference for row in await children(office)] == [None, None]


async def test_a_corrected_number_that_another_family_has_becomes_a_claim(office: Office) -> None:
    await office.apply("parent-1", form(child=NUMBERED))
    second = await office.county.parent("parent-2")
    answers = [
        await office.receipt(second, form("虚构儿童乙", child=told), key)
        for told, key in ((UNNUMBERED, "key-00000001"), (NUMBERED, "key-00000002"))
    ]
    assert answers[0].keys() == answers[1].keys()
    assert [row.number_kind for row in await children(office)] == ["citizen", "claimed"]
    assert await applications(office) == 2


async def test_a_number_freed_by_its_correction_ends_the_claim_at_the_next_form(office: Office) -> None:
    first, second = await office.county.parent("parent-1"), await office.county.parent("parent-2")
    await office.apply(first, form(child=NUMBERED))
    await office.apply(second, form("虚构儿童乙", child=NUMBERED))
    await office.apply(first, form(child={**NUMBERED, "number": OTHER_NUMBER}), "key-00000002")
    mine = await office.apply(second, form("虚构儿童乙", child=NUMBERED), "key-00000002")
    assert [row.number_kind for row in await children(office)] == ["citizen", "citizen"]
    assert (await office.last_decision(mine)).missing.count("guardianship") == 0


async def test_one_person_with_eight_accounts_makes_one_child_at_once(office: Office) -> None:
    one = await office.county.parent("parent-1")
    accounts = [replace(one, account=uuid7()) for _ in range(8)]
    await office.open_connections(8)
    for turn in range(3):  # at first each connection still learns the statements, and they hardly meet
        filled, key = form(f"虚构儿童{turn}"), f"key-0000000{turn}"
        await asyncio.gather(*(office.apply(actor, filled, key) for actor in accounts))
        assert len(await children(office)) == await applications(office) == turn + 1
