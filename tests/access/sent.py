"""What a call of the table sends."""

from dataclasses import dataclass, field
from typing import Any

from tests.county import form


@dataclass(frozen=True)
class Sent:
    """What is sent besides the token: the path's parameters, and one body."""

    path: dict[str, Any] = field(default_factory=dict)
    json: Any = None
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    file: bytes | None = None


def filled(name: str) -> dict[str, Any]:
    """The form of a fictitious child of this name, as a browser sends it."""
    body: dict[str, Any] = form(name).to_json()
    body["facts"].pop("format")
    return body
