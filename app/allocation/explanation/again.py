"""The whole bundle solved again with one change of one applicant's own keys: the check of what is told as a change."""

from __future__ import annotations  # an array's type takes no parameter when it is run

from array import array
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from app.allocation.bundle import Bundle
from app.allocation.deferred_acceptance import match
from app.allocation.market import market_of, seat_names
from app.allocation.priorities import Integers


class Again:
    """A bundle's market, to be matched again and again under small changes; `everywhere`: keys that an applicant has
    in all its rows at once, any other being changed in its row at one programme alone."""

    def __init__(self, bundle: Bundle, everywhere: Collection[str] = ()) -> None:
        self._bundle, self._everywhere = bundle, frozenset(everywhere)
        self._market, self._programmes = market_of(bundle), seat_names(bundle)[0]
        choices = bundle.tables.choices
        self._at = {name: at for at, name in enumerate(choices.programmes)}
        self._spans = [(min(column), max(column)) if column else (0, 0) for column in choices.keys]

    def place(self, applicant: int, programme: str, values: Mapping[str, int]) -> str:
        """The programme that the applicant of this index gets with these values of its keys; "" where none."""
        names = self._bundle.header.keys
        spans = [self._spans[names.index(key)] for key in values]
        if not all(low <= value <= high for value, (low, high) in zip(values.values(), spans, strict=True)):
            return self._place_anew(applicant, programme, values)
        columns = self._market.columns
        standing, elsewhere = columns.standing[:], columns.elsewhere[:]
        for row, key, value in self._cells(applicant, programme, values):
            by = self._market.scale.weights[key]
            if row >= 0:
                _raise(standing, row, by * (value - self._bundle.tables.choices.keys[key][row]))
            else:
                _raise(elsewhere, applicant, by * (value - self._bundle.tables.applicants[applicant].keys[key]))
        changed = replace(self._market, columns=columns._replace(standing=standing, elsewhere=elsewhere))
        seat = match(changed).seat[applicant]
        return "" if seat < 0 else self._programmes[seat]

    def _place_anew(self, applicant: int, programme: str, values: Mapping[str, int]) -> str:
        """The same by way of a whole bundle, for values beyond what the scale of this one has bits for."""
        tables = self._bundle.tables
        columns = [array(column.typecode, column) for column in tables.choices.keys]
        keys = list(tables.applicants[applicant].keys)
        for row, key, value in self._cells(applicant, programme, values):
            if row >= 0:
                columns[key][row] = value
            else:
                keys[key] = value
        applicants = list(tables.applicants)
        applicants[applicant] = applicants[applicant]._replace(keys=tuple(keys))
        made = replace(tables, applicants=tuple(applicants), choices=replace(tables.choices, keys=tuple(columns)))
        return Again(replace(self._bundle, tables=made)).place(applicant, programme, {})

    def _cells(self, applicant: int, programme: str, values: Mapping[str, int]) -> Iterator[tuple[int, int, int]]:
        """Row of choices, or -1 for the applicant's own keys; index of the key; its new value."""
        tables, names = self._bundle.tables, self._bundle.header.keys
        for key, value in values.items():
            for row in range(tables.choices.first[applicant], tables.choices.first[applicant + 1]):
                if key in self._everywhere or tables.choices.programme[row] == self._at[programme]:
                    yield row, names.index(key), value
            if key in self._everywhere and tables.applicants[applicant].fallback:
                yield -1, names.index(key), value


def _raise(column: Integers, at: int, by: int) -> None:
    assert isinstance(column, array | list)
    column[at] += by
