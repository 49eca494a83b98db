"""Three values: met, not met, unknown (Kleene's strong logic).

Unverified is neither yes nor no. A condition that is unknown can still be decided by its neighbours: one
failed need settles a conjunction, one met alternative settles a disjunction.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Value(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


class Finding(NamedTuple):
    """What a condition found. `about`: the paths of the facts that failed or are missing; empty if met."""

    value: Value
    about: tuple[str, ...] = ()


MET = Finding(Value.MET)


def not_met(*about: str) -> Finding:
    return Finding(Value.NOT_MET, about)


def unknown(*about: str) -> Finding:
    return Finding(Value.UNKNOWN, about)


def flag(held: bool | None, about: str) -> Finding:
    """A fact that is itself the answer."""
    if held is None:
        return unknown(about)
    return MET if held else not_met(about)


def both(*findings: Finding) -> Finding:
    """All must be met; what is not met outweighs what is unknown, and says alone what it is about."""
    for value in (Value.NOT_MET, Value.UNKNOWN):
        about = tuple(path for found in findings if found.value is value for path in found.about)
        if about:
            return Finding(value, about)
    return MET


def all_of(values: Iterable[Value]) -> Value:
    result = Value.MET
    for value in values:
        if value is Value.NOT_MET:
            return value
        if value is Value.UNKNOWN:
            result = value
    return result


def any_of(values: Iterable[Value]) -> Value:
    result = Value.NOT_MET
    for value in values:
        if value is Value.MET:
            return value
        if value is Value.UNKNOWN:
            result = value
    return result
