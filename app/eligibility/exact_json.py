"""Frozen dataclasses to JSON and back, exactly: no float, every refusal names its field.

The same reader serves facts, stored decisions and the shape of a ruleset. A field's type is its whole
description: `bool`, `int`, `str`, `date` (YYYY-MM-DD), `Fraction` ("51/100"), an enumeration, a tuple, a
dict by name, another frozen dataclass, any of them `| None`. A refusal never repeats the value it refuses,
because that value may be a child's.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, cast, get_args, get_origin, get_type_hints

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"
Reader = Callable[[object, str], object]
Writer = Callable[[object], Json]
T = TypeVar("T")

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FRACTION = re.compile(r"(0|[1-9][0-9]{0,11})/([1-9][0-9]{0,11})")
_LARGEST = 10**12


class BadField(ValueError):
    """A field that cannot be read: `field` is its dotted path, `reason` and `remedy` are sentences."""

    def __init__(self, field: str, reason: str, remedy: str) -> None:
        super().__init__(f"{field}: {reason}; {remedy}")
        self.field, self.reason, self.remedy = field, reason, remedy


@dataclass(frozen=True)
class Between:
    """Bounds, both included, of a number, or of the length of a text."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    default: object
    read: Reader
    write: Writer


_PLANS: dict[type, tuple[_Field, ...]] = {}  # how each dataclass is read and written, found out once


def canonical(value: Json) -> str:
    """The one text of a JSON value: keys sorted, no blanks, ASCII escapes, no final line feed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(text: str) -> str:
    """64 lower-case hex digits over the UTF-8 bytes of `text`."""
    return hashlib.sha256(text.encode()).hexdigest()


def to_object(value: object) -> dict[str, Json]:
    """The JSON object of a frozen dataclass; fields that hold their default are left out."""
    written: dict[str, Json] = {}
    for field in _plan(type(value)):
        held = getattr(value, field.name)
        if held is not field.default and (field.default is MISSING or held != field.default):
            written[field.name] = field.write(held)
    return written


def from_object(kind: type[T], value: object, where: str = "") -> T:
    """Read `kind` from a JSON object, or raise BadField naming the path below `where`."""
    plan = _plan(kind)
    if not isinstance(value, dict):
        raise BadField(where or kind.__name__, "not an object", "give an object of named fields")
    prefix = f"{where}." if where else ""
    known = {field.name for field in plan}
    for name in value:
        if name not in known:
            raise BadField(f"{prefix}{name}", "no such field", "remove it or correct its name")
    read: dict[str, object] = {}
    for field in plan:
        if field.name in value:
            read[field.name] = field.read(value[field.name], prefix + field.name)
        elif field.default is MISSING:
            raise BadField(prefix + field.name, "missing", "give it a value")
    return kind(**read)


def _plan(kind: type) -> tuple[_Field, ...]:
    if kind not in _PLANS:
        hints = get_type_hints(kind, include_extras=True)
        named = fields(cast("type[Any]", kind))
        _PLANS[kind] = tuple(_Field(f.name, f.default, *_codec(hints[f.name])) for f in named)
    return _PLANS[kind]


def _codec(hint: object) -> tuple[Reader, Writer]:
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _bounded(*args), _codec(args[0])[1]
    if origin is UnionType or (origin is not None and NoneType in args):
        inner = next(arg for arg in args if arg is not NoneType)
        return _optional(*_codec(inner))
    if origin is Literal:
        return _one_of({str(arg): str(arg) for arg in args}), str
    if origin is tuple:
        return _each(*_codec(args[0]))
    if origin is dict:
        return _named(*_codec(args[1]))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _one_of({str(member): member for member in hint}), str
    if isinstance(hint, type) and is_dataclass(hint):
        return (lambda value, where: from_object(hint, value, where)), to_object
    return _LEAVES[cast(type, hint)]


def _optional(read: Reader, write: Writer) -> tuple[Reader, Writer]:
    return (
        lambda value, where: None if value is None else read(value, where),
        lambda value: None if value is None else write(value),
    )


def _each(read: Reader, write: Writer) -> tuple[Reader, Writer]:
    def read_all(value: object, where: str) -> object:
        if not isinstance(value, list):
            raise BadField(where, "not a list", "give a list, empty where there is none")
        return tuple(read(item, f"{where}[{place}]") for place, item in enumerate(value))

    return read_all, lambda value: [write(item) for item in cast(tuple[object, ...], value)]


def _named(read: Reader, write: Writer) -> tuple[Reader, Writer]:
    def read_all(value: object, where: str) -> object:
        if not isinstance(value, dict):
            raise BadField(where, "not an object", "give an object of named values")
        return {name: read(item, f"{where}.{name}") for name, item in value.items()}

    return read_all, lambda value: {n: write(v) for n, v in cast(Mapping[str, object], value).items()}


def _one_of(values: Mapping[str, object]) -> Reader:
    allowed = ", ".join(values)

    def read(value: object, where: str) -> object:
        if not isinstance(value, str) or value not in values:
            raise BadField(where, "not one of the allowed values", f"use one of: {allowed}")
        return values[value]

    return read


def _bounded(hint: object, bounds: Between) -> Reader:
    inner = _codec(hint)[0]

    def read(value: object, where: str) -> object:
        got = inner(value, where)
        size = len(got) if isinstance(got, str) else cast("int | Fraction", got)
        if not bounds.low <= size <= bounds.high:
            measured = "its length" if isinstance(got, str) else "it"
            raise BadField(where, "out of range", f"{measured} must lie from {bounds.low} to {bounds.high}")
        return got

    return read


def _read_bool(value: object, where: str) -> object:
    if not isinstance(value, bool):
        raise BadField(where, "neither true nor false", "use true or false, or leave it out if unknown")
    return value


def _read_int(value: object, where: str) -> object:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadField(where, "not an integer", "write a whole number without point or quotes")
    if not -_LARGEST <= value <= _LARGEST:
        raise BadField(where, "out of range", f"it must lie within ±{_LARGEST}")
    return value


def _read_str(value: object, where: str) -> object:
    if not isinstance(value, str):
        raise BadField(where, "not a text", "write it in quotes")
    return value


def _read_date(value: object, where: str) -> object:
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass  # 2025-02-29 and the like get the sentence below, which does not repeat them
    raise BadField(where, "not a date of the calendar", "write it as YYYY-MM-DD")


def _read_fraction(value: object, where: str) -> object:
    matched = _FRACTION.fullmatch(value) if isinstance(value, str) else None
    if matched is None:
        raise BadField(where, "not an exact fraction", "write it as numerator/denominator, such as 51/100")
    return Fraction(int(matched[1]), int(matched[2]))


def _write_fraction(value: object) -> Json:
    exact = cast(Fraction, value)
    return f"{exact.numerator}/{exact.denominator}"


def _same(value: object) -> Json:
    return cast(Json, value)


_LEAVES: Mapping[type, tuple[Reader, Writer]] = {
    bool: (_read_bool, _same),
    int: (_read_int, _same),
    str: (_read_str, _same),
    date: (_read_date, lambda value: cast(date, value).isoformat()),
    Fraction: (_read_fraction, _write_fraction),
    object: (lambda value, where: value, _same),
}
