"""openapi/registers.json is what the little platform offers and what our client sends: neither leaves it."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from openapi_spec_validator import validate

from app.applications.register_comparison import PAIRS
from app.applications.register_words import difference_words, register_words
from app.demo.register_server import contract
from app.gateways.answers import Catalogue
from app.gateways.register_records import RECORDS
from app.gateways.register_shapes import path_of
from tests.county import MIGRANT
from tests.registers.hall import Hall

KEPT = Path(__file__).parents[2] / "openapi" / "registers.json"


def test_the_file_has_not_drifted_and_is_valid_openapi_3_1() -> None:
    said = json.loads(KEPT.read_text(encoding="utf-8"))
    assert said == json.loads(json.dumps(contract())) and said["openapi"].startswith("3.1")
    validate(said)


def test_every_catalogue_has_an_operation_a_record_and_words() -> None:
    said = json.loads(KEPT.read_text(encoding="utf-8"))
    assert set(said["paths"]) == {path_of(catalogue) for catalogue in Catalogue}
    assert set(RECORDS) == set(PAIRS) == set(Catalogue)
    for catalogue, pairs in PAIRS.items():
        assert set(pairs.values()) <= set(RECORDS[catalogue].model_fields)
        for field in pairs.values():
            assert difference_words(catalogue, field).zh
    assert set(register_words().catalogues) == {catalogue.value for catalogue in Catalogue}


async def test_what_goes_over_the_wire_is_what_the_file_says(hall: Hall) -> None:
    said = json.loads(KEPT.read_text(encoding="utf-8"))
    await hall.family(1)
    await hall.family(2, facts=MIGRANT, relation="grandparent")
    await hall.ask()
    assert len({catalogue for catalogue, _, _ in hall.platform.bodies}) == 7
    for catalogue, sent, answered in hall.platform.bodies:
        operation = said["paths"][path_of(catalogue)]["post"]
        schema_of(said, operation["requestBody"]).validate(json.loads(sent))
        schema_of(said, operation["responses"]["200"]).validate(json.loads(answered))


def schema_of(said: dict[str, Any], part: dict[str, Any]) -> Draft202012Validator:
    reference = part["content"]["application/json"]["schema"]
    return Draft202012Validator({**reference, "components": said["components"]})
