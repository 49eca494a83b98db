"""What no rule forbids and a person should weigh: a digit too many, shifted or swapped columns, a forgotten end."""

from collections.abc import Iterator

from app.schools.checks import entry_of, last_day
from app.schools.class_limits import class_limit
from app.schools.findings import Finding
from app.schools.layouts import Kind
from app.schools.positions import distance_m
from app.schools.register import HeldRound, Places
from app.schools.rows import Key, Row, Values
from app.schools.vocabulary import may_join

TIMES = 5
MANY_CLASSES = 20
FAR_M = 5_000
FEW = 10


def flags(
    kind: Kind, rows: list[Row], stand: dict[Key, Values], places: Places, held: HeldRound | None
) -> Iterator[Finding]:
    """Flags on rows that say something new; a file that changes nothing has none."""
    new = [row for row in rows if row.key not in stand or differs(row, stand[row.key])]
    changed = sum(row.key in stand for row in new)
    if changed > FEW and 2 * changed > len(stand):
        yield Finding("flag_many_changed", details={"standing": len(stand), "changed": changed})
    if kind in (Kind.TOWNS, Kind.SCHOOLS, Kind.COMMUNITIES):
        yield from _names(new, stand)
        yield from (found for row in new if row.key in stand for found in _moved(row, stand[row.key]))
    if kind is Kind.TOWNS:
        yield from _left_behind(new, places)
    if kind is Kind.CATCHMENTS:
        yield from _catchments(new, rows, stand, places)
    if held is not None:
        for row in new:
            yield from seats(row.line, row.whole, stand, held)


def differs(row: Row, stands: Values) -> bool:
    """The row changes what stands."""
    return any(stands[field] != value for field, value in row.whole.items())


def seats(line: int | None, whole: Values, stand: dict[Key, Values], held: HeldRound) -> Iterator[Finding]:
    """A plan against what stands for it, or else against the same school and grade in other rounds."""
    if whole["classes"] > whole["class_size"]:
        yield Finding("flag_swapped", line, "classes")
    elif whole["classes"] > MANY_CLASSES:
        yield Finding("flag_many_classes", line, "classes", {"limit": MANY_CLASSES})
    most = class_limit(held.stage, whole["age_class"], whole["class_size"])
    if whole["class_size"] > most:
        yield Finding("flag_class_over_limit", line, "class_size", {"limit": most})
    same = [p for p in stand.values() if entry_of(p) == entry_of(whole)]
    same = [p for p in same if p["round"] == held.id] or same
    after, earlier = gross(whole), [gross(programme) for programme in same if gross(programme)]
    if earlier and after >= TIMES * max(earlier):
        yield Finding("flag_tenfold", line, "class_size", {"before": max(earlier), "after": after})
    elif earlier and TIMES * after <= min(earlier):
        yield Finding("flag_tenfold", line, "class_size", {"before": min(earlier), "after": after})


def gross(programme: Values) -> int:
    """Seats before any decision takes one."""
    return int(programme["classes"]) * int(programme["class_size"])


def _names(new: list[Row], stand: dict[Key, Values]) -> Iterator[Finding]:
    bearers: dict[str, set[Key]] = {}
    for key, values in stand.items():
        bearers.setdefault(values["name"], set()).add(key)
    for row in new:
        bearing = bearers.get(row.whole["name"], set())
        if bearing and row.key not in bearing:
            yield Finding("flag_name_of_another", row.line, "name")


def _moved(row: Row, stands: Values) -> Iterator[Finding]:
    metres = distance_m(row.whole["east_m"] - stands["east_m"], row.whole["north_m"] - stands["north_m"])
    if metres > FAR_M:
        yield Finding("flag_moved", row.line, None, {"metres": metres})


def _left_behind(new: list[Row], places: Places) -> Iterator[Finding]:
    inside = [*places.communities.values(), *places.schools.values()]
    for row in new:
        left = sum(place["town"] == row.whole["id"] and last_day(place) > last_day(row.whole) for place in inside)
        if left:
            yield Finding("flag_left_behind", row.line, "valid_to", {"places": left})


def _catchments(new: list[Row], rows: list[Row], stand: dict[Key, Values], places: Places) -> Iterator[Finding]:
    named = {row.key for row in rows}
    kept: dict[Key, list[Values]] = {}
    for key, values in stand.items():
        if key not in named:
            kept.setdefault(key[:2], []).append(values)
    for row in new:
        if any(
            other["school"] != row.whole["school"]
            and other["valid_from"] <= last_day(row.whole)
            and row.whole["valid_from"] <= last_day(other)
            for other in kept.get(row.key[:2], [])
        ):
            yield Finding("flag_new_group", row.line, "community")
        school = places.schools[row.whole["school"]]
        if not may_join(school["ownership"], school["inclusive"]):
            yield Finding("flag_private_catchment", row.line, "school")
