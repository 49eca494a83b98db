"""What kindergartens file for a year: filed by them or for them, published by the bureau, read by everyone."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, status

from app.accounts.calls import PublicCaller, Session, SignedIn
from app.schools import prospectus
from app.schools.prospectus_schemas import ProspectusIn, ProspectusOut
from app.schools.schemas import IDENTIFIER

router = APIRouter()
School = Annotated[str, Path(pattern=IDENTIFIER)]
Year = Annotated[int, Query(ge=2000, le=2200)]
OneSchool = Annotated[str | None, Query(pattern=IDENTIFIER)]


@router.get("/bureaus/{bureau}/prospectuses", operation_id="list_prospectuses")
async def list_prospectuses(
    bureau: str, caller: PublicCaller, session: Session, year: Year, school: OneSchool = None
) -> list[ProspectusOut]:
    """What the kindergartens have filed for a year and the bureau has published, by kindergarten."""
    rows = await prospectus.published(session, bureau, year, school)
    return [ProspectusOut.model_validate(row, from_attributes=True) for row in rows]


@router.post("/schools/{school}/prospectuses", operation_id="file_prospectus", status_code=status.HTTP_201_CREATED)
async def file_prospectus(school: School, body: ProspectusIn, session: Session, actor: SignedIn) -> ProspectusOut:
    """File plan, prospectus and fees for a year."""
    filing = prospectus.Filing(**body.model_dump())
    row = await prospectus.file_prospectus(session, actor, school, filing)
    return ProspectusOut.model_validate(row, from_attributes=True)


@router.get("/schools/{school}/prospectuses", operation_id="list_filings")
async def list_filings(school: School, session: Session, actor: SignedIn) -> list[ProspectusOut]:
    """Everything that the kindergarten has filed, newest first, published or not."""
    rows = await prospectus.filings_of(session, actor, school)
    return [ProspectusOut.model_validate(row, from_attributes=True) for row in rows]


@router.post("/prospectuses/{prospectus_id}/publication", operation_id="publish_prospectus")
async def publish_prospectus(prospectus_id: UUID, session: Session, actor: SignedIn) -> ProspectusOut:
    """Make a filing public; without one no private kindergarten takes part in a round."""
    row = await prospectus.publish_prospectus(session, actor, prospectus_id)
    return ProspectusOut.model_validate(row, from_attributes=True)
