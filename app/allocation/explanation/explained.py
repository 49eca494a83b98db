"""The explanations of a solved bundle, applicant by applicant."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.allocation.bundle import Bundle
from app.allocation.cutoffs import Cutoff
from app.allocation.explanation.change import Change
from app.allocation.explanation.changes import Changes
from app.allocation.explanation.comparison import APPLICANT, Relation
from app.allocation.explanation.explanation import Explanation
from app.allocation.explanation.reasons import by_programme, explain
from app.allocation.manifest import TICKET
from app.allocation.preferences import preferences
from app.allocation.ranking import Ranking
from app.allocation.result import Placement


@dataclass(frozen=True, slots=True)
class Explained:
    """`changes`: for each own choice that refused the applicant, what would have got it, nearest first.

    `won_by_lot`: at its own kind of seat the ticket parted it from somebody with the same keys who was turned away.
    """

    explanation: Explanation
    changes: Mapping[str, tuple[Change, ...]]
    won_by_lot: bool

    @property
    def lottery_decided(self) -> bool:
        """Whether the lottery decided anything for this applicant, for or against it."""
        return self.won_by_lot or self.explanation.lost_by_lot


def explanations(bundle: Bundle, cutoffs: Sequence[Cutoff], placements: Sequence[Placement]) -> list[Explanation]:
    """An explanation for each applicant of a solved bundle, in their order; raises ValueError where they disagree."""
    ranking, rows, lists = Ranking(bundle.header, bundle.draw), by_programme(cutoffs), preferences(bundle.tables)
    return [
        explain(ranking, rows, row, lists.choices(row), lists.fallbacks.get(row.fallback, ()), placement)
        for row, placement in zip(bundle.tables.applicants, placements, strict=True)
    ]


def explained(
    bundle: Bundle,
    cutoffs: Sequence[Cutoff],
    placements: Sequence[Placement],
    everywhere: Collection[str] = (),
    applicants: range | None = None,
) -> Iterator[Explained]:
    """What each applicant of these indexes (by default all) is to be told. `everywhere`: see changes.py."""
    made, changes = explanations(bundle, cutoffs, placements), Changes(bundle, everywhere)
    parted = frozenset(tie for one in made for tie in one.ties)
    for at in applicants or range(len(made)):
        one = made[at]
        yield Explained(one, changes.of(at, placements[at]), _is_won(one, parted))


def _is_won(one: Explanation, ties: Collection[tuple[str, str, str]]) -> bool:
    if one.place is None or one.held is None:
        return False
    seat = one.place.programme, one.seat
    if one.held.relation is Relation.EQUAL:
        return (*seat, TICKET) in ties
    # Whoever is turned away with the last holder's ticket as well, a twin, comes after this one by the ticket.
    return one.held.tie == TICKET and any((*seat, tie) in ties for tie in (TICKET, APPLICANT))
