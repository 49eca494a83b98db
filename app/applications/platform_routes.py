"""The provincial platform's files: parse, one call, answer."""

from collections import Counter
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, UploadFile
from pydantic import BaseModel

from app.accounts.calls import HeldVault, Session, SignedIn
from app.applications import platform_import
from app.applications.platform_file import MAX_BYTES
from app.applications.platform_import import LineReport, Taken

router = APIRouter()
Upload = Annotated[
    UploadFile, File(description="JSON lines in UTF-8: number, submitted_at, guardian, form. At most 500 lines.")
]


class FaultOut(BaseModel):
    """What is wrong with a field; never what stands in it."""

    field: str
    zh: str
    en: str


class LineOut(BaseModel):
    """What became of a line, or would; the same answer whenever the same line comes again under its number."""

    line: int
    taken: Taken
    number: str | None
    item: UUID | None
    application: UUID | None
    version: int | None
    form_digest: str | None
    faults: list[FaultOut]


class PlatformFileOut(BaseModel):
    """Line by line, with how many of each."""

    counts: dict[Taken, int]
    lines: list[LineOut]

    @classmethod
    def of(cls, reports: list[LineReport]) -> "PlatformFileOut":
        lines = [LineOut.model_validate(report, from_attributes=True) for report in reports]
        return cls(counts=dict(Counter(line.taken for line in lines)), lines=lines)


@router.post("/rounds/{round_id}/platform-files/dry-run", operation_id="dry_run_platform_file")
async def dry_run_platform_file(
    round_id: UUID, session: Session, vault: HeldVault, actor: SignedIn, file: Upload
) -> PlatformFileOut:
    """What taking a file of the platform in would do, line by line; nothing of it stays."""
    data = await file.read(MAX_BYTES + 1)
    return PlatformFileOut.of(await platform_import.dry_run(session, vault, actor, round_id, data))


@router.post("/rounds/{round_id}/platform-files", operation_id="apply_platform_file")
async def apply_platform_file(
    round_id: UUID, session: Session, vault: HeldVault, actor: SignedIn, file: Upload
) -> PlatformFileOut:
    """Take a file of the platform in: each form once under its number. What cannot be submitted stays an open item; a
    line without a number or a time refuses the file."""
    data = await file.read(MAX_BYTES + 1)
    return PlatformFileOut.of(await platform_import.apply(session, vault, actor, round_id, data))
