"""What offices and towns are asked, and decide: parse, one call, answer."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, status

from app.accounts.calls import HeldVault, Session, SignedIn
from app.applications import deferral_decide, deferral_list, referral_answer, referral_list
from app.applications.deferral_schemas import DeferralDecision, DeferralLine, DeferralPage, OpenedDeferral
from app.applications.lifecycle import DeferralEvent, DeferralStatus, ReferralStatus
from app.applications.referral_schemas import AnswersIn, ReferralLine, ReferralOut, ReferralPage

router = APIRouter()
OrganisationId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]


@router.get("/organisations/{organisation}/referrals", operation_id="list_referrals")
async def list_referrals(
    organisation: OrganisationId,
    session: Session,
    vault: HeldVault,
    actor: SignedIn,
    status: ReferralStatus | None = None,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ReferralPage:
    """What an office or a town is asked to confirm, oldest first, with masked names."""
    rows = await referral_list.list_referrals(session, vault, actor, organisation, status, after, limit)
    lines = [ReferralLine.model_validate(row, from_attributes=True) for row in rows]
    return ReferralPage(referrals=lines, next=rows[-1].id if len(rows) == limit else None)


@router.post("/organisations/{organisation}/referrals/{referral_id}/unmasking", operation_id="unmask_referral")
async def unmask_referral(
    organisation: OrganisationId, referral_id: UUID, session: Session, vault: HeldVault, actor: SignedIn
) -> ReferralOut:
    """Name and number of the person concerned, for whoever has to confirm the claim. The act is journalled."""
    opened = await referral_list.open_referral(session, vault, actor, organisation, referral_id)
    return ReferralOut.model_validate(opened, from_attributes=True)


@router.post(
    "/organisations/{organisation}/answers",
    operation_id="answer_referrals",
    status_code=status.HTTP_204_NO_CONTENT,
)
async def answer_referrals(
    organisation: OrganisationId, body: AnswersIn, session: Session, vault: HeldVault, actor: SignedIn
) -> None:
    """Confirm or refuse claims by list; each application is decided anew."""
    answers = [referral_answer.Answer(line.referral, line.event, line.reason) for line in body.answers]
    await referral_answer.answer_referrals(session, vault, actor, organisation, answers)


@router.get("/organisations/{organisation}/deferrals", operation_id="list_deferrals")
async def list_deferrals(
    organisation: OrganisationId,
    session: Session,
    vault: HeldVault,
    actor: SignedIn,
    year: Annotated[int | None, Query(ge=2000, le=2100)] = None,
    status: DeferralStatus | None = None,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> DeferralPage:
    """A town's deferrals, or, for the bureau's own code, all of them, with who has not come back yet."""
    rows = await deferral_list.list_deferrals(session, vault, actor, organisation, year, status, after, limit)
    lines = [DeferralLine.model_validate(row, from_attributes=True) for row in rows]
    return DeferralPage(deferrals=lines, next=rows[-1].id if len(rows) == limit else None)


@router.post("/deferrals/{deferral_id}/unmasking", operation_id="unmask_deferral")
async def unmask_deferral(deferral_id: UUID, session: Session, vault: HeldVault, actor: SignedIn) -> OpenedDeferral:
    """The child's name and the certificate, for whoever decides. The act is journalled."""
    return OpenedDeferral.model_validate(await deferral_list.open_deferral(session, vault, actor, deferral_id))


@router.post(
    "/deferrals/{deferral_id}/decision", operation_id="decide_deferral", status_code=status.HTTP_204_NO_CONTENT
)
async def decide_deferral(
    deferral_id: UUID, body: DeferralDecision, session: Session, vault: HeldVault, actor: SignedIn
) -> None:
    """The town, or the bureau where there is none or its time has passed, approves or refuses a deferral."""
    event = DeferralEvent(body.event)
    await deferral_decide.decide_deferral(session, vault, actor, deferral_id, event, body.reason)
