"""The certificate that seats do not suffice (section "Output", `deficit.json`).

By Hall's theorem (1935) each of G can have a place on its list unless some of G list fewer seats than they are. Of
the sets that lack most, the smallest is what the source reaches once the flow from applicants to seats is maximal.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from operator import attrgetter, sub

from app.allocation.bundle import Bundle
from app.allocation.flow import Network
from app.allocation.tables import Tables


@dataclass(frozen=True, slots=True)
class SeatsDeficit:
    """`applicants` list only `programmes`, whose `seats` are `missing` too few; names ascending."""

    applicants: tuple[str, ...]
    missing: int
    programmes: tuple[str, ...]
    seats: int


@dataclass(frozen=True, slots=True)
class ListsDeficit:
    """`applicants` of G have no place, though there are seats for all of G: no stable matching gives them one."""

    applicants: tuple[str, ...]


def deficit(bundle: Bundle, placed: Sequence[bool]) -> SeatsDeficit | ListsDeficit | None:
    """The certificate, None where everyone of G is placed; `placed`: of each applicant."""
    applicants = bundle.tables.applicants
    due = due_in(bundle, placed)
    unplaced = tuple(applicants[index].applicant for index in due if not placed[index])
    if not unplaced:
        return None
    return shortage(zones_of(bundle.tables, due), bundle.tables) or ListsDeficit(unplaced)


def due_in(bundle: Bundle, placed: Sequence[bool]) -> list[int]:
    """The applicants of G."""
    later = bundle.header.parent is not None
    own = list(map(sub, islice(first := bundle.tables.choices.first, 1, None), first))
    rows = zip(bundle.tables.applicants, placed, own, strict=True)
    return [index for index, (row, has, listed) in enumerate(rows) if row.fallback or (later and has and listed == 1)]


@dataclass(frozen=True, slots=True)
class Zone:
    """Applicants who list the same programmes: those of a fallback ("" for none) and `others`, all as indexes."""

    fallback: str
    others: tuple[int, ...]
    members: tuple[int, ...]


def zones_of(tables: Tables, due: Sequence[int]) -> list[Zone]:
    """These applicants by what they list, whatever the order."""
    first, listed = tables.choices.first, tables.choices.programme
    programmes = {row.programme: index for index, row in enumerate(tables.programmes)}
    covered: dict[str, set[int]] = defaultdict(set)
    for row in tables.fallbacks:
        covered[row.fallback].add(programmes[row.programme])
    alike: dict[tuple[str, tuple[int, ...]], list[int]] = defaultdict(list)
    for index in due:
        fallback = tables.applicants[index].fallback
        others = {*listed[first[index] : first[index + 1]]} - covered[fallback]
        alike[fallback, tuple(sorted(others))].append(index)
    return [Zone(fallback, others, tuple(members)) for (fallback, others), members in alike.items()]


def shortage(zones: Sequence[Zone], tables: Tables) -> SeatsDeficit | None:
    """The smallest set of applicants that lacks most seats, None where everyone in these zones could have a place."""
    source, sink, first = 0, 1, 2
    lists = [(fallback, [*rows]) for fallback, rows in groupby(tables.fallbacks, attrgetter("fallback"))]
    programme_at = {row.programme: node for node, row in enumerate(tables.programmes, first)}
    fallback_at = {fallback: node for node, (fallback, _) in enumerate(lists, first + len(programme_at))}
    zone_at = first + len(programme_at) + len(fallback_at)
    everyone = sum(len(zone.members) for zone in zones)
    network = Network(zone_at + len(zones))
    for row in tables.programmes:
        network.connect(programme_at[row.programme], sink, row.capacity)
    for fallback, rows in lists:
        for entry in rows:
            network.connect(fallback_at[fallback], programme_at[entry.programme], everyone)
    for node, zone in enumerate(zones, zone_at):
        network.connect(source, node, len(zone.members))
        if zone.fallback:
            network.connect(node, fallback_at[zone.fallback], everyone)
        for index in zone.others:
            network.connect(node, first + index, everyone)
    flow, reached = network.saturate(source, sink)
    if flow == everyone:
        return None
    short = [index for node, zone in enumerate(zones, zone_at) if reached[node] for index in zone.members]
    listed = [row for row in tables.programmes if reached[programme_at[row.programme]]]
    seats = sum(row.capacity for row in listed)
    applicants = tuple(tables.applicants[index].applicant for index in sorted(short))
    return SeatsDeficit(applicants, len(short) - seats, tuple(row.programme for row in listed), seats)
