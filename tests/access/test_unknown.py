"""To whoever may do it: an id that does not exist is not found, another bureau's neither, and what is no id is refused
as such. Each id is changed by itself, in the path, the query and the body."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from app.clock import uuid7
from tests.access.asking import Asking
from tests.access.calls import Sent
from tests.access.table import NAMING, SIGNED_IN, Row

UNKNOWN = {"bureau": "999999", "number": 999, "name": "none.csv", "school": "none", "programme": "none"}
UNKNOWN |= {"ruleset_id": "none", "organisation": "none"}
MALFORMED = "no id!"
CHOSEN = {
    "kind",
    "stage",
    "source",
    "work",
}  # one of a few words: what is none of them is malformed, and none is unknown
ROWS = pytest.mark.parametrize("row", NAMING, ids=lambda row: row.title)
ANY_TEXT = {"settle_seats"}  # takes any text for a programme's id, and does not find it


def who(row: Row) -> str:
    return next(kind for kind in SIGNED_IN if kind in row.may)


def is_id(value: Any) -> bool:
    try:
        return isinstance(value, UUID) or (isinstance(value, str) and bool(UUID(value)))
    except ValueError:
        return False


def places(sent: Sent) -> Iterator[tuple[str, str, Any]]:
    """Where a call names something: (part, key, value)."""
    yield from (("path", name, value) for name, value in sent.path.items())
    yield from (("query", name, value) for name, value in sent.query.items() if is_id(value))
    yield from (("form", name, value) for name, value in sent.form.items() if is_id(value))
    yield from (("json", f"{value}", value) for value in sorted(ids_within(sent.json)))


def ids_within(body: Any) -> set[str]:
    if isinstance(body, dict | list):
        held = body.values() if isinstance(body, dict) else body
        return set().union(*(ids_within(value) for value in held))
    return {body} if is_id(body) else set()


def instead(sent: Sent, part: str, key: str, value: Any) -> Sent:
    if part == "json":
        return replace(sent, json=exchanged(sent.json, key, str(value)))
    changed: dict[str, Any] = {part: {**getattr(sent, part), key: str(value)}}
    return replace(sent, **changed)


def exchanged(body: Any, old: str, new: str) -> Any:
    if isinstance(body, dict):
        return {name: exchanged(value, old, new) for name, value in body.items()}
    if isinstance(body, list):
        return [exchanged(value, old, new) for value in body]
    return new if body == old else body


async def status(undone: Asking, row: Row, sent: Sent) -> int:
    return (await undone.ask(row, who(row), sent)).status_code


def missing(undone: Asking, row: Row, key: str) -> int:
    """The status for a thing that does not exist; a list of a round's things may be empty instead."""
    is_empty = row.is_empty_if_unknown and key == "round_id"
    return undone.operations[row.operation].success if is_empty else 404


@ROWS
async def test_what_does_not_exist_is_not_found(undone: Asking, row: Row) -> None:
    sent = undone.sent(row, undone.here)
    asked = {(part, key): UNKNOWN.get(key, uuid7()) for part, key, _ in places(sent) if key not in CHOSEN}
    found = {at: await status(undone, row, instead(sent, *at, value)) for at, value in asked.items()}
    assert asked and found == {at: missing(undone, row, at[1]) for at in asked}


@ROWS
async def test_what_is_no_id_is_refused_as_such(undone: Asking, row: Row) -> None:
    sent = undone.sent(row, undone.here)
    found = {
        (part, key): await status(undone, row, instead(sent, part, key, MALFORMED)) for part, key, _ in places(sent)
    }
    assert found == dict.fromkeys(found, 404 if row.operation in ANY_TEXT else 422)


@ROWS
async def test_one_id_of_another_bureau_among_ones_own_is_not_found(undone: Asking, row: Row) -> None:
    ours, theirs = undone.sent(row, undone.here), undone.sent(row, undone.elsewhere)
    asked = {
        (part, key): value
        for (part, key, mine), (_, _, value) in zip(places(ours), places(theirs), strict=True)
        if mine != value and not (key == "bureau" and "round_id" not in ours.path)  # all that is public there
    }
    found = {at: await status(undone, row, instead(ours, *at, value)) for at, value in asked.items()}
    assert found == {at: missing(undone, row, "round_id") for at in asked}
