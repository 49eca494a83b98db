"""JSON as the format asks for it: read with every key once, written in the one canonical form."""

import json
import re
from typing import Any

from app.allocation.text import Refused


def canonical_json(value: object) -> bytes:
    """Keys sorted, separators `,` and `:`, ASCII escapes, no LF: the form that is hashed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def canonical_file(value: object) -> bytes:
    """The same with its one final LF: the form that is written."""
    return canonical_json(value) + b"\n"


def read_object(file: str, data: bytes) -> dict[str, Any]:
    """The JSON object in a file; raises Refused for anything else, and for a key that stands twice at any depth."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(file, data.count(b"\n", 0, error.start) + 1, "must be UTF-8") from None
    try:
        value = json.loads(text, object_pairs_hook=_each_key_once)
    except json.JSONDecodeError as error:
        raise Refused(file, error.lineno, f"must be JSON: {error.msg}") from None
    except _Twice as error:
        raise Refused(file, _line_of_last(text, error.key), f"{ascii(error.key)[:80]} stands twice") from None
    except (ValueError, RecursionError):
        # An integer of thousands of digits, or thousands of brackets: well formed, and beyond any manifest.
        raise Refused(file, 1, "must be JSON of a reasonable size") from None
    if not isinstance(value, dict):
        raise Refused(file, 1, "must be a JSON object")
    return value


def line_of(text: str, field: str) -> int:
    """The 1-based line on which a field of the outermost object stands; 1 where it has no such field."""
    depth = 0
    for token in re.finditer(r'("(?:[^"\\]|\\.)*")\s*(:?)|[\[{]|[\]}]', text):
        string, colon = token.groups()
        if string is None:
            depth += 1 if token.group() in "[{" else -1
        elif depth == 1 and colon and json.loads(string) == field:
            return text.count("\n", 0, token.start()) + 1
    return 1


def _line_of_last(text: str, key: str) -> int:
    found = [token.start() for token in re.finditer(re.escape(json.dumps(key)) + r"\s*:", text)]
    return text.count("\n", 0, found[-1]) + 1 if found else 1


class _Twice(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for key, value in pairs:
        if key in fields:
            raise _Twice(key)
        fields[key] = value
    return fields
