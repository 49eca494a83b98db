"""What officers have to do, and who does it. Parse, one call, answer."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, status

from app.accounts.calls import HeldDatabase, HeldVault, Session, SignedIn
from app.casework import case, corrections, holding, queue, site_check_list, site_checks
from app.casework.case_schemas import (
    CaseOut,
    CorrectionDecision,
    CorrectionIn,
    CorrectionMade,
    SiteCheckIn,
    SiteCheckLine,
    SiteCheckMade,
    SiteCheckOpened,
    SiteCheckPage,
    SiteCheckRecord,
)
from app.casework.lifecycle import SiteCheckStatus, Work
from app.casework.schemas import CountOut, HandOver, HoldOut, QueuePage, WaitingOut

router = APIRouter(tags=["casework"])
SchoolId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
TownId = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]


@router.get("/rounds/{round_id}/casework", operation_id="list_casework")
async def list_casework(
    round_id: UUID,
    session: Session,
    actor: SignedIn,
    work: Work | None = None,
    town: TownId = None,
    whose: Literal["mine", "free"] | None = None,
    after: Annotated[str | None, Query(max_length=80)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> QueuePage:
    """What waits for an officer in a round, oldest first, by kind of work and town; never one's own family's."""
    rows = await queue.list_queue(session, actor, round_id, work, town, whose, after, limit)
    lines = [WaitingOut.model_validate(row, from_attributes=True) for row in rows]
    return QueuePage(waiting=lines, next=rows[-1].key if len(rows) == limit else None)


@router.get("/rounds/{round_id}/casework/counts", operation_id="count_casework")
async def count_casework(round_id: UUID, session: Session, actor: SignedIn) -> list[CountOut]:
    """How much waits, is taken and is overdue, by kind of work and town."""
    return [CountOut.model_validate(row, from_attributes=True) for row in await queue.counts(session, actor, round_id)]


@router.post(
    "/applications/{application_id}/casework/{work}", operation_id="take_case", status_code=status.HTTP_201_CREATED
)
async def take_case(application_id: UUID, work: Work, session: Session, actor: SignedIn) -> HoldOut:
    """Take a case: nobody else works on it until it is given back, handed over, or three working days have passed."""
    return HoldOut.model_validate(await holding.take(session, actor, application_id, work), from_attributes=True)


@router.post("/casework/{hold_id}/return", operation_id="give_back_case", status_code=status.HTTP_204_NO_CONTENT)
async def give_back_case(hold_id: UUID, session: Session, actor: SignedIn) -> None:
    """Give a case back to the queue."""
    await holding.give_back(session, actor, hold_id)


@router.post("/casework/{hold_id}/handover", operation_id="hand_over_case", status_code=status.HTTP_201_CREATED)
async def hand_over_case(hold_id: UUID, body: HandOver, session: Session, actor: SignedIn) -> HoldOut:
    """Hand a case over to a colleague."""
    made = await holding.hand_over(session, actor, hold_id, body.officer)
    return HoldOut.model_validate(made, from_attributes=True)


@router.get("/applications/{application_id}/case", operation_id="read_case")
async def read_case(
    application_id: UUID, session: Session, database: HeldDatabase, vault: HeldVault, actor: SignedIn
) -> CaseOut:
    """Where each claim of an application stands, in words, and what is asked of whom. A reading by staff is
    journalled."""
    return CaseOut.model_validate(await case.read_case(session, database, vault, actor, application_id))


@router.post(
    "/applications/{application_id}/site-checks", operation_id="ask_school", status_code=status.HTTP_201_CREATED
)
async def ask_school(
    application_id: UUID, body: SiteCheckIn, session: Session, vault: HeldVault, actor: SignedIn
) -> SiteCheckMade:
    """Ask a school to see originals, or to visit a home."""
    made = await site_checks.ask_school(session, vault, actor, application_id, body.school, body.task, body.kinds)
    return SiteCheckMade(id=made)


@router.get("/schools/{school}/site-checks", operation_id="list_site_checks")
async def list_site_checks(
    school: SchoolId,
    session: Session,
    vault: HeldVault,
    actor: SignedIn,
    status: SiteCheckStatus | None = None,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> SiteCheckPage:
    """What a school is asked to look at, oldest first, with masked names."""
    rows = await site_check_list.list_site_checks(session, vault, actor, school, status, after, limit)
    lines = [SiteCheckLine.model_validate(row, from_attributes=True) for row in rows]
    return SiteCheckPage(site_checks=lines, next=rows[-1].id if len(rows) == limit else None)


@router.post("/site-checks/{site_check_id}/unmasking", operation_id="unmask_site_check")
async def unmask_site_check(
    site_check_id: UUID, session: Session, vault: HeldVault, actor: SignedIn
) -> SiteCheckOpened:
    """The child's name, for the school that looks. The act is journalled."""
    row, child = await site_check_list.open_site_check(session, vault, actor, site_check_id)
    return SiteCheckOpened(id=row.id, task=row.task, kinds=row.kinds, child=child)


@router.post(
    "/site-checks/{site_check_id}/record", operation_id="record_site_check", status_code=status.HTTP_204_NO_CONTENT
)
async def record_site_check(
    site_check_id: UUID, body: SiteCheckRecord, session: Session, vault: HeldVault, actor: SignedIn
) -> None:
    """The school's office records what it saw; it decides nothing."""
    await site_checks.record_site_check(
        session, vault, actor, site_check_id, body.done_on, body.originals, body.finding
    )


@router.post(
    "/applications/{application_id}/corrections",
    operation_id="request_correction",
    status_code=status.HTTP_201_CREATED,
)
async def request_correction(
    application_id: UUID, body: CorrectionIn, session: Session, vault: HeldVault, actor: SignedIn
) -> CorrectionMade:
    """Ask after the deadline, and before the freeze, that declared facts be corrected."""
    made = await corrections.request_correction(session, vault, actor, application_id, body.form, body.why)
    return CorrectionMade(id=made)


@router.post(
    "/corrections/{correction_id}/decision", operation_id="decide_correction", status_code=status.HTTP_204_NO_CONTENT
)
async def decide_correction(
    correction_id: UUID, body: CorrectionDecision, session: Session, vault: HeldVault, actor: SignedIn
) -> None:
    """Accept a correction, and the case is decided anew, or refuse it; with an answer for the family."""
    await corrections.decide_correction(session, vault, actor, correction_id, body.accepted, body.answer)
