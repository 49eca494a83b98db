"""Twins parted by a cut-off: of one lottery unit, one has a place at a programme that the other would rather have.

Whoever shares keys and ticket with another stands next to it in every programme's order, so that the identifier alone
decides which of the two takes the last seat.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple

from app.allocation.bundle import Bundle
from app.allocation.choices import Keys
from app.allocation.lottery import seed_of, ticket_of
from app.allocation.manifest import TICKET, Header
from app.allocation.market import OPEN
from app.allocation.preferences import Preferences, preferences
from app.allocation.result import Placement
from app.allocation.tables import Applicant

IDENTIFIER = "applicant"

Standing = tuple[int | bytes | str, ...]


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


class _Missed(NamedTuple):
    """Somebody who would rather have had a programme."""

    row: Applicant
    rank: int
    standing: Standing


@dataclass(frozen=True, slots=True)
class _Order:
    """How applicants stand at a programme: a smaller standing comes first."""

    header: Header
    lists: Preferences
    seed: bytes

    def standing(self, row: Applicant, programme: str, keys: Keys) -> Standing:
        values = iter(keys)
        where = None if self.header.ticket == "per-applicant" else programme
        entries: list[int | bytes] = []
        for entry in self.header.order:
            if entry == TICKET:
                entries.append(ticket_of(self.seed, self.header.round, unit_of(row), where))
            else:
                entries.append(next(values) * (-1 if entry.endswith(">") else 1))
        return (*entries, row.applicant)

    def listed(self, row: Applicant, programme: str) -> Standing:
        """The standing at a programme of the applicant's list."""
        keys = next(keys for name, keys in self.lists.wishes(row) if name == programme)
        return self.standing(row, programme, keys)


def unit_of(row: Applicant) -> str:
    """Who draws one ticket together."""
    return row.lottery_unit or row.applicant


def parted(bundle: Bundle, placements: Iterable[Placement]) -> tuple[Parted, ...]:
    """Everyone whom a cut-off parted from its twin, by programme and applicant; `placements` are the bundle's result.

    Raises KeyError where a placement is missing, ValueError for a bundle that still waits for its draw.
    """
    header = bundle.header
    if TICKET in header.order and bundle.draw is None:
        raise ValueError("the bundle is not drawn: enter the draw before asking whom it parted")
    order = _Order(header, preferences(bundle.tables), seed_of(bundle.draw) if bundle.draw else b"")
    place = {row.applicant: row for row in placements}
    together = _together(bundle, place)
    missed = _missed(bundle, order, place, {programme for programme, _ in together})
    found = (
        _parted(order, place, programme, placed, other, missed[programme])
        for (programme, unit), placed in together.items()
        for other in missed[programme]
        if unit_of(other.row) == unit
    )
    return tuple(sorted(found, key=lambda row: (row.programme, row.applicant)))


def _together(bundle: Bundle, place: Mapping[str, Placement]) -> dict[tuple[str, str], list[Applicant]]:
    """Programme and unit → those of the unit who have a place there; units of one are left out."""
    units: dict[str, list[Applicant]] = defaultdict(list)
    for row in bundle.tables.applicants:
        units[unit_of(row)].append(row)
    together: dict[tuple[str, str], list[Applicant]] = defaultdict(list)
    for unit, rows in units.items():
        for row in rows if len(rows) > 1 else ():
            if place[row.applicant].programme:
                together[place[row.applicant].programme, unit].append(row)
    return together


def _missed(
    bundle: Bundle, order: _Order, place: Mapping[str, Placement], programmes: set[str]
) -> dict[str, list[_Missed]]:
    """Programme → all who would rather have had it than what they have."""
    missed: dict[str, list[_Missed]] = {programme: [] for programme in programmes}
    for row in bundle.tables.applicants if programmes else ():
        own = place[row.applicant].programme
        preferred = takewhile(lambda wish, own=own: wish[0] != own, order.lists.wishes(row))  # type: ignore[misc]
        for rank, (programme, keys) in enumerate(preferred, 1):
            if programme in missed:
                missed[programme].append(_Missed(row, rank, order.standing(row, programme, keys)))
    return missed


def _parted(
    order: _Order,
    place: Mapping[str, Placement],
    programme: str,
    placed: Sequence[Applicant],
    other: _Missed,
    missed: Sequence[_Missed],
) -> Parted:
    last = max(placed, key=lambda row: order.listed(row, programme))
    seat = place[last.applicant].seat
    kind = seat if _is_for(seat, other.row) else OPEN
    return Parted(
        programme,
        tuple(row.applicant for row in placed),
        other.row.applicant,
        other.rank,
        place[other.row.applicant].programme,
        _what_decided(order, seat, order.listed(last, programme), other),
        sum(
            1
            for one in missed
            if one.standing < other.standing and unit_of(one.row) != unit_of(other.row) and _is_for(kind, one.row)
        ),
    )


def _what_decided(order: _Order, seat: str, last: Standing, other: _Missed) -> str:
    if not _is_for(seat, other.row):
        return seat
    entries = [*(entry.rstrip("<>") for entry in order.header.order), IDENTIFIER]
    return next(entry for entry, one, two in zip(entries, last, other.standing, strict=True) if one != two)


def _is_for(seat: str, row: Applicant) -> bool:
    return seat == OPEN or seat.removeprefix("reserve:") in row.groups
