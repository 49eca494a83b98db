"""Why an applicant got its place and none that it preferred: its own rows against cutoffs.csv, and nothing else.

Whoever is refused at a programme stands behind the last holder of every kind of seat for which it is considered: the
open ones, and the reserve of each of its groups. So the first entry of the order in which the two differ is the
reason, and a family can find it with its own rows and a public file.

A cut-off over fewer than `FEW` holders speaks of children whom a neighbour could name. It is told as a band: whether
its last holder stands before the applicant by the order's first key (a broad class), by some later key, by the
ticket or by the last resort; no value, no ticket, and not which later key, which would tell that all before are equal.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from operator import attrgetter

from app.allocation.choices import Choice, Keys
from app.allocation.cutoffs import Cutoff
from app.allocation.lottery import seed_of, ticket_of
from app.allocation.manifest import TICKET, Draw, Header
from app.allocation.market import OPEN
from app.allocation.result import Placement
from app.allocation.tables import Applicant

APPLICANT = "applicant"
FEW = 5
# The fallback is a county's whole list, near to far, at which a child stands with the same keys throughout: beyond
# the nearest few each line would repeat the last, and bury the wishes. Those are counted, never left out in silence.
NEAREST = 3


class Relation(StrEnum):
    """How the last holder of a kind of seat stands to the applicant; or that there is a free seat, or no holder."""

    BEFORE = "before"
    EQUAL = "equal"
    BEHIND = "behind"
    FREE = "free"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the order, `name` a key's or `ticket`: the applicant's own value and the last holder's."""

    name: str
    own: int | str
    last: int | str


@dataclass(frozen=True, slots=True)
class Comparison:
    """An applicant against the last of `filled` holders of a kind of seat.

    `decided`: the entry in which they differ first (a key, `ticket`, or `applicant` for the last resort); None where
    nothing parts them, or where `is_band` holds back which later key it is. `entries`: up to the deciding one, in the
    order; none in a band.
    """

    seat: str
    filled: int
    relation: Relation
    decided: str | None
    entries: tuple[Entry, ...]
    is_band: bool


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


@dataclass(frozen=True, slots=True)
class Ranking:
    """How the bundle ranks: its public header, and its draw where the order has a ticket."""

    header: Header
    draw: Draw | None

    def ticket(self, applicant: Applicant, programme: str) -> str:
        """The applicant's ticket at a programme, as cutoffs.csv writes it; "" where the order has none."""
        if TICKET not in self.header.order or self.draw is None:
            return ""
        where = None if self.header.ticket == "per-applicant" else programme
        unit = applicant.lottery_unit or applicant.applicant
        return ticket_of(seed_of(self.draw), self.header.round, unit, where).hex()

    def entries(self, own: tuple[Keys, str], last: tuple[Keys, str]) -> Iterator[tuple[Entry, int]]:
        """Each entry of the order with which of the two stands before: -1 the last holder, 1 the applicant, 0 none."""
        keys = iter(zip(own[0], last[0], strict=True))
        for entry in self.header.order:
            if entry == TICKET:
                yield Entry(entry, own[1], last[1]), (last[1] > own[1]) - (last[1] < own[1])
            else:
                mine, theirs = next(keys)
                smaller_first = (theirs > mine) - (theirs < mine)
                yield Entry(entry[:-1], mine, theirs), -smaller_first if entry.endswith(">") else smaller_first


def by_programme(cutoffs: Sequence[Cutoff]) -> dict[str, tuple[Cutoff, ...]]:
    """The rows of cutoffs.csv, in its order, by programme."""
    return {programme: tuple(rows) for programme, rows in groupby(cutoffs, attrgetter("programme"))}


def explain(
    ranking: Ranking,
    cutoffs: Mapping[str, Sequence[Cutoff]],
    applicant: Applicant,
    choices: Sequence[Choice],
    fallback: Sequence[str],
    placement: Placement,
) -> Explanation:
    """The explanation of one placement; `choices`: the applicant's own, by rank, `fallback`: its list's programmes.

    Raises ValueError where rows, cut-offs and placement cannot belong together.
    """
    listed = {choice.programme: choice.keys for choice in choices}
    own = len(listed)
    for programme in fallback if applicant.fallback else ():
        listed.setdefault(programme, applicant.keys)
    got = len(listed) if placement.rank is None else placement.rank - 1
    told = []
    for rank, (programme, keys) in enumerate(listed.items(), 1):
        if rank > got + 1:
            break
        standing = keys, ranking.ticket(applicant, programme)
        rows = [row for row in cutoffs[programme] if _is_considered(applicant, row.seat)]
        compared = tuple(_compared(ranking, standing, row, rank <= got) for row in rows)
        told.append(Listed(programme, rank, rank <= own, compared))
    refused, place = told[:got], told[got] if placement.programme else None
    _check(refused, place, placement)
    held = [one for one in place.comparisons if one.seat == placement.seat] if place else []
    return Explanation(
        applicant.applicant,
        tuple(refused[: max(own, min(own + NEAREST, got))]),
        max(0, got - own - NEAREST),
        place,
        placement.seat,
        any(one.decided == TICKET for programme in refused for one in programme.comparisons),
        TICKET in ranking.header.order and any(one.decided in (None, TICKET) and not _later(one) for one in held),
    )


def _is_considered(applicant: Applicant, seat: str) -> bool:
    return seat == OPEN or seat.removeprefix("reserve:") in applicant.groups


def _compared(ranking: Ranking, own: tuple[Keys, str], row: Cutoff, refused: bool) -> Comparison:
    if row.keys is None:
        return Comparison(row.seat, row.filled, Relation.FREE if row.filled else Relation.NOBODY, None, (), False)
    entries, before = [], 0
    for entry, before in ranking.entries(own, (row.keys, row.ticket)):
        entries.append(entry)
        if before:
            break
    decided = entries[-1].name if before else APPLICANT if refused else None
    relation = {-1: Relation.BEFORE, 1: Relation.BEHIND}.get(before, Relation.BEFORE if refused else Relation.EQUAL)
    if row.filled >= FEW:
        return Comparison(row.seat, row.filled, relation, decided, tuple(entries), False)
    first = ranking.header.order[0].rstrip("<>")
    return Comparison(
        row.seat, row.filled, relation, decided if decided in (first, TICKET, APPLICANT) else None, (), True
    )


def _later(one: Comparison) -> bool:
    """Whether this says nothing but that some later key decided, or that no comparison took place."""
    return one.decided is None and one.relation is not Relation.EQUAL


def _check(refused: Sequence[Listed], place: Listed | None, placement: Placement) -> None:
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
