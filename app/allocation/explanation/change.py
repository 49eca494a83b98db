"""One change of an applicant's own standing, and which changes beat a bar.

To beat a bar it must stand before it in the first entry in which they differ, or in one that comes earlier. The order
ranks any change of an entry behind any of one before it: so of the changes that do, the nearest is that of the last
key that can do it at all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.allocation.manifest import TICKET
from app.allocation.ranking import Rank


@dataclass(frozen=True, slots=True)
class Change:
    """All else unchanged, any value of `key` would have done that is at least as good as `bound`; strictly better
    where `is_strict`. `seat`: the kind of seat whose last holder sets the bound."""

    key: str
    bound: int
    is_strict: bool
    seat: str

    def least(self, order: Sequence[str]) -> int:
        """The smallest such change, as the key's new value."""
        better = -1 if f"{self.key}<" in order else 1
        return self.bound + better * self.is_strict


@dataclass(frozen=True, slots=True)
class Bar:
    """What is to be beaten at a programme: a rank, smaller first, and the kind of seat; no rank: nothing to beat."""

    rank: Rank | None
    seat: str


def enough(own: Rank, bar: Bar, order: Sequence[str]) -> Iterator[Change]:
    """The changes, each of one key alone, by which an applicant of this rank would beat a bar, nearest first."""
    if bar.rank is None:
        return
    first = next(at for at in range(len(own)) if own[at] != bar.rank[at])
    for at in reversed(range(min(first + 1, len(order)))):
        if order[at] != TICKET:
            # Equal to the bar where they differ, what comes after decides; equal to it before, only more will do.
            is_strict = at < first or own[at + 1 :] > bar.rank[at + 1 :]
            sign = -1 if order[at].endswith(">") else 1
            bound = bar.rank[at]
            assert isinstance(bound, int)
            yield Change(order[at][:-1], sign * bound, is_strict, bar.seat)
