"""Where the fewest seats are added: one after the other, wherever it still helps, near the children without a place.

Whichever seat within the programmes of the worst set is added makes it lack one less, and no seat elsewhere does: sets
of seats that help form a matroid, so whoever takes one seat after the other, wherever it still helps, ends with the
fewest (Edmonds 1970). That leaves free where to begin, and seats are begun near the children without a place: at the
first programmes of their fallbacks, which go from near to far, then at the second ones, and so on; at each step by
name of the fallback.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby, zip_longest
from operator import attrgetter

from app.allocation.deficit import SeatsDeficit, Zone, shortage
from app.allocation.tables import Programme, Tables

MOST_SEATS = 1_000_000


def with_seats(tables: Tables, added: Mapping[str, int]) -> Tables:
    """The tables with so many more seats; reserves stay as they are."""
    programmes = tuple(Programme(name, capacity + added.get(name, 0)) for name, capacity in tables.programmes)
    return replace(tables, programmes=programmes)


def additions(
    tables: Tables,
    zones: Sequence[Zone],
    short: Sequence[Zone],
    placed: Sequence[bool],
    lacking: SeatsDeficit,
    limits: Mapping[str, int],
) -> tuple[Counter[str], int]:
    """Seats to add by programme, and how many are missing even then."""
    added, waiting = Counter[str](), _waiting(short, placed)
    seats = dict(tables.programmes)
    left: SeatsDeficit | None = lacking
    for fallback, programme in _near_to_far(tables, waiting):
        if left is None:
            break
        room = limits.get(programme, MOST_SEATS) - seats[programme] - added[programme]
        more = min(waiting[fallback] if fallback else left.missing, room, left.missing)
        if more <= 0 or programme not in left.programmes:
            continue
        then = shortage(zones, with_seats(tables, added + Counter({programme: more})))
        helped = left.missing - (then.missing if then else 0)
        added[programme] += helped
        waiting[fallback] -= helped
        left = then
    return +added, left.missing if left else 0


def _waiting(short: Sequence[Zone], placed: Sequence[bool]) -> Counter[str]:
    """Fallback → how many of those who lack seats have no place."""
    waiting = Counter[str]()
    for zone in short:
        waiting[zone.fallback] += sum(not placed[index] for index in zone.members)
    return waiting


def _near_to_far(tables: Tables, waiting: Mapping[str, int]) -> list[tuple[str, str]]:
    """Fallbacks and programmes in the order in which seats are begun there; last, for nobody's fallback (""), all."""
    lists = [
        [(fallback, row.programme) for row in rows]
        for fallback, rows in groupby(tables.fallbacks, attrgetter("fallback"))
        if waiting[fallback]
    ]
    near = [wish for step in zip_longest(*lists) for wish in step if wish is not None]
    return near + [("", row.programme) for row in tables.programmes]
