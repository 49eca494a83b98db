"""The register of primary leavers: parse, one call, answer."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Path, Query, UploadFile, status
from fastapi import Form as Field

from app.accounts.calls import HeldVault, Session, SignedIn
from app.applications import leaver_follow, leaver_register
from app.applications.leaver_register import LeaversFile
from app.applications.leaver_schemas import (
    LeaverCountOut,
    LeaversOut,
    MissingLeaverOut,
    MissingLeaversPage,
    WhereaboutsIn,
)
from app.schools.limits import MAX_BYTES

router = APIRouter()
Upload = Annotated[UploadFile, File(description="CSV in UTF-8, or XLSX: number, number_kind, primary.")]
Year = Annotated[int, Field(ge=2000, le=2100, description="The year of leaving.")]
YearOfLeaving = Annotated[int, Path(ge=2000, le=2100)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="The `digest` of the dry run.")]


@router.post("/leavers/dry-run", operation_id="dry_run_leavers")
async def dry_run_leavers(session: Session, vault: HeldVault, actor: SignedIn, file: Upload, year: Year) -> LeaversOut:
    """What a file of primary leavers would change; nothing is changed, and no number is kept."""
    return LeaversOut.of(await leaver_register.dry_run(session, vault, actor, await _leavers(file, year)))


@router.post("/leavers", operation_id="apply_leavers")
async def apply_leavers(
    session: Session, vault: HeldVault, actor: SignedIn, file: Upload, year: Year, digest: Digest
) -> LeaversOut:
    """Make the register of leavers what the dry run of this digest showed: all of it or nothing."""
    return LeaversOut.of(await leaver_register.apply(session, vault, actor, await _leavers(file, year), digest))


@router.get("/leavers/{year}/counts", operation_id="count_leavers")
async def count_leavers(year: YearOfLeaving, session: Session, actor: SignedIn) -> dict[str, LeaverCountOut]:
    """By primary school: who leaves it, has applied for grade 7, is known to be elsewhere, and is missing."""
    counts = await leaver_follow.leaver_counts(session, actor, year)
    return {school: LeaverCountOut.model_validate(count, from_attributes=True) for school, count in counts.items()}


@router.get("/leavers/{year}/missing", operation_id="list_missing_leavers")
async def list_missing_leavers(
    year: YearOfLeaving,
    session: Session,
    actor: SignedIn,
    primary: Annotated[str | None, Query(max_length=64)] = None,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> MissingLeaversPage:
    """Leavers of whom no application has come and nobody knows more, by reference and by the line of the file that
    listed them; the reading is journalled."""
    rows = await leaver_follow.missing_leavers(session, actor, year, primary, after, limit)
    leavers = [MissingLeaverOut.model_validate(row, from_attributes=True) for row in rows]
    return MissingLeaversPage(leavers=leavers, next=rows[-1].leaver if len(rows) == limit else None)


@router.put(
    "/leavers/{leaver_id}/whereabouts", operation_id="account_for_leaver", status_code=status.HTTP_204_NO_CONTENT
)
async def account_for_leaver(leaver_id: UUID, body: WhereaboutsIn, session: Session, actor: SignedIn) -> None:
    """Record why a leaver does not apply, or that it is unknown after all; an application counts nevertheless."""
    await leaver_follow.record_whereabouts(session, actor, leaver_id, body.whereabouts)


async def _leavers(file: UploadFile, year: int) -> LeaversFile:
    """At most one byte beyond the limit is read; the name keeps what can be printed."""
    name = "".join(sign for sign in (file.filename or "-") if sign.isprintable())[:100]
    return LeaversFile(year, name or "-", await file.read(MAX_BYTES + 1))
