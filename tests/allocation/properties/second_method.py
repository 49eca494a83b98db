"""Two ways to the applicant-optimal stable matching on which nobody asks, is held or turned away.

*All assignments*: stability by its definition, a programme's choice by the format's sentence; of the stable ones that
which nobody likes less than another. No algorithm at all, for some five applicants.

*A fixed point*: sets of contracts (applicant, programme) from which applicants and from which programmes may choose,
each being what the other side does not turn down. By Tarski's theorem (1955) an isotone operator on a lattice has a
greatest and a least fixed point, and these are the best stable matchings of both sides (Fleiner 2003; Hatfield and
Milgrom 2005, section III). It is written from that definition: it moves whole sets, has no order of proposals, no
heap, bar or packed standing, and lets every programme choose anew among a whole set each time; what it shares with
the code under test is the bundle it reads. Reached from the other end it gives the applicants' worst.

Fleiner, T. (2003), A fixed-point approach to stable matchings and some applications, Mathematics of Operations
Research 28(1), 103-126. Hatfield, J. W. and Milgrom, P. R. (2005), Matching with contracts, American Economic Review
95(4), 913-935.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product

from app.allocation.bundle import Bundle
from tests.allocation.plain import list_of, priority_of

Contract = tuple[str, str]
Contracts = frozenset[Contract]
Choosing = Callable[[str, frozenset[str]], frozenset[str]]
Places = dict[str, str]


@dataclass(frozen=True)
class Sides:
    """`lists`: applicant → programmes, best first. `orders`: programme → all who list it, by priority. `choice`: whom a
    programme takes of these applicants."""

    lists: dict[str, list[str]]
    orders: dict[str, list[str]]
    choice: Choosing


def sides_of(bundle: Bundle) -> Sides:
    """Both sides of a bundle, by the format's sentences."""
    names = [row.applicant for row in bundle.tables.applicants]
    lists = {name: [*list_of(bundle, name)] for name in names}
    capacities = dict(bundle.tables.programmes)
    orders = {
        programme: _by_priority(bundle, programme, [name for name in names if programme in lists[name]])
        for programme in capacities
    }
    steps = {programme: _steps(bundle, programme) for programme in capacities}
    groups = {row.applicant: row.groups for row in bundle.tables.applicants}

    @cache
    def choice(programme: str, asking: frozenset[str]) -> frozenset[str]:
        left = [name for name in orders[programme] if name in asking]
        taken: list[str] = []
        for group, seats in steps[programme]:
            entitled = [name for name in left if not group or group in groups[name]]
            taken += entitled[:seats]
            left = [name for name in left if name not in taken]
        return frozenset([*taken, *left[: capacities[programme] - len(taken)]])

    return Sides(lists, orders, choice)


def _by_priority(bundle: Bundle, programme: str, names: list[str]) -> list[str]:
    return sorted(names, key=lambda name: priority_of(bundle, name, programme))


def _steps(bundle: Bundle, programme: str) -> list[tuple[str, int]]:
    rows = sorted((r.precedence, r.group, r.seats) for r in bundle.tables.reserves if r.programme == programme)
    reserved = [(group, seats) for _, group, seats in rows]
    if bundle.header.reserves == "open-first":
        capacity = dict(bundle.tables.programmes)[programme]
        return [("", capacity - sum(seats for _, seats in reserved)), *reserved]
    return reserved


def best_fixed_point(sides: Sides) -> Places:
    """The applicants' best stable matching: the fixed point reached from where they may choose among everything."""
    return _fixed_point(sides, applicants_first=True)


def worst_fixed_point(sides: Sides) -> Places:
    """The applicants' worst stable matching, reached from where the programmes may choose among everything."""
    return _fixed_point(sides, applicants_first=False)


def _fixed_point(sides: Sides, applicants_first: bool) -> Places:
    every: Contracts = frozenset((name, programme) for name, one in sides.lists.items() for programme in one)
    for_applicants, for_programmes = (every, frozenset[Contract]()) if applicants_first else (frozenset(), every)
    while True:
        new = (
            every - _turned_down(for_programmes, _taken_by_programmes(sides, for_programmes)),
            every - _turned_down(for_applicants, _taken_by_applicants(sides, for_applicants)),
        )
        if new == (for_applicants, for_programmes):
            return dict(for_applicants & for_programmes)
        for_applicants, for_programmes = new


def _turned_down(offered: Contracts, taken: Contracts) -> Contracts:
    return offered - taken


def _taken_by_applicants(sides: Sides, offered: Contracts) -> Contracts:
    best = ((name, next((p for p in one if (name, p) in offered), "")) for name, one in sides.lists.items())
    return frozenset(contract for contract in best if contract[1])


def _taken_by_programmes(sides: Sides, offered: Contracts) -> Contracts:
    return frozenset(
        (name, programme)
        for programme in sides.orders
        for name in sides.choice(programme, frozenset(a for a, p in offered if p == programme))
    )


def stable_assignments(sides: Sides) -> Iterator[Places]:
    """All assignments to listed programmes such that each programme, of its holders and those who would rather be
    there, takes just its holders."""
    names = list(sides.lists)
    for way in product(*([*sides.lists[name], ""] for name in names)):
        places = dict(zip(names, way, strict=True))
        if all(_keeps(sides, places, programme) for programme in sides.orders):
            yield {name: programme for name, programme in places.items() if programme}


def _keeps(sides: Sides, places: Places, programme: str) -> bool:
    holders = frozenset(name for name, place in places.items() if place == programme)
    longing = frozenset(
        name for name, place in places.items() if programme in sides.lists[name][: _at(sides.lists[name], place)]
    )
    return sides.choice(programme, holders | longing) == holders


def _at(one: list[str], place: str) -> int:
    return one.index(place) if place else len(one)


def best_of(sides: Sides, stable: Collection[Places]) -> Places:
    """For each applicant the best of its places in these matchings."""
    return {
        name: min((places[name] for places in stable if name in places), key=one.index)
        for name, one in sides.lists.items()
        if any(name in places for places in stable)
    }
