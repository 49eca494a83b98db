"""Reading the five tables: every rule of section "Input" that speaks of a row, a reference or a sum."""

from array import array
from collections.abc import Container, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

from app.allocation.choices import Choices, Keys, in_order
from app.allocation.tables import (
    APPLICANT_COLUMNS,
    CHOICE_COLUMNS,
    FALLBACK_COLUMNS,
    PROGRAMME_COLUMNS,
    RESERVE_COLUMNS,
    Applicant,
    Fallback,
    Programme,
    Reserve,
    Tables,
)
from app.allocation.text import (
    KEY,
    OPTIONAL_KEY,
    REMEMBERED,
    Columns,
    Kind,
    Refused,
    Remembered,
    read_columns,
    read_rows,
)

Value = TypeVar("Value")


def read_tables(files: Mapping[str, bytes], keys: Sequence[str]) -> Tables:
    """The tables in these files (name to bytes), with these keys in the order; raises Refused."""
    programmes = _programmes(files["programmes.csv"])
    capacities = dict(programmes)
    reserves = _reserves(files["reserves.csv"], capacities)
    fallbacks = _fallbacks(files["fallbacks.csv"], capacities)
    applicants = _applicants(files["applicants.csv"], keys, {row.fallback for row in fallbacks})
    choices = _choices(files["choices.csv"], keys, applicants, programmes)
    return Tables(tuple(programmes), tuple(reserves), tuple(applicants), choices, tuple(fallbacks))


def _columns(fixed: Mapping[str, Kind], keys: Sequence[str] = (), kind: Kind = KEY) -> Columns:
    return [*fixed.items(), *((key, kind) for key in keys)]


def _programmes(data: bytes) -> list[Programme]:
    file, rows, seen = "programmes.csv", list[Programme](), set[str]()
    for line, (programme, capacity) in read_rows(file, data, _columns(PROGRAMME_COLUMNS)):
        _once(file, line, seen, programme, "programme")
        rows.append(Programme(programme, int(capacity)))
    return sorted(rows)


def _reserves(data: bytes, capacities: Mapping[str, int]) -> list[Reserve]:
    file, rows, seen = "reserves.csv", list[Reserve](), set[tuple[str, object]]()
    free = dict(capacities)
    for line, (programme, precedence, group, seats) in read_rows(file, data, _columns(RESERVE_COLUMNS)):
        row = Reserve(programme, int(precedence), group, int(seats))
        _known(file, line, capacities, programme, "programme")
        _once(file, line, seen, (programme, row.precedence), "programme and precedence")
        _once(file, line, seen, (programme, group), "programme and group")
        free[programme] -= row.seats
        if free[programme] < 0:
            raise Refused(file, line, "the reserves of a programme must not exceed its capacity")
        rows.append(row)
    return sorted(rows)


def _fallbacks(data: bytes, capacities: Mapping[str, int]) -> list[Fallback]:
    file, rows, seen = "fallbacks.csv", list[Fallback](), set[tuple[str, object]]()
    for line, (fallback, rank, programme) in read_rows(file, data, _columns(FALLBACK_COLUMNS)):
        row = Fallback(fallback, int(rank), programme)
        _known(file, line, capacities, programme, "programme")
        _once(file, line, seen, (fallback, row.rank), "fallback and rank")
        _once(file, line, seen, (fallback, programme), "fallback and programme")
        rows.append(row)
    return sorted(rows)


def _applicants(data: bytes, keys: Sequence[str], fallbacks: set[str]) -> list[Applicant]:
    file, rows, seen = "applicants.csv", list[Applicant](), set[str]()
    known: dict[tuple[str, ...], tuple[tuple[str, ...], str, Keys]] = {}
    for line, cells in read_rows(file, data, _columns(APPLICANT_COLUMNS, keys, OPTIONAL_KEY)):
        _once(file, line, seen, cells[0], "applicant")
        rest = cells[2:]
        if rest not in known:
            if len(known) == REMEMBERED:
                known.clear()
            known[rest] = _groups_and_standing(file, line, rest, fallbacks)
        rows.append(Applicant(cells[0], cells[1], *known[rest]))
    return sorted(rows)


def _groups_and_standing(
    file: str, line: int, cells: Sequence[str], fallbacks: set[str]
) -> tuple[tuple[str, ...], str, Keys]:
    joined, fallback, *written = cells
    groups = tuple(joined.split(";")) if joined else ()
    if any(left >= right for left, right in pairwise(groups)):
        raise Refused(file, line, "groups must be sorted as bytes, each once")
    if fallback:
        _known(file, line, fallbacks, fallback, "fallback")
    if any((cell == "") == bool(fallback) for cell in written):
        raise Refused(file, line, "keys must be given with a fallback, and empty without")
    return groups, fallback, tuple(map(int, written)) if fallback else ()


def _choices(
    data: bytes, keys: Sequence[str], applicants: Sequence[Applicant], programmes: Sequence[Programme]
) -> Choices:
    """Column by column: in a large bureau there are ten million rows."""
    names = [row.applicant for row in applicants], [row.programme for row in programmes]
    columns = [array("i"), array("i"), array("i"), *(array("q") for _ in keys)]
    applicant_at, programme_at = (dict(zip(some, range(len(some)), strict=True)) for some in names)
    numbers: list[dict[str, int]] = [applicant_at, Remembered(int), programme_at]
    numbers += [Remembered(int) for _ in keys]
    for line, of_some in read_columns("choices.csv", data, _columns(CHOICE_COLUMNS, keys)):
        for column, known, cells in zip(columns, numbers, of_some, strict=True):
            try:
                column.extend(array(column.typecode, [*map(known.__getitem__, cells)]))
            except KeyError:
                at = next(at for at, cell in enumerate(cells) if cell not in known)
                name = "applicant" if known is applicant_at else "programme"
                raise Refused("choices.csv", line + at, f"{name} must be declared in its own file") from None
    choices, order = in_order(*names, columns)
    _each_once(choices, order)
    return choices


def _each_once(choices: Choices, order: Sequence[int]) -> None:
    """Refuse the first line that lists a rank or a programme again; ranks that ascend as given are each once."""
    again = {}
    columns = [(choices.rank, "rank"), (choices.programme, "programme")][isinstance(order, range) :]
    for start, end in pairwise(choices.first):
        for column, name in columns:
            of_one = column[start:end]
            if len({*of_one}) < len(of_one):
                lines = sorted(range(start, end), key=order.__getitem__)
                at = next(at for at, row in enumerate(lines) if column[row] in {column[r] for r in lines[:at]})
                again[order[lines[at]] + 2] = f"applicant and {name} must stand once only"
    if again:
        raise Refused("choices.csv", min(again), again[min(again)])


def _once(file: str, line: int, seen: set[Value], value: Value, name: str) -> None:
    if value in seen:
        raise Refused(file, line, f"{name} must stand once only")
    seen.add(value)


def _known(file: str, line: int, declared: Container[str], value: str, name: str) -> None:
    if value not in declared:
        raise Refused(file, line, f"{name} must be declared in its own file")
