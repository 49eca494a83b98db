"""Priority: how applicants are ranked at a programme, as integers that compare.

A standing packs into one integer what the order names, first entry in the highest bits, and in the lowest a tie,
which is the applicant's own: so no two standings at a programme are equal, and a standing tells whose it is. Whatever
is preferred smaller is counted down from the largest there is: of two standings the larger one has priority.

Where the order ends in a ticket of the applicant's, its tie is its place among all by ticket and then as bytes;
otherwise its place as bytes. The part of the draw is added to the part of the keys, so that another draw of the same
bundle costs one addition for each choice.
"""

from __future__ import annotations  # an array's type takes no parameter when it is run

import sys
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from operator import add, mul, sub

from app.allocation.lottery import seed_of, ticket_of
from app.allocation.manifest import TICKET, Draw, Header
from app.allocation.tables import Applicant, Tables

TICKET_BITS = 256
FITS = 63

Integers = Sequence[int]
Tickets = Callable[[int, int], int] | None


@dataclass(frozen=True, slots=True)
class Scale:
    """How an order is packed: standing = constant + Σ weight · key + ticket · `unit` + tie; ties have `tie_bits`.

    `lanes`: every standing fits 63 bits, and no key is negative.
    """

    constant: int
    weights: tuple[int, ...]
    unit: int
    tie_bits: int
    top: int
    lanes: bool

    def of(self, columns: Sequence[array[int]], rows: int) -> Integers:
        """The part of the keys in each of so many rows, given as one column a key."""
        if self.lanes:
            constant = self.constant * _lanes(array("q", [1]) * rows)
            return _rows(sum(map(mul, self.weights, map(_lanes, columns)), constant), rows)
        parts: Iterable[int] = repeat(self.constant, rows)
        for weight, column in zip(self.weights, columns, strict=True):
            parts = map(add, parts, map(mul, column, repeat(weight)))
        return integers(self, parts)

    def with_lots(self, keys: Integers, lots: Integers, first: array[int]) -> Integers:
        """Standings: to the part of the keys in each row its applicant's lot is added; `first` says whose a row is."""
        rows = map(sub, first[1:], first)
        if self.lanes and isinstance(keys, array) and isinstance(lots, array):
            written = lots.tobytes()
            spread = b"".join(map(mul, (written[at : at + 8] for at in range(0, len(written), 8)), rows))
            return _rows(_lanes(keys) + int.from_bytes(spread, sys.byteorder), len(keys))
        return integers(self, map(add, keys, chain.from_iterable(map(repeat, lots, rows))))


def _lanes(column: array[int]) -> int:
    """A column as one integer with 64 bits for each row: one addition then adds all rows at once."""
    return int.from_bytes(column.tobytes(), sys.byteorder)


def _rows(lanes: int, rows: int) -> array[int]:
    return array("q", lanes.to_bytes(8 * rows, sys.byteorder))


@dataclass(frozen=True, slots=True)
class Lots:
    """What one draw adds to the standings of each applicant, and which applicant each tie belongs to."""

    lots: Integers
    applicant: array[int]


def scale_of(header: Header, tables: Tables) -> Scale:
    """The scale for all keys in these tables."""
    tie_bits = len(tables.applicants).bit_length()
    ranges = _ranges(tables)
    of_each = iter(ranges)
    constant, weights, unit, shift = 0, list[int](), 0, tie_bits
    spans = [None if entry == TICKET else next(of_each) for entry in header.order]
    for entry, span in zip(reversed(header.order), reversed(spans), strict=True):
        if span is None:
            unit = 0 if merges(header) else 1 << shift
            shift += 0 if merges(header) else TICKET_BITS if header.ticket == "per-programme" else tie_bits
        else:
            smallest, largest = span
            larger_first = entry.endswith(">")
            weights.append(1 << shift if larger_first else -1 << shift)
            constant += -smallest << shift if larger_first else largest << shift
            shift += (largest - smallest).bit_length()
    lanes = shift < FITS and all(smallest >= 0 for smallest, _ in ranges)
    return Scale(constant, tuple(reversed(weights)), unit, tie_bits, 1 << shift, lanes)


def merges(header: Header) -> bool:
    """Whether ticket and last resort are one: nothing stands between them."""
    return header.order[-1] == TICKET and header.ticket == "per-applicant"


def integers(scale: Scale, values: Iterable[int]) -> Integers:
    """A column of standings: 64-bit integers where they fit, else whatever size they need."""
    return array("q", values) if scale.top.bit_length() <= FITS else list(values)


def lots_of(header: Header, applicants: Sequence[Applicant], scale: Scale, draw: Draw | None) -> Lots:
    """The lots of a draw, which must be given where the order has tickets of applicants; without, the ties alone."""
    last = len(applicants) - 1
    if TICKET not in header.order or header.ticket == "per-programme":
        return Lots(integers(scale, range(last, -1, -1)), array("i", range(last, -1, -1)))
    tickets = tickets_of(header, applicants, draw)
    if merges(header):
        order = sorted(range(len(tickets)), key=tickets.__getitem__)
        ties = [0] * len(order)
        for tie, applicant in zip(range(last, -1, -1), order, strict=True):
            ties[applicant] = tie
        return Lots(integers(scale, ties), array("i", reversed(order)))
    better = {ticket: number for number, ticket in enumerate(sorted(set(tickets), reverse=True))}
    fields = (better[ticket] * scale.unit + last - index for index, ticket in enumerate(tickets))
    return Lots(integers(scale, fields), array("i", range(last, -1, -1)))


def tickets_of(header: Header, applicants: Sequence[Applicant], draw: Draw | None) -> list[bytes]:
    """The ticket of each applicant, per-applicant."""
    seed = seed_of(_given(draw))
    return [ticket_of(seed, header.round, row.lottery_unit or row.applicant) for row in applicants]


def tickets_at(header: Header, tables: Tables, scale: Scale, draw: Draw | None) -> Tickets:
    """(index of an applicant, of a programme) → what its ticket there adds; None unless tickets are per programme."""
    if TICKET not in header.order or header.ticket == "per-applicant":
        return None
    seed, unit, largest = seed_of(_given(draw)), scale.unit, (1 << TICKET_BITS) - 1
    units = [row.lottery_unit or row.applicant for row in tables.applicants]
    names = [row.programme for row in tables.programmes]

    def part(applicant: int, programme: int) -> int:
        ticket = ticket_of(seed, header.round, units[applicant], names[programme])
        return (largest - int.from_bytes(ticket, "big")) * unit

    return part


def _given(draw: Draw | None) -> Draw:
    if draw is None:
        raise ValueError("the bundle is not drawn: enter the draw before ranking by ticket")
    return draw


def _ranges(tables: Tables) -> list[tuple[int, int]]:
    ranges = []
    for at, column in enumerate(tables.choices.keys):
        held = [row.keys[at] for row in tables.applicants if row.fallback]
        values = [end for some in (column, held) if some for end in (min(some), max(some))]
        ranges.append((min(values), max(values)) if values else (0, 0))
    return ranges
