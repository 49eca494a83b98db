"""Twins parted by a cut-off: of one lottery unit, one has a place at a programme that the other would rather have.

Whoever shares keys and ticket with another stands next to it in every programme's order, so that the identifier alone
decides which of the two takes the last seat.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.allocation.bundle import Bundle
from app.allocation.manifest import TICKET
from app.allocation.market import OPEN
from app.allocation.preferences import Preferences, preferences
from app.allocation.ranking import Rank, Ranking, unit_of
from app.allocation.result import Placement
from app.allocation.tables import Applicant
from app.allocation.twins_missed import Missed, missed_by, together_at

IDENTIFIER = "applicant"


class Parted(NamedTuple):
    """`applicant` missed `programme`, which is the `rank`th of its list; `placed` are those of its unit who are there.

    `instead`: its own place, "" for none. `by`: what decided between it and the last of those placed: the seat that
    is not for it (`reserve:<group>`), the name of the first key that differs, or `applicant` where nothing differs
    but the identifier. `passed_over`: how many outside the unit missed the programme too and would come first were
    there one seat more of the kind that the last of those placed has, or an open one where that kind is not for it.
    """

    programme: str
    placed: tuple[str, ...]
    applicant: str
    rank: int
    instead: str
    by: str
    passed_over: int


@dataclass(frozen=True, slots=True)
class _Solved:
    """A bundle's ranking and lists, and the place of each applicant."""

    ranking: Ranking
    lists: Preferences
    place: Mapping[str, Placement]

    def standing(self, row: Applicant, programme: str) -> Rank:
        """That of an applicant at a programme of its list."""
        keys = next(keys for name, keys in self.lists.wishes(row) if name == programme)
        return self.ranking.rank(row, programme, keys)


def parted(bundle: Bundle, placements: Iterable[Placement]) -> tuple[Parted, ...]:
    """Everyone whom a cut-off parted from its twin, by programme and applicant; `placements` are the bundle's result.

    Raises KeyError where a placement is missing, ValueError for a bundle that still waits for its draw.
    """
    header = bundle.header
    if TICKET in header.order and bundle.draw is None:
        raise ValueError("the bundle is not drawn: enter the draw before asking whom it parted")
    ranking, lists = Ranking(header, bundle.draw), preferences(bundle.tables)
    solved = _Solved(ranking, lists, {row.applicant: row for row in placements})
    together = together_at(bundle, solved.place)
    missed = missed_by(bundle, ranking, lists, solved.place, {programme for programme, _ in together})
    found = (
        _parted(solved, programme, placed, other, missed[programme])
        for (programme, unit), placed in together.items()
        for other in missed[programme]
        if unit_of(other.row) == unit
    )
    return tuple(sorted(found, key=lambda row: (row.programme, row.applicant)))


def _parted(
    solved: _Solved, programme: str, placed: Sequence[Applicant], other: Missed, missed: Sequence[Missed]
) -> Parted:
    last = max(placed, key=lambda row: solved.standing(row, programme))
    seat = solved.place[last.applicant].seat
    kind = seat if _is_for(seat, other.row) else OPEN
    return Parted(
        programme,
        tuple(row.applicant for row in placed),
        other.row.applicant,
        other.rank,
        solved.place[other.row.applicant].programme,
        _what_decided(solved.ranking.header.order, seat, solved.standing(last, programme), other),
        sum(
            1
            for one in missed
            if one.standing < other.standing and unit_of(one.row) != unit_of(other.row) and _is_for(kind, one.row)
        ),
    )


def _what_decided(order: Sequence[str], seat: str, last: Rank, other: Missed) -> str:
    if not _is_for(seat, other.row):
        return seat
    entries = [*(entry.rstrip("<>") for entry in order), IDENTIFIER]
    return next(entry for entry, one, two in zip(entries, last, other.standing, strict=True) if one != two)


def _is_for(seat: str, row: Applicant) -> bool:
    return seat == OPEN or seat.removeprefix("reserve:") in row.groups
