"""The certificate that seats do not suffice (section "Output", `deficit.json`).

By Hall's theorem (1935) each of G can have a place on its list unless some of G list fewer seats than they are. Of
the sets that lack most, the smallest is what the source reaches once the flow from applicants to seats is maximal.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.allocation.bundle import Bundle
from app.allocation.flow import Network
from app.allocation.preferences import Preferences
from app.allocation.tables import Applicant


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


def deficit(bundle: Bundle, lists: Preferences, placed: Mapping[str, str]) -> SeatsDeficit | ListsDeficit | None:
    """The certificate, None where everyone of G is placed; `placed`: applicant → programme."""
    due = [row for row in bundle.tables.applicants if _is_due(bundle, lists, placed, row)]
    unplaced = tuple(row.applicant for row in due if row.applicant not in placed)
    if not unplaced:
        return None
    return _shortage(dict(bundle.tables.programmes), lists, due) or ListsDeficit(unplaced)


def _is_due(bundle: Bundle, lists: Preferences, placed: Mapping[str, str], row: Applicant) -> bool:
    """Whether an applicant is one of G."""
    if row.fallback:
        return True
    return bundle.header.parent is not None and row.applicant in placed and len(lists.choices(row)) == 1


def _shortage(capacities: Mapping[str, int], lists: Preferences, due: Sequence[Applicant]) -> SeatsDeficit | None:
    alike = _alike(lists, due)
    names = [*capacities]
    fallbacks = [*lists.fallbacks]
    programme_node = {name: node for node, name in enumerate(names, 2)}
    fallback_node = {name: node for node, name in enumerate(fallbacks, 2 + len(names))}
    first = 2 + len(names) + len(fallbacks)
    source, sink, unlimited = 0, 1, len(due)
    network = Network(first + len(alike))
    for name, capacity in capacities.items():
        network.connect(programme_node[name], sink, capacity)
    for name, programmes in lists.fallbacks.items():
        for programme in programmes:
            network.connect(fallback_node[name], programme_node[programme], unlimited)
    for node, ((fallback, others), members) in enumerate(alike.items(), first):
        network.connect(source, node, len(members))
        if fallback:
            network.connect(node, fallback_node[fallback], unlimited)
        for programme in others:
            network.connect(node, programme_node[programme], unlimited)
    flow, reached = network.saturate(source, sink)
    if flow == len(due):
        return None
    short = [name for node, members in enumerate(alike.values(), first) if reached[node] for name in members]
    programmes = tuple(name for name in names if reached[programme_node[name]])
    seats = sum(capacities[name] for name in programmes)
    return SeatsDeficit(tuple(sorted(short)), len(short) - seats, programmes, seats)


def _alike(lists: Preferences, due: Sequence[Applicant]) -> dict[tuple[str, tuple[str, ...]], list[str]]:
    """Applicants by what they list, as (fallback, programmes beyond it): those alike are one node of the network."""
    covered = {fallback: frozenset(programmes) for fallback, programmes in lists.fallbacks.items()}
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for row in due:
        own = (choice.programme for choice in lists.choices(row))
        others = sorted(name for name in own if name not in covered.get(row.fallback, ()))
        alike[row.fallback, tuple(others)].append(row.applicant)
    return alike
