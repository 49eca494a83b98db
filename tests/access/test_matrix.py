"""Every operation × every kind of caller × own, other's, other bureau's object, against the reviewed table (T-01)."""

import json
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import Response

from tests.access.asking import Asking, operations
from tests.access.calls import calls
from tests.access.stage import Stage
from tests.access.table import HERE, MAY, NAMING, OFFICER_ELSEWHERE, PARENT_ELSEWHERE, TABLE, Row

PUBLISHED = Path(__file__).parents[2] / "openapi" / "openapi.json"
ROWS = pytest.mark.parametrize("row", TABLE.values(), ids=lambda row: row.title)


def answered(asking: Asking, row: Row, response: Response) -> str:
    """The class of an answer; what was let through and did not succeed is told in full."""
    if response.status_code in (401, 403, 404):
        return str(response.status_code)
    success = asking.operations[row.operation].success
    return MAY if response.status_code == success else f"{response.status_code} {response.text}"


@ROWS
async def test_each_caller_of_the_bureau_gets_the_answer_of_the_table(undone: Asking, row: Row) -> None:
    sent = undone.sent(row, undone.here)
    found = {kind: answered(undone, row, await undone.ask(row, kind, sent)) for kind in HERE}
    assert found == {kind: row.at_home(kind) for kind in HERE}


@pytest.mark.parametrize("row", NAMING, ids=lambda row: row.title)
async def test_another_bureaus_object_is_nobodys(undone: Asking, row: Row) -> None:
    sent = undone.sent(row, undone.elsewhere)
    found = {kind: answered(undone, row, await undone.ask(row, kind, sent)) for kind in HERE}
    assert found == {kind: row.abroad(kind) for kind in HERE}


@pytest.mark.parametrize("row", NAMING, ids=lambda row: row.title)
async def test_another_bureaus_officer_and_parent_get_nothing_here(undone: Asking, row: Row) -> None:
    sent, stand_as = undone.sent(row, undone.here), {OFFICER_ELSEWHERE: row.duty, PARENT_ELSEWHERE: "parent"}
    found = {kind: answered(undone, row, await undone.ask(row, kind, sent)) for kind in stand_as}
    assert found == {kind: row.abroad(like) for kind, like in stand_as.items()}


def test_every_operation_has_a_row_and_every_row_an_operation_and_a_call(
    service: FastAPI, stages: tuple[Stage, Stage]
) -> None:
    document = service.openapi()
    assert {row.operation for row in TABLE.values()} == set(operations(document))
    assert set(TABLE) >= {row.operation for row in TABLE.values()}
    assert set(calls(stages[0])) == set(TABLE)
    if PUBLISHED.exists():
        assert set(operations(json.loads(PUBLISHED.read_text()))) == set(operations(document))
