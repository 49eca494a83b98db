"""A file of the provincial platform, read: JSON lines (RFC 8259, UTF-8), each a form under the platform's number. Pure.

A line is `{"number", "submitted_at", "guardian", "form"}`: guardian and form as at the counter, the time with its zone.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.applications.form import Form, Holder
from app.applications.incoming_entry import Typed
from app.applications.incoming_schemas import ItemNumber
from app.eligibility.exact_json import canonical, sha256
from app.errors import ServiceError

MAX_BYTES = 4_000_000
MAX_LINES = 500  # each is a whole submission, and all of them one transaction
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
NUMBER: TypeAdapter[str] = TypeAdapter(ItemNumber)
TIME: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


class _Whole(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    number: ItemNumber
    submitted_at: AwareDatetime
    guardian: Holder = Field(repr=False)
    form: Form = Field(repr=False)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a field; never what stands in it."""

    field: str
    zh: str
    en: str


@dataclass(frozen=True)
class Line:
    """A line whose number and time can be read. `digest`: of all that it says. Without `typed` it has faults."""

    line: int
    number: str
    submitted_at: datetime
    digest: str
    typed: Typed | None = field(repr=False)
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Unreadable:
    """A line that nobody could ever ask for again: it has no number, no time, or that of another line."""

    line: int
    fault: Fault


def read(data: bytes) -> tuple[list[Line], list[Unreadable]]:
    """The lines of a file; raises `platform.file_unreadable` where it is too large or not UTF-8."""
    try:
        rows = [(at, row) for at, row in enumerate(data.decode("utf-8-sig").split("\n"), start=1) if row.strip()]
    except UnicodeDecodeError:
        raise ServiceError("platform.file_unreadable", "file", lines=MAX_LINES) from None
    if len(data) > MAX_BYTES or len(rows) > MAX_LINES:
        raise ServiceError("platform.file_unreadable", "file", lines=MAX_LINES)
    lines: dict[str, Line] = {}
    broken = []
    for at, row in rows:
        found = _line(at, row)
        if isinstance(found, Line) and found.number in lines:
            found = Unreadable(at, Fault("number", "同一编号在文件中出现两次", "the number stands twice in the file"))
        if isinstance(found, Line):
            lines[found.number] = found
        else:
            broken.append(found)
    return list(lines.values()), broken


def _line(at: int, row: str) -> Line | Unreadable:
    try:
        said = json.loads(row, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return Unreadable(at, Fault("-", "此行不是JSON", "the line is not JSON"))
    if not isinstance(said, dict):
        return Unreadable(at, Fault("-", "此行应为JSON对象", "the line is not an object"))
    try:
        number = NUMBER.validate_python(said.get("number"))
    except ValidationError:
        return Unreadable(at, Fault("number", "缺少平台编号或格式不符", "no number of the platform, or malformed"))
    if _is_somebodys(number, said):
        return Unreadable(at, Fault("number", "平台编号不得为证件号码", "it is somebody's identity number"))
    try:
        submitted_at = TIME.validate_python(said.get("submitted_at"))
    except ValidationError:
        return Unreadable(at, Fault("submitted_at", "应为带时区的时间", "not a time with its zone"))
    digest = sha256(canonical(said))  # however its fields are ordered or spaced
    try:
        whole = _Whole.model_validate(said)
    except ValidationError as error:
        return Line(at, number, submitted_at, digest, None, tuple(_faults(error)))
    return Line(at, number, submitted_at, digest, Typed(whole.guardian, whole.form))


def _is_somebodys(number: str, said: dict[str, Any]) -> bool:
    """Numbers of items stand in clear and in lists."""
    form = said.get("form")
    people = said.get("guardian"), form.get("child") if isinstance(form, dict) else None
    return any(isinstance(person, dict) and person.get("number") == number for person in people)


def _no_number(constant: str) -> None:
    """JSON has no NaN and no infinity (RFC 8259, section 6)."""
    raise ValueError(constant)


def _faults(error: ValidationError) -> Iterator[Fault]:
    for item in error.errors(include_input=False, include_url=False):
        where = ".".join(str(part) if isinstance(part, int) or NAME.fullmatch(part) else "?" for part in item["loc"])
        own = str(item.get("ctx", {}).get("reason", "")) if item["type"] == "value_error" else ""
        zh, _, en = own.partition(" / ")
        yield Fault(where, zh or "值不符合要求", en or f"not acceptable ({item['type']})")
