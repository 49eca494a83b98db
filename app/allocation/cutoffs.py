"""Cut-offs: for each programme and kind of seat, the keys and ticket of its last holder."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from app.allocation.bundle import Bundle
from app.allocation.choices import Keys
from app.allocation.lottery import seed_of, ticket_of
from app.allocation.manifest import TICKET
from app.allocation.market import OPEN, Columns, seat_names
from app.allocation.preferences import preferences


class Cutoff(NamedTuple):
    """A row of cutoffs.csv; without `keys` (None) nobody holds such a seat or the programme has a free one."""

    programme: str
    seat: str
    filled: int
    keys: Keys | None
    ticket: str


def cutoffs(bundle: Bundle, columns: Columns, held: Sequence[Sequence[int]]) -> tuple[Cutoff, ...]:
    """The cut-offs in the order of the file; `held`: standings by kind of seat, the last holder first."""
    holders: dict[tuple[str, str], int] = {}
    last: dict[tuple[str, str], int] = {}
    free = dict(bundle.tables.programmes)
    for programme, seat, standings in zip(*seat_names(bundle), held, strict=True):
        holders[programme, seat] = holders.get((programme, seat), 0) + len(standings)
        free[programme] -= len(standings)
        if standings:
            last[programme, seat] = min(standings[0], last.get((programme, seat), columns.top))
    wanted = [(programme, OPEN) for programme, _ in bundle.tables.programmes]
    wanted += [(row.programme, f"reserve:{row.group}") for row in bundle.tables.reserves]
    written_of = _writing(bundle, columns)
    # A stable sort by programme keeps `open` first and the reserves by precedence.
    rows = []
    for key in sorted(wanted, key=lambda key: key[0]):
        written = written_of(key[0], last[key]) if key in last and not free[key[0]] else (None, "")
        rows.append(Cutoff(*key, holders[key], *written))
    return tuple(rows)


def _writing(bundle: Bundle, columns: Columns) -> Callable[[str, int], tuple[Keys, str]]:
    """(programme, standing there) → keys as the bundle has them, and the ticket in hex, "" where the order has none."""
    header, applicants, lists = bundle.header, bundle.tables.applicants, preferences(bundle.tables)
    seed = seed_of(bundle.draw) if bundle.draw else b""

    def written(programme: str, standing: int) -> tuple[Keys, str]:
        row = applicants[columns.applicant[standing & columns.mask]]
        keys = next(keys for name, keys in lists.wishes(row) if name == programme)
        if TICKET not in header.order:
            return keys, ""
        where = None if header.ticket == "per-applicant" else programme
        return keys, ticket_of(seed, header.round, row.lottery_unit or row.applicant, where).hex()

    return written
