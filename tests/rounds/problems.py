"""Small fictitious problems for the pure part: no database, no clock."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from app.applications.queries import Applicant
from app.rounds.snapshot import Problem
from app.schools.queries import CommunityPlace, Geography, ProgrammeSeats, SchoolPlace

KEY = b"k" * 32
ORDER = ("level<", "points>", "ticket")
RIGHT = {"level": 1, "points": 0}
ELSEWHERE = {"level": 9, "points": 40}


def applicant(number: int, **changes: Any) -> Applicant:
    """A fictitious child of community c1 without wishes and rights."""
    made = Applicant(
        application=UUID(int=1000 + number),
        child=UUID(int=2000 + number),
        reference=f"fict-{number}".encode(),
        twin_reference=None,
        guardians=(UUID(int=3000 + number),),
        residence_community="c1",
        sibling_school=None,
        migrant=False,
        kind="local",
        rights={},
        keys_elsewhere=dict(ELSEWHERE),
        groups=(),
        preferences=(),
        ruleset="primary-2026",
        ruleset_digest="0" * 64,
    )
    return replace(made, **changes)


def programme(school: str, seats: int = 2) -> ProgrammeSeats:
    return ProgrammeSeats(f"P-{school}", school, 1, 1, seats, 0, 0, seats)


SCHOOLS = {
    # school: (metres east, consortium, ownership)
    "own": (900, "A", "public"),
    "friend": (5000, "A", "public"),
    "near": (100, "B", "public"),
    "next": (200, "", "public"),
    "same": (200, "", "public"),
    "private": (50, "", "private"),
}


def problem(*applicants: Applicant, **changes: Any) -> Problem:
    """Six schools along a road; the catchment of c1 is `own`'s, c2 has none."""
    made = Problem(
        round="fict-2026",
        stage="primary",
        order=ORDER,
        draw_name="Fictitious draw",
        key=KEY,
        applicants=applicants,
        programmes=[programme(school) for school in SCHOOLS],
        geography=Geography(
            {
                "c1": CommunityPlace("t1", 0, 0, "虚构社区一"),
                "c2": CommunityPlace("t1", 300, 0, "虚构社区二"),
            },
            {
                name: SchoolPlace(f"虚构{name}", "t1", group, east, 0, kind)
                for name, (east, group, kind) in SCHOOLS.items()
            },
        ),
        catchments={"c1": ("own",)},
    )
    return replace(made, **changes)
