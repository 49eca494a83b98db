"""What an explanation says: where an applicant is placed, and how it compared there and wherever it was refused."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.allocation.explanation.comparison import Comparison, Relation
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

    `place`: the one it got. `lost_by_lot`: somewhere among all that refused it the ticket decided. `is_tied`: at its
    own kind of seat it has the very keys of the last holder, so that the ticket is what could part them from others.
    """

    applicant: str
    preferred: tuple[Listed, ...]
    untold: int
    place: Listed | None
    seat: str
    lost_by_lot: bool
    is_tied: bool


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
