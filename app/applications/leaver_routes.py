"""The register of primary leavers: parse, one call, answer."""

from typing import Annotated

from fastapi import APIRouter, File, UploadFile
from fastapi import Form as Field

from app.accounts.calls import HeldVault, Session, SignedIn
from app.applications import leaver_register
from app.applications.leaver_register import LeaversFile
from app.applications.schemas import LeaversOut
from app.schools.limits import MAX_BYTES

router = APIRouter()
Upload = Annotated[UploadFile, File(description="CSV in UTF-8, or XLSX: number, number_kind, primary.")]
Year = Annotated[int, Field(ge=2000, le=2100, description="The year of leaving.")]
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


async def _leavers(file: UploadFile, year: int) -> LeaversFile:
    """At most one byte beyond the limit is read; the name keeps what can be printed."""
    name = "".join(sign for sign in (file.filename or "-") if sign.isprintable())[:100]
    return LeaversFile(year, name or "-", await file.read(MAX_BYTES + 1))
