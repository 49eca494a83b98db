"""Who would rather have a seat that would be given to them: the pairs that block a matching.

A million children with ten choices each take seconds, so rows are compared by the thousand: the choices before the
one that was granted, each with the last holder at its programme.
"""

from __future__ import annotations  # an array's type takes no parameter when it is run

from collections.abc import Iterator, Sequence
from itertools import accumulate, compress, pairwise
from operator import ge

from app.allocation.deferred_acceptance import Matching
from app.allocation.market import Columns
from app.allocation.priorities import Tickets
from app.allocation.stability_holders import Blocking, Holders, programmes_of, would_take
from app.allocation.stability_lists import Lists


def wanted(columns: Columns, matching: Matching, holders: Holders, tickets: Tickets) -> Iterator[Blocking]:
    """Applicants whom a programme would take that they chose before what they have."""
    for grouped in (False, True) if columns.groups else (False,):
        before = _rows_before(columns, matching, grouped)
        rows = compress(range(len(columns.programme)), before)
        if tickets is None:
            bars = map(holders.bars[grouped].__getitem__, compress(columns.programme, before))
            rows = compress(rows, map(ge, compress(columns.standing, before), bars))
        applicant = 0
        for row in rows:
            while columns.first[applicant + 1] <= row:
                applicant += 1
            programme, standing = columns.programme[row], columns.standing[row]
            standing += tickets(applicant, programme) if tickets else 0
            if would_take(columns, holders, programme, applicant, standing):
                yield Blocking(applicant, programme, "would be taken by a programme chosen before")


def _rows_before(columns: Columns, matching: Matching, grouped: bool) -> bytes:
    """1 for each own choice before what its applicant has, of those who are (not) in a group, else 0."""
    patterns: dict[tuple[int, int], bytes] = {}
    parts = []
    rows = zip(pairwise(columns.first), matching.rank, columns.kind, strict=True)
    for (first, end), rank, kind in rows:
        own = end - first
        asked = 0 if (kind > 0) is not grouped else rank - 1 if 0 < rank <= own else own
        if (own, asked) not in patterns:
            patterns[own, asked] = b"\1" * asked + b"\0" * (own - asked)
        parts.append(patterns[own, asked])
    return b"".join(parts)


def wanted_in_fallback(columns: Columns, matching: Matching, holders: Holders, tickets: Tickets) -> Iterator[Blocking]:
    """The same for the programmes of a fallback, passed over unless the lowest of their bars is within reach."""
    lists, programme_of = Lists(columns, tickets), programmes_of(holders)
    low = [_lowest(columns, bars) for bars in holders.bars]
    for applicant, (fallback, rank, seat) in enumerate(
        zip(columns.fallback, matching.rank, matching.seat, strict=True)
    ):
        own = columns.first[applicant + 1] - columns.first[applicant]
        if fallback < 0 or 0 < rank <= own:
            continue
        start, end = columns.list_first[fallback], columns.list_first[fallback + 1]
        depth = end - start if seat < 0 else lists.depth(applicant, programme_of[seat])
        standing = columns.elsewhere[applicant]
        if not tickets and standing < low[columns.kind[applicant] > 0][fallback][depth]:
            continue
        chosen = lists.own(applicant)
        for programme in columns.listed[start : start + depth]:
            there = standing + (tickets(applicant, programme) if tickets else 0)
            if programme not in chosen and would_take(columns, holders, programme, applicant, there):
                yield Blocking(applicant, programme, "would be taken by an earlier programme of its fallback")


def _lowest(columns: Columns, bars: Sequence[int]) -> list[list[int]]:
    """Of each fallback the lowest bar among its first 0, 1, 2 … programmes."""
    return [
        [*accumulate((bars[programme] for programme in columns.listed[start:end]), min, initial=columns.top)]
        for start, end in pairwise(columns.list_first)
    ]
