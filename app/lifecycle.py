"""A life as a table: which event leads from which state to which.

Pure and shared by every feature's `lifecycle.py`; a status is never written by any other way.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)


class TransitionRefused(Exception):
    """The event does not exist in this state; carries machine, state and event as words of the code."""

    def __init__(self, machine: str, state: StrEnum, event: StrEnum) -> None:
        super().__init__(f"{machine}: {event} is not possible in state {state}")
        self.machine, self.state, self.event = machine, state, event


@dataclass(frozen=True)
class Machine(Generic[S, E]):
    """`table` maps (state, event) to the next state; `initial` is where a life begins."""

    name: str
    initial: S
    table: Mapping[tuple[S, E], S]

    def next(self, state: S, event: E) -> S:
        """The state after `event`; raises TransitionRefused where the table has no such row."""
        try:
            return self.table[(state, event)]
        except KeyError:
            raise TransitionRefused(self.name, state, event) from None

    def events_from(self, state: S) -> Iterator[E]:
        """The events possible in `state`, in the table's order."""
        return (event for (source, event) in self.table if source is state)

    def to_mermaid(self) -> str:
        """The life as a Mermaid state diagram, as it stands in the README and in docs/."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        lines += [f"    {source} --> {target}: {event}" for (source, event), target in self.table.items()]
        return "\n".join(lines)
