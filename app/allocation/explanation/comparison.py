"""An applicant against the last holder of a kind of seat: by cutoffs.csv alone, and told only as far as it may be.

A cut-off over fewer than `FEW` holders speaks of children whom a neighbour could name. It is told as a band: whether
its last holder stands before the applicant by the order's first key (a broad class) or by something after it; no
value, no ticket, and not what it is that comes after: that would tell that all before it are equal.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.allocation.choices import Keys
from app.allocation.cutoffs import Cutoff
from app.allocation.manifest import TICKET
from app.allocation.ranking import Entry, Ranking

APPLICANT = "applicant"
FEW = 5


class Relation(StrEnum):
    """How the last holder of a kind of seat stands to the applicant; or that there is a free seat, or no holder."""

    BEFORE = "before"
    EQUAL = "equal"
    BEHIND = "behind"
    FREE = "free"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Comparison:
    """An applicant against the last of `filled` holders of a kind of seat.

    `decided`: the entry in which they differ first (a key, `ticket`, or `applicant` for the last resort); None where
    nothing parts them, or where `is_band` holds back what after the first key it is. `entries`: up to the deciding one,
    in the order; none in a band. `tie`: `ticket` or `applicant` where it decided, in a band too: for reckoning, and
    not to be told of a band.
    """

    seat: str
    filled: int
    relation: Relation
    decided: str | None
    entries: tuple[Entry, ...]
    is_band: bool
    tie: str | None = None


def compared(ranking: Ranking, own: tuple[Keys, str], row: Cutoff, refused: bool) -> Comparison:
    """An applicant, by its keys and ticket at the programme, against a row of cutoffs.csv that `refused` it or not."""
    if row.keys is None:
        return Comparison(row.seat, row.filled, Relation.FREE if row.filled else Relation.NOBODY, None, (), False)
    entries, before = [], 0
    for entry, before in ranking.entries(own, (row.keys, row.ticket)):
        entries.append(entry)
        if before:
            break
    decided = entries[-1].name if before else APPLICANT if refused else None
    relation = {-1: Relation.BEFORE, 1: Relation.BEHIND}.get(before, Relation.BEFORE if refused else Relation.EQUAL)
    tie = decided if decided in (TICKET, APPLICANT) else None
    if row.filled >= FEW:
        return Comparison(row.seat, row.filled, relation, decided, tuple(entries), False, tie)
    first = ranking.header.order[0].rstrip("<>")
    return Comparison(row.seat, row.filled, relation, decided if decided == first else None, (), True, tie)
