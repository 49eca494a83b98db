"""A later pass: the parent's problem without those who left, with the seats of those who stay for good held."""

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress

from app.allocation.bundle import Bundle
from app.allocation.choices import Choices, Keys, in_order
from app.allocation.manifest import Draw, Header
from app.allocation.preferences import preferences
from app.allocation.result import Placement
from app.allocation.tables import Applicant, Programme, Tables, sorted_tables


@dataclass(frozen=True, slots=True)
class LaterPass:
    """What `write_bundle` takes."""

    header: Header
    tables: Tables
    draw: Draw | None


def later_pass(
    parent: Bundle,
    placements: Iterable[Placement],
    left: Collection[str],
    settled: Collection[str],
    capacities: Mapping[str, int],
    families: str | None = None,
) -> LaterPass:
    """The pass after `parent`, whose result is `placements` (section "Input", later pass).

    `left`: applicants who are out. `settled`: those who hold their place for good. `capacities`: of the programmes
    whose capacity grows. Raises ValueError where a name is not the parent's, someone has both left and settled or
    settled without a place, or a capacity shrinks.
    """
    place = {row.applicant: row.programme for row in placements if row.programme}
    _check(parent, place, left, settled, capacities)
    gone, held = frozenset(left), frozenset(settled)
    stay = [row for row in parent.tables.applicants if row.applicant not in gone]
    return LaterPass(
        replace(parent.header, parent=parent.manifest, families=families),
        sorted_tables(
            (Programme(name, capacities.get(name, seats)) for name, seats in parent.tables.programmes),
            parent.tables.reserves,
            (row._replace(fallback="", keys=()) if row.applicant in held else row for row in stay),
            _choices(parent.tables, stay, {name: place[name] for name in held}),
            parent.tables.fallbacks,
            len(parent.header.keys),
        ),
        parent.draw,
    )


def _check(
    parent: Bundle,
    place: Mapping[str, str],
    left: Collection[str],
    settled: Collection[str],
    capacities: Mapping[str, int],
) -> None:
    applicants = {row.applicant for row in parent.tables.applicants}
    if any(name not in applicants for name in (*left, *settled, *place)):
        raise ValueError("left, settled and placements must name applicants of the parent only")
    if not frozenset(left).isdisjoint(settled):
        raise ValueError("left and settled must not share an applicant")
    if any(name not in place for name in settled):
        raise ValueError("settled must name applicants with a place in the parent's result only")
    seats = dict(parent.tables.programmes)
    for programme, capacity in capacities.items():
        if capacity < seats.get(programme, capacity + 1):
            raise ValueError(f"capacities: {programme} must be the parent's and its capacity not smaller")


def _choices(tables: Tables, stay: Sequence[Applicant], held: Mapping[str, str]) -> Choices:
    """The choices of those who stay, column by column; those of `held`, name → programme, are this one."""
    choices = tables.choices
    new = {row.applicant: index for index, row in enumerate(stay)}
    numbers = array("i", (-1 if name in held else new.get(name, -1) for name in choices.applicants))
    kept = [numbers[index] >= 0 for index in choices.applicant]
    columns = [
        array(column.typecode, compress(column, kept))
        for column in (choices.applicant, choices.rank, choices.programme, *choices.keys)
    ]
    columns[0] = array("i", map(numbers.__getitem__, columns[0]))
    programmes = {name: index for index, name in enumerate(choices.programmes)}
    fallbacks = preferences(tables).fallbacks
    for index, row in enumerate(tables.applicants):
        if row.applicant in held:
            keys = _keys(tables, fallbacks, index, held[row.applicant])
            cells = new[row.applicant], 1, programmes[held[row.applicant]], *keys
            for column, cell in zip(columns, cells, strict=True):
                column.append(cell)
    return in_order([*new], [*programmes], columns)[0]


def _keys(tables: Tables, fallbacks: Mapping[str, tuple[str, ...]], index: int, programme: str) -> Keys:
    """With which an applicant, by number, stands at a programme of its list."""
    choices, applicant = tables.choices, tables.applicants[index]
    for row in range(choices.first[index], choices.first[index + 1]):
        if choices.programmes[choices.programme[row]] == programme:
            return tuple(column[row] for column in choices.keys)
    if programme in fallbacks.get(applicant.fallback, ()):
        return applicant.keys
    raise ValueError("placements must hold places on the applicants' own lists only")
