"""The explanations of a solved bundle, applicant by applicant."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.allocation.bundle import Bundle
from app.allocation.cutoffs import Cutoff
from app.allocation.explanation.change import Change
from app.allocation.explanation.changes import Changes
from app.allocation.explanation.explanation import Explanation
from app.allocation.explanation.reasons import by_programme, explain
from app.allocation.manifest import TICKET
from app.allocation.preferences import preferences
from app.allocation.ranking import Ranking
from app.allocation.result import Placement


@dataclass(frozen=True, slots=True)
class Explained:
    """`changes`: for each own choice that refused the applicant, what would have got it, nearest first.

    `won_by_lot`: at its own kind of seat somebody with the same keys was turned away by the ticket.
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
    parted = _parted_by_lot(made)
    for at in applicants or range(len(made)):
        one = made[at]
        held = (one.place.programme, one.seat) if one.place else None
        yield Explained(one, changes.of(at, placements[at]), one.is_tied and held in parted)


def _parted_by_lot(made: Iterable[Explanation]) -> frozenset[tuple[str, str]]:
    """The programmes and kinds of seats from which the ticket alone kept somebody."""
    return frozenset(
        (programme.programme, compared.seat)
        for one in made
        for programme in one.preferred
        for compared in programme.comparisons
        if compared.decided == TICKET
    )
