"""Priority: how applicants are ranked at a programme, as integers that compare.

A standing packs into one integer what the order names, first entry in the highest bits, and in the lowest a tie,
which is the applicant's own: so no two standings at a programme are equal, and a standing tells whose it is. Whatever
is preferred smaller is counted down from the largest there is: of two standings the larger one has priority.

Where the order ends in a ticket of the applicant's, its tie is its place among all by ticket and then as bytes;
otherwise its place as bytes. The part of the draw is added to the part of the keys, so that another draw of the same
bundle costs one addition for each choice.
"""

from __future__ import annotations  # an array's type takes no parameter when it is run

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import add, itemgetter, mul

from app.allocation.bundle import Bundle
from app.allocation.lottery import seed_of, ticket_of
from app.allocation.manifest import TICKET, Draw, Header
from app.allocation.tables import Applicant, Tables

TICKET_BITS = 256
FITS = 63

Integers = Sequence[int]


@dataclass(frozen=True, slots=True)
class Scale:
    """How an order is packed: standing = constant + Σ weight · key + ticket · `unit` + tie; ties have `tie_bits`."""

    constant: int
    weights: tuple[int, ...]
    unit: int
    tie_bits: int
    top: int

    def of(self, columns: Sequence[Iterable[int]], rows: int) -> Integers:
        """The part of the keys in each of so many rows, given as one column a key."""
        parts: Iterable[int] = repeat(self.constant, rows)
        for weight, column in zip(self.weights, columns, strict=True):
            parts = map(add, parts, map(mul, column, repeat(weight)))
        return integers(self, parts)


@dataclass(frozen=True, slots=True)
class Lots:
    """What one draw adds to the standings of each applicant, and which applicant each tie belongs to."""

    lots: Integers
    applicant: array[int]


def scale_of(header: Header, tables: Tables) -> Scale:
    """The scale for all keys in these tables."""
    tie_bits = len(tables.applicants).bit_length()
    ranges = iter(_ranges(tables))
    constant, weights, unit, shift = 0, list[int](), 0, tie_bits
    spans = [None if entry == TICKET else next(ranges) for entry in header.order]
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
    return Scale(constant, tuple(reversed(weights)), unit, tie_bits, 1 << shift)


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
        ties = sorted(zip(order, range(last, -1, -1), strict=True))
        return Lots(integers(scale, map(itemgetter(1), ties)), array("i", reversed(order)))
    better = {ticket: number for number, ticket in enumerate(sorted(set(tickets), reverse=True))}
    fields = (better[ticket] * scale.unit + last - index for index, ticket in enumerate(tickets))
    return Lots(integers(scale, fields), array("i", range(last, -1, -1)))


def tickets_of(header: Header, applicants: Sequence[Applicant], draw: Draw | None) -> list[bytes]:
    """The ticket of each applicant, per-applicant."""
    seed = seed_of(_given(draw))
    return [ticket_of(seed, header.round, row.lottery_unit or row.applicant) for row in applicants]


def tickets_at(bundle: Bundle, scale: Scale) -> Callable[[int, int], int] | None:
    """(index of an applicant, of a programme) → what its ticket there adds; None unless tickets are per programme."""
    header, tables = bundle.header, bundle.tables
    if TICKET not in header.order or header.ticket == "per-applicant":
        return None
    seed, unit, largest = seed_of(_given(bundle.draw)), scale.unit, (1 << TICKET_BITS) - 1
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
