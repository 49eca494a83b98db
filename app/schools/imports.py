"""Importing the register: a dry run shows what would change; applying needs the digest of exactly that.

All or nothing: one faulty row and nothing is written. What the file leaves out stays as it is.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import Target, authorize
from app.accounts.service import ensure_organisations
from app.actor import Actor
from app.clock import uuid7
from app.errors import ServiceError
from app.journal import service as journal
from app.schools import checks, plausibility, register, tables
from app.schools.difference import Change, Difference, compare, digest_of, version_of
from app.schools.findings import Finding, Refused
from app.schools.layouts import LAYOUTS, Kind, Layout
from app.schools.models import Catchment, Feeder, KindergartenEnrolment, SchoolClass
from app.schools.rows import Key, Row, Values, over, rows_of

NOTHING = Difference((), (), 0, ())
NUMBERED = (Catchment, Feeder, KindergartenEnrolment, SchoolClass)


@dataclass(frozen=True)
class ImportFile:
    """`name` is what the person called it; `round` the round of a file of programmes."""

    kind: Kind
    name: str
    data: bytes
    round: UUID | None = None


@dataclass(frozen=True)
class Report:
    """What a file holds and would change. With any problem there is no difference and no digest.

    `seats` are the gross seats of the round before and after, for programmes.
    """

    file: ImportFile
    rows: int
    problems: tuple[Finding, ...]
    flags: tuple[Finding, ...] = ()
    difference: Difference = NOTHING
    seats: tuple[int, int] | None = None
    digest: str | None = None


async def dry_run(session: AsyncSession, actor: Actor, file: ImportFile) -> Report:
    """What the file would change; changes nothing. Raises `access.*`, `schools.round_not_planned`."""
    authorize(actor, _action(file.kind), Target(actor.bureau))
    return await _report(session, actor.bureau, file)


async def apply(session: AsyncSession, actor: Actor, file: ImportFile, digest: str) -> Report:
    """Make the register what the dry run showed. Raises `schools.import_refused` for a faulty file and
    `schools.import_changed` where file, register or flags are not those of the digest."""
    actor = authorize(actor, _action(file.kind), Target(actor.bureau))
    await register.hold(session, actor.bureau)
    report = await _report(session, actor.bureau, file)
    if report.problems:
        first, count = report.problems[0], len(report.problems)
        raise first.as_error("schools.import_refused", file=file.name, count=count)
    if report.digest != digest:
        raise ServiceError("schools.import_changed", "digest")
    await _write(session, actor, file.kind, report.difference)
    return report


def _action(kind: Kind) -> str:
    return "programme.plan" if kind is Kind.PROGRAMMES else "school.import"


async def _report(session: AsyncSession, bureau: str, file: ImportFile) -> Report:
    layout, held = LAYOUTS[file.kind], None
    if file.kind is Kind.PROGRAMMES:
        if file.round is None:
            raise ServiceError("schools.round_missing", "round")
        held = await register.hold_planned_round(session, bureau, file.round)
    try:
        flags, rows, problems = await asyncio.to_thread(_read, file.data, layout)
    except Refused as refused:
        return Report(file, 0, (refused.finding,))
    count = len(rows) + len({problem.line for problem in problems})
    if held is not None:
        rows, others = checks.in_round(rows, held)
        problems += others
    stand, places = await register.standing(session, bureau, layout), await register.places(session, bureau)
    rows = over(stand, layout, rows)
    problems += checks.check(file.kind, bureau, rows, stand, places, held)
    if problems:
        return Report(file, count, _in_order(problems), flags)
    difference = compare(layout, rows, stand)
    flags += tuple(plausibility.flags(file.kind, rows, stand, places, held))
    digest = digest_of(f"{file.kind}/{file.round or '-'}", file.data, difference, flags)
    return Report(file, count, (), flags, difference, _seats(rows, stand, held), digest)


def _read(data: bytes, layout: Layout) -> tuple[tuple[Finding, ...], list[Row], list[Finding]]:
    table = tables.read(data)
    return (table.flags, *rows_of(table, layout))


def _in_order(problems: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(problems, key=lambda problem: problem.line or 0))


def _seats(rows: list[Row], stand: dict[Key, Values], held: register.HeldRound | None) -> tuple[int, int] | None:
    if held is None:
        return None
    before = {key: plausibility.gross(values) for key, values in stand.items() if values["round"] == held.id}
    after = before | {row.key: plausibility.gross(row.whole) for row in rows}
    return sum(before.values()), sum(after.values())


async def _write(session: AsyncSession, actor: Actor, kind: Kind, difference: Difference) -> None:
    layout = LAYOUTS[kind]
    if kind is Kind.SCHOOLS:
        named = [(change.row.whole["id"], change.row.whole["name"]) for change in _changes(difference)]
        await ensure_organisations(session, actor, named)
    added = [_columns(actor.bureau, layout, change) for change in difference.added]
    changed = [_columns(actor.bureau, layout, change) for change in difference.changed]
    if added:
        await session.execute(insert(layout.model), added)
    if changed:
        await session.execute(update(layout.model), changed)
    await journal.record_all(session, [_entry(actor, layout, change) for change in _changes(difference)])


def _changes(difference: Difference) -> tuple[Change, ...]:
    return difference.added + difference.changed


def _columns(bureau: str, layout: Layout, change: Change) -> dict[str, Any]:
    values = {field: change.row.whole[field] for field in layout.fields}
    if layout.model in NUMBERED:
        values["id"] = change.before["id"] if change.before else uuid7()
    return {"bureau": bureau, **values}


def _entry(actor: Actor, layout: Layout, change: Change) -> dict[str, Any]:
    before = version_of(layout, change.before) if change.before else journal.ABSENT
    after = version_of(layout, change.row.whole)
    return journal.entry(actor, layout.subject, "import", f"{layout.subject}:{change.name}", before, after)
