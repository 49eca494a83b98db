"""Choices as columns of integers: millions of rows without an object for each."""

from __future__ import annotations  # an array's type takes no parameter when it is run

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice, repeat
from operator import add, lt, mul
from typing import NamedTuple, overload

from app.allocation.text import Remembered

Keys = tuple[int, ...]
RANKS = 1 << 20


class Choice(NamedTuple):
    """A programme listed by an applicant, and the keys with which it stands there."""

    applicant: str
    rank: int
    programme: str
    keys: Keys


@dataclass(frozen=True, slots=True)
class Choices(Sequence[Choice]):
    """Rows of choices.csv in ascending order of applicant and rank; each is made into a Choice when it is asked for.

    `applicants`, `programmes`: all names, ascending. `applicant`, `programme`: of each row, as an index into these.
    `keys`: one column for each key of the order. `first`: where the rows of each applicant begin, and as a last entry
    how many rows there are.
    """

    applicants: Sequence[str]
    programmes: Sequence[str]
    applicant: array[int]
    rank: array[int]
    programme: array[int]
    keys: tuple[array[int], ...]
    first: array[int]

    def __len__(self) -> int:
        return len(self.rank)

    @overload
    def __getitem__(self, at: int) -> Choice: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Choice, ...]: ...

    def __getitem__(self, at: int | slice) -> Choice | tuple[Choice, ...]:
        if isinstance(at, slice):
            return tuple(self._row(index) for index in range(*at.indices(len(self))))
        return self._row(range(len(self))[at])

    def __iter__(self) -> Iterator[Choice]:
        return map(self._row, range(len(self)))

    def cells(self, rows: slice = slice(None)) -> Iterator[tuple[str, ...]]:
        """The cells of these rows as choices.csv has them."""
        written = Remembered[int, str](str).__getitem__
        applicants = map(self.applicants.__getitem__, self.applicant[rows])
        programmes = map(self.programmes.__getitem__, self.programme[rows])
        numbers = (map(written, column[rows]) for column in self.keys)
        return zip(applicants, map(written, self.rank[rows]), programmes, *numbers, strict=True)

    def of(self, applicant: str) -> tuple[Choice, ...]:
        """The choices of one applicant, by rank; raises KeyError for one who is none."""
        index = bisect_left(self.applicants, applicant)
        if self.applicants[index : index + 1] != [applicant]:
            raise KeyError("no applicant of this name")
        return self[self.first[index] : self.first[index + 1]]

    def _row(self, at: int) -> Choice:
        names = self.applicants[self.applicant[at]], self.programmes[self.programme[at]]
        return Choice(names[0], self.rank[at], names[1], tuple(column[at] for column in self.keys))


def choices_of(rows: Iterable[Choice], applicants: Sequence[str], programmes: Sequence[str], keys: int) -> Choices:
    """The columns of these rows, given in any order; raises KeyError for a name that is not among the names given.

    Raises ValueError, OverflowError or TypeError for a row that does not fit its columns.
    """
    if isinstance(rows, Choices) and (rows.applicants, rows.programmes, len(rows.keys)) == (
        applicants,
        programmes,
        keys,
    ):
        return rows
    applicant_at = {name: index for index, name in enumerate(applicants)}
    programme_at = {name: index for index, name in enumerate(programmes)}
    columns = [array("i"), array("i"), array("i"), *(array("q") for _ in range(keys))]
    for row in rows:
        cells = applicant_at[row.applicant], row.rank, programme_at[row.programme], *row.keys
        for column, cell in zip(columns, cells, strict=True):
            column.append(cell)
    return in_order(applicants, programmes, columns)[0]


def in_order(
    applicants: Sequence[str], programmes: Sequence[str], columns: Sequence[array[int]]
) -> tuple[Choices, Sequence[int]]:
    """Choices of the columns applicant, rank, programme and keys, and for each the row in which it was given."""
    order: Sequence[int] = range(len(columns[0]))
    if not all(map(lt, _places(columns), islice(_places(columns), 1, None))):
        at = [*_places(columns)]
        order = sorted(order, key=lambda row: (at[row], columns[2][row]))
        columns = [array(column.typecode, map(column.__getitem__, order)) for column in columns]
    rows = Counter(columns[0])
    first = array("q", accumulate(map(rows.__getitem__, range(len(applicants))), initial=0))
    return Choices(applicants, programmes, columns[0], columns[1], columns[2], tuple(columns[3:]), first), order


def _places(columns: Sequence[array[int]]) -> Iterator[int]:
    """A number for each row, by which rows are sorted."""
    return map(add, map(mul, columns[0], repeat(RANKS)), columns[1])
