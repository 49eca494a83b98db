"""A later pass: the parent's problem without those who left, with the seats of those who stay for good held."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from app.allocation.bundle import Bundle
from app.allocation.choices import Choice
from app.allocation.manifest import Draw, Header
from app.allocation.preferences import Preferences, preferences
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
    applicants = {row.applicant: row for row in parent.tables.applicants}
    _check(parent, applicants, place, left, settled, capacities)
    gone, held = frozenset(left), frozenset(settled)
    stay = [row for row in parent.tables.applicants if row.applicant not in gone]
    changed = gone | held
    choices = [row for row in parent.tables.choices if row.applicant not in changed]
    lists = preferences(parent.tables)
    choices += [_only_choice(lists, applicants[name], place[name]) for name in sorted(held)]
    return LaterPass(
        replace(parent.header, parent=parent.manifest, families=families),
        sorted_tables(
            (Programme(name, capacities.get(name, seats)) for name, seats in parent.tables.programmes),
            parent.tables.reserves,
            (row._replace(fallback="", keys=()) if row.applicant in held else row for row in stay),
            choices,
            parent.tables.fallbacks,
            len(parent.header.keys),
        ),
        parent.draw,
    )


def _check(
    parent: Bundle,
    applicants: Mapping[str, Applicant],
    place: Mapping[str, str],
    left: Collection[str],
    settled: Collection[str],
    capacities: Mapping[str, int],
) -> None:
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


def _only_choice(lists: Preferences, row: Applicant, programme: str) -> Choice:
    keys = next((keys for name, keys in lists.wishes(row) if name == programme), None)
    if keys is None:
        raise ValueError("placements must hold places on the applicants' own lists only")
    return Choice(row.applicant, 1, programme, keys)
