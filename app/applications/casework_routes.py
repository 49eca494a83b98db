"""The caseworker's queue and acts: parse, one call, answer."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from app.accounts.calls import HeldVault, Session, SignedIn
from app.accounts.schemas import ActOut
from app.applications import casework, claims, leavers, siblings
from app.applications.lifecycle import Outcome
from app.applications.listing import list_of_round
from app.applications.schemas import ApplicationPage, ChecksIn, ChecksOut, LookedUpOut, OverrideIn, ReasonIn

router = APIRouter()


@router.get("/rounds/{round_id}/applications", operation_id="list_applications")
async def list_applications(
    round_id: UUID,
    session: Session,
    actor: SignedIn,
    outcome: Outcome | None = None,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ApplicationPage:
    """The caseworker's queue of a round, oldest first, without names."""
    return await list_of_round(session, actor, round_id, outcome, after, limit)


@router.post("/rounds/{round_id}/checks", operation_id="check_evidence")
async def check_evidence(
    round_id: UUID, body: ChecksIn, session: Session, vault: HeldVault, actor: SignedIn
) -> ChecksOut:
    """Record the checks of a list of evidence and decide each application anew."""
    checks = [casework.Check(check.application, check.kind, check.event) for check in body.checks]
    return ChecksOut(outcomes=await casework.check_evidence(session, vault, actor, round_id, checks))


@router.post("/rounds/{round_id}/leaver-checks", operation_id="confirm_leavers")
async def confirm_leavers(
    round_id: UUID,
    session: Session,
    vault: HeldVault,
    actor: SignedIn,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> LookedUpOut:
    """Look a page of those who claim to leave a primary school of the county up in the register of leavers."""
    found = await leavers.confirm_leavers(session, vault, actor, round_id, after, limit)
    return LookedUpOut.model_validate(found, from_attributes=True)


@router.post("/rounds/{round_id}/sibling-checks", operation_id="confirm_siblings")
async def confirm_siblings(
    round_id: UUID,
    session: Session,
    vault: HeldVault,
    actor: SignedIn,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> LookedUpOut:
    """Look a page of those who wish for the school of an elder brother or sister up among the service's pupils."""
    found = await siblings.confirm_siblings(session, vault, actor, round_id, after, limit)
    return LookedUpOut.model_validate(found, from_attributes=True)


@router.post(
    "/applications/{application_id}/refusal-proposal",
    operation_id="propose_refusal",
    status_code=status.HTTP_204_NO_CONTENT,
)
async def propose_refusal(
    application_id: UUID, body: ReasonIn, session: Session, vault: HeldVault, actor: SignedIn
) -> None:
    """Propose to refuse what stays undetermined after the family's time for papers; another officer confirms."""
    await casework.propose_refusal(session, vault, actor, application_id, body.reason)


@router.post(
    "/applications/{application_id}/refusal",
    operation_id="confirm_refusal",
    status_code=status.HTTP_204_NO_CONTENT,
)
async def confirm_refusal(
    application_id: UUID, body: ReasonIn, session: Session, vault: HeldVault, actor: SignedIn
) -> None:
    """Another person than checked or proposed it confirms a refusal, with an individual sentence for the family."""
    await casework.confirm_refusal(session, vault, actor, application_id, body.reason)


@router.post(
    "/applications/{application_id}/claim", operation_id="uphold_claim", status_code=status.HTTP_204_NO_CONTENT
)
async def uphold_claim(application_id: UUID, session: Session, vault: HeldVault, actor: SignedIn) -> None:
    """The child is the claimant's: the number on which two families have applied is theirs from now on."""
    await claims.uphold_claim(session, vault, actor, application_id)


@router.post(
    "/applications/{application_id}/override-proposals",
    operation_id="propose_override",
    status_code=status.HTTP_201_CREATED,
)
async def propose_override(application_id: UUID, body: ReasonIn, session: Session, actor: SignedIn) -> ActOut:
    """Propose to admit a child beside the rules; a second person must approve."""
    act = await casework.propose_override(session, actor, application_id, body.reason)
    return ActOut.model_validate(act, from_attributes=True)


@router.post("/acts/{act_id}/override", operation_id="approve_override", status_code=status.HTTP_204_NO_CONTENT)
async def approve_override(act_id: UUID, body: OverrideIn, session: Session, vault: HeldVault, actor: SignedIn) -> None:
    """The second person admits the child beside the rules."""
    await casework.override(session, vault, actor, act_id, body.digest, body.reason)
