"""Where seats are missing for those who must have a place: the fewest to add, where, and whether that is enough.

By Hall's theorem (1935) as many seats are missing as the worst set of applicants lacks (`deficit`). Whichever seat
within that set's programmes is added makes it lack one less, and no seat elsewhere does: sets of seats that help form
a matroid, so whoever takes one seat after the other, wherever it still helps, ends with the fewest (Edmonds 1970).
That leaves free where to begin, and seats are begun near the children without a place: at the first programmes of
their fallbacks, which go from near to far, then at the second ones, and so on; at each step by name of the fallback.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, zip_longest
from operator import attrgetter
from pathlib import Path

from app.allocation.bundle import Bundle, read_bundle
from app.allocation.canonical import canonical_file, read_object
from app.allocation.deficit import SeatsDeficit, Zone, due_in, shortage, zones_of
from app.allocation.result import RESULT, Placement, read_placements
from app.allocation.solver import solve
from app.allocation.tables import Programme, Tables
from app.allocation.text import SEATS, Refused, matches, sha256

PLACEMENTS = "placements.csv"
MOST_SEATS = 1_000_000


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
    the seats added, for want of seats (`beyond`) or because what they list goes to others."""

    missing: int
    added: Mapping[str, int]
    beyond: int
    zones: tuple[ShortZone, ...]
    unplaced: tuple[str, ...]


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
        added, beyond = _added(tables, zones, short, placed, lacking, limits or {})
    return Plan(
        missing=lacking.missing if lacking else 0,
        added=dict(sorted(added.items())),
        beyond=beyond,
        zones=tuple(sorted((_named(tables, zone, placed) for zone in short), key=attrgetter("applicants"))),
        unplaced=_still_unplaced(bundle, due, placed, added),
    )


def planned(folder: Path, result: Path | None, limits: Sequence[str]) -> bytes:
    """The plan for the bundle in a folder as canonical JSON; `result`: folder with its result, else it is solved.

    `limits`: `PROGRAMME=SEATS` each. Raises Refused, also for a result of another bundle, and OSError.
    """
    bundle = read_bundle(folder)
    solved = solve(bundle).placements if result is None else _result_in(result, bundle)
    return render_plan(bundle, plan(bundle, [bool(row.programme) for row in solved], dict(map(_limit, limits))))


def with_seats(tables: Tables, added: Mapping[str, int]) -> Tables:
    """The tables with so many more seats; reserves stay as they are."""
    programmes = tuple(Programme(name, capacity + added.get(name, 0)) for name, capacity in tables.programmes)
    return replace(tables, programmes=programmes)


def render_plan(bundle: Bundle, made: Plan) -> bytes:
    """The plan as canonical JSON."""
    seats = dict(bundle.tables.programmes)
    added = [{"add": add, "capacity": seats[name], "programme": name} for name, add in made.added.items()]
    zones = [
        {
            "applicants": zone.applicants,
            "programmes": zone.programmes,
            "seats": zone.seats,
            "unplaced": zone.unplaced,
        }
        for zone in made.zones
    ]
    return canonical_file(
        {
            "add": added,
            "beyond_limits": made.beyond,
            "format": "allocation-plan/1",
            "manifest": bundle.manifest,
            "missing": made.missing,
            "round": bundle.header.round,
            "unplaced_after": made.unplaced,
            "zones": zones,
        }
    )


def _added(
    tables: Tables,
    zones: Sequence[Zone],
    short: Sequence[Zone],
    placed: Sequence[bool],
    lacking: SeatsDeficit,
    limits: Mapping[str, int],
) -> tuple[Counter[str], int]:
    """Seats to add by programme, and how many are missing even then."""
    added, waiting = Counter[str](), _waiting(short, placed)
    seats = dict(tables.programmes)
    left: SeatsDeficit | None = lacking
    for fallback, programme in _near_to_far(tables, waiting):
        if left is None:
            break
        room = limits.get(programme, MOST_SEATS) - seats[programme] - added[programme]
        more = min(waiting[fallback] if fallback else left.missing, room, left.missing)
        if more <= 0 or programme not in left.programmes:
            continue
        then = shortage(zones, with_seats(tables, added + Counter({programme: more})))
        helped = left.missing - (then.missing if then else 0)
        added[programme] += helped
        waiting[fallback] -= helped
        left = then
    return +added, left.missing if left else 0


def _waiting(short: Sequence[Zone], placed: Sequence[bool]) -> Counter[str]:
    """Fallback → how many of those who lack seats have no place."""
    waiting = Counter[str]()
    for zone in short:
        waiting[zone.fallback] += sum(not placed[index] for index in zone.members)
    return waiting


def _near_to_far(tables: Tables, waiting: Mapping[str, int]) -> list[tuple[str, str]]:
    """Fallbacks and programmes in the order in which seats are begun there; last, for nobody's fallback (""), all."""
    lists = [
        [(fallback, row.programme) for row in rows]
        for fallback, rows in groupby(tables.fallbacks, attrgetter("fallback"))
        if waiting[fallback]
    ]
    near = [wish for step in zip_longest(*lists) for wish in step if wish is not None]
    return near + [("", row.programme) for row in tables.programmes]


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


def _result_in(folder: Path, bundle: Bundle) -> tuple[Placement, ...]:
    summary, placements = (folder / RESULT).read_bytes(), (folder / PLACEMENTS).read_bytes()
    said = read_object(RESULT, summary)
    if said.get("manifest") != bundle.manifest:
        raise Refused(RESULT, 1, "manifest: this is the result of another bundle")
    if said.get("digest") != sha256(placements):
        raise Refused(PLACEMENTS, 0, "does not have the SHA-256 that result.json gives")
    return read_placements(placements)


def _limit(text: str) -> tuple[str, int]:
    programme, _, seats = text.partition("=")
    if not matches(SEATS, seats):
        raise Refused("--most", 0, f"must be PROGRAMME=SEATS; seats {SEATS.rule}")
    return programme, int(seats)


def _check(tables: Tables, limits: Mapping[str, int]) -> None:
    known = {row.programme for row in tables.programmes}
    for name in sorted(limits):
        if name not in known:
            raise Refused("programmes.csv", 0, f"there is no programme {ascii(name)[:80]} to limit")
