"""Cut-offs: for each programme and kind of seat, the keys and ticket of its last holder."""

from typing import NamedTuple

from app.allocation.bundle import Bundle
from app.allocation.deferred_acceptance import OPEN, Place
from app.allocation.priorities import keys_and_ticket
from app.allocation.tables import Keys


class Cutoff(NamedTuple):
    """A row of cutoffs.csv; without `keys` (None) nobody holds such a seat or the programme has a free one."""

    programme: str
    seat: str
    filled: int
    keys: Keys | None
    ticket: str


def cutoffs(bundle: Bundle, places: list[Place]) -> tuple[Cutoff, ...]:
    """The cut-offs of these places, in the order of the file."""
    seats = [(programme, OPEN) for programme, _ in bundle.tables.programmes]
    seats += [(row.programme, f"reserve:{row.group}") for row in bundle.tables.reserves]
    holders: dict[tuple[str, str], list[Place]] = {seat: [] for seat in seats}
    free = dict(bundle.tables.programmes)
    for place in places:
        holders[place.programme, place.seat].append(place)
        free[place.programme] -= 1
    # A stable sort by programme keeps `open` first and the reserves by precedence.
    return tuple(
        _cutoff(bundle, programme, seat, holders[programme, seat], free[programme] > 0)
        for programme, seat in sorted(seats, key=lambda seat: seat[0])
    )


def _cutoff(bundle: Bundle, programme: str, seat: str, holders: list[Place], has_free_seat: bool) -> Cutoff:
    if not holders or has_free_seat:
        return Cutoff(programme, seat, len(holders), None, "")
    last = min(place.standing for place in holders)
    return Cutoff(programme, seat, len(holders), *keys_and_ticket(bundle.header.order, last))
