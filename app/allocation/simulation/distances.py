"""By what results are told apart besides programmes and groups: towns, and how far children have to go."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from operator import add

from app.allocation.bundle import Bundle
from app.allocation.simulation.tally import Measure

UNKNOWN = "unknown"
BEYOND = "beyond"


@dataclass(frozen=True, slots=True)
class View:
    """By what results are told apart besides programmes and groups.

    `towns`: programme → town. `metres`: (zone, programme) → distance; `zones`: applicant → its zone, by default
    itself. `bands`: upper ends of bands of distance in metres, ascending; farther is `beyond`.
    """

    towns: Mapping[str, str] = field(default_factory=dict)
    metres: Mapping[tuple[str, str], int] = field(default_factory=dict)
    zones: Mapping[str, str] = field(default_factory=dict)
    bands: tuple[int, ...] = ()


class Distances:
    """The distances from the applicants of a bundle to its programmes, as far as they are known."""

    def __init__(self, bundle: Bundle, view: View) -> None:
        self._offset, self._metres = _distances(bundle, view)
        self._bands = {cell: _band(metres, view.bands) for cell, metres in self._metres.items()}

    def of(self, programme: Sequence[int], placed: int) -> dict[Measure, int]:
        """Children placed in each band of distance, and the sum of metres of those whose distance is known."""
        if not self._metres:
            return {}
        cells = [*map(add, self._offset, programme)]
        bands = Counter(map(self._bands.get, cells, repeat(UNKNOWN)))
        measures = {("band", band): bands[band] for band in sorted({*self._bands.values()})}
        measures["band", UNKNOWN] = placed - sum(measures.values())
        measures["metres", ""] = sum(map(self._metres.get, cells, repeat(0)))
        return measures


def _distances(bundle: Bundle, view: View) -> tuple[list[int], dict[int, int]]:
    """For each applicant a number to which its programme's is added, and for such sums the metres."""
    width = len(bundle.tables.programmes) + 1
    numbers = {row.programme: number for number, row in enumerate(bundle.tables.programmes)}
    zones: dict[str, int] = {}
    # Programme -1, of the unplaced, must not fall on the zone before: hence the programme's number + 1.
    zone_of = [
        zones.setdefault(view.zones.get(row.applicant, row.applicant), len(zones)) for row in bundle.tables.applicants
    ]
    cells = {
        zones[zone] * width + numbers[programme] + 1: metres
        for (zone, programme), metres in view.metres.items()
        if zone in zones and programme in numbers
    }
    return [zone * width + 1 for zone in zone_of], cells


def _band(metres: int, ends: Sequence[int]) -> str:
    """`0-1000`, `1001-3000` …, or `beyond`."""
    starts = [0, *(end + 1 for end in ends)]
    within = (f"{start}-{end}" for start, end in zip(starts, ends, strict=False) if metres <= end)
    return next(within, BEYOND)
