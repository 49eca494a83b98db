"""Families apply; caseworkers check and decide; rulesets are published. Parse, one call, answer."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Header, Path, Query, Response, UploadFile, status
from fastapi import Form as Field

from app.accounts.calls import HeldDatabase, HeldVault, PublicCaller, Session, SignedIn
from app.accounts.schemas import ActOut, Approval
from app.applications import (
    casework,
    claims,
    deferral_decide,
    deferral_list,
    deferrals,
    leaver_register,
    leavers,
    reading,
    referral_answer,
    referral_list,
    rulesets,
    siblings,
    submit,
)
from app.applications.deferral_schemas import (
    CertificateIn,
    DeferralDecision,
    DeferralLine,
    DeferralPage,
    OpenedDeferral,
    RequestedOut,
)
from app.applications.form import Form
from app.applications.leaver_register import LeaversFile
from app.applications.lifecycle import DeferralEvent, DeferralStatus, Outcome, ReferralStatus
from app.applications.listing import list_of_round, own_list
from app.applications.referral_schemas import AnswersIn, ReferralLine, ReferralOut, ReferralPage
from app.applications.schemas import (
    ActivatedOut,
    ApplicationBrief,
    ApplicationOut,
    ApplicationPage,
    ChecksIn,
    ChecksOut,
    DraftOut,
    LeaversOut,
    LookedUpOut,
    OverrideIn,
    ReasonIn,
    ReceiptOut,
    RulesetIn,
    RulesetOut,
)
from app.schools.limits import MAX_BYTES

router = APIRouter(tags=["applications"])
IdempotencyKey = Annotated[str, Header(alias="Idempotency-Key", pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Upload = Annotated[UploadFile, File(description="CSV in UTF-8, or XLSX: number, number_kind, primary.")]
Year = Annotated[int, Field(ge=2000, le=2100, description="The year of leaving.")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="The `digest` of the dry run.")]
OrganisationId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
RulesetId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]


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


@router.post(
    "/applications/{application_id}/refusal",
    operation_id="confirm_refusal",
    status_code=status.HTTP_204_NO_CONTENT,
)
async def confirm_refusal(
    application_id: UUID, body: ReasonIn, session: Session, vault: HeldVault, actor: SignedIn
) -> None:
    """A person confirms a negative finding, with a reason for the family."""
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


@router.post("/rulesets", operation_id="upload_ruleset", status_code=status.HTTP_201_CREATED)
async def upload_ruleset(body: RulesetIn, session: Session, actor: SignedIn) -> RulesetOut:
    """Upload a ruleset; what is unknown, uncited or unreachable in it is refused by name."""
    kept = await rulesets.upload(session, actor, body.text)
    return RulesetOut.model_validate(kept, from_attributes=True)


@router.get("/bureaus/{bureau}/rulesets", operation_id="list_rulesets")
async def list_rulesets(bureau: str, session: Session, _caller: PublicCaller) -> list[RulesetOut]:
    """The bureau's rulesets: rules that anyone can read."""
    return [
        RulesetOut.model_validate(kept, from_attributes=True) for kept in await rulesets.all_rulesets(session, bureau)
    ]


@router.post(
    "/rulesets/{ruleset_id}/activation-proposals",
    operation_id="propose_ruleset_activation",
    status_code=status.HTTP_201_CREATED,
)
async def propose_ruleset_activation(ruleset_id: RulesetId, session: Session, actor: SignedIn) -> ActOut:
    """Propose to activate a ruleset as it stands."""
    act = await rulesets.propose_activation(session, actor, ruleset_id)
    return ActOut.model_validate(act, from_attributes=True)


@router.post("/acts/{act_id}/ruleset-activation", operation_id="activate_ruleset")
async def activate_ruleset(act_id: UUID, body: Approval, session: Session, actor: SignedIn) -> ActivatedOut:
    """The second person activates the ruleset; from then on its text is fixed."""
    return ActivatedOut(ruleset=await rulesets.activate(session, actor, act_id, body.digest))
