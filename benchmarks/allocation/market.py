"""A tight clustered market, straight as columns: as many seats as children, and all of a neighbourhood want the same.

Schools lie on a ring, one for a hundred children with a hundred seats. A child lists the ten of the twenty schools
nearest its home that it likes best: what all agree on and what it alone thinks count the same. The nearer the school,
the better the child's level there; among equal levels the lottery decides.
"""

from __future__ import annotations  # an array's type takes no parameter when it is run

import random
from array import array
from itertools import chain, repeat

from app.allocation.bundle import Bundle
from app.allocation.choices import Choices
from app.allocation.manifest import Draw, Header
from app.allocation.market import Columns
from app.allocation.tables import Applicant, Fallback, Programme, Reserve, Tables

CHOICES, SEATS, AREA = 10, 100, 1000
LEVELS_OF = 3
FAR = 9
HEADER = Header("bench", ("level<", "ticket"), "per-applicant", "reserved-first", "benchmark draw")
DRAW = "4-0-7"


def tables(children: int, *, reserves: bool = False, fallbacks: bool = False) -> Tables:
    """The market's tables.

    `reserves`: a fifth of each school's seats for a fifth of the children. `fallbacks`: every child goes on to all
    schools of its area, which are a thousand, so that a hundred thousand children share a list.
    """
    schools = max(2 * CHOICES, children // SEATS)
    programmes = [f"p{number:05d}" for number in range(schools)]
    applicants = [f"a{number:07d}" for number in range(children)]
    homes, programme, level = _wishes(children, schools)
    return Tables(
        programmes=tuple(Programme(name, children // schools) for name in programmes),
        reserves=tuple(Reserve(name, 1, "g", children // schools // 5) for name in programmes) if reserves else (),
        applicants=tuple(
            Applicant(
                name,
                "",
                ("g",) if reserves and number % 5 == 0 else (),
                f"f{home // AREA:02d}" if fallbacks else "",
                (FAR,) if fallbacks else (),
            )
            for number, (name, home) in enumerate(zip(applicants, homes, strict=True))
        ),
        choices=Choices(
            applicants,
            programmes,
            array("i", chain.from_iterable(map(repeat, range(children), repeat(CHOICES, children)))),
            array("i", range(1, CHOICES + 1)) * children,
            programme,
            (level,),
            array("q", range(0, CHOICES * children + 1, CHOICES)),
        ),
        fallbacks=tuple(
            Fallback(f"f{number // AREA:02d}", number % AREA + 1, name) for number, name in enumerate(programmes)
        )
        if fallbacks
        else (),
    )


def drawn_bundle(children: int, *, reserves: bool = False, fallbacks: bool = False) -> Bundle:
    """The same as a drawn bundle that was never a file."""
    held = tables(children, reserves=reserves, fallbacks=fallbacks)
    return Bundle(HEADER, held, "0" * 64, "0" * 64, Draw("0" * 64, DRAW))


def proposals(columns: Columns, going: list[int]) -> float:
    """How many of its own choices a child asked at, on average: Σ (`going` − first), fallbacks not counted."""
    last = list(columns.first)[1:]
    asked = sum(min(far, end) - start for far, end, start in zip(going, last, columns.first, strict=False))
    return asked / len(last)


def _wishes(children: int, schools: int) -> tuple[list[int], array[int], array[int]]:
    """Home of each child, and the programme and level of each of its choices, best first."""
    chance = random.Random(1)
    liked = [chance.random() for _ in range(schools)]
    homes, programme, level = list[int](), array("i"), array("q")
    for _ in range(children):
        home = chance.randrange(schools)
        offers = sorted((liked[(home + way) % schools] + chance.random() / 2, way) for way in range(-CHOICES, CHOICES))
        listed = [way for _, way in offers[:CHOICES]]
        homes.append(home)
        programme.extend([(home + way) % schools for way in listed])
        level.extend([1 + abs(way) // LEVELS_OF for way in listed])
    return homes, programme, level
