"""The OpenAPI file is what the service says, valid, in words, and with examples."""

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from app.main import create_app
from app.settings import Settings

KEPT = Path(__file__).parents[2] / "openapi" / "openapi.json"


@pytest.fixture(scope="module")
def said(settings: Settings) -> dict[str, Any]:
    """Of a service of its own: other tests hang faulty routes into the shared one."""
    return create_app(settings).openapi()


def test_the_file_has_not_drifted(said: dict[str, Any]) -> None:
    assert json.loads(KEPT.read_text(encoding="utf-8")) == json.loads(json.dumps(said))


def test_it_is_valid_openapi_3_1(said: dict[str, Any]) -> None:
    assert said["openapi"].startswith("3.1")
    validate(said)


def test_every_operation_says_what_it_does_under_a_name_of_its_own(said: dict[str, Any]) -> None:
    operations = [operation for path in said["paths"].values() for operation in path.values()]
    assert all(operation.get("description") for operation in operations)
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names)) > 80


def test_every_refusal_is_described_as_the_problem_that_is_answered(said: dict[str, Any]) -> None:
    for path, operations in said["paths"].items():
        for operation in operations.values() if path.startswith("/api/") else ():
            for status, described in operation["responses"].items():
                if status >= "4":
                    assert list(described["content"]) == ["application/problem+json"], (path, status)
    assert "examples" in said["components"]["schemas"]["Problem"]


def test_every_json_body_has_an_example(said: dict[str, Any]) -> None:
    shapes = said["components"]["schemas"]
    for path in said["paths"].values():
        for operation in path.values():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body is not None:
                shape = shapes[body["schema"]["$ref"].rsplit("/", 1)[1]]
                assert "examples" in shape or "examples" in body, operation["operationId"]
