"""The register of primary leavers (小学毕业生名册): which children leave which primary school in a year.

A number is read, checked and digested at once; what is kept is the keyed digest under which an application's child
stands too. No name is asked for; neither a number nor the file is kept, journalled or repeated. A dry run shows what a
file would change, applying needs the digest of exactly that; what the file leaves out stays as it is.
"""

import asyncio
import hashlib
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.applications.leaver_file import Listed, faults, listed
from app.applications.models import PrimaryLeaver
from app.clock import uuid7
from app.database import table
from app.errors import ServiceError
from app.journal import service as journal
from app.schools import queries as schools
from app.schools import register
from app.schools.findings import Finding, Refused
from app.vault import Vault


@dataclass(frozen=True)
class LeaversFile:
    """`name` is what the person called it; `year` the year of leaving."""

    year: int
    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class LeaversReport:
    """What a file holds and would change: children new to the register, and moved to another school's list. With any
    problem nothing changes and there is no digest."""

    file: LeaversFile
    rows: int
    problems: tuple[Finding, ...]
    flags: tuple[Finding, ...] = ()
    added: int = 0
    moved: int = 0
    unchanged: int = 0
    digest: str | None = None


@dataclass(frozen=True)
class _Difference:
    """`moved` are (id, school before, school after, line)."""

    added: list[dict[str, Any]]
    moved: list[tuple[Any, str, str, int]]
    unchanged: int


async def dry_run(session: AsyncSession, vault: Vault, actor: Actor, file: LeaversFile) -> LeaversReport:
    """What the file would change; changes nothing. Raises `access.*`."""
    authorize(actor, "leaver.import", Target(actor.bureau))
    return (await _report(session, vault, actor.bureau, file))[0]


async def apply(session: AsyncSession, vault: Vault, actor: Actor, file: LeaversFile, digest: str) -> LeaversReport:
    """Make the register what the dry run showed. Raises `schools.import_refused` for a faulty file and
    `schools.import_changed` where file or register are not those of the digest."""
    actor = authorize(actor, "leaver.import", Target(actor.bureau))
    await register.hold(session, actor.bureau)
    report, difference = await _report(session, vault, actor.bureau, file)
    if report.problems:
        first, count = report.problems[0], len(report.problems)
        raise first.as_error("schools.import_refused", file=file.name, count=count)
    if report.digest != digest:
        raise ServiceError("schools.import_changed", "digest")
    await _write(session, actor, difference, digest)
    return report


async def _report(
    session: AsyncSession, vault: Vault, bureau: str, file: LeaversFile
) -> tuple[LeaversReport, _Difference]:
    nothing = _Difference([], [], 0)
    try:
        found = await asyncio.to_thread(listed, vault, file.data)
    except Refused as refused:
        return LeaversReport(file, 0, (refused.finding,)), nothing
    stages = {row.id: row.stages for row in await schools.schools_standing(session, bureau, leaving_day(file.year))}
    problems = sorted((*found.problems, *faults(found.rows, stages)), key=lambda problem: problem.line or 0)
    count = len(found.rows) + len({problem.line for problem in found.problems})
    if problems:
        return LeaversReport(file, count, tuple(problems), found.flags), nothing
    changes = await _difference(session, bureau, file.year, found)
    seen = [
        file.year,
        vault.lookup("leavers", hashlib.sha256(file.data).hexdigest()).hex(),
        [[row["primary"], row["lookup"].hex()] for row in changes.added],
        [[str(part) for part in row[:3]] for row in changes.moved],
    ]
    digest = journal.body_digest(seen).hex()
    sizes = len(changes.added), len(changes.moved), changes.unchanged
    return LeaversReport(file, count, (), found.flags, *sizes, digest), changes


def leaving_day(year: int) -> date:
    """The day on which the schools of that year's leavers must stand."""
    return date(year, 6, 30)


async def _difference(session: AsyncSession, bureau: str, year: int, found: Listed) -> _Difference:
    rows = await session.execute(
        select(col(PrimaryLeaver.lookup), col(PrimaryLeaver.id), col(PrimaryLeaver.primary)).where(
            col(PrimaryLeaver.bureau) == bureau, col(PrimaryLeaver.year) == year
        )
    )
    stand = {row.lookup: (row.id, row.primary) for row in rows}
    added, moved = [], []
    for leaver in found.rows:
        if leaver.lookup not in stand:
            child = {"lookup": leaver.lookup, "number_kind": leaver.number_kind.value}
            added.append({"bureau": bureau, "year": year, "primary": leaver.primary, "line": leaver.line, **child})
        elif stand[leaver.lookup][1] != leaver.primary:
            moved.append((*stand[leaver.lookup], leaver.primary, leaver.line))
    return _Difference(added, moved, len(found.rows) - len(added) - len(moved))


async def _write(session: AsyncSession, actor: Actor, difference: _Difference, digest: str) -> None:
    added = [{**row, "id": uuid7(), "listed_by": digest} for row in difference.added]
    if added:
        await session.execute(insert(table(PrimaryLeaver)), added)
    statement = (
        update(table(PrimaryLeaver))
        .where(col(PrimaryLeaver.bureau) == bindparam("of_bureau"), col(PrimaryLeaver.id) == bindparam("of_id"))
        .values(primary=bindparam("now"), line=bindparam("at_line"), listed_by=digest)
    )
    moves = [
        {"of_bureau": actor.bureau, "of_id": id_, "now": after, "at_line": line}
        for id_, _, after, line in difference.moved
    ]
    if moves:
        await (await session.connection()).execute(statement, moves)
    changes = [(row["id"], journal.ABSENT, row["primary"]) for row in added]
    changes += [row[:3] for row in difference.moved]
    await journal.record_all(
        session,
        [
            journal.entry(actor, "primary_leaver", "import", f"primary_leaver:{id_}", before, after)
            for id_, before, after in changes
        ],
    )
