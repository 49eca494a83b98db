"""The bureau's reports and exports, and the auditor's journal."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from app.accounts.access import Target, authorize
from app.accounts.calls import HeldDatabase, Session, SignedIn
from app.bureau import exports, service, shares_service, simulation
from app.bureau.schemas import MissingOut, MissingPage, ReportOut
from app.bureau.shares_schemas import SharesReportOut
from app.bureau.simulation_schemas import SimulationAsked, SimulationBrief, SimulationIn, SimulationOut
from app.journal import queries as journal_queries
from app.journal.schemas import EntryOut, EntryPage

router = APIRouter(tags=["bureau"])
Year = Annotated[int, Path(ge=2000, le=2200)]
On = Annotated[date | None, Query(description="The day on which levels are judged; 1 September of the year if absent.")]
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


@router.get("/kindergartens/{year}/shares", operation_id="read_kindergarten_shares")
async def read_kindergarten_shares(year: Year, session: Session, actor: SignedIn, on: On = None) -> SharesReportOut:
    """Shares in inclusive and graded kindergartens of a school year, for the county, by town and kindergarten."""
    return SharesReportOut.of(await shares_service.kindergarten_shares(session, actor, year, on))


@router.get("/kindergartens/{year}/shares.csv", operation_id="export_kindergarten_shares", response_class=Response)
async def export_kindergarten_shares(year: Year, session: Session, actor: SignedIn, on: On = None) -> Response:
    """The table of shares as CSV."""
    whole = await shares_service.kindergarten_shares(session, actor, year, on)
    content = exports.to_csv(shares_service.TABLE_HEADER, shares_service.table(whole))
    return Response(content, media_type="text/csv; charset=utf-8", headers=_download(f"kindergarten-shares-{year}.csv"))


@router.post("/rounds/{round_id}/simulations", operation_id="request_simulation", status_code=202)
async def request_simulation(round_id: UUID, body: SimulationIn, session: Session, actor: SignedIn) -> SimulationAsked:
    """Simulate draws of the round's frozen bundle, and of a scenario of it under the same draws; changes nothing."""
    scenario = None if body.scenario is None else body.scenario.model_dump(mode="json", exclude_none=True)
    row = await simulation.request_simulation(session, actor, round_id, scenario, body.draws, body.seed, body.reason)
    return SimulationAsked(id=row.id, job=row.job)


@router.get("/rounds/{round_id}/simulations", operation_id="list_simulations")
async def list_simulations(round_id: UUID, session: Session, actor: SignedIn) -> list[SimulationBrief]:
    """The simulations of a round, newest first; until its result is published for allocation officers and approver."""
    return [SimulationBrief.brief(row) for row in await simulation.simulations_of(session, actor, round_id)]


@router.get("/simulations/{simulation_id}", operation_id="read_simulation")
async def read_simulation(simulation_id: UUID, session: Session, actor: SignedIn) -> SimulationOut:
    """What a simulation found, once its job is done."""
    return SimulationOut.of(await simulation.simulation_by_id(session, actor, simulation_id))


@router.get("/simulations/{simulation_id}/chances.csv", operation_id="read_chances", response_class=Response)
async def read_chances(simulation_id: UUID, session: Session, actor: SignedIn) -> Response:
    """In how many draws each pseudonym was placed where, for whoever may know the bundle; the reading is journalled."""
    content = await simulation.chances_of(session, actor, simulation_id)
    return Response(content, media_type="text/csv; charset=utf-8", headers=_download("chances.csv"))


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
