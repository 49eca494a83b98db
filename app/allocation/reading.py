"""Reading the five tables: every rule of section "Input" that speaks of a row, a reference or a sum."""

from collections.abc import Container, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

from app.allocation.tables import (
    APPLICANT_COLUMNS,
    CHOICE_COLUMNS,
    FALLBACK_COLUMNS,
    PROGRAMME_COLUMNS,
    RESERVE_COLUMNS,
    Applicant,
    Choice,
    Fallback,
    Programme,
    Reserve,
    Tables,
    sorted_tables,
)
from app.allocation.text import KEY, OPTIONAL_KEY, Columns, Kind, Refused, read_rows

Value = TypeVar("Value")


def read_tables(files: Mapping[str, bytes], keys: Sequence[str]) -> Tables:
    """The tables in these files (name to bytes), with these keys in the order; raises Refused."""
    programmes = _programmes(files["programmes.csv"])
    capacities = dict(programmes)
    reserves = _reserves(files["reserves.csv"], capacities)
    fallbacks = _fallbacks(files["fallbacks.csv"], capacities)
    applicants = _applicants(files["applicants.csv"], keys, {row.fallback for row in fallbacks})
    choices = _choices(files["choices.csv"], keys, {row.applicant for row in applicants}, capacities)
    return sorted_tables(programmes, reserves, applicants, choices, fallbacks)


def _columns(fixed: Mapping[str, Kind], keys: Sequence[str] = (), kind: Kind = KEY) -> Columns:
    return [*fixed.items(), *((key, kind) for key in keys)]


def _programmes(data: bytes) -> list[Programme]:
    file, rows, seen = "programmes.csv", list[Programme](), set[str]()
    for line, (programme, capacity) in read_rows(file, data, _columns(PROGRAMME_COLUMNS)):
        _once(file, line, seen, programme, "programme")
        rows.append(Programme(programme, int(capacity)))
    return rows


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
    return rows


def _fallbacks(data: bytes, capacities: Mapping[str, int]) -> list[Fallback]:
    file, rows, seen = "fallbacks.csv", list[Fallback](), set[tuple[str, object]]()
    for line, (fallback, rank, programme) in read_rows(file, data, _columns(FALLBACK_COLUMNS)):
        row = Fallback(fallback, int(rank), programme)
        _known(file, line, capacities, programme, "programme")
        _once(file, line, seen, (fallback, row.rank), "fallback and rank")
        _once(file, line, seen, (fallback, programme), "fallback and programme")
        rows.append(row)
    return rows


def _applicants(data: bytes, keys: Sequence[str], fallbacks: set[str]) -> list[Applicant]:
    file, rows, seen = "applicants.csv", list[Applicant](), set[str]()
    for line, cells in read_rows(file, data, _columns(APPLICANT_COLUMNS, keys, OPTIONAL_KEY)):
        applicant, lottery_unit, joined, fallback, *written = cells
        _once(file, line, seen, applicant, "applicant")
        groups = tuple(joined.split(";")) if joined else ()
        if any(left >= right for left, right in pairwise(groups)):
            raise Refused(file, line, "groups must be sorted as bytes, each once")
        if fallback:
            _known(file, line, fallbacks, fallback, "fallback")
        if any((cell == "") == bool(fallback) for cell in written):
            raise Refused(file, line, "keys must be given with a fallback, and empty without")
        values = tuple(map(int, written)) if fallback else ()
        rows.append(Applicant(applicant, lottery_unit, groups, fallback, values))
    return rows


def _choices(data: bytes, keys: Sequence[str], applicants: set[str], capacities: Mapping[str, int]) -> list[Choice]:
    file, rows, seen = "choices.csv", list[Choice](), set[tuple[str, object]]()
    for line, (applicant, rank, programme, *values) in read_rows(file, data, _columns(CHOICE_COLUMNS, keys)):
        row = Choice(applicant, int(rank), programme, tuple(map(int, values)))
        _known(file, line, applicants, applicant, "applicant")
        _known(file, line, capacities, programme, "programme")
        _once(file, line, seen, (applicant, row.rank), "applicant and rank")
        _once(file, line, seen, (applicant, programme), "applicant and programme")
        rows.append(row)
    return rows


def _once(file: str, line: int, seen: set[Value], value: Value, name: str) -> None:
    if value in seen:
        raise Refused(file, line, f"{name} must stand once only")
    seen.add(value)


def _known(file: str, line: int, declared: Container[str], value: str, name: str) -> None:
    if value not in declared:
        raise Refused(file, line, f"{name} must be declared in its own file")
