"""What a family does with its application; who checks, answers and publishes rules has a page of its own each."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Response, status

from app.accounts.calls import HeldDatabase, HeldVault, Session, SignedIn
from app.applications import (
    casework_routes,
    deferrals,
    incoming_routes,
    leaver_routes,
    platform_routes,
    reading,
    referral_routes,
    register_routes,
    ruleset_routes,
    submit,
)
from app.applications.deferral_schemas import CertificateIn, RequestedOut
from app.applications.form import Form
from app.applications.listing import own_list
from app.applications.schemas import ApplicationBrief, ApplicationOut, DraftOut, ReceiptOut

router = APIRouter(tags=["applications"])
PAGES = (
    casework_routes,
    referral_routes,
    register_routes,
    leaver_routes,
    incoming_routes,
    platform_routes,
    ruleset_routes,
)
for page in PAGES:
    router.include_router(page.router)
IdempotencyKey = Annotated[str, Header(alias="Idempotency-Key", pattern=r"^[A-Za-z0-9_-]{8,64}$")]


@router.post("/rounds/{round_id}/applications", operation_id="submit_application", status_code=status.HTTP_201_CREATED)
async def submit_application(
    round_id: UUID, form: Form, key: IdempotencyKey, session: Session, vault: HeldVault, actor: SignedIn
) -> ReceiptOut:
    """Submit an application, change it, or submit it again after withdrawal, until the deadline.

    The same key with the same form gets the same receipt, even after closing; with another form 422.
    """
    return ReceiptOut.model_validate(await submit.submit(session, vault, actor, round_id, form, key))


@router.put("/rounds/{round_id}/draft", operation_id="save_draft")
async def save_draft(round_id: UUID, form: Form, session: Session, vault: HeldVault, actor: SignedIn) -> DraftOut:
    """Keep an unfinished application; nobody acts upon a draft."""
    application, version = await submit.save_draft(session, vault, actor, round_id, form)
    return DraftOut(application=application, version=version)


@router.post(
    "/applications/{application_id}/withdrawal",
    operation_id="withdraw_application",
    status_code=status.HTTP_204_NO_CONTENT,
)
async def withdraw_application(application_id: UUID, session: Session, actor: SignedIn) -> None:
    """Take an application back; it can be submitted again until the deadline."""
    await submit.withdraw(session, actor, application_id)


@router.get("/applications", operation_id="list_own_applications")
async def list_own_applications(session: Session, actor: SignedIn) -> list[ApplicationBrief]:
    """The caller's own children's applications, newest first."""
    return await own_list(session, actor)


@router.get("/applications/{application_id}", operation_id="read_application")
async def read_application(
    application_id: UUID,
    response: Response,
    session: Session,
    database: HeldDatabase,
    vault: HeldVault,
    actor: SignedIn,
) -> ApplicationOut:
    """An application with its checks and the decision, rule by rule. A reading by staff is journalled."""
    opened = await reading.read_application(session, database, vault, actor, application_id)
    response.headers["ETag"] = f'"{opened.version}"'
    return opened


@router.post(
    "/applications/{application_id}/deferral",
    operation_id="request_deferral",
    status_code=status.HTTP_201_CREATED,
)
async def request_deferral(
    application_id: UUID, body: CertificateIn, session: Session, vault: HeldVault, actor: SignedIn
) -> RequestedOut:
    """Ask, with a doctor's certificate, that the child's entry to grade 1 be put off by a year."""
    certificate = deferrals.Certificate(body.hospital, body.dated_on, body.finding)
    made, due_on = await deferrals.request_deferral(session, vault, actor, application_id, certificate)
    return RequestedOut(deferral=made, due_on=due_on)


@router.post(
    "/deferrals/{deferral_id}/withdrawal", operation_id="withdraw_deferral", status_code=status.HTTP_204_NO_CONTENT
)
async def withdraw_deferral(deferral_id: UUID, session: Session, vault: HeldVault, actor: SignedIn) -> None:
    """Take a request back, or an approved deferral until the freeze; the child is in this year's round again."""
    await deferrals.withdraw_deferral(session, vault, actor, deferral_id)
