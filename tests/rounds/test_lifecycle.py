"""The lives of this feature: words, enums, the database's CHECKs and the diagrams say the same."""

from enum import StrEnum
from typing import Any

import pytest
from sqlalchemy import text

from app.database import Database
from app.lifecycle import Machine, TransitionRefused
from app.rounds.lifecycle import (
    BEFORE_PROPOSED,
    BUNDLE,
    OBJECTION,
    ROUND,
    RUN,
    VOIDS,
    WORDS,
    BundleStatus,
    ObjectionPhase,
    ObjectionStatus,
    RoundEvent,
    RoundStatus,
    RunStatus,
    shown,
    words,
)
from app.rounds.vocabulary import DocumentKind, RoundKind, Silence

MACHINES = [(ROUND, RoundStatus), (BUNDLE, BundleStatus), (RUN, RunStatus), (OBJECTION, ObjectionStatus)]
ALL = pytest.mark.parametrize(("machine", "statuses"), MACHINES, ids=lambda value: getattr(value, "name", ""))
ORDER = list(RoundStatus)


@ALL
def test_every_status_has_words_in_both_languages_and_no_word_stands_for_two(
    machine: Machine[Any, Any], statuses: type[StrEnum]
) -> None:
    assert list(WORDS[statuses]) == list(statuses) and all(type(status) is statuses for status in WORDS[statuses])
    for language in (0, 1):
        said = {words(status)[language] for status in statuses}
        assert len(said) == len(statuses) and all(said)


@ALL
def test_every_status_is_reached_and_the_diagram_shows_every_move(
    machine: Machine[Any, Any], statuses: type[StrEnum]
) -> None:
    reached = {machine.initial}
    for _ in statuses:
        reached |= {target for (source, _), target in machine.table.items() if source in reached}
    assert reached == set(statuses)
    lines = machine.to_mermaid().splitlines()
    assert lines[:2] == ["stateDiagram-v2", f"    [*] --> {machine.initial.value}"]
    assert sorted(lines[2:]) == sorted(
        f"    {source} --> {target}: {event}" for (source, event), target in machine.table.items()
    )


@pytest.mark.parametrize(
    ("table", "constraint", "values"),
    [
        ("admission_round", "status_known", RoundStatus),
        ("admission_round", "kind_known", RoundKind),
        ("admission_round", "silence_known", Silence),
        ("round_document", "kind_known", DocumentKind),
        ("bundle", "status_known", BundleStatus),
        ("allocation_run", "status_known", RunStatus),
        ("objection", "status_known", ObjectionStatus),
        ("objection", "phase_known", ObjectionPhase),
    ],
)
async def test_the_database_knows_exactly_these_words(
    owner_database: Database, table: str, constraint: str, values: type[StrEnum]
) -> None:
    async with owner_database.transaction() as session:
        found = await session.execute(
            text(
                "SELECT regexp_matches(pg_get_constraintdef(oid), '''([a-z_]+)''::text', 'g') AS word"
                " FROM pg_constraint WHERE conname = :name AND conrelid = CAST(:of AS regclass)"
            ),
            {"name": constraint, "of": table},
        )
        assert {word for row in found for word in row.word} == {value.value for value in values}


def test_every_reverse_move_says_what_it_makes_void_and_only_they_do() -> None:
    back = {event for (source, event), target in ROUND.table.items() if ORDER.index(target) < ORDER.index(source)}
    assert back - {RoundEvent.LATER_PASS} | {RoundEvent.ANNUL_PASS} == set(VOIDS) and all(VOIDS.values())


def test_nothing_becomes_public_but_by_the_step_from_approved_to_proposed() -> None:
    into = [(source, event) for (source, event), target in ROUND.table.items() if target is RoundStatus.PROPOSED]
    assert into == [(RoundStatus.APPROVED, RoundEvent.PROPOSE)]
    verified = [source for (source, _), target in ROUND.table.items() if target is RoundStatus.APPROVED]
    assert verified == [RoundStatus.VERIFIED]


@pytest.mark.parametrize("status", RoundStatus)
def test_before_the_list_is_proposed_outsiders_see_drawn(status: RoundStatus) -> None:
    assert shown(status, insider=True) is status
    assert shown(status, insider=False) is (RoundStatus.DRAWN if status in BEFORE_PROPOSED else status)


@ALL
def test_what_the_table_does_not_hold_is_refused(machine: Machine[Any, Any], statuses: type[StrEnum]) -> None:
    events = {event for _, event in machine.table}
    for status in statuses:
        for event in events:
            if (status, event) not in machine.table:
                with pytest.raises(TransitionRefused):
                    machine.next(status, event)
