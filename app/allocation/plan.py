"""Where seats are missing for those who must have a place: the fewest to add, where, and whether that is enough.

Enough seats are not yet a place for everyone: they may go to others who stand before, and then `Plan` says so.

By Hall's theorem (1935) as many seats are missing as the worst set of applicants lacks (`deficit`); where they are
added, plan_additions.py says.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from app.allocation.bundle import Bundle
from app.allocation.deficit import Zone, due_in, shortage, zones_of
from app.allocation.plan_additions import additions, with_seats
from app.allocation.solver import solve
from app.allocation.tables import Tables
from app.allocation.text import Refused


@dataclass(frozen=True, slots=True)
class ShortZone:
    """Applicants of equal reach within a set that lacks seats; `unplaced` of them have no place in the result.

    They list `programmes`, whose `seats` they share with whoever else lists these. Names ascending.
    """

    applicants: tuple[str, ...]
    unplaced: tuple[str, ...]
    programmes: tuple[str, ...]
    seats: int


@dataclass(frozen=True, slots=True)
class Plan:
    """`missing`: seats too few for G. `added`: programme → seats to add. `beyond`: seats still missing because the
    limits allow no more. `zones`: who is concerned. `unplaced`: who of G has no place when the bundle is solved with
    the seats added."""

    missing: int
    added: Mapping[str, int]
    beyond: int
    zones: tuple[ShortZone, ...]
    unplaced: tuple[str, ...]

    @property
    def kind(self) -> str | None:
        """Why some are `unplaced`, as in `deficit.json`: `seats` are missing still, or there are seats for all and
        `lists`: what these applicants list goes to others. None where nobody is."""
        if not self.unplaced:
            return None
        return "seats" if self.beyond else "lists"


def plan(bundle: Bundle, placed: Sequence[bool], limits: Mapping[str, int] | None = None) -> Plan:
    """The plan for a drawn bundle; `placed`: of each applicant, in its result.

    `limits`: the most seats that a programme can have in all, for those that have a limit; a programme beyond its
    limit keeps its seats. Raises Refused for a limit of an unknown programme.
    """
    _check(bundle.tables, limits or {})
    tables, due = bundle.tables, due_in(bundle, placed)
    zones = zones_of(tables, due)
    lacking = shortage(zones, tables)
    if lacking is None:
        short, added, beyond = list[Zone](), Counter[str](), 0
    else:
        named = {*lacking.applicants}
        short = [zone for zone in zones if tables.applicants[zone.members[0]].applicant in named]
        added, beyond = additions(tables, zones, short, placed, lacking, limits or {})
    return Plan(
        missing=lacking.missing if lacking else 0,
        added=dict(sorted(added.items())),
        beyond=beyond,
        zones=tuple(sorted((_named(tables, zone, placed) for zone in short), key=attrgetter("applicants"))),
        unplaced=_still_unplaced(bundle, due, placed, added),
    )


def _named(tables: Tables, zone: Zone, placed: Sequence[bool]) -> ShortZone:
    listed = {row.programme for row in tables.fallbacks if row.fallback == zone.fallback}
    listed |= {tables.programmes[index].programme for index in zone.others}
    return ShortZone(
        tuple(tables.applicants[index].applicant for index in zone.members),
        tuple(tables.applicants[index].applicant for index in zone.members if not placed[index]),
        tuple(sorted(listed)),
        sum(row.capacity for row in tables.programmes if row.programme in listed),
    )


def _still_unplaced(
    bundle: Bundle, due: Sequence[int], placed: Sequence[bool], added: Mapping[str, int]
) -> tuple[str, ...]:
    after = placed
    if added:
        solved = solve(replace(bundle, tables=with_seats(bundle.tables, added)))
        after = [bool(row.programme) for row in solved.placements]
    return tuple(bundle.tables.applicants[index].applicant for index in due if not after[index])


def _check(tables: Tables, limits: Mapping[str, int]) -> None:
    known = {row.programme for row in tables.programmes}
    for name in sorted(limits):
        if name not in known:
            raise Refused("--most", 0, f"there is no programme {ascii(name)[:80]} to limit")
