"""What a family holds, read: the rows of its own that it can prove, and the public cutoffs.csv."""

from collections.abc import Sequence

from app.allocation.choices import Choice
from app.allocation.cutoffs import Cutoff
from app.allocation.tables import APPLICANT_COLUMNS, CHOICE_COLUMNS, Applicant
from app.allocation.text import IDENTIFIER, KEY, OPTIONAL_KEY, Columns, Kind, Refused, read_rows

_FILLED = Kind("0|[1-9][0-9]{0,6}", "must be an integer from 0")
_SEAT = Kind(f"open|reserve:{IDENTIFIER.pattern}", "must be open or reserve:<group>")
_TICKET = Kind("(?:[0-9a-f]{64})?", "must be empty or 64 lower-case hex digits")


def read_own_rows(data: bytes, keys: Sequence[str]) -> tuple[Applicant, tuple[Choice, ...]]:
    """An applicant and its choices by rank, from the rows of `family_rows`; raises Refused."""
    line, _, rest = data.partition(b"\n")
    of_applicant = [*APPLICANT_COLUMNS.items(), *((key, OPTIONAL_KEY) for key in keys)]
    of_choices = [*CHOICE_COLUMNS.items(), *((key, KEY) for key in keys)]
    found = _rows("applicants.csv", line + b"\n", of_applicant)
    name, unit, groups, fallback, *values = found[0]
    applicant = Applicant(name, unit, tuple(groups.split(";")) if groups else (), fallback, _integers(values))
    choices = (
        Choice(whose, int(rank), programme, _integers(held))
        for whose, rank, programme, *held in _rows("choices.csv", rest, of_choices)
    )
    return applicant, tuple(sorted(choices, key=lambda choice: choice.rank))


def read_cutoffs(data: bytes, keys: Sequence[str]) -> tuple[Cutoff, ...]:
    """The rows of a cutoffs.csv, in its order; raises Refused."""
    columns = [("programme", IDENTIFIER), ("seat", _SEAT), ("filled", _FILLED)]
    columns += [*((key, OPTIONAL_KEY) for key in keys), ("ticket", _TICKET)]
    rows = []
    for line, (programme, seat, filled, *values, ticket) in read_rows("cutoffs.csv", data, columns):
        held = _integers(values)
        if held and len(held) < len(keys):
            raise Refused("cutoffs.csv", line, "keys must be given together")
        is_empty = not held and not ticket
        rows.append(Cutoff(programme, seat, int(filled), None if is_empty else held, ticket))
    return tuple(rows)


def _rows(file: str, data: bytes, columns: Columns) -> list[tuple[str, ...]]:
    header = ",".join(name for name, _ in columns).encode("ascii") + b"\n"
    return [tuple(cells) for _, cells in read_rows(file, header + data, columns)]


def _integers(cells: Sequence[str]) -> tuple[int, ...]:
    return tuple(int(cell) for cell in cells if cell)
