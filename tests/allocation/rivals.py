"""Tight random bundles in which a seat changes hands often: more children than seats, reserves that overlap."""

from random import Random

from app.allocation.bundle import Bundle
from app.allocation.choices import Choice
from app.allocation.manifest import Header
from app.allocation.tables import Applicant, Fallback, Programme, Reserve, sorted_tables
from tests.allocation.instances import frozen

ORDERS = [("level<", "points>", "ticket"), ("level<", "points>"), ("points>", "ticket", "level<")]
GROUPS = ("meal", "migrant", "music")


def rivals(chance: Random, applicants: int = 9, programmes: int = 4, shared: bool = False) -> Bundle:
    """A bundle of so many; `shared`: each child has the same points in all its rows."""
    order = chance.choice(ORDERS)
    header = Header(
        "r1",
        order,
        chance.choice(["per-applicant", "per-programme"]),
        chance.choice(["reserved-first", "open-first"]),
        "fictitious" if "ticket" in order else None,
    )
    names = [f"P{number}" for number in range(programmes)]
    seats = [Programme(name, chance.randint(1, 2)) for name in names]
    reserves = [
        Reserve(name, precedence, group, 1)
        for name, capacity in seats
        for precedence, group in enumerate(chance.sample(GROUPS, chance.randint(0, capacity)), 1)
    ]
    rows, choices = [], []
    for number in range(applicants):
        child, points = f"a{number}", chance.randint(0, 4)
        fallback = chance.choice(["", "F"])

        def held(points: int = points) -> tuple[int, ...]:
            values = {"level": chance.randint(1, 3), "points": points if shared else chance.randint(0, 4)}
            return tuple(values[key] for key in header.keys)

        groups = tuple(sorted(chance.sample(GROUPS, chance.randint(0, 3))))
        rows.append(Applicant(child, "", groups, fallback, held() if fallback else ()))
        wishes = chance.sample(names, chance.randint(1, programmes))
        choices += [Choice(child, rank, name, held()) for rank, name in enumerate(wishes, 1)]
    fallbacks = [Fallback("F", rank, name) for rank, name in enumerate(chance.sample(names, programmes), 1)]
    return frozen(header, sorted_tables(seats, reserves, rows, choices, fallbacks, len(header.keys)))
