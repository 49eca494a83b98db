"""The bureau's reports and exports, and the auditor's journal."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.accounts.access import Target, authorize
from app.accounts.calls import HeldDatabase, Session, SignedIn
from app.bureau import exports, service
from app.bureau.schemas import MissingOut, MissingPage, ReportOut
from app.journal import queries as journal_queries
from app.journal.schemas import EntryOut, EntryPage

router = APIRouter(tags=["bureau"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/rounds/{round_id}/provision", operation_id="read_provision")
async def read_provision(round_id: UUID, session: Session, actor: SignedIn) -> ReportOut:
    """Whether 100% of eligible children were provided for, in bands, by town and school, with the funnel."""
    return ReportOut.of(await service.provision(session, actor, round_id))


@router.get("/rounds/{round_id}/provision/children", operation_id="list_children_behind")
async def list_children_behind(
    round_id: UUID,
    session: Session,
    database: HeldDatabase,
    actor: SignedIn,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> MissingPage:
    """The children behind the difference, each with its reason; the reading is journalled."""
    rows = await service.children_behind(session, database, actor, round_id, after, limit)
    children = [MissingOut.model_validate(row, from_attributes=True) for row in rows]
    return MissingPage(children=children, next=rows[-1].application if len(rows) == limit else None)


@router.get("/rounds/{round_id}/provision.csv", operation_id="export_provision_csv", response_class=Response)
async def export_provision_csv(round_id: UUID, session: Session, actor: SignedIn) -> Response:
    """The provision table as CSV."""
    whole = await service.provision(session, actor, round_id)
    content = exports.to_csv(service.TABLE_HEADER, service.table(whole))
    return Response(content, media_type="text/csv; charset=utf-8", headers=_download("provision.csv"))


@router.get("/rounds/{round_id}/provision.xlsx", operation_id="export_provision_xlsx", response_class=Response)
async def export_provision_xlsx(round_id: UUID, session: Session, actor: SignedIn) -> Response:
    """The provision table as a workbook."""
    whole = await service.provision(session, actor, round_id)
    content = exports.to_xlsx("provision", service.TABLE_HEADER, service.table(whole))
    return Response(content, media_type=XLSX, headers=_download("provision.xlsx"))


@router.get("/journal", operation_id="read_journal")
async def read_journal(
    session: Session,
    actor: SignedIn,
    before: UUID | None = None,
    object_: Annotated[str | None, Query(alias="object", max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> EntryPage:
    """The append-only journal, newest first."""
    authorize(actor, "journal.read", Target(actor.bureau))
    rows = await journal_queries.entries_before(session, actor.bureau, before, object_, limit)
    entries = [EntryOut.model_validate(row, from_attributes=True) for row in rows]
    return EntryPage(entries=entries, next=rows[-1].id if len(rows) == limit else None)


def _download(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
