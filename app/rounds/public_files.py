"""The files of bundles and results as anybody may fetch them once they are published, byte for byte."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.errors import ServiceError
from app.rounds.models import AllocationRun, Bundle, BundleFile, RunFile


class Source(StrEnum):
    """What a file belongs to: the frozen problem, or a run's result."""

    BUNDLES = "bundles"
    RUNS = "runs"


@dataclass(frozen=True)
class StoredFile:
    """A file's place: `number` of the bundle or run in its round, its `status`, and what the bytes must hash to.

    `bundle` is the number of the bundle that a run has solved, and a bundle's own.
    """

    source: Source
    number: int
    bundle: int
    status: str
    name: str
    bytes: int
    sha256: str


async def files_of_round(session: AsyncSession, bureau: str, round_id: UUID) -> list[StoredFile]:
    """Every file of the round that the transaction may see, by source, number and name."""
    listed = union_all(
        *(
            _files(source, bureau, round_id).add_columns(
                func.length(content).label("bytes"), func.encode(func.sha256(content), "hex").label("sha256")
            )
            for source, content in ((Source.BUNDLES, col(BundleFile.content)), (Source.RUNS, col(RunFile.content)))
        )
    )
    rows = await session.execute(listed.order_by("source", "number", "name"))
    return [StoredFile(**{**row._mapping, "source": Source(row.source)}) for row in rows]


async def file_of_round(
    session: AsyncSession, bureau: str, round_id: UUID, source: Source, number: int, name: str
) -> bytes:
    """One of them; raises `access.not_found`, also for what is not published yet."""
    model, owner = (BundleFile, Bundle) if source is Source.BUNDLES else (RunFile, AllocationRun)
    query = _files(source, bureau, round_id).add_columns(col(model.content).label("content"))
    row = (await session.execute(query.where(col(owner.number) == number, col(model.name) == name))).one_or_none()
    if row is None:
        raise ServiceError("access.not_found", "file", action="round.file")
    content: bytes = row.content
    return content


def _files(source: Source, bureau: str, round_id: UUID) -> Select[*tuple[Any, ...]]:
    if source is Source.BUNDLES:
        return (
            select(
                literal(source.value).label("source"),
                col(Bundle.number),
                col(Bundle.number).label("bundle"),
                col(Bundle.status),
                col(BundleFile.name),
            )
            .join(Bundle, (col(Bundle.bureau) == col(BundleFile.bureau)) & (col(Bundle.id) == col(BundleFile.bundle)))
            .where(col(Bundle.bureau) == bureau, col(Bundle.round) == round_id)
        )
    same = (col(AllocationRun.bureau) == col(RunFile.bureau)) & (col(AllocationRun.id) == col(RunFile.run))
    return (
        select(
            literal(source.value).label("source"),
            col(AllocationRun.number),
            col(Bundle.number).label("bundle"),
            col(AllocationRun.status),
            col(RunFile.name),
        )
        .join(AllocationRun, same)
        .join(Bundle, (col(Bundle.bureau) == bureau) & (col(Bundle.id) == col(AllocationRun.bundle)))
        .where(col(AllocationRun.bureau) == bureau, col(AllocationRun.round) == round_id)
    )
