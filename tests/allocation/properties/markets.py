"""Random markets with all that a bundle may hold: both orders of reserves, groups that overlap, fallbacks, tickets.

A family stands at each programme where it has a right with keys of its own, and elsewhere with the same keys
everywhere (the format's section "Meaning"); what it wishes for is apart from that, so that it can wish otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from app.allocation.bundle import Bundle
from app.allocation.choices import Choice, Keys
from app.allocation.deferred_acceptance import match
from app.allocation.manifest import Draw, Header
from app.allocation.market import market_of, seat_names
from app.allocation.tables import Applicant, Fallback, Programme, Reserve, sorted_tables

ORDERS = (("ticket",), ("level<", "ticket"), ("points>", "level<"), ("ticket", "points>"), ("level<", "points>"))
GROUPS = ("meal", "migrant", "sibling:P0")
ROOT = "1" * 64


@dataclass(frozen=True)
class Family:
    """`wishes`: programmes, best first. `rights`: programme → keys there; `elsewhere`: keys at all others."""

    wishes: tuple[str, ...]
    rights: Mapping[str, Keys]
    elsewhere: Keys
    groups: tuple[str, ...] = ()
    lottery_unit: str = ""
    fallback: str = ""


@dataclass(frozen=True)
class Scene:
    """A market as those see it who make it; `draw`: the draw's value, used where the order has a ticket."""

    header: Header
    programmes: tuple[Programme, ...]
    reserves: tuple[Reserve, ...]
    fallbacks: tuple[Fallback, ...]
    families: Mapping[str, Family]
    draw: str = "4-0-7"


def random_scene(random: Random, applicants: int, programmes: int) -> Scene:
    """A scene of up to so many applicants and programmes."""
    order = random.choice(ORDERS)
    header = Header(
        round="fictitious",
        order=order,
        ticket=random.choice(("per-applicant", "per-programme")),
        reserves=random.choice(("reserved-first", "open-first")),
        draw_name="fictitious" if "ticket" in order else None,
    )
    names = [f"P{number}" for number in range(random.randint(1, programmes))]
    offered = tuple(Programme(name, random.choice((0, 1, 1, 2, 2, 3))) for name in names)
    keys = sum(entry != "ticket" for entry in order)
    return Scene(
        header,
        offered,
        tuple(reserve for row in offered for reserve in _reserves(random, row)),
        tuple(Fallback(f, rank, p) for f in "FG" for rank, p in enumerate(_some(random, names), 1)),
        {f"a{number:02}": _family(random, names, keys) for number in range(random.randint(1, applicants))},
        f"{random.randrange(10)}-{random.randrange(10)}-{random.randrange(10)}",
    )


def listed(family: Family) -> tuple[str, ...]:
    """The choices that a bundle gives a family: what it wishes for, then the rest of what it has a right to."""
    return (*family.wishes, *(name for name in family.rights if name not in family.wishes))


def bundle_of(scene: Scene) -> Bundle:
    """The bundle of a scene, in memory."""
    fallbacks = {row.fallback for row in scene.fallbacks}
    applicants, choices = [], []
    for name, family in scene.families.items():
        fallback = family.fallback if family.fallback in fallbacks else ""
        keys = family.elsewhere if fallback else ()
        applicants.append(Applicant(name, family.lottery_unit, family.groups, fallback, keys))
        for rank, programme in enumerate(listed(family), 1):
            choices.append(Choice(name, rank, programme, family.rights.get(programme, family.elsewhere)))
    number = len(scene.header.keys)
    tables = sorted_tables(scene.programmes, scene.reserves, applicants, choices, scene.fallbacks, number)
    draw = Draw(ROOT, scene.draw) if "ticket" in scene.header.order else None
    return Bundle(scene.header, tables, ROOT, "2" * 64, draw)


def places(bundle: Bundle) -> dict[str, tuple[str, int]]:
    """Where the matching under test puts each applicant: programme ("" for none) and rank in the whole list (0)."""
    matching, (programmes, _) = match(market_of(bundle)), seat_names(bundle)
    rows = zip(bundle.tables.applicants, matching.seat, matching.rank, strict=True)
    return {row.applicant: ("" if seat < 0 else programmes[seat], rank) for row, seat, rank in rows}


def no_worse(after: int, before: int) -> bool:
    """Whether one rank in a list is at least as good as another; 0 is no place."""
    return before == 0 or 0 < after <= before


def _some(random: Random, names: list[str]) -> list[str]:
    return random.sample(names, random.randint(0, len(names)))


def _reserves(random: Random, row: Programme) -> list[Reserve]:
    made, free = [], row.capacity
    for precedence, group in enumerate(random.sample(GROUPS, random.randint(0, 3)), 1):
        seats = random.randint(0, free)
        made.append(Reserve(row.programme, precedence, group, seats))
        free -= seats
    return made


def _family(random: Random, names: list[str], keys: int) -> Family:
    def some_keys() -> Keys:
        return tuple(random.randint(-1, 2) for _ in range(keys))

    return Family(
        tuple(_some(random, names)),
        {name: some_keys() for name in random.sample(names, random.randint(0, min(2, len(names))))},
        some_keys(),
        tuple(sorted(random.sample(GROUPS, random.choice((0, 0, 1, 1, 2, 3))))),
        random.choice(("", "", "", "twins")),
        random.choice(("", "F", "F", "G")),
    )
