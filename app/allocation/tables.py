"""The five tables of a bundle: their rows as types, their columns, and their files."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.allocation.choices import Choice, Choices, Keys, choices_of
from app.allocation.text import GROUPS, IDENTIFIER, OPTIONAL_IDENTIFIER, RANK, SEATS, Refused, write_rows


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
    choices: Choices
    fallbacks: tuple[Fallback, ...]


def sorted_tables(
    programmes: Iterable[Programme],
    reserves: Iterable[Reserve],
    applicants: Iterable[Applicant],
    choices: Iterable[Choice],
    fallbacks: Iterable[Fallback],
    keys: int,
) -> Tables:
    """Tables of these rows, given in any order, with so many keys; raises Refused for a choice of an unknown name."""
    offered, applying = tuple(sorted(programmes)), tuple(sorted(applicants))
    names = [row.applicant for row in applying], [row.programme for row in offered]
    try:
        listed = choices_of(choices, *names, keys)
    except (KeyError, ValueError, OverflowError, TypeError):
        raise Refused("choices.csv", 0, "a row names what is not declared, or does not fit its columns") from None
    return Tables(offered, tuple(sorted(reserves)), applying, listed, tuple(sorted(fallbacks)))


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
    return {
        "applicants.csv": write_rows([*APPLICANT_COLUMNS, *keys], applicants),
        "choices.csv": write_rows([*CHOICE_COLUMNS, *keys], tables.choices.cells()),
        "fallbacks.csv": write_rows([*FALLBACK_COLUMNS], tables.fallbacks),
        "programmes.csv": write_rows([*PROGRAMME_COLUMNS], tables.programmes),
        "reserves.csv": write_rows([*RESERVE_COLUMNS], tables.reserves),
    }


def applicant_cells(row: Applicant, keys: int) -> tuple[object, ...]:
    """The cells of an applicant's row, with this number of keys."""
    values = row.keys if row.fallback else ("",) * keys
    return row.applicant, row.lottery_unit, ";".join(row.groups), row.fallback, *values
