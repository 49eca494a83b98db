"""What the fictitious registers do wrong: on demand, or for a fixed share that follows from the seed."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from app.demo.fate import Fate


class Fault(StrEnum):
    """Instead of answering a request. FORGED: signed by somebody else; REPLAYED: an earlier answer, whole; OLD: signed
    an hour ago; OTHER: signed, and about another query; CUT: ends in the middle; HUNG: nothing until it is closed."""

    ERROR = "error"
    MALFORMED = "malformed"
    FORGED = "forged"
    UNSIGNED = "unsigned"
    REPLAYED = "replayed"
    OLD = "old"
    OTHER = "other"
    REDIRECT = "redirect"
    TOO_LONG = "too_long"
    CUT = "cut"
    HUNG = "hung"


class SubjectFault(StrEnum):
    """In the answer to one question. MISMATCH and NOT_FOUND stay; the others pass after the first time."""

    MISMATCH = "mismatch"
    NOT_FOUND = "not_found"
    UNAVAILABLE = "unavailable"
    BAD_RECORD = "bad_record"
    TWICE = "twice"
    STALE = "stale"


F = TypeVar("F", Fault, SubjectFault)
STAYING = (SubjectFault.MISMATCH, SubjectFault.NOT_FOUND)
# A share of faults has them all but the one that keeps a request waiting until its time is over.
PASSING = tuple(fault for fault in Fault if fault is not Fault.HUNG)


@dataclass
class Faults:
    """`always`: every request. `requests` and `subjects`: of a thousand each, told apart by `fate`. `seen` counts."""

    fate: Fate = field(default_factory=lambda: Fate(1))
    always: Fault | None = None
    requests: int = 0
    subjects: int = 0
    seen: dict[str, int] = field(default_factory=dict)
    _numbered: int = 0
    _asked: dict[tuple[str, str], int] = field(default_factory=dict)

    def of_request(self) -> Fault | None:
        """What goes wrong with this one."""
        self._numbered += 1
        fault = self.always
        if fault is None and self.fate.chance(self.requests, "request", self._numbered):
            fault = self.fate.one_of(PASSING, "which", self._numbered)
        return self._counted(fault)

    def of_subject(self, catalogue: str, number: str) -> SubjectFault | None:
        """What goes wrong with this person's entry, by the number: asked again, a fault that stays is the same."""
        fault = self.planned(catalogue, number)
        times = self._asked[catalogue, number] = self._asked.get((catalogue, number), 0) + 1
        return self._counted(fault) if fault in STAYING or times == 1 else None

    def planned(self, catalogue: str, number: str) -> SubjectFault | None:
        if not self.fate.chance(self.subjects, "subject", catalogue, number):
            return None
        return self.fate.one_of(tuple(SubjectFault), "subject's", catalogue, number)

    def _counted(self, fault: F | None) -> F | None:
        if fault is not None:
            self.seen[fault.value] = self.seen.get(fault.value, 0) + 1
        return fault
