"""What a row must agree with: dates, the places it names, the round it belongs to. Pure: the register is given."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from app.schools.findings import Finding
from app.schools.layouts import Kind
from app.schools.register import HeldRound, Places
from app.schools.rows import Key, Row, Values
from app.schools.succession import TownDates, standing_code
from app.schools.vocabulary import Ownership, Payer, Stage, may_join

FOREVER = date.max
GRADES = {"preschool": (0, 0), "primary": (1, 6), "junior": (7, 9), "special": (0, 9)}
UNDATED = (Kind.PROGRAMMES, Kind.CLASSES, Kind.ENROLMENTS)
PRIVATE_ROUND = "private"


def in_round(rows: list[Row], held: HeldRound) -> tuple[list[Row], list[Finding]]:
    """The rows of this round, its code replaced by its id; refused where they name another or should be invented."""
    sound: list[Row] = []
    found: list[Finding] = []
    for row in rows:
        invented = bool(row.given.get("fictitious")) or held.demonstration
        if row.given["round"] != held.code:
            found.append(Finding("other_round", row.line, "round", {"round": held.code}))
        elif invented and not held.demonstration:
            found.append(Finding("invented_in_real_round", row.line, "fictitious"))
        else:
            sound.append(replace(row, given=row.given | {"round": held.id, "fictitious": invented}))
    return sound, found


def check(
    kind: Kind, bureau: str, rows: list[Row], stand: dict[Key, Values], places: Places, held: HeldRound | None
) -> Iterator[Finding]:
    """Every fault of the rows as they would stand."""
    for row in rows:
        if kind not in UNDATED and last_day(row.whole) < row.whole["valid_from"]:
            yield Finding("dates_in_order", row.line, "valid_to")
    match kind:
        case Kind.TOWNS:
            yield from _towns(rows, places)
        case Kind.COMMUNITIES:
            yield from (found for row in rows for found in _in_town(row, places))
        case Kind.SCHOOLS:
            yield from (found for row in rows for found in (*_in_town(row, places), *_school(row, bureau)))
        case Kind.CATCHMENTS:
            yield from (found for row in rows for found in _catchment(row, places))
            yield from _overlaps(rows, stand)
        case Kind.FEEDERS:
            yield from (found for row in rows for found in _feeder(row, places))
            yield from _overlaps(rows, stand)
        case Kind.CLASSES:
            yield from (found for row in rows for found in _class(row, places))
        case Kind.PROGRAMMES:
            assert held is not None
            yield from _programmes(rows, stand, places, held)
        case Kind.ENROLMENTS:
            yield from (found for row in rows for found in _kindergarten(row, places))


def last_day(values: Values) -> date:
    """The last day of validity; a row without end goes on for ever."""
    day = values["valid_to"]
    return day if isinstance(day, date) else FOREVER


def _towns(rows: list[Row], places: Places) -> Iterator[Finding]:
    towns = places.towns | {row.whole["id"]: row.whole for row in rows}
    for row in rows:
        successor = towns.get(row.whole["succeeded_by"])
        if row.whole["succeeded_by"] is None:
            continue
        if row.whole["valid_to"] is None:
            yield Finding("successor_without_end", row.line, "valid_to")
        elif successor is None or successor is row.whole or not _on(successor, row.whole["valid_to"]):
            yield Finding("successor_unknown", row.line, "succeeded_by")


def _on(successor: Values, last: date) -> bool:
    after = min(last, FOREVER - timedelta(1)) + timedelta(1)
    return bool(successor["valid_from"] <= after <= last_day(successor))


def _in_town(row: Row, places: Places) -> Iterator[Finding]:
    """A place bears the code of the town that it lies in on its last day."""
    town = places.towns.get(row.whole["town"])
    if town is None:
        yield Finding("unknown_town", row.line, "town")
    elif last_day(row.whole) > last_day(town):
        towns = {code: TownDates(t["valid_from"], t["valid_to"], t["succeeded_by"]) for code, t in places.towns.items()}
        successor = standing_code(towns, town["id"], last_day(row.whole)) or "-"
        yield Finding("town_ended", row.line, "town", {"until": town["valid_to"], "successor": successor})
    elif last_day(row.whole) < town["valid_from"]:
        yield Finding("not_yet", row.line, "town")


def _school(row: Row, bureau: str) -> Iterator[Finding]:
    if row.whole["id"] == bureau:
        yield Finding("id_of_the_bureau", row.line, "school")
    if "preschool" not in row.whole["stages"]:
        for column in ("inclusive", "kindergarten_level"):
            if row.whole[column] is not None:
                yield Finding("kindergarten_only", row.line, column)
    if row.whole["level_recheck_on"] is not None and row.whole["kindergarten_level"] is None:
        yield Finding("recheck_without_level", row.line, "level_recheck_on")


def _kindergarten(row: Row, places: Places) -> Iterator[Finding]:
    school = places.schools.get(row.whole["school"])
    if school is None:
        yield Finding("unknown_school", row.line, "school")
    elif Stage.PRESCHOOL not in school["stages"]:
        yield Finding("stage_not_offered", row.line, "school")


def _catchment(row: Row, places: Places) -> Iterator[Finding]:
    for column, known in (("community", places.communities), ("school", places.schools)):
        place = known.get(row.whole[column])
        if place is None:
            yield Finding(f"unknown_{column}", row.line, column)
        elif row.whole["valid_from"] < place["valid_from"] or last_day(row.whole) > last_day(place):
            yield Finding("not_valid_then", row.line, column)
        elif column == "school" and row.whole["stage"] not in place["stages"]:
            yield Finding("stage_not_offered", row.line, "stage")


def _feeder(row: Row, places: Places) -> Iterator[Finding]:
    """From a school with this first stage to a public one with the second, both as long as the row holds."""
    for stage in ("primary", "junior"):
        school = places.schools.get(row.whole[stage])
        if school is None:
            yield Finding("unknown_school", row.line, stage)
        elif row.whole["valid_from"] < school["valid_from"] or last_day(row.whole) > last_day(school):
            yield Finding("not_valid_then", row.line, stage)
        elif stage not in school["stages"]:
            yield Finding("stage_not_offered", row.line, stage)
        elif stage == "junior" and school["ownership"] != Ownership.PUBLIC:
            yield Finding("feeder_not_public", row.line, stage)


def _class(row: Row, places: Places) -> Iterator[Finding]:
    school = places.schools.get(row.whole["school"])
    if school is None:
        yield Finding("unknown_school", row.line, "school")
    elif row.whole["grade"] not in grades_of(school["stages"]):
        yield Finding("stage_not_offered", row.line, "grade")


def grades_of(stages: Iterable[str]) -> set[int]:
    """The grades of a school with these stages."""
    return {grade for stage in stages for grade in range(GRADES[stage][0], GRADES[stage][1] + 1)}


def _overlaps(rows: list[Row], stand: dict[Key, Values]) -> Iterator[Finding]:
    """Rows that say the same for dates in common; the last part of a key is the first day."""
    line_of = {row.key: row.line for row in rows}
    periods: dict[Key, list[tuple[date, date, Key]]] = {}
    for key, values in (stand | {row.key: row.whole for row in rows}).items():
        periods.setdefault(key[:-1], []).append((values["valid_from"], last_day(values), key))
    for group in periods.values():
        ordered = sorted(group)
        for (_, ends, earlier), (begins, _, later) in pairwise(ordered):
            if begins <= ends and (later in line_of or earlier in line_of):
                yield Finding("overlap", line_of.get(later, line_of.get(earlier)), "valid_from")


def _programmes(rows: list[Row], stand: dict[Key, Values], places: Places, held: HeldRound) -> Iterator[Finding]:
    taken = {entry_of(p): p["id"] for p in stand.values() if p["round"] == held.id}
    lines: dict[tuple[str, int, str], int] = {}
    for row in rows:
        yield from programme_faults(row, stand.get(row.key), places, held)
        seat = entry_of(row.whole)
        if taken.get(seat, row.whole["id"]) != row.whole["id"]:
            yield Finding("programme_twice", row.line, "school")
        if seat in lines:
            yield Finding("twice", row.line, "school", {"other": lines[seat]})
        lines.setdefault(seat, row.line)


def entry_of(programme: Values) -> tuple[str, int, str]:
    """What a round has one programme for: school, grade, and in kindergartens the class of age."""
    return programme["school"], programme["grade"], programme["age_class"]


def programme_faults(row: Row, stands: Values | None, places: Places, held: HeldRound) -> Iterator[Finding]:
    """What forbids a programme of this school and grade in the round, or this identifier for it."""
    school, (least, most) = places.schools.get(row.whole["school"]), GRADES[held.stage]
    if school is None:
        yield Finding("unknown_school", row.line, "school")
    elif held.stage not in school["stages"]:
        yield Finding("stage_not_offered", row.line, "school")
    elif not school["valid_from"] <= held.as_of <= last_day(school):
        yield Finding("not_valid_then", row.line, "school")
    if not least <= row.whole["grade"] <= most:
        yield Finding("grade_of_stage", row.line, "grade", {"least": least, "most": most})
    if (held.stage == Stage.PRESCHOOL) != (row.whole["age_class"] != ""):
        yield Finding("age_class_of_stage", row.line, "age_class")
    if school is not None and held.stage == Stage.PRESCHOOL and held.kind != PRIVATE_ROUND:
        yield from _joins(row, school, places, held)
    if row.whole["payer"] == Payer.BUREAU and row.whole["fee_fen"]:
        yield Finding("purchased_without_fee", row.line, "fee_fen")
    if school is not None and row.whole["payer"] == Payer.BUREAU and school["ownership"] != Ownership.PRIVATE:
        yield Finding("purchased_of_private", row.line, "payer")
    if school is not None and held.kind == PRIVATE_ROUND and school["ownership"] != Ownership.PRIVATE:
        yield Finding("private_round", row.line, "school")
    if stands and any(stands[field] != row.whole[field] for field in ("round", "school", "grade", "age_class")):
        yield Finding("id_of_another", row.line, "programme")


def _joins(row: Row, school: Values, places: Places, held: HeldRound) -> Iterator[Finding]:
    """A private kindergarten joins of its own will: inclusive, and with what it has filed for the year published."""
    if not row.whole["classes"]:
        return  # so that one that no longer takes part can be planned without a class
    if not may_join(school["ownership"], school["inclusive"]):
        yield Finding("not_inclusive", row.line, "school")
    elif school["ownership"] == Ownership.PRIVATE and (school["id"], held.year) not in places.prospectuses:
        yield Finding("prospectus_missing", row.line, "school", {"year": held.year})
