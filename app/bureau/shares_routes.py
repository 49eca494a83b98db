"""The shares of children in inclusive and graded kindergartens."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from app.accounts.calls import Session, SignedIn
from app.bureau import exports, shares_service
from app.bureau.shares_schemas import SharesReportOut

router = APIRouter()
Year = Annotated[int, Path(ge=2000, le=2200)]
On = Annotated[date | None, Query(description="The day on which levels are judged; 1 September of the year if absent.")]


@router.get("/kindergartens/{year}/shares", operation_id="read_kindergarten_shares")
async def read_kindergarten_shares(year: Year, session: Session, actor: SignedIn, on: On = None) -> SharesReportOut:
    """Shares in inclusive and graded kindergartens of a school year, for the county, by town and kindergarten."""
    return SharesReportOut.of(await shares_service.kindergarten_shares(session, actor, year, on))


@router.get("/kindergartens/{year}/shares.csv", operation_id="export_kindergarten_shares", response_class=Response)
async def export_kindergarten_shares(year: Year, session: Session, actor: SignedIn, on: On = None) -> Response:
    """The table of shares as CSV."""
    whole = await shares_service.kindergarten_shares(session, actor, year, on)
    content = exports.to_csv(shares_service.TABLE_HEADER, shares_service.table(whole))
    headers = {"Content-Disposition": f'attachment; filename="kindergarten-shares-{year}.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)
