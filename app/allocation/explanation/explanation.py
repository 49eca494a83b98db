"""What an explanation says: where an applicant is placed, and how it compared there and wherever it was refused."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.allocation.explanation.comparison import Comparison, Relation
from app.allocation.manifest import TICKET
from app.allocation.result import Placement


@dataclass(frozen=True, slots=True)
class Listed:
    """A programme on the applicant's list, `rank` 1-based in the whole of it; `is_own`: by a choice, not a fallback."""

    programme: str
    rank: int
    is_own: bool
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """`preferred`: the programmes that refused it, best first; `untold`: how many further ones of the fallback did.

    `place`: the one it got. `ties`: among all that refused it, each programme and kind of seat whose last holder has
    its very keys, with what parted them: `ticket`, or `applicant` where the ticket is the same as well.
    """

    applicant: str
    preferred: tuple[Listed, ...]
    untold: int
    place: Listed | None
    seat: str
    ties: tuple[tuple[str, str, str], ...]

    @property
    def lost_by_lot(self) -> bool:
        """Whether somewhere among all that refused it the ticket decided."""
        return any(tie == TICKET for *_, tie in self.ties)

    @property
    def held(self) -> Comparison | None:
        """Itself against the last holder of its own kind of seat."""
        return next((one for one in self.place.comparisons if one.seat == self.seat), None) if self.place else None


def refuse_contradiction(refused: Sequence[Listed], place: Listed | None, placement: Placement) -> None:
    """Raise ValueError where the comparisons cannot have led to the placement."""
    for programme in refused:
        for one in programme.comparisons:
            if one.relation not in (Relation.BEFORE, Relation.NOBODY):
                raise ValueError(f"cut-offs and placement contradict each other at {programme.programme}")
    if place is not None:
        seats = {one.seat: one.relation for one in place.comparisons}
        if place.programme != placement.programme or seats.get(placement.seat) not in (
            Relation.BEHIND,
            Relation.EQUAL,
            Relation.FREE,
        ):
            raise ValueError(f"cut-offs and placement contradict each other at {placement.programme}")
