"""Bundles and results in the database, byte for byte."""

from collections.abc import Iterable, Mapping
from itertools import repeat
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.allocation.bundle import Bundle as ParsedBundle
from app.allocation.bundle import parse_bundle
from app.allocation.text import Refused
from app.errors import ServiceError
from app.inserts import insert_columns
from app.rounds.models import Bundle, BundleApplicant, BundleFile, RunFile
from app.rounds.snapshot import Bundled, Snapshot


async def keep_bundle(session: AsyncSession, bundle: Bundle, snapshot: Snapshot) -> None:
    """Insert the bundle, its files and who stands behind its pseudonyms."""
    session.add(bundle)
    await session.flush()
    here = {"bureau": bundle.bureau, "bundle": bundle.id, "published": False}
    files = [{**here, "name": name, "content": content} for name, content in snapshot.files.items()]
    await session.execute(insert(BundleFile), files)
    people = snapshot.bundled
    columns: dict[str, Iterable[Any]] = {
        "bureau": repeat(bundle.bureau),
        "bundle": repeat(bundle.id),
        "published": repeat(False),
        "pseudonym": (person.pseudonym for person in people),
        "application": (person.application for person in people),
        "child": (person.child for person in people),
        "residence_community": (person.residence_community for person in people),
        "guardians": (person.guardians for person in people),
        "salt": (person.salt for person in people),
        "rows": (person.rows for person in people),
        "leaf": (person.leaf for person in people),
        "leaves": (person.leaves for person in people),
        "path": (person.path for person in people),
    }
    await insert_columns(session, BundleApplicant, columns, len(people))


async def bundled_in(session: AsyncSession, bureau: str, bundle: UUID) -> dict[str, Bundled]:
    """Who stands behind the pseudonyms of a bundle, in their order; for its officers."""
    rows = await session.scalars(
        select(BundleApplicant)
        .where(col(BundleApplicant.bureau) == bureau, col(BundleApplicant.bundle) == bundle)
        .order_by(col(BundleApplicant.pseudonym))
    )
    return {
        row.pseudonym: Bundled(
            row.pseudonym,
            row.application,
            row.child,
            tuple(row.guardians),
            row.residence_community,
            row.salt,
            row.rows,
            row.leaf,
            row.leaves,
            tuple(row.path),
        )
        for row in rows
    }


async def files_of_bundle(session: AsyncSession, bureau: str, bundle: UUID) -> dict[str, bytes]:
    """The bundle's files as they are stored."""
    rows = await session.execute(
        select(col(BundleFile.name), col(BundleFile.content)).where(
            col(BundleFile.bureau) == bureau, col(BundleFile.bundle) == bundle
        )
    )
    return {row.name: row.content for row in rows}


async def files_of_run(session: AsyncSession, bureau: str, run: UUID) -> dict[str, bytes]:
    """The result's files as they are stored."""
    rows = await session.execute(
        select(col(RunFile.name), col(RunFile.content)).where(col(RunFile.bureau) == bureau, col(RunFile.run) == run)
    )
    return {row.name: row.content for row in rows}


def parsed(files: Mapping[str, bytes], root: str) -> ParsedBundle:
    """The stored bundle, checked against its digests and the root published; raises `round.bundle_altered`."""
    try:
        bundle = parse_bundle(files)
    except (Refused, KeyError):
        raise ServiceError("round.bundle_altered", "bundle") from None
    if bundle.root != root:
        raise ServiceError("round.bundle_altered", "root")
    return bundle
