"""A status is one thing in five places: the enum, the machine, the database's CHECK, the words, the diagram."""

import re
from enum import StrEnum
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import text

from app.database import Database
from app.lifecycle import Machine, TransitionRefused
from tests.repository.lifecycle_page import PAGE, README, lifecycles, machines, page, readme_with_diagram, states, words

ALL = list(machines())
EACH = pytest.mark.parametrize(("module", "machine"), ALL, ids=[machine.name for _, machine in ALL])
COLUMNS = {
    "two_person_act": [("two_person_act", "status")],
    "application": [("application", "status")],
    "assessment": [("application", "outcome"), ("decision", "outcome")],
    "evidence": [("evidence", "status")],
    "deferral": [("deferral", "status")],
    "incoming": [("incoming_item", "status")],
    "referral": [("referral", "status")],
    "register_check": [("register_check", "status")],
    "site_check": [("site_check", "status")],
    "correction": [("correction", "status")],
    "hold": [("case_hold", "status")],
    "invitation": [("invitation", "status")],
    "job": [("job", "status")],
    "message": [("message", "status")],
    "offer": [("offer", "status")],
    "round": [("admission_round", "status")],
    "bundle": [("bundle", "status")],
    "run": [("allocation_run", "status")],
    "objection": [("objection", "status")],
}


def test_every_machine_has_a_column_and_every_name_is_its_own() -> None:
    assert [machine.name for _, machine in ALL] == sorted({m.name for _, m in ALL}, key=[m.name for _, m in ALL].index)
    assert {machine.name for _, machine in ALL} == set(COLUMNS)


@EACH
def test_every_state_has_words_in_both_languages(module: ModuleType, machine: Machine[Any, Any]) -> None:
    spoken = [words(module, status) for status in states(machine)]
    for zh, en in spoken:
        assert any("\u4e00" <= letter <= "\u9fff" for letter in zh) and en.isascii() and en.strip()
    assert len({zh for zh, _ in spoken}) == len({en for _, en in spoken}) == len(spoken)


@pytest.mark.parametrize("module", lifecycles(), ids=lambda module: module.__name__)
def test_words_are_said_of_states_alone(module: ModuleType) -> None:
    known = {status for found, machine in ALL if found is module for status in states(machine)}
    said = [key for key in module.WORDS if not isinstance(key, type)]
    said += [status for key, inner in module.WORDS.items() if isinstance(key, type) for status in inner]
    assert set(said) == known


@EACH
def test_every_state_is_reached_from_the_beginning(module: ModuleType, machine: Machine[Any, Any]) -> None:
    reached = {machine.initial}
    for _ in states(machine):
        reached |= {target for (source, _), target in machine.table.items() if source in reached}
    assert reached == set(states(machine))


@EACH
def test_every_pair_of_state_and_event_is_a_row_of_the_table_or_refused(
    module: ModuleType, machine: Machine[Any, Any]
) -> None:
    events = {type(event) for _, event in machine.table}
    assert {type(source) for source, _ in machine.table} | {type(t) for t in machine.table.values()} == {
        states(machine)
    }
    for event in (event for kind in events for event in kind):
        for status in states(machine):
            if (status, event) in machine.table:
                assert machine.next(status, event) is machine.table[status, event]
                assert event in machine.events_from(status)
            else:
                with pytest.raises(
                    TransitionRefused, match=f"{machine.name}: {event} is not possible in state {status}"
                ):
                    machine.next(status, event)


@EACH
async def test_the_database_knows_exactly_these_states(
    module: ModuleType, machine: Machine[Any, Any], database: Database
) -> None:
    for table, column in COLUMNS[machine.name]:
        async with database.transaction() as session:
            definition = await session.scalar(
                text(
                    "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
                    " WHERE conrelid = CAST(:table AS regclass) AND conname = :name"
                ),
                {"table": table, "name": f"{column}_known"},
            )
        assert re.findall(r"'(\w+)'::text", str(definition)) == [status.value for status in states(machine)]


def test_the_readme_shows_the_life_of_a_round_as_it_is() -> None:
    if README.exists():
        readme = README.read_text(encoding="utf-8")
        assert readme_with_diagram(readme) == readme, "python -m tests.repository.lifecycle_page --write"


def test_the_page_of_all_lives_is_as_the_machines_are() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tests.repository.lifecycle_page --write"


def test_a_diagram_shows_the_beginning_and_every_move() -> None:
    class Lamp(StrEnum):
        DARK = "dark"
        LIT = "lit"
        BROKEN = "broken"

    class Act(StrEnum):
        SWITCH = "switch"
        FALL = "fall"

    lamp = Machine("lamp", Lamp.DARK, {(Lamp.DARK, Act.SWITCH): Lamp.LIT, (Lamp.LIT, Act.FALL): Lamp.BROKEN})
    assert lamp.to_mermaid().splitlines() == [
        "stateDiagram-v2",
        "    [*] --> dark",
        "    dark --> lit: switch",
        "    lit --> broken: fall",
    ]
    with pytest.raises(TransitionRefused) as refused:
        lamp.next(Lamp.BROKEN, Act.SWITCH)
    assert (refused.value.machine, refused.value.state, refused.value.event) == ("lamp", Lamp.BROKEN, Act.SWITCH)
