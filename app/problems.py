"""How a refusal looks in the OpenAPI file: one RFC 9457 problem for every operation, with an example."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class FieldReason(BaseModel):
    """A field at fault and why; never the value that was sent."""

    field: str
    reason: str


class Problem(BaseModel):
    """RFC 9457. `code` is stable; title and remedy are in the language asked for; `request` finds the log's line."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:tongjiao:error:application.deadline_passed",
                    "title": "报名已于 2026-06-20T17:00:00+08:00 截止。",
                    "status": 409,
                    "code": "application.deadline_passed",
                    "remedy": "请联系教育局登记，您将进入后续批次。",
                    "request": "01990000-0000-7000-8000-000000000003",
                    "field": "round",
                }
            ]
        }
    )
    type: str
    title: str
    status: int
    code: str
    remedy: str
    request: str
    field: str | None = None
    errors: list[FieldReason] | None = None


WORDS = {
    "401": "Not signed in",
    "403": "Not your duty",
    "404": "No such object, or not yours to see",
    "409": "Not possible in the present state",
    "412": "Changed since it was read",
    "413": "Too large",
    "422": "A field is not right",
    "429": "Too many attempts; Retry-After says when",
    "503": "Busy; nothing was changed; Retry-After says when",
}


def responses() -> dict[int | str, dict[str, Any]]:
    """For an APIRouter: every refusal is a Problem in `application/problem+json`."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": words, "content": content} for status, words in WORDS.items()}


def shapes() -> dict[str, Any]:
    """The component schemas that `responses` refer to."""
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs"), "Problem": schema}
