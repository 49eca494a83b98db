"""Applicant-proposing deferred acceptance (Gale and Shapley 1962) with a programme's choice by reserves.

A programme's choice is a row of steps, each taking the best of one group, or of all, among those whom the steps
before it left over. One more applicant therefore changes each step by at most one: it is taken, and where the step
was full its last holder goes on to the next step in its stead. So a programme need not choose anew among all who
ever asked; it passes the newcomer along its steps. Whoever is turned away once is never wanted again (the choice is
substitutable) and a seat once filled stays filled (it satisfies the law of aggregate demand): the order in which
applicants ask does not matter, and the result is the applicant-optimal stable matching (Hatfield and Milgrom 2005).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush, heappushpop
from itertools import groupby
from typing import NamedTuple

from app.allocation.bundle import Bundle
from app.allocation.preferences import Preferences
from app.allocation.priorities import Standing, index_of, standings
from app.allocation.tables import Reserve

OPEN = "open"


class Place(NamedTuple):
    """A seat held in the end: `rank` 1-based in the whole list, `seat` open or reserve:<group>."""

    applicant: str
    programme: str
    rank: int
    seat: str
    standing: Standing


@dataclass(slots=True)
class Step:
    """A step of a choice: at most `seats` of `group` ("" for everyone); `held` is a heap, its last holder on top."""

    group: str
    seats: int
    held: list[Standing] = field(default_factory=list)

    @property
    def seat(self) -> str:
        """What a seat taken in this step is called."""
        return f"reserve:{self.group}" if self.group else OPEN


@dataclass(slots=True)
class ProgrammeChoice:
    """A programme while it chooses: limited steps, then the best of the rest in whatever `free` seats are left."""

    steps: Sequence[Step]
    rest: Step
    free: int


def match(bundle: Bundle, lists: Preferences) -> list[Place]:
    """The places of all who are placed, in the order of applicants; the bundle must be drawn where it must be."""
    applicants = bundle.tables.applicants
    groups = [frozenset(row.groups) for row in applicants]
    wishes = [lists.wishes(row) for row in applicants]
    asked = [0] * len(applicants)
    programmes = choosing(bundle)
    standing = standings(bundle)
    waiting = list(range(len(applicants)))
    while waiting:
        index = waiting.pop()
        wish = next(wishes[index], None)
        if wish is None:
            continue
        asked[index] += 1
        refused = ask(programmes[wish[0]], standing(index, *wish), groups)
        if refused is not None:
            waiting.append(index_of(refused))
    return _places(bundle, programmes, asked)


def choosing(bundle: Bundle) -> dict[str, ProgrammeChoice]:
    """Every programme with the steps of its choice and nobody in it (section "Meaning", a programme's choice)."""
    rows = groupby(bundle.tables.reserves, lambda row: row.programme)
    reserves: Mapping[str, list[Reserve]] = {programme: list(of_one) for programme, of_one in rows}
    programmes = {}
    for programme, capacity in bundle.tables.programmes:
        steps = [Step(row.group, row.seats) for row in reserves.get(programme, ())]
        if bundle.header.reserves == "open-first":
            steps.insert(0, Step("", capacity - sum(step.seats for step in steps)))
        programmes[programme] = ProgrammeChoice(steps, Step("", capacity), capacity)
    return programmes


def ask(programme: ProgrammeChoice, standing: Standing, groups: Sequence[frozenset[str]]) -> Standing | None:
    """Let one more ask at a programme; returns whoever is turned away, the newcomer or another, if any.

    `groups`: groups of the applicant at each index.
    """
    for step in programme.steps:
        if step.group and step.group not in groups[index_of(standing)]:
            continue
        if len(step.held) < step.seats:
            heappush(step.held, standing)
            break
        standing = heappushpop(step.held, standing)
    else:
        heappush(programme.rest.held, standing)
    if programme.free:
        programme.free -= 1
        return None
    # Limited steps never exceed the capacity together, so whoever is too many is the last of the rest.
    return heappop(programme.rest.held)


def _places(bundle: Bundle, programmes: Mapping[str, ProgrammeChoice], asked: Sequence[int]) -> list[Place]:
    applicants = bundle.tables.applicants
    places = []
    for name, programme in programmes.items():
        for step in (*programme.steps, programme.rest):
            for standing in step.held:
                index = index_of(standing)
                places.append(Place(applicants[index].applicant, name, asked[index], step.seat, standing))
    return sorted(places)
