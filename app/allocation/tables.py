"""The five tables of a bundle: their rows as types, their columns, and their files."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.allocation.text import GROUPS, IDENTIFIER, OPTIONAL_IDENTIFIER, RANK, SEATS, write_rows

Keys = tuple[int, ...]


class Programme(NamedTuple):
    """A programme and its seats, 0 to 1,000,000."""

    programme: str
    capacity: int


class Reserve(NamedTuple):
    """Seats of a programme for which a group comes first; a smaller precedence chooses earlier."""

    programme: str
    precedence: int
    group: str
    seats: int


class Applicant(NamedTuple):
    """An applicant; `groups` ascending; without a `fallback` ("") there are no `keys` either."""

    applicant: str
    lottery_unit: str
    groups: tuple[str, ...]
    fallback: str
    keys: Keys


class Choice(NamedTuple):
    """A programme listed by an applicant, and the keys with which it stands there."""

    applicant: str
    rank: int
    programme: str
    keys: Keys


class Fallback(NamedTuple):
    """One programme of an ordered list that many applicants share."""

    fallback: str
    rank: int
    programme: str


@dataclass(frozen=True, slots=True)
class Tables:
    """All rows of a bundle, each table in ascending order: nothing can depend on the order in a file."""

    programmes: tuple[Programme, ...]
    reserves: tuple[Reserve, ...]
    applicants: tuple[Applicant, ...]
    choices: tuple[Choice, ...]
    fallbacks: tuple[Fallback, ...]


def sorted_tables(
    programmes: Iterable[Programme],
    reserves: Iterable[Reserve],
    applicants: Iterable[Applicant],
    choices: Iterable[Choice],
    fallbacks: Iterable[Fallback],
) -> Tables:
    """Tables of these rows, given in any order."""
    return Tables(
        tuple(sorted(programmes)),
        tuple(sorted(reserves)),
        tuple(sorted(applicants)),
        tuple(sorted(choices)),
        tuple(sorted(fallbacks)),
    )


PROGRAMME_COLUMNS = {"programme": IDENTIFIER, "capacity": SEATS}
RESERVE_COLUMNS = {"programme": IDENTIFIER, "precedence": RANK, "group": IDENTIFIER, "seats": SEATS}
APPLICANT_COLUMNS = {
    "applicant": IDENTIFIER,
    "lottery_unit": OPTIONAL_IDENTIFIER,
    "groups": GROUPS,
    "fallback": OPTIONAL_IDENTIFIER,
}
CHOICE_COLUMNS = {"applicant": IDENTIFIER, "rank": RANK, "programme": IDENTIFIER}
FALLBACK_COLUMNS = {"fallback": IDENTIFIER, "rank": RANK, "programme": IDENTIFIER}


def write_tables(tables: Tables, keys: Sequence[str]) -> dict[str, bytes]:
    """The files of these tables, rows in ascending order; nothing is checked here: whoever writes reads back."""
    applicants = (applicant_cells(row, len(keys)) for row in tables.applicants)
    choices = (choice_cells(row) for row in tables.choices)
    return {
        "applicants.csv": write_rows([*APPLICANT_COLUMNS, *keys], applicants),
        "choices.csv": write_rows([*CHOICE_COLUMNS, *keys], choices),
        "fallbacks.csv": write_rows([*FALLBACK_COLUMNS], tables.fallbacks),
        "programmes.csv": write_rows([*PROGRAMME_COLUMNS], tables.programmes),
        "reserves.csv": write_rows([*RESERVE_COLUMNS], tables.reserves),
    }


def applicant_cells(row: Applicant, keys: int) -> tuple[object, ...]:
    """The cells of an applicant's row, with this number of keys."""
    values = row.keys if row.fallback else ("",) * keys
    return row.applicant, row.lottery_unit, ";".join(row.groups), row.fallback, *values


def choice_cells(row: Choice) -> tuple[object, ...]:
    """The cells of a choice's row."""
    return row.applicant, row.rank, row.programme, *row.keys
