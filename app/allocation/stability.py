"""Whether a matching is stable, judged on columns from what it says alone: nothing of how it was found is used.

It is stable when every programme would choose, of those who hold a seat there, all and for these very kinds of seats,
and nobody of those who prefer it to what they have. A newcomer is chosen exactly where one of the steps that may take
him has room or holds somebody after him: whomever that displaces goes on to later steps and never to earlier ones.
"""

from __future__ import annotations  # an array's type takes no parameter when it is run

from collections.abc import Iterator

from app.allocation.deferred_acceptance import Matching
from app.allocation.market import Columns
from app.allocation.priorities import Tickets
from app.allocation.stability_holders import Blocking, Holders, holders_of, programmes_of
from app.allocation.stability_lists import Lists
from app.allocation.stability_wanted import wanted, wanted_in_fallback


def blocking(columns: Columns, matching: Matching, tickets: Tickets = None) -> Blocking | None:
    """The first counter-example to the stability of a matching, None where it is stable.

    `tickets`: those of the market, where they are per programme.
    """
    holders = holders_of(columns, matching)
    for found in (
        _too_many(columns, matching, holders),
        _not_listed(columns, matching, holders, tickets),
        _on_wrong_seats(columns, matching, holders),
        wanted(columns, matching, holders, tickets),
        wanted_in_fallback(columns, matching, holders, tickets),
    ):
        for first in found:
            return first
    return None


def _too_many(columns: Columns, matching: Matching, holders: Holders) -> Iterator[Blocking]:
    for programme, kinds in enumerate(holders.kinds):
        held = [len(matching.held[kind]) for kind in kinds]
        limits = [columns.seats[kind] for kind in kinds[:-1]]
        if sum(held) > columns.capacity[programme] or any(map(int.__gt__, held, limits)):
            yield Blocking(-1, programme, "more holders than seats")
    if sum(map(len, matching.held)) != len(matching.seat) - matching.seat.count(-1):
        yield Blocking(-1, -1, "seats held and seats of applicants are not as many")


def _not_listed(columns: Columns, matching: Matching, holders: Holders, tickets: Tickets) -> Iterator[Blocking]:
    """Holders who do not list the programme at their rank, or do not stand there as the seat says."""
    first, owner, mask, seat, rank = columns.first, columns.applicant, columns.mask, matching.seat, matching.rank
    listed, standings, rows = columns.programme, columns.standing, len(columns.programme)
    lists = Lists(columns, tickets)
    for kind, programme in programmes_of(holders).items():
        for standing in matching.held[kind]:
            applicant = owner[standing & mask]
            row = first[applicant] + rank[applicant] - 1
            # A standing tells whose it is, so that no row of another applicant can hold the same.
            own = row < rows and standings[row] == standing and listed[row] == programme
            if seat[applicant] != kind or not (own or lists.at(applicant, programme) == (rank[applicant], standing)):
                yield Blocking(applicant, programme, "holds a seat that its list does not give")


def _on_wrong_seats(columns: Columns, matching: Matching, holders: Holders) -> Iterator[Blocking]:
    """Holders who are not of a seat's group, or whom an earlier step would have taken."""
    owner, mask, kind_of = columns.applicant, columns.mask, columns.kind
    for programme, kinds in enumerate(holders.kinds):
        for at, kind in enumerate(kinds):
            held, takers = matching.held[kind], holders.takers[kind]
            wrong = [] if takers is None else [one for one in held if kind_of[owner[one & mask]] not in takers]
            for step in kinds[:at]:
                last, before = holders.last[step], holders.takers[step]
                better = (one for one in held if one >= last)
                wrong += [one for one in better if before is None or kind_of[owner[one & mask]] in before]
            for standing in wrong:
                applicant = owner[standing & mask]
                yield Blocking(applicant, programme, "holds another kind of seat than the choice rule gives")
