"""What officers have to do, and who does it. Parse, one call, answer."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, status

from app.accounts.calls import Session, SignedIn
from app.casework import holding, queue
from app.casework.lifecycle import Work
from app.casework.schemas import CountOut, HandOver, HoldOut, QueuePage, WaitingOut

router = APIRouter(tags=["casework"])
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
