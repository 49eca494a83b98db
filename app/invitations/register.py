"""Bringing registers of children together: a dry run shows what a file would change, applying needs the digest of
exactly that. One child once across registers, by its number; whoever has none is itself again in the same register by
name and birth date, and beside a child of that name and birth date elsewhere a person decides (`like_pairs`)."""

import asyncio
import hashlib
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.accounts.access import Target, authorize
from app.actor import Actor
from app.clock import uuid7
from app.database import database_now, table
from app.errors import ServiceError
from app.inserts import insert_together
from app.invitations.models import ExpectedChild, LikePair
from app.invitations.register_file import Listed, ListedFile, Source, listed
from app.invitations.register_write import Known, change
from app.journal import service as journal
from app.schools import queries as schools
from app.schools import register
from app.schools.findings import Finding, Refused
from app.vault import Place, Vault, seal


@dataclass(frozen=True)
class RegisterFile:
    """`name` is what the person called it."""

    source: Source
    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class RegisterReport:
    """What a file holds and would change: children that no register knew, those that it tells something of, and pairs
    that a person must look at. With any problem nothing changes and there is no digest."""

    file: RegisterFile
    rows: int
    problems: tuple[Finding, ...]
    flags: tuple[Finding, ...] = ()
    added: int = 0
    told: int = 0
    alike: int = 0
    digest: str | None = None


@dataclass(frozen=True)
class _Difference:
    """`alike` are (child of the register, line of the file)."""

    added: list[Listed] = field(default_factory=list)
    told: list[tuple[Known, Listed]] = field(default_factory=list)
    alike: list[tuple[UUID, int]] = field(default_factory=list)


async def dry_run(session: AsyncSession, vault: Vault, actor: Actor, file: RegisterFile) -> RegisterReport:
    """What the file would change; changes nothing. Raises `access.*`."""
    authorize(actor, "invitation.import", Target(actor.bureau))
    return (await _report(session, vault, actor.bureau, file, await _towns(session, actor.bureau)))[0]


async def apply(session: AsyncSession, vault: Vault, actor: Actor, file: RegisterFile, digest: str) -> RegisterReport:
    """Make the registers what the dry run showed. Raises `schools.import_refused` for a faulty file and
    `schools.import_changed` where file or registers are not those of the digest."""
    actor = authorize(actor, "invitation.import", Target(actor.bureau))
    await register.hold(session, actor.bureau)
    towns = await _towns(session, actor.bureau)
    report, difference = await _report(session, vault, actor.bureau, file, towns)
    if report.problems:
        first, count = report.problems[0], len(report.problems)
        raise first.as_error("schools.import_refused", file=file.name, count=count)
    if report.digest != digest:
        raise ServiceError("schools.import_changed", "digest")
    made = await _add(session, vault, actor, file.source, difference.added, towns)
    await _pair(session, actor, difference.alike, made)
    for known, line in difference.told:
        await change(session, vault, actor.bureau, known, file.source, line, towns[line.community])
    changed = [(made[one.line], journal.ABSENT) for one in difference.added]
    changed += [(known.id, "known") for known, _ in difference.told]
    after = f"{file.source} {digest}"
    entries = [
        journal.entry(actor, "expected_child", "import", f"expected_child:{id_}", before, after)
        for id_, before in changed
    ]
    await journal.record_all(session, entries)
    return report


async def _towns(session: AsyncSession, bureau: str) -> dict[str, str]:
    """Community → its town, of those that stand today."""
    today = (await database_now(session)).astimezone(schools.CHINA).date()
    return {row.id: row.town for row in await schools.communities_standing(session, bureau, today)}


async def _report(
    session: AsyncSession, vault: Vault, bureau: str, file: RegisterFile, towns: dict[str, str]
) -> tuple[RegisterReport, _Difference]:
    try:
        found = await asyncio.to_thread(listed, vault, file.source, file.data, towns)
    except Refused as refused:
        return RegisterReport(file, 0, (refused.finding,)), _Difference()
    count = len(found.rows) + len({problem.line for problem in found.problems})
    if found.problems:
        return RegisterReport(file, count, found.problems, found.flags), _Difference()
    changes = await _difference(session, bureau, file.source, found)
    seen = [
        file.source,
        vault.lookup("register", hashlib.sha256(file.data).hexdigest()).hex(),
        [one.line for one in changes.added],
        [[str(known.id), one.line] for known, one in changes.told],
        [[str(first), line] for first, line in changes.alike],
    ]
    sizes = len(changes.added), len(changes.told), len(changes.alike)
    return RegisterReport(file, count, (), found.flags, *sizes, journal.body_digest(seen).hex()), changes


async def _difference(session: AsyncSession, bureau: str, source: Source, found: ListedFile) -> _Difference:
    rows = await session.execute(
        select(
            col(ExpectedChild.id),
            col(ExpectedChild.lookup),
            col(ExpectedChild.likeness),
            col(ExpectedChild.sources),
            col(ExpectedChild.same_as),
        )
        .where(col(ExpectedChild.bureau) == bureau)
        .order_by(col(ExpectedChild.id))
    )
    stand = [Known(row.id, row.lookup, row.likeness, tuple(row.sources), row.same_as) for row in rows]
    by_id = {known.id: known for known in stand}
    by_number = {known.lookup: known for known in stand if known.lookup is not None}
    alike: dict[bytes, list[Known]] = {}
    for known in stand:
        alike.setdefault(known.likeness, []).append(known)
    changes = _Difference()
    for one in found.rows:
        others = alike.get(one.likeness, [])
        if one.lookup is not None:
            same = by_number.get(one.lookup)
        else:
            same = next((other for other in others if other.lookup is None and source in other.sources), None)
        if same is not None:
            changes.told.append((same if same.same_as is None else by_id[same.same_as], one))
            continue
        changes.added.append(one)
        changes.alike.extend((other.id, one.line) for other in others if other.may_be(one))
    return changes


async def _add(
    session: AsyncSession, vault: Vault, actor: Actor, source: Source, added: list[Listed], towns: dict[str, str]
) -> dict[int, UUID]:
    """Line → the child made of it."""
    rows, keys, made = [], [], {}
    for one in added:
        id_ = made[one.line] = uuid7()
        key, (subject_keys, [wrapped]) = vault.new_key(actor.bureau, id_, [])
        keys.append({**wrapped, "schools": [towns[one.community]]})
        row = {"bureau": actor.bureau, "id": id_, "town": towns[one.community], "community": one.community}
        row |= {"lookup": one.lookup, "likeness": one.likeness, "sources": [source.value]}
        rows.append(row | {"sealed": seal(key, {source.value: one.said}, Place("expected_child", "sealed", id_))})
    if rows:
        await insert_together(session, [(subject_keys, keys), (ExpectedChild, rows)])
    return made


async def _pair(session: AsyncSession, actor: Actor, alike: list[tuple[UUID, int]], made: dict[int, UUID]) -> None:
    pairs = [{"bureau": actor.bureau, "id": uuid7(), "first": first, "second": made[line]} for first, line in alike]
    if pairs:
        await session.execute(insert(table(LikePair)), pairs)
