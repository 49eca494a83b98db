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
    held = tuple(values)
    if Value.NOT_MET in held:
        return Value.NOT_MET
    return Value.UNKNOWN if Value.UNKNOWN in held else Value.MET


def any_of(values: Iterable[Value]) -> Value:
    held = tuple(values)
    if Value.MET in held:
        return Value.MET
    return Value.UNKNOWN if Value.UNKNOWN in held else Value.NOT_MET
